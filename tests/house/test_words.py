"""Whatever the text of the project names exists: files and rooms, modules, and what is in them."""

import ast
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from pkgutil import resolve_name
from tokenize import NAME, generate_tokens

import pytest

ROOT = Path(__file__).parents[2]
FLOORS = ("sim", "agents", "scenarios")
PAGES = [ROOT / "README.md", ROOT / "outputs/README.md", *sorted((ROOT / "docs").glob("*.md"))]
MODULES = [file for floor in ("pricewar", *FLOORS) for file in sorted((ROOT / floor).glob("**/*.py"))]
EXAMPLES = sorted((ROOT / "docs/examples").glob("*.py"))

BLOCK = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)|\]\((?!https?:)([^)\s#]+)[^)\s]*\)")
"""Code within a line of text, and where a link leads."""
PATH = re.compile(r"[\w.-]+(/[\w.-]+)*(/|\.(py|md|png|cff))")
DOTTED = re.compile(rf"(?<![\w./])(?:pricewar|{'|'.join(FLOORS)})(?:\.[A-Za-z_]\w*)+(?![\w/])")
IMPORT = re.compile(r"^from (pricewar[\w.]*) import ([\w, ]+)$", re.MULTILINE)
ROW = re.compile(r"^\| \[`(\w+/)`\]\([^)]*\) \| (.*) \|$", re.MULTILINE)
"""A row of the map in the README: a floor, and what stands on it."""
EMPTY = {"found", "known", "said"}
LONG = 10
"""Lines from which on such a name is no longer explained by the line above it."""
WRITTEN = re.compile(r"outputs/.+|(text/)?summary\.md|figures/\w*\.?\w*|tables/|types\.py")
"""What runs write into folders of their own, and what a reader might."""


def docstrings(file: Path) -> Iterator[str]:
    """Every string that is a statement: docstrings of modules, classes, functions and fields."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value.value


def code_in(text: str) -> list[str]:
    """What is set as code in a text, links among it, blocks left out."""
    return [match[1] or match[2] for match in CODE.finditer(BLOCK.sub("", text))]


def lost_paths(text: str, *places: Path) -> list[str]:
    """Paths in a text that lead nowhere from any of the places."""
    paths = [word for code in code_in(text) for word in code.split() if PATH.fullmatch(word)]
    return [
        path for path in paths if not WRITTEN.fullmatch(path) and not any((place / path).exists() for place in places)
    ]


def lost_names(text: str) -> list[str]:
    """Dotted names in a text, and names imported in its blocks, that do not exist."""
    imported = [f"{module}.{name.strip()}" for module, names in IMPORT.findall(text) for name in names.split(",")]
    dotted = [name for name in DOTTED.findall(text) if not name.endswith((".py", ".toml", ".json"))]
    return [name for name in dict.fromkeys([*dotted, *imported]) if not exists(name)]


def exists(name: str) -> bool:
    try:
        resolve_name(name if name.startswith("pricewar.") else f"pricewar.{name}")
    except (ImportError, AttributeError):
        return False
    return True


def vocabulary(files: list[Path]) -> set[str]:
    """Every name in the code, modules' own among them, and every text of one word, as a key or a column is."""
    words = {"pyplot"}  # of matplotlib, which nothing here opens
    for file in files:
        text = file.read_text(encoding="utf-8")
        words |= {*file.relative_to(ROOT).with_suffix("").parts}
        words |= {token.string for token in generate_tokens(StringIO(text).readline) if token.type == NAME}
        texts = [node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)]
        for each in texts:
            if isinstance(each, str) and re.fullmatch(r"[\w.*:/-]+", each):
                words |= set(re.findall(r"\w+", each))
    return words


def lost_words(text: str, words: set[str]) -> list[str]:
    """Names set as code in a text of which some word occurs nowhere in the code."""
    names = [code for code in code_in(text) if re.fullmatch(r"[A-Za-z_][\w.]*(\(\))?", code)]
    return [name for name in names if not PATH.fullmatch(name) and not set(re.findall(r"[A-Za-z_]\w*", name)) <= words]


@pytest.fixture(scope="module")
def words() -> set[str]:
    tables = sorted((ROOT / "scenarios").glob("**/*.toml"))
    return vocabulary([*MODULES, *EXAMPLES]).union(*(re.findall(r"\w+", file.read_text("utf-8")) for file in tables))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_names_only_what_exists(page: Path, words: set[str]) -> None:
    text = page.read_text(encoding="utf-8")
    rows = "" if page.parent != ROOT else ROW.sub("", text)
    assert lost_paths(rows or text, page.parent, ROOT, ROOT / "docs/examples") == []
    assert lost_names(text) == []
    assert lost_words(text, words) == []


def test_docstrings_name_only_what_exists(words: set[str]) -> None:
    lost = [
        f"{file.relative_to(ROOT)}: {name}"
        for file in MODULES
        for text in docstrings(file)
        for name in (*lost_paths(text, file.parent, ROOT), *lost_names(text), *lost_words(text, words))
    ]
    assert lost == []


def test_what_the_map_places_on_a_floor_stands_there() -> None:
    rows = ROW.findall(PAGES[0].read_text(encoding="utf-8"))
    assert [floor for floor, _ in rows] == [f"{floor}/" for floor in ("pricewar", *FLOORS)]
    assert [f"{floor}{path}" for floor, what in rows for path in lost_paths(what, ROOT / floor)] == []


def names_that_tell_nothing(text: str) -> list[str]:
    """Functions of more than ten lines that bind a name which says only that something was computed."""
    return [
        f"{function.name}: {node.id}"
        for function in ast.walk(ast.parse(text))
        if isinstance(function, ast.FunctionDef) and (function.end_lineno or 0) - function.lineno >= LONG
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id in EMPTY
    ]


def test_names_say_what_they_hold() -> None:
    files = [*MODULES, *EXAMPLES, *sorted((ROOT / "tests").glob("**/*.py"))]
    vague = {str(file.relative_to(ROOT)): names_that_tell_nothing(file.read_text(encoding="utf-8")) for file in files}
    assert {file: names for file, names in vague.items() if names} == {}


def test_what_is_lost_or_vague_would_be_seen(words: set[str]) -> None:
    text = "`sim/diary.py`, `sim/day.py`, `pricewar.sim.diary`, pricewar.sim.day, `know_how`, `summary.md`, `tariff`"
    assert lost_paths(text, ROOT) == ["sim/diary.py"]
    assert lost_names(text) == ["pricewar.sim.diary"]
    assert lost_names("```python\nfrom pricewar.sim.day import noon, renew\n```") == [
        "pricewar.sim.day.noon",
        "pricewar.sim.day.renew",
    ]
    assert lost_words(text, words) == ["pricewar.sim.diary", "know_how"]
    assert names_that_tell_nothing("def short():\n    found = 1\n") == []
    assert names_that_tell_nothing("def long():\n    known = 1\n" + "    f()\n" * LONG) == ["long: known"]
