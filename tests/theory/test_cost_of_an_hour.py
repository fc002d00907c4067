"""An hour costs one firm less than another: power bought ahead, a large fleet, a large order."""

from dataclasses import replace
from datetime import date

import pytest
from numpy.testing import assert_allclose

from pricewar.agents.machines.sites import EnergyContract, ScaleEconomies, Site
from pricewar.agents.machines.spec import Supply
from pricewar.agents.machines.vendors import affordable, discount
from pricewar.scenarios.config.tables import catalogue
from pricewar.sim.economics.ownership import Ownership, hour_cost, kilowatts

H100, A100 = (catalogue("accelerators.csv")[name] for name in ("h100-sxm5", "a100-sxm-80gb"))
OWN = Ownership(electricity=0.08, upkeep=0.1)
TODAY = date(2024, 6, 1)


def test_power_is_paid_partly_at_the_contract_and_partly_at_the_spot_price() -> None:
    contract = EnergyContract(price=0.04, share=0.75, until=TODAY)
    assert_allclose(Site(contract).electricity(0.08, TODAY), 0.75 * 0.04 + 0.25 * 0.08, rtol=1e-15)
    assert Site(contract).electricity(0.08, date(2024, 6, 2)) == 0.08
    assert Site().electricity(0.08, TODAY) == 0.08
    assert Site(EnergyContract(price=0.04, share=0.0)).electricity(0.08, TODAY) == 0.08


def test_economies_of_scale_lower_what_is_around_the_chip_and_not_the_chip() -> None:
    large = ScaleEconomies(exponent=0.5, reference=100.0).factor(400.0)
    assert large == 0.5
    for chip in (A100, H100):  # power all-in or by the PUE
        one, other = hour_cost(OWN, chip, 30_000.0), hour_cost(OWN, chip, 30_000.0, overhead=large)
        assert_allclose(other.capital / one.capital, (1 + 0.45 * 0.5) / (1 + 0.45), rtol=1e-12)
        assert_allclose(other.upkeep, 0.5 * one.upkeep)
        assert_allclose(other.energy / one.energy, (1 + 0.3 * 0.5) / 1.3, rtol=1e-12)
        assert_allclose(kilowatts(OWN, chip, large) * OWN.electricity, other.energy, rtol=1e-15)


@pytest.mark.parametrize("fleet", [0.0, 7.0, 1e5])
def test_without_an_exponent_the_size_of_a_fleet_does_not_matter(fleet: float) -> None:
    factor = ScaleEconomies(exponent=0.0).factor(fleet)
    assert factor == 1.0
    assert hour_cost(OWN, A100, 3e4, overhead=factor) == hour_cost(OWN, A100, 3e4)


def test_large_orders_are_cheaper_down_to_a_floor() -> None:
    supply = Supply(discount=0.1, discount_floor=0.8, lump=64.0)
    assert discount(supply, 64.0) == discount(supply, 0.0) == 1.0
    assert_allclose(discount(supply, 64.0 * 4), 4**-0.1, rtol=1e-15)
    assert discount(supply, 64.0 * 1e6) == 0.8
    assert discount(replace(supply, discount=0.0), 64.0 * 1e6) == 1.0


@pytest.mark.parametrize("cash", [0.0, -5.0, 63.0, 640.0, 5e3, 1e6, 3e9])
@pytest.mark.parametrize("exponent", [0.0, 0.05, 0.3])
def test_cash_buys_as_many_whole_lumps_as_it_pays_for_at_their_own_discount(cash: float, exponent: float) -> None:
    supply = Supply(discount=exponent, discount_floor=0.7, lump=64.0)

    def cost(count: float) -> float:
        return count * discount(supply, count)

    count = affordable(supply, cash, 1.0)
    assert count % 64.0 == 0.0
    assert cost(count) <= max(cash, 0.0) * (1.0 + 1e-12)
    assert cost(count + 64.0) > cash * (1.0 - 1e-12)
