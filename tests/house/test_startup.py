"""`pricewar --help` loads the command line library and nothing heavier; a stranger's package is named."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = {"numpy", "pydantic", "pydantic_core", "polars", "matplotlib", "scipy", "simpy", "rich", "tomli_w"}
PROBE = """
import json, sys
before = set(sys.modules)
from scenarios.cli import pricewar
try:
    pricewar(sys.argv[1:])
except SystemExit as end:
    code = end.code
print(json.dumps([code, sorted(set(sys.modules) - before)]), file=sys.stderr)
"""


def python(*arguments: str, path: tuple[Path, ...] = (ROOT,)) -> subprocess.CompletedProcess[str]:
    """Run Python in a process of its own, with nothing but `path` before the installed packages."""
    here = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path)), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-P", *arguments]
    return subprocess.run(command, env=here, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["run", "--help"], ["no-such-verb"]], ids=" ".join)
def test_help_loads_only_the_command_line_library(arguments: list[str]) -> None:
    ended = python("-c", PROBE, *arguments)
    code, loaded = json.loads(ended.stderr.splitlines()[-1])
    top = {name.partition(".")[0] for name in loaded}
    assert code == (2 if arguments == ["no-such-verb"] else 0)
    assert "click" in top
    assert "scenarios" in top
    assert top & HEAVY == set()
    assert top - set(sys.stdlib_module_names) <= {"click", "scenarios", "sim"} | {
        "_distutils_hack",
        "sitecustomize",
    }


def test_the_command_needs_numbers_only_when_it_computes() -> None:
    """The other way round: the probe does see what a verb loads."""
    ended = python("-c", PROBE, "explain", "no_such_key")
    assert {"pydantic", "pydantic_core"} <= set(json.loads(ended.stderr.splitlines()[-1])[1])


@pytest.mark.parametrize("name", ["agents", "sim"])
def test_another_projects_package_is_named_in_one_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("raise RuntimeError('a stranger was imported')")
    ended = python("-c", "import sys; sys.path.append(sys.argv[1]); " + START, str(ROOT), path=(tmp_path,))
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert f"'{name}' is imported from {tmp_path / name}, which belongs to another project" in ended.stderr


START = "import scenarios.cli; sys.argv[1:] = ['list']; scenarios.cli.main()"


def test_a_missing_package_is_named_too(tmp_path: Path) -> None:
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    from scenarios.cli.guard import collision

    assert str(collision(tmp_path)).startswith("'sim' is imported from")
    assert collision(ROOT) is None
