"""The page on extending it: its code runs as it stands, and what it names is there."""

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/extending.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def test_the_code_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "minimum-margin.toml").write_text(blocks("toml")[0], encoding="utf-8")
    code = tmp_path / "as_it_stands.py"
    code.write_text("\n".join(blocks("python")), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert len(blocks("python")) == 5
    __import__("as_it_stands")
    del sys.modules["as_it_stands"]


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
