"""Nothing climbs: each floor imports only from itself and from below, and nothing imports in a circle."""

import ast
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOUSE = ("sim", "agents", "scenarios")
GROUND = ("sim.units", "sim.errors", "sim.parameters")
FLOORS = (GROUND, *((f"sim.{name}",) for name in ("kernel", "economics", "market", "analysis", "export")))
"""Floors within `sim`, the lowest first."""
RESULTS = ("sim.run", "sim.analysis", "sim.export")


def modules(root: Path) -> dict[str, Path]:
    """Every module of the house by its dotted name."""
    files = [file for package in HOUSE for file in sorted((root / package).rglob("*.py"))]
    return {".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): file for file in files}


def statements(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Every import, also inside functions, and those for type checkers."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        else:
            yield from statements(node)


def imports(name: str, house: dict[str, Path]) -> set[str]:
    """Dotted names that a module imports; what a package hands on counts as the package."""
    found = set()
    for node in statements(ast.parse(house[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
            continue
        package = name if house[name].name == "__init__.py" else name.rpartition(".")[0]
        above = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
        source = ".".join([*above, *([node.module] if node.module else [])])
        whole = {f"{source}.{alias.name}" for alias in node.names}
        found |= {each if each in house else source for each in whole}
    return found - {name}


def lies_in(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def forbidden(name: str) -> tuple[str, ...]:
    """What a module must not import."""
    if lies_in(name, "agents"):
        return ("scenarios", *RESULTS)
    if not lies_in(name, "sim"):
        return ()
    level = next((number for number, floor in enumerate(FLOORS) if lies_in(name, *floor)), None)
    higher = () if level is None else sum(FLOORS[level + 1 :], ())
    return ("agents", "scenarios", *higher)


def climbs(root: Path) -> list[str]:
    house = modules(root)
    return [
        f"{name} imports {other}"
        for name in house
        for other in sorted(imports(name, house))
        if lies_in(other, *forbidden(name))
    ]


def circle(root: Path) -> list[str]:
    house = modules(root)
    graph = {name: imports(name, house) & house.keys() for name in house}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def namesakes(root: Path) -> list[str]:
    taken = sys.stdlib_module_names
    return [name for name in modules(root) if name.rpartition(".")[2] in taken]


def test_there_is_a_house_to_look_at() -> None:
    house = modules(ROOT)
    assert {name.partition(".")[0] for name in house} == set(HOUSE)
    assert len(house) > 40
    assert all(any(lies_in(name, *floor) for name in house) for floor in FLOORS)
    assert "sim.errors" in imports("scenarios.check", house)


def test_nothing_climbs() -> None:
    assert climbs(ROOT) == []


def test_nothing_imports_in_a_circle() -> None:
    assert circle(ROOT) == []


def test_no_module_is_named_like_one_of_the_standard_library() -> None:
    assert namesakes(ROOT) == []


WRONG = {
    "sim over agents": ("sim/market/x.py", "def f():\n    import agents.labs"),
    "sim over scenarios": ("sim/x.py", "from scenarios import load"),
    "agents over scenarios": ("agents/x.py", "from scenarios.load import load"),
    "agents read results": ("agents/x.py", "from sim import run"),
    "agents read analysis": ("agents/pricing/x.py", "from sim.analysis.rules import Trend"),
    "ground over kernel": ("sim/units.py", "import sim.kernel.clock"),
    "kernel over economics": ("sim/kernel/x.py", "from ..economics import y"),
    "economics over market": ("sim/economics/x.py", "from sim.market.board import Board"),
    "market over analysis": ("sim/market/x.py", "if TYPE_CHECKING:\n    from sim.analysis import y"),
    "analysis over export": ("sim/analysis/x.py", "import sim.export"),
}


@pytest.mark.parametrize(("file", "text"), WRONG.values(), ids=list(WRONG))
def test_a_climb_would_be_seen(tmp_path: Path, file: str, text: str) -> None:
    for module in (file, "sim/run.py", "sim/analysis/__init__.py"):
        path = tmp_path / module
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text if module == file else "", encoding="utf-8")
    assert [line.partition(" ")[0] for line in climbs(tmp_path)] == [file.removesuffix(".py").replace("/", ".")]


def test_a_circle_would_be_seen(tmp_path: Path) -> None:
    (tmp_path / "sim").mkdir()
    (tmp_path / "sim/one.py").write_text("from sim import two")
    (tmp_path / "sim/two.py").write_text("def f():\n    from .one import x")
    assert set(circle(tmp_path)) == {"sim.one", "sim.two"}
    (tmp_path / "sim/two.py").write_text("if TYPE_CHECKING:\n    from .one import x")
    assert set(circle(tmp_path)) == {"sim.one", "sim.two"}
    (tmp_path / "sim/two.py").write_text("x = 1")
    assert circle(tmp_path) == []


def test_a_namesake_would_be_seen(tmp_path: Path) -> None:
    (tmp_path / "sim").mkdir()
    (tmp_path / "sim/calendar.py").touch()
    assert namesakes(tmp_path) == ["sim.calendar"]
