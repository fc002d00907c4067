"""Rooms are few and each thing has one: little lies loose, no name stands twice in a room, no two need each other."""

from collections import Counter
from pathlib import Path

import pytest

from tests.house.test_imports import HOUSE, ROOT, imports, modules

LOOSE = 8
"""Files that may lie at the foot of `agents/` or of `scenarios/`."""
EVERYWHERE = {"__init__.py", "base.py", "spec.py"}


def loose(root: Path, floor: str) -> list[str]:
    """Modules at the foot of a floor."""
    return sorted(path.name for path in (root / floor).glob("*.py") if path.name != "__init__.py")


def twice(root: Path) -> list[str]:
    """Names that stand twice in one room; a page may be called as the study that it shows."""
    counted = Counter(
        (room.name, path.name)
        for floor in HOUSE
        for room in sorted((root / floor).iterdir())
        for path in room.rglob("*.py")
        if path.name not in EVERYWHERE and "pages" not in path.relative_to(room).parts
    )
    return [f"{room}: {name}" for (room, name), number in counted.items() if number > 1]


def need_each_other(root: Path) -> set[tuple[str, str]]:
    """Pairs of rooms with imports both ways; what lies loose at the foot of a floor is no room."""
    house = modules(root)

    def room(name: str) -> str | None:
        parts = house[name].relative_to(root).parts
        return ".".join(parts[:2]) if len(parts) > 2 else None

    arrows = {(room(name), room(other)) for name in house for other in imports(name, house) & house.keys()}
    return {(one, other) for one, other in arrows if one and other and one < other and (other, one) in arrows}


@pytest.mark.parametrize("floor", ["agents", "scenarios"])
def test_little_lies_loose_at_the_foot_of_a_floor(floor: str) -> None:
    assert len(loose(ROOT, floor)) <= LOOSE


def test_no_name_stands_twice_in_a_room() -> None:
    assert twice(ROOT) == []


def test_no_two_more_rooms_need_each_other() -> None:
    assert need_each_other(ROOT) == set()


def test_disorder_would_be_seen(tmp_path: Path) -> None:
    texts = {
        "agents/one/a.py": "from pricewar.agents.two.b import x",
        "agents/two/b.py": "def f():\n    from pricewar.agents.one import a",
        "agents/two/inner/b.py": "",
        "agents/loose.py": "",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    for floor in HOUSE:
        (tmp_path / floor).mkdir(exist_ok=True)
    assert loose(tmp_path, "agents") == ["loose.py"]
    assert twice(tmp_path) == ["two: b.py"]
    assert need_each_other(tmp_path) == {("agents.one", "agents.two")}
