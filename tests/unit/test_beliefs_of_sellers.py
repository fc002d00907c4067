"""What sellers take demand to be is one argument of a seller: two may believe different things in the same market."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from pricewar.agents.sellers.books import view_of
from pricewar.agents.sellers.firm import Firm
from pricewar.agents.sellers.reviews import review
from pricewar.scenarios.config.load import load
from pricewar.scenarios.run.play import Simulation, prepare
from pricewar.sim.errors import UserMistake
from pricewar.sim.market.beliefs import Beliefs, PublicRecord, Retention
from pricewar.sim.market.board import Board
from pricewar.sim.market.demand import Demand, Floats


@dataclass(frozen=True)
class Alone:
    """Believes that no rival is there, and of the rest what everybody believes."""

    record: PublicRecord
    seller: str
    kind: str = "alone"

    @property
    def state(self) -> int:
        return self.record.state

    @property
    def retention(self) -> Retention:
        return self.record.retention

    def demand(self, board: Board, size: Floats) -> Demand:
        return self.record.demand(board, size).without(self._others(board))

    def demand_at(self, trial: Board, size: Floats) -> Demand:
        return self.record.demand_at(trial, size).without(self._others(trial))

    def _others(self, board: Board) -> "np.ndarray[tuple[int], np.dtype[np.intp]]":
        return np.setdiff1d(np.arange(len(board.offers)), board.own(self.seller)).astype(np.intp)


def opened() -> Simulation:
    return prepare(load("textbook", ("buyers.count=500",)), seed=1)


def wishes(simulation: Simulation, firm: Firm) -> Floats:
    """Prices on the board once a firm has reviewed."""
    review(firm)
    simulation.world.publish()
    price: Floats = simulation.world.board.price
    return price


def test_who_is_told_nothing_else_believes_the_logit_inverted_from_public_shares() -> None:
    simulation = opened()
    assert {firm.beliefs.kind for firm in simulation.firms} == {"inverted_logit"}
    east, west = simulation.firms[:2]
    assert east.demand() is west.demand() is simulation.world.demand()


def test_a_seller_of_other_beliefs_prices_by_them_and_nobody_else_does() -> None:
    usual, odd = opened(), opened()
    east, west = odd.firms[:2]
    beliefs: Beliefs = Alone(odd.world.record, east.name)
    east.beliefs = beliefs
    price = odd.world.board.price
    assert view_of(east).demand.quantities(price)[odd.world.board.own(east.name)].sum() > (
        view_of(west).demand.quantities(price)[odd.world.board.own(east.name)].sum()
    )
    assert_array_equal(west.demand().quantities(price), usual.firms[1].demand().quantities(price))
    assert_array_equal(wishes(odd, west), wishes(usual, usual.firms[1]))
    mine = odd.world.board.own(east.name)
    assert (wishes(odd, east)[mine] > wishes(usual, usual.firms[0])[mine]).all()


def test_a_demand_once_believed_is_kept_until_something_changes() -> None:
    simulation = opened()
    east = simulation.firms[0]
    east.beliefs = Alone(simulation.world.record, east.name)
    assert east.demand() is east.demand()
    assert east.demand() is not simulation.world.demand()
    before = east.demand()
    simulation.world.record.forget_appeal()
    assert east.demand() is not before


def test_beliefs_are_given_when_a_market_is_prepared_and_only_to_sellers_that_there_are() -> None:
    scenario = load("textbook")
    simulation = prepare(scenario, seed=1, beliefs={"east": lambda world: Alone(world.record, "east")})
    assert {firm.name: firm.beliefs.kind for firm in simulation.firms} == {"east": "alone", "west": "inverted_logit"}
    with pytest.raises(
        UserMistake, match="beliefs are given to 'wset', and no seller is called so; did you mean 'west'"
    ):
        prepare(scenario, seed=1, beliefs={"wset": lambda world: Alone(world.record, "wset")})
