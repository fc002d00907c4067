"""Switches: what is on is read from the fields, so that one more changes nothing elsewhere; and the state of lines."""

from dataclasses import replace

import numpy as np
import pytest
from pydantic.dataclasses import dataclass

from pricewar.agents.mechanisms import Calibration, Chain, FocalPrice, LineState, Mechanisms, Switches
from pricewar.agents.pricing.best_response import BestResponse
from pricewar.agents.pricing.books import View
from pricewar.agents.pricing.testing import board_of, books_for, demand_for, luck
from pricewar.scenarios.config.load import load
from pricewar.scenarios.studies.attribute import switches
from pricewar.sim.parameters import CHECKED


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class OneMore(Mechanisms):
    """The mechanisms with a made-up one."""

    made_up: bool = False
    """M9: nothing that anybody has heard of."""


KINDS: tuple[type[Switches], ...] = (Mechanisms, Chain, OneMore)
EACH = [(kind, name) for kind in KINDS for name in kind.names()]
EVERY_SWITCH = pytest.mark.parametrize(("kind", "name"), EACH, ids=[f"{kind.__name__}.{name}" for kind, name in EACH])


@EVERY_SWITCH
def test_with_only_one_on_not_none_is_on(kind: type[Switches], name: str) -> None:
    only = kind.only(name)
    assert not only.none
    assert only.on == (name,)
    assert set(only.on) | set(only.off) == set(kind.names())


@pytest.mark.parametrize("kind", KINDS)
def test_with_all_off_none_is_on(kind: type[Switches]) -> None:
    assert kind.only().none
    assert kind.only().off == kind.names()
    assert len(kind.names()) > 5


@pytest.mark.parametrize("name", OneMore.names())
def test_under_a_switch_that_is_the_only_one_on_prices_do_not_fall_back_to_the_null(name: str) -> None:
    board = board_of(8.0, [8.0])
    view = View(board, demand_for(board))
    books = books_for(board, unit=np.array([0.5]))
    null = BestResponse().review(replace(books, mechanisms=OneMore.only()), view, luck())
    alone = BestResponse().review(replace(books, mechanisms=OneMore.only(name)), view, luck())
    assert null.stance == "pass_through"
    assert alone.stance == "best_response"


def test_a_war_is_shared_out_among_whatever_switches_there_are() -> None:
    scenario = replace(load("textbook"), mechanisms=OneMore.only("made_up", "attention"), chain=Chain.only("scale"))
    assert switches(scenario, None) == ["attention", "made_up"]
    assert switches(scenario, "chain.scale") == ["chain.scale"]


def test_the_state_of_lines_side_by_side_comes_apart_again() -> None:
    cheap = LineState(focal=FocalPrice(np.array([8.0]), np.array([90.0])))
    dear = LineState(Calibration(np.array([1.5]), np.array([0.5])))
    both = LineState.together([cheap, dear])
    assert both.focal.holds(90.0).tolist() == [True, False]
    assert both.focal.holds(89.0).tolist() == [False, False]
    assert repr(both.some(slice(0, 1))) == repr(cheap)
    assert repr(both.some(slice(1, 2))) == repr(dear)
    assert LineState.together([]).focal.price.shape == (0,)
    assert both.fault(2) is None
    assert both.fault(1) == "state.calibration.wedge"
