"""Every known answer that is quick to ask is asked here; `pricewar verify --slow` asks the others too."""

from collections.abc import Iterator

import pytest

from pricewar.scenarios.verification.answers import Check, KnownAnswer, rows
from pricewar.scenarios.verification.catalogue import checks
from pricewar.sim.errors import UserMistake

QUICK = checks()
EVERY = checks(slow=True)


@pytest.mark.parametrize("check", QUICK, ids=lambda check: check.name)
def test_the_program_finds_what_is_known(check: Check) -> None:
    wrong = [f"{row.what}: {row.obtained!r} for {row.expected!r}" for row in rows(check) if not row.passes]
    assert not wrong


def test_there_are_many_checks_and_each_has_a_name_and_a_source() -> None:
    assert len(EVERY) > len(QUICK) > 20
    assert len({check.name for check in EVERY}) == len(EVERY)
    assert all(check.source and "." in check.name for check in EVERY)


@pytest.mark.parametrize("relation", ["=", "≤", "≥"])
def test_a_number_that_is_none_passes_nothing(relation: str) -> None:
    answer = KnownAnswer(
        what="x",
        expected=1.0,
        obtained=float("nan"),
        tolerance=1e9,
        relation=relation,  # type: ignore[arg-type]
    )
    assert not answer.passes


@pytest.mark.parametrize(
    ("relation", "obtained", "passes"),
    [("=", 1.05, True), ("=", 0.8, False), ("≤", 0.2, True), ("≤", 1.2, False), ("≥", 7.0, True), ("≥", 0.8, False)],
)
def test_an_answer_passes_within_its_tolerance(relation: str, obtained: float, passes: bool) -> None:
    answer = KnownAnswer(
        what="x",
        expected=1.0,
        obtained=obtained,
        tolerance=0.1,
        relation=relation,  # type: ignore[arg-type]
    )
    assert answer.passes is passes


def test_a_check_that_asks_nothing_is_a_mistake_of_ours() -> None:
    def nothing() -> Iterator[KnownAnswer]:
        yield from ()

    with pytest.raises(ValueError, match="asks nothing"):
        rows(Check(name="a.b", source="nobody", ask=nothing))


def test_an_unknown_check_is_refused_with_a_suggestion() -> None:
    with pytest.raises(UserMistake, match="did you mean 'price'"):
        checks("prise")


def test_a_slow_check_is_taken_when_it_is_asked_for_by_name() -> None:
    slow = next(check for check in EVERY if check.slow)
    assert checks(slow.name) == [slow]
