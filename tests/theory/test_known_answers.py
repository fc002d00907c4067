"""Every known answer that is quick to ask is asked here; `pricewar verify --slow` asks the others too."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest

from pricewar.scenarios.verification.answers import Check, KnownAnswer, rows
from pricewar.scenarios.verification.catalogue import checks
from pricewar.sim.errors import UserMistake

QUICK = checks()
EVERY = checks(slow=True)


@cache
def asked(check: Check) -> tuple[KnownAnswer, ...]:
    """Answers of a check, obtained once for all tests of a process."""
    return tuple(check.ask())


@pytest.mark.parametrize("check", QUICK, ids=lambda check: check.name)
def test_the_program_finds_what_is_known_and_would_not_by_obtaining_nothing(check: Check) -> None:
    wrong = [
        f"{answer.what}: {answer.obtained!r} for {answer.expected!r}" for answer in asked(check) if not answer.passes
    ]
    assert not wrong
    for nothing in (0.0, float("nan"), float("inf"), float("-inf")):
        assert not [answer.what for answer in asked(check) if replace(answer, obtained=nothing).passes]


def test_what_others_know_and_what_this_program_expects_of_itself_are_told_apart() -> None:
    kinds = {check.name: {answer.kind for answer in asked(check)} for check in QUICK}
    assert {name for name, kind in kinds.items() if "consistency" in kind} == {
        "technology.nesting", "terms.opening", "terms.scarcity", "learners.market", "learners.market_in_turn",
    }  # fmt: skip
    assert sum("known" in kind for kind in kinds.values()) > 50


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


@pytest.mark.parametrize(
    ("expected", "tolerance", "relation"), [(0.0, 0.0, "="), (0.1, 0.2, "="), (2.0, 0.0, "≤"), (0.0, 0.0, "≥")]
)
def test_a_row_that_zero_would_pass_is_a_mistake_of_ours(expected: float, tolerance: float, relation: str) -> None:
    answer = KnownAnswer(what="x", expected=expected, obtained=expected, tolerance=tolerance, relation=relation)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="would let zero pass for: x"):
        rows(Check(name="a.b", source="nobody", ask=lambda: [answer]))


def test_an_unknown_check_is_refused_with_a_suggestion() -> None:
    with pytest.raises(UserMistake, match="did you mean 'price'"):
        checks("prise")


def test_a_slow_check_is_taken_when_it_is_asked_for_by_name() -> None:
    slow = next(check for check in EVERY if check.slow)
    assert checks(slow.name) == [slow]
