"""Both sorts of cost answer the same questions of whoever serves a model."""

from dataclasses import dataclass

import pytest

from pricewar.agents.serving_cost import GivenCost, ServedCost
from pricewar.scenarios.config.load import load
from pricewar.sim.economics.curves import AnyCurveSpec
from pricewar.sim.economics.ownership import HourCost
from pricewar.sim.errors import UserMistake

SERVED = load("china-2024").releases["qwen15-72b"].cost
GIVEN = GivenCost(marginal=1.0, full=3.0, seconds=900.0, energy=0.5)


@dataclass(frozen=True)
class Server:
    """Half the machine time of the first day, by experience; a tax on power."""

    planned: float = 0.5

    def hour(self) -> HourCost:
        return HourCost(capital=2.0, energy=0.5, upkeep=0.5)

    def progress(self) -> float:
        return 0.5

    def practice(self) -> float:
        return 0.5

    def curve_factor(self, curve: AnyCurveSpec | None, key: str) -> float:
        assert (curve, key) == (None, "line.cost.curve")
        return 1.0

    def machine_kilowatts(self) -> float:
        return 1.0

    def tax_per_kwh(self) -> float:
        return 0.1

    def tax_per_hour(self) -> float:
        return 0.1


@pytest.mark.parametrize("cost", [GIVEN, SERVED], ids=["given", "served"])
def test_the_parts_of_a_cost_make_the_cost(cost: GivenCost | ServedCost) -> None:
    parts = cost.parts(Server(), 900.0, "line", training=0.25)
    assert parts.serving == pytest.approx(cost.unit(Server(), 900.0, "line"), rel=1e-12)
    assert parts.training == 0.25
    assert cost.energy_tax(Server(), 900.0) < cost.variable(Server(), 900.0, "line") < parts.serving


def test_a_cost_given_outright_asks_for_no_machines() -> None:
    assert not GIVEN.needs_chip
    assert GIVEN.seconds_on(None, ()).blended == GIVEN.seconds
    assert GIVEN.rented(7.0) == 0.0
    assert GIVEN.resized(lambda: 1 / 0) is GIVEN
    assert (GIVEN.kilowatts(Server()), GIVEN.energy_tax(Server(), 900.0)) == (2.0, 0.05)
    assert GIVEN.unit(Server(), 900.0, "line") == 0.5 * 3.0 + 0.05


def test_a_served_cost_is_that_of_the_machines_behind_it() -> None:
    assert SERVED.needs_chip
    assert SERVED.rented(7.0) == 7.0
    assert SERVED.unit(Server(), 900.0, "line") == 3.0 * 450.0 / (3600.0 * 0.5)
    with pytest.raises(UserMistake, match="a served model needs a chip"):
        SERVED.seconds_on(None, ())
    halved = SERVED.resized(lambda: 0.5)
    assert isinstance(SERVED, ServedCost)
    assert isinstance(halved, ServedCost)
    assert halved.architecture.total == 0.5 * SERVED.architecture.total
