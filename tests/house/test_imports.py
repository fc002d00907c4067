"""Nothing climbs: each floor imports only from itself and from below, and nothing imports in a circle."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOUSE = ("sim", "agents", "scenarios")
GROUND = ("pricewar.sim.units", "pricewar.sim.errors", "pricewar.sim.parameters")
FLOORS = (
    GROUND,
    *((f"pricewar.sim.{name}",) for name in ("kernel", "economics", "market", "analysis", "results")),
    ("pricewar.sim.figures",),
    ("pricewar.sim.pages",),
)
"""Floors within `sim`, the lowest first."""
PAGES = "pricewar.scenarios.studies.pages"
"""What studies leave for people; whoever carries a study out has its page written, the study does not know it."""
RESULTS = tuple(f"pricewar.sim.{name}" for name in ("analysis", "results", "figures", "pages"))


def modules(root: Path) -> dict[str, Path]:
    """Every module of the house by its dotted name."""
    files = [file for package in HOUSE for file in sorted((root / package).rglob("*.py"))]
    name = {file: ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__") for file in files}
    return {f"pricewar.{name[file]}": file for file in files}


def statements(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Every import, also inside functions, and those for type checkers."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        else:
            yield from statements(node)


def imports(name: str, house: dict[str, Path]) -> set[str]:
    """Dotted names that a module imports; what a package hands on counts as the package."""
    imported = set()
    for node in statements(ast.parse(house[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
            continue
        package = name if house[name].name == "__init__.py" else name.rpartition(".")[0]
        above = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
        source = ".".join([*above, *([node.module] if node.module else [])])
        whole = {f"{source}.{alias.name}" for alias in node.names}
        imported |= {each if each in house else source for each in whole}
    return imported - {name}


def lies_in(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def forbidden(name: str) -> tuple[str, ...]:
    """What a module must not import."""
    if lies_in(name, "pricewar.agents"):
        return ("pricewar.scenarios", *RESULTS)
    if lies_in(name, "pricewar.scenarios.studies") and not lies_in(name, PAGES):
        return (PAGES,)
    if not lies_in(name, "pricewar.sim"):
        return ()
    level = next((number for number, floor in enumerate(FLOORS) if lies_in(name, *floor)), None)
    higher = () if level is None else sum(FLOORS[level + 1 :], ())
    return ("pricewar.agents", "pricewar.scenarios", *higher)


def climbs(root: Path) -> list[str]:
    house = modules(root)
    return [
        f"{name} imports {other}"
        for name in house
        for other in sorted(imports(name, house))
        if lies_in(other, *forbidden(name))
    ]


def loads(name: str, house: dict[str, Path]) -> set[str]:
    """Modules that must be there before a module is: those that it imports, and the packages that they lie in."""
    wanted = imports(name, house) & house.keys()
    packages = {other.rsplit(".", depth)[0] for other in wanted for depth in range(1, other.count(".") + 1)}
    return (wanted | {package for package in packages & house.keys() if not lies_in(name, package)}) - {name}


def circle(root: Path) -> list[str]:
    house = modules(root)
    graph = {name: loads(name, house) for name in house}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def room(name: str, house: dict[str, Path]) -> str:
    """Where a module of `agents` lies: its package, or itself if it stands at the foot."""
    inside = house[name].name == "__init__.py" or name.count(".") == 2
    return name if inside else name.rpartition(".")[0]


def rooms(root: Path) -> dict[str, set[str]]:
    """The rooms of `agents`, each with those from which it imports."""
    house = modules(root)
    graph: dict[str, set[str]] = {}
    for name in (each for each in house if each.startswith("pricewar.agents.")):
        read = {room(other, house) for other in imports(name, house) if other in house}
        own = room(name, house)
        graph.setdefault(own, set()).update(other for other in read - {own} if lies_in(other, "pricewar.agents"))
    return graph


def floors(root: Path) -> list[list[str]]:
    """Floors of `agents`, the lowest first: a room stands just above the highest from which it imports.

    Raises CycleError where rooms import in a circle, though no file does.
    """
    sorter, reached = TopologicalSorter(rooms(root)), []
    sorter.prepare()
    while sorter.is_active():
        ready = sorter.get_ready()
        reached.append(sorted(name.removeprefix("pricewar.agents.") for name in ready))
        sorter.done(*ready)
    return reached


def test_there_is_a_house_to_look_at() -> None:
    house = modules(ROOT)
    assert {".".join(name.split(".")[:2]) for name in house} == {f"pricewar.{package}" for package in HOUSE}
    assert len(house) > 40
    assert all(any(lies_in(name, *floor) for name in house) for floor in FLOORS)
    assert "pricewar.sim.errors" in imports("pricewar.scenarios.config.check", house)


def test_nothing_climbs() -> None:
    assert climbs(ROOT) == []


def test_nothing_imports_in_a_circle() -> None:
    assert circle(ROOT) == []


def test_the_rooms_of_agents_stand_on_six_floors_without_a_circle() -> None:
    reached = floors(ROOT)
    assert len(reached) <= 6, reached
    assert "demand" in reached[0]
    assert "games" in reached[0]
    assert reached[-1] == ["policies"]
    assert sum(map(len, reached)) > 10


def test_a_circle_of_rooms_would_be_seen_where_no_file_is_in_one(tmp_path: Path) -> None:
    texts = {
        "agents/one/low.py": "",
        "agents/one/high.py": "from pricewar.agents.two import middle",
        "agents/two/middle.py": "from pricewar.agents.one.low import x",
        "agents/foot.py": "import pricewar.agents.two.middle",
    }
    for file, text in texts.items():
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert circle(tmp_path) == []
    with pytest.raises(CycleError):
        floors(tmp_path)
    (tmp_path / "agents/one/high.py").write_text("", encoding="utf-8")
    assert floors(tmp_path) == [["one"], ["two"], ["foot"]]


WRONG = {
    "sim over agents": ("sim/market/x.py", "def f():\n    import pricewar.agents.hosts.release_of_weights"),
    "sim over scenarios": ("sim/x.py", "from pricewar.scenarios import api"),
    "agents over scenarios": ("agents/x.py", "from pricewar.scenarios.config.load import load"),
    "agents read results": ("agents/x.py", "from pricewar.sim.pages import run_folder"),
    "agents read analysis": ("agents/pricing/x.py", "from pricewar.sim.analysis.wars.rules import Trend"),
    "ground over kernel": ("sim/units.py", "import pricewar.sim.kernel.clock"),
    "kernel over economics": ("sim/kernel/x.py", "from ..economics import y"),
    "economics over market": ("sim/economics/x.py", "from pricewar.sim.market.board import Board"),
    "market over analysis": ("sim/market/x.py", "if TYPE_CHECKING:\n    from pricewar.sim.analysis import y"),
    "figures over pages": ("sim/figures/x.py", "from pricewar.sim.pages import family_tree"),
    "study over its page": ("scenarios/studies/x.py", "from pricewar.scenarios.studies.pages import compare"),
    "analysis over results": ("sim/analysis/x.py", "import pricewar.sim.results"),
}


@pytest.mark.parametrize(("file", "text"), WRONG.values(), ids=list(WRONG))
def test_a_climb_would_be_seen(tmp_path: Path, file: str, text: str) -> None:
    for module in (file, "sim/pages/run_folder.py", "sim/analysis/__init__.py"):
        path = tmp_path / module
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text if module == file else "", encoding="utf-8")
    name = file.removesuffix(".py").replace("/", ".")
    assert [line.partition(" ")[0] for line in climbs(tmp_path)] == [f"pricewar.{name}"]


def test_a_circle_would_be_seen(tmp_path: Path) -> None:
    (tmp_path / "sim").mkdir()
    (tmp_path / "sim/one.py").write_text("from pricewar.sim import two")
    (tmp_path / "sim/two.py").write_text("def f():\n    from .one import x")
    assert set(circle(tmp_path)) == {"pricewar.sim.one", "pricewar.sim.two"}
    (tmp_path / "sim/two.py").write_text("if TYPE_CHECKING:\n    from .one import x")
    assert set(circle(tmp_path)) == {"pricewar.sim.one", "pricewar.sim.two"}
    (tmp_path / "sim/two.py").write_text("x = 1")
    assert circle(tmp_path) == []
    (tmp_path / "sim/room").mkdir()
    (tmp_path / "sim/room/__init__.py").write_text("from pricewar.sim import one")
    (tmp_path / "sim/room/three.py").touch()
    (tmp_path / "sim/one.py").write_text("from pricewar.sim.room.three import x")
    assert set(circle(tmp_path)) == {"pricewar.sim.one", "pricewar.sim.room"}, "a package is loaded before its modules"
