"""`pricewar --help` loads the command line library and nothing heavier; strangers' packages are left alone."""

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
from pricewar.scenarios.cli import cli
try:
    cli(sys.argv[1:])
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
    assert "pricewar" in top
    assert top & HEAVY == set()
    assert top - set(sys.stdlib_module_names) <= {"click", "pricewar"} | {
        "_distutils_hack",
        "sitecustomize",
    }


def test_the_command_needs_numbers_only_when_it_computes() -> None:
    """The other way round: the probe does see what a verb loads."""
    ended = python("-c", PROBE, "explain", "no_such_key")
    assert {"pydantic", "pydantic_core"} <= set(json.loads(ended.stderr.splitlines()[-1])[1])


QUICK = {
    "list": {"scipy", "matplotlib"},
    "explain opening.hold": {"scipy", "matplotlib"},
    "check china-2024": {"scipy", "matplotlib", "polars"},
    "show textbook": {"scipy", "matplotlib", "polars"},
}
"""Verbs that are asked again and again while a scenario is written, and what they must not load."""


@pytest.mark.parametrize("command", QUICK)
def test_verbs_that_look_load_no_library_that_only_computes(command: str) -> None:
    code, loaded = json.loads(python("-c", PROBE, *command.split()).stderr.splitlines()[-1])
    assert code == 0
    assert {name.partition(".")[0] for name in loaded} & QUICK[command] == set()


@pytest.mark.parametrize("name", ["agents", "sim", "scenarios"])
def test_packages_of_other_projects_are_left_alone(tmp_path: Path, name: str) -> None:
    """Ours is called pricewar and nothing else: what lies beside a user's own files may be called anything."""
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("raise RuntimeError('a stranger was imported')")
    ended = python("-m", "pricewar", "list", path=(tmp_path, ROOT))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "textbook" in ended.stdout


STRANGERS = ("sim", "agents", "scenarios", "cli", "run", "config", "random", "decimal", "statistics")
"""Files that a user may have in the folder where the command is started; some are called like Python's own."""


@pytest.mark.parametrize("arguments", [["-m", "pricewar"], ["mine.py"]], ids=["command", "script"])
def test_files_beside_a_user_may_be_called_anything(tmp_path: Path, arguments: list[str]) -> None:
    own = STRANGERS if arguments[0] == "-m" else STRANGERS[:6]  # Python gives a script its neighbours first
    for name in own:
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('a stranger was imported')")
    script = "import pricewar\nprint(pricewar.run('textbook', ['days=3', 'burn_in=1']).digest)\n"
    (tmp_path / "mine.py").write_text(script)
    given = ["run", "textbook", "days=3", "burn_in=1", "--json"] if arguments[0] == "-m" else []
    here = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, *arguments, *given]
    ended = subprocess.run(command, cwd=tmp_path, env=here, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    digest = json.loads(ended.stdout)["digest"] if given else ended.stdout.strip()
    assert len(digest) == 64


def test_importing_the_package_loads_nothing_of_it() -> None:
    probe = "import sys, pricewar; print(*(name for name in sys.modules if name.startswith('pricewar')), dir(pricewar))"
    ended = python("-c", probe)
    assert ended.stdout.startswith("pricewar ["), ended.stderr
    assert "'force_price'" in ended.stdout
