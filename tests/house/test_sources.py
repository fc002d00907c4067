"""Every number of a bundled scenario, and every table, says where it comes from."""

import csv
import tomllib
from pathlib import Path

import pytest

from pricewar.scenarios.config.check import source_of
from pricewar.scenarios.config.tables import FOLDER, tables

LIBRARY = FOLDER.parent
FILES = sorted(LIBRARY.glob("*.toml")) + sorted(LIBRARY.glob("policies/*.toml"))


def numbers(table: object, key: str = "") -> list[str]:
    """Keys of all numbers and dates in a table; the bounds of a range count as the key that has the range."""
    if isinstance(table, dict):
        if set(table) == {"low", "high"}:
            return [key]
        return [k for name, value in table.items() for k in numbers(value, f"{key}.{name}" if key else name)]
    return [] if isinstance(table, str | bool | list) else [key]


def test_there_are_scenarios_to_check() -> None:
    assert {"textbook.toml", "china-2024.toml"} <= {path.name for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_number_of_a_scenario_has_a_source_or_says_why_it_is_assumed(path: Path) -> None:
    said = tomllib.loads(path.read_text(encoding="utf-8"))
    sources = said.pop("sources", {})
    found = numbers(said)
    assert found
    assert [key for key in found if source_of(key, sources) is None] == []
    assert [key for key, source in sources.items() if len(source) < 8] == []


def test_a_number_without_a_source_would_be_found() -> None:
    assert numbers({"a": {"b": 1.0, "c": {"low": 1, "high": 2}}, "d": "text"}) == ["a.b", "a.c"]
    assert source_of("a.b", {"a.c": "the record"}) is None


def test_every_table_is_described_and_every_row_of_it_names_its_source() -> None:
    described = tomllib.loads((FOLDER / "sources.toml").read_text(encoding="utf-8"))
    assert sorted(described) == tables()
    for name in tables():
        with (FOLDER / name).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert rows
        assert [row for row in rows if not row["source"].strip()] == []
