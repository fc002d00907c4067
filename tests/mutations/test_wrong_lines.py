"""The net under the program: a wrong line planted in any room is noticed by `pricewar verify` or by a test."""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pricewar.scenarios.verification.catalogue import checks
from tests.mutations.wrong_lines import LINES, WrongLine

ROOT = Path(__file__).parents[2]
COPIED = ("agents", "docs", "pricewar", "scenarios", "sim", "tests")
ROOMS = (
    "sim/market", "sim/kernel", "sim/economics", "sim/analysis/wars", "sim/analysis/prices", "sim/analysis/questions",
    "sim/results", "agents/buyers", "agents/demand", "agents/hosts", "agents/machines", "agents/models",
    "agents/policies", "agents/pricing", "agents/sellers", "scenarios/api", "scenarios/record", "scenarios/studies",
)  # fmt: skip
VERIFY = """
import sys
from pricewar.scenarios.verification.answers import rows
from pricewar.scenarios.verification.catalogue import checks
asked = {check.name: check for name in sys.argv[1:] for check in checks(name)}
sys.exit(not all(row.passes for check in asked.values() for row in rows(check)))
"""
"""Exit code 0 if the program finds all that the checks know; a program that breaks down finds nothing."""
PATIENCE = 300.0
"""Seconds after which a program that does not end counts as noticed. [s]"""


def source(line: WrongLine) -> str:
    return (ROOT / line.file).read_text(encoding="utf-8")


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_a_line_to_be_planted_has_one_place_and_is_another_program(line: WrongLine) -> None:
    text = source(line)
    assert text.count(line.right) == 1, f"'{line.right}' must stand once in {line.file}"
    planted = ast.parse(text.replace(line.right, line.wrong))
    assert ast.dump(planted) != ast.dump(ast.parse(text))


def test_there_are_many_in_every_room_and_somebody_watches_each() -> None:
    assert len({line.name for line in LINES}) == len(LINES) >= 40
    assert not [room for room in ROOMS if not any(line.file.startswith(f"{room}/") for line in LINES)]
    assert not [line.name for line in LINES if not (line.checks or line.tests)]
    for line in LINES:
        assert all(checks(name) for name in line.checks)
        for file, _, name in (test.partition("::") for test in line.tests):
            kind = "class" if name.startswith("Test") else "def"
            assert f"{kind} {name}" in (ROOT / file).read_text(encoding="utf-8"), f"{line.name}: {file} has no {name}"


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program and its tests, to be spoilt."""
    there = tmp_path_factory.mktemp("spoilt")
    without = shutil.ignore_patterns("__pycache__", "outputs", "*.pyc")
    for name in COPIED:
        shutil.copytree(ROOT / name, there / name, symlinks=True, ignore=without)
    for file in (*ROOT.glob("*.md"), *ROOT.glob("*.toml"), *ROOT.glob("*.txt"), *ROOT.glob("*.cff"), ROOT / "Makefile"):
        shutil.copy(file, there)
    return there


def passes(folder: Path, *command: str) -> bool:
    """Whether Python ends well in the copy."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "MPLBACKEND": "agg"}
    try:
        ended = subprocess.run(
            [sys.executable, *command], cwd=folder, env=environment, capture_output=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return ended.returncode == 0


def checked(folder: Path, names: tuple[str, ...]) -> bool:
    """Whether the copy finds what these checks know."""
    return not names or passes(folder, "-c", VERIFY, *names)


def watched_by(folder: Path, tests: tuple[str, ...]) -> bool:
    """Whether these tests pass in the copy."""
    doctests = ["--doctest-modules"] if any(not test.startswith("tests/") for test in tests) else []
    quiet = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    return not tests or passes(folder, "-m", "pytest", *quiet, *doctests, *tests)


@contextmanager
def planted(line: WrongLine, folder: Path) -> Iterator[None]:
    """Put a wrong line into the copy, and take it out again."""
    file = folder / line.file
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(line.right, line.wrong), encoding="utf-8")
    try:
        yield
    finally:
        file.write_text(text, encoding="utf-8")


@pytest.mark.nightly
@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_a_wrong_line_is_noticed(line: WrongLine, copied: Path) -> None:
    with planted(line, copied):
        assert not (checked(copied, line.checks) and watched_by(copied, line.tests)), f"nobody notices {line.name}"


@pytest.mark.nightly
def test_without_a_wrong_line_nobody_cries(copied: Path) -> None:
    """The control: what is noticed above is the wrong line, and not the copy."""
    assert checked(copied, tuple(sorted({name for line in LINES for name in line.checks})))
    assert watched_by(copied, tuple(sorted({test for line in LINES for test in line.tests})))
