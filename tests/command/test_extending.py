"""The page on extending it: its code runs as it stands, and what it names is there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/extending.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


*TOGETHER, MEASURE = blocks("python")
SCRIPTS = {"together": "\n".join(TOGETHER), "measure": MEASURE}
"""The page's code: the measure is a script of its own."""


def run_script(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run code of the page in a process of its own, as it registers measures and forms."""
    (folder / "minimum-margin.toml").write_text(blocks("toml")[0], encoding="utf-8")
    (folder / "as_it_stands.py").write_text(text, encoding="utf-8")
    here = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-W", "error", "as_it_stands.py"],
        cwd=folder,
        env=here,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_code_of_the_page_runs(script: str, tmp_path: Path) -> None:
    assert len(TOGETHER) == 5
    ended = run_script(SCRIPTS[script], tmp_path)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize(("line", "without"), [
    pytest.param("return (1.0 + self.margin) * unit_cost", "return 0.0", id="policy"),
    pytest.param("np.minimum(price, rivals)", "price", id="mechanism"),
    pytest.param('Alone(world.record, "east")', "world.record", id="beliefs"),
    pytest.param('== "cut"', '== "no kind"', id="measure"),
])  # fmt: skip
def test_the_page_sees_what_has_no_effect(line: str, without: str, tmp_path: Path) -> None:
    (script,) = [text for text in SCRIPTS.values() if line in text]
    assert script.count(line) == 1
    ended = run_script(script.replace(line, without), tmp_path)
    assert ended.returncode == 1
    assert "AssertionError" in ended.stderr


NAMED = re.findall(r"`(\w+)`\s+\(\[`[^`]+`\]\(\.\./([^)]+\.py)\)\)|\[`(\w+)`\]\(\.\./([^)]+\.py)\)", PAGE)


def test_the_page_names_something() -> None:
    assert len(NAMED) > 20


@pytest.mark.parametrize(("name", "file"), sorted({(a or c, b or d) for a, b, c, d in NAMED}), ids=lambda x: str(x))
def test_what_the_page_names_is_there(name: str, file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    assert re.search(rf"^(class|def) {name}\b|^{name}\b.*=", text, re.MULTILINE), f"{file} has no {name}"


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#]+)\)", PAGE))))
def test_where_the_page_leads_is_there(link: str) -> None:
    assert (ROOT / "docs" / link).exists()
