"""Policies: where theory knows what a law does to prices, sellers of a simulated market come to rest there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
from scipy.special import lambertw

from pricewar.agents.demand.linear_logit import LinearResponse
from pricewar.agents.policies import PolicySpec
from pricewar.agents.policies.energy_tax import EnergyTax
from pricewar.agents.policies.merger import Merger
from pricewar.agents.policies.price_floor import PriceFloor
from pricewar.agents.policies.voucher import Voucher
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.run.play import play
from pricewar.scenarios.verification.answers import Check, KnownAnswer, each
from pricewar.scenarios.verification.worlds import POTENTIAL, seller, world
from pricewar.sim.market.demand import Floats
from pricewar.sim.policy import TREASURY

REST = 1e-10
"""Relative error of a price at rest: wishes closer than 1e-11 to what is posted are not posted."""
DAYS = 210
"""Days until rest: thirty reviews of everybody."""
NASH, SALES = 1.472926660030623, 0.4713768092841031
"""Price and sales of each of two sellers with a = 2, c = 1, μ = 1/4, a0 = 0."""


def _duopoly(costs: Sequence[float], energy: Sequence[float] = (0.0, 0.0)) -> Scenario:
    """Two sellers with a = 2 and μ = 1/4. energy: power behind a million tokens of each. [kWh/Mtok]"""
    lines = [{"price": 1.6, "cost": cost, "value": 2.0, "energy": e} for cost, e in zip(costs, energy, strict=True)]
    return world([seller(line) for line in lines], days=DAYS)


def _under(scenario: Scenario, **policies: PolicySpec) -> Mapping[str, pl.DataFrame]:
    """Tables of a run under policies."""
    return play(replace(scenario, policies=policies)).tables


def _at(tables: Mapping[str, pl.DataFrame], day: int, column: str = "price") -> Floats:
    """What offers show on a day, in the order of sellers."""
    offers = tables["offers_daily"]
    shown: Floats = offers.filter(offers["day"] == day).sort("seller", "tier")[column].to_numpy()
    return shown


def _paid(tables: Mapping[str, pl.DataFrame], side: str, day: int = DAYS - 1) -> float:
    """What the treasury pays (payer) or gets (payee) on a day. [money]"""
    ledger = tables["ledger"]
    return float(ledger.filter((pl.col(side) == TREASURY) & (pl.col("day") == day))["amount"].sum())


def _merger() -> Iterator[KnownAnswer]:
    value, cost = (3.0, 2.6, 2.2, 1.8), (1.0, 0.8, 0.5, 0.3)
    cases: dict[str, tuple[int, tuple[float, ...], float]] = {
        "the day before": (
            DAYS - 1,
            (1.62131927715419, 1.34271586723559, 1.01315407811697, 0.77002025880863),
            1.791576215548776,
        ),
        "at rest after it": (
            2 * DAYS - 1,
            (1.81005475861001, 1.61005475861001, 1.05616333147651, 0.79808243326993),
            1.65190049115723,
        ),
        "at rest after it was undone": (
            3 * DAYS - 1,
            (1.62131927715419, 1.34271586723559, 1.01315407811697, 0.77002025880863),
            1.791576215548776,
        ),
    }
    sellers = [seller({"price": 1.4 * c + 0.3, "cost": c, "value": a}) for a, c in zip(value, cost, strict=True)]
    apart = world(sellers, LinearResponse(mu=0.4), days=3 * DAYS)
    merger = Merger(
        sellers=("seller-0", "seller-1"),
        start=apart.start + timedelta(days=DAYS),
        end=apart.start + timedelta(days=2 * DAYS - 1),
    )
    tables = _under(apart, merger=merger)
    for when, (day, prices, surplus) in cases.items():
        yield from each(f"1 and 2 merge: {when}", [f"price {k + 1}" for k in range(4)], prices, _at(tables, day),
                        relative=REST)  # fmt: skip
        people = tables["segments_daily"]
        obtained = float(people.filter(people["day"] == day)["surplus"].item()) / POTENTIAL
        what = f"1 and 2 merge: {when}: consumer surplus"
        yield KnownAnswer(what=what, expected=surplus, obtained=obtained, tolerance=REST * surplus)


def _pass_through() -> Iterator[KnownAnswer]:
    def slope(step: float, energy: tuple[float, float]) -> Floats:
        """Change of prices with a tax around a cost of 1; a tax has only one sign, so the cost before it is lower."""
        costs = [1.0 - step * e for e in energy]
        before = _under(_duopoly(costs, energy))
        after = _under(_duopoly(costs, energy), tax=EnergyTax(per_kwh=2.0 * step))
        rise: Floats = (_at(after, DAYS - 1) - _at(before, DAYS - 1)) / (2.0 * step)
        return rise

    # Richardson's extrapolation: worlds rest within the rounding of their solvers, so the step cannot be tiny.
    own, cross = (4.0 * slope(0.005, (1.0, 0.0)) - slope(0.01, (1.0, 0.0))) / 3.0
    industry = float(((4.0 * slope(0.005, (1.0, 1.0)) - slope(0.01, (1.0, 1.0))) / 3.0)[0])
    yield from each("2 sellers, pass-through of a tax on power", ("own", "cross", "industry"),
                    (0.6420606, 0.2698772, 0.9119379), (own, cross, industry), 5e-8)  # fmt: skip


def _receipts() -> Iterator[KnownAnswer]:
    tables = _under(_duopoly((0.9, 0.9), (1.0, 1.0)), tax=EnergyTax(per_kwh=0.1))
    yield from each("a tax of 0.1 on a cost of 0.9", ("price", "receipts"), (NASH, 2 * 0.1 * SALES * POTENTIAL),
                    (_at(tables, DAYS - 1)[0], _paid(tables, "payee")), relative=1e-9)  # fmt: skip


def _incidence() -> Iterator[KnownAnswer]:
    """Who is paid the subsidy does not matter: what is left after it is the Nash price at what cost is left."""
    cases: dict[str, tuple[float, Voucher, float]] = {
        "0.1 a token for buyers, cost 1.1": (1.1, Voucher(per_mtok=0.1), NASH + 0.1),
        "a fifth for buyers, cost 1.25": (1.25, Voucher(share=0.2), NASH / 0.8),
    }
    for name, (cost, voucher, posted) in cases.items():
        tables = _under(_duopoly((cost, cost)), voucher=voucher)
        price, sold = _at(tables, DAYS - 1)[0], _at(tables, DAYS - 1, "tokens")[0] / POTENTIAL
        expected = (posted, SALES, 2 * SALES * POTENTIAL * (posted - NASH))
        yield from each(name, ("posted price", "sales", "what the treasury pays"), expected,
                        (price, sold, _paid(tables, "payer")), relative=1e-9)  # fmt: skip


def _floor() -> Iterator[KnownAnswer]:
    """Costs 1 and 0.5: the second would ask 1.2038, and a floor of 1.3 binds it alone."""
    floor, a, mu = 1.3, 2.0, 0.25
    tables = _under(_duopoly((1.0, 0.5)), floor=PriceFloor(floor=floor))
    others = 1.0 + np.exp((a - floor) / mu)  # the rival at the floor, and buying nothing
    w = float(lambertw(np.exp((a - 1.0) / mu - 1.0) / others).real)
    expected = (1.0 + mu * (1.0 + w), floor)
    yield from each(
        "costs 1 and 0.5, floor 1.3", ("price 1", "price 2"), expected, _at(tables, DAYS - 1), relative=REST
    )
    free = _under(_duopoly((1.0, 0.5)), floor=PriceFloor(floor=1.2))
    yield from each("a floor of 1.2 binds nobody", ("price 1", "price 2"), (1.3723266624968, 1.2037723459797),
                    _at(free, DAYS - 1), relative=REST)  # fmt: skip


CHECKS = (
    Check(name="policy.merger", source="Werden & Froeb (1994); pyblp 1.3", ask=_merger),
    Check(name="policy.pass_through", source="Weyl & Fabinger (2013); logit duopoly", ask=_pass_through, slow=True),
    Check(name="policy.receipts", source="a tax is a cost; logit duopoly", ask=_receipts),
    Check(name="policy.incidence", source="Weyl & Fabinger (2013), principle 1; logit duopoly", ask=_incidence),
    Check(name="policy.price_floor", source="Anderson, de Palma & Thisse (1992), ch. 7", ask=_floor),
)
