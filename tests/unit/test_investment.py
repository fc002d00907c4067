"""Machines: orders that fill the gap of a forecast, deliveries that a shortage delays, what training may take."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pricewar.agents.machines.fleet import Machines
from pricewar.agents.machines.spec import Shortage, Supply
from pricewar.agents.sellers.investment import forecast_load, invest
from pricewar.agents.sellers.spec import Fleet
from pricewar.scenarios.run.play import Simulation, prepare
from pricewar.scenarios.verification.worlds import seller, world
from pricewar.sim.units import DAY_SECONDS

LUMP = 4.0


def market(**supply: object) -> Simulation:
    """A lab whose customers grow threefold a year, on few machines."""
    lines = [
        seller(
            {"price": 1.5, "cost": 1.0, "value": 2.0, "seconds": 20_000.0}, fleet=Fleet(accelerators=50.0), role="lab"
        )
    ]
    plain = world(lines, days=200, segment={"growth": 1.1}, supply=Supply(lump=LUMP, **supply))  # type: ignore[arg-type]
    simulation = prepare(plain, 1)
    simulation.world.clock.run(until=40.0)
    return simulation


def test_an_order_fills_the_gap_of_the_forecast_to_within_a_lump() -> None:
    (firm,) = market().firms
    need = forecast_load(firm) / (firm.conduct.target_utilisation * DAY_SECONDS)
    before = firm.machines.work + firm.machines.on_order
    assert need - before > 3.0 * LUMP, "there must be a gap, else nothing is ordered"
    invest(firm)
    ordered = firm.machines.work + firm.machines.on_order
    assert ordered - before == pytest.approx(LUMP * ((need - before) // LUMP))
    assert 0.0 <= need - ordered < LUMP
    invest(firm)
    assert firm.machines.work + firm.machines.on_order == ordered, "what is on order is not ordered again"


def test_what_would_come_in_a_shortage_comes_on_the_day_after_it() -> None:
    start = market().world.clock.start
    shortage = Shortage(start=start + timedelta(days=60), end=start + timedelta(days=150))
    free, short = market(lead_time=70.0), market(lead_time=70.0, shortages={"dry": shortage})
    due = [each.firms[0].context.economy.delivery(each.world.streams("a", "delivery")) for each in (free, short)]
    assert 60.0 < due[0] < 150.0
    assert due[1] == 151.0


def test_training_takes_no_more_than_what_is_not_kept_for_serving() -> None:
    (firm,) = market().firms
    machines = Machines("acme", None, firm.world, firm.context.economy)
    machines.size(40.0, record=False)
    machines.training, machines.kept = 30.0, 0.2
    assert machines.seconds() == DAY_SECONDS * (40.0 - 30.0)
    machines.vintages = [replace(machines.vintages[0], count=20.0)]  # the others have been scrapped meanwhile
    assert machines.seized == 0.8 * 20.0
    assert machines.seconds() == pytest.approx(DAY_SECONDS * 0.2 * 20.0)
