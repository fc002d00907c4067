"""The terms of a seller's price, one at a time: capacity, what holds the opening price, pass-through of cost."""

from collections.abc import Iterator
from dataclasses import replace
from math import exp, log

from scipy.optimize import brentq
from scipy.special import lambertw

from pricewar.agents.demand.linear_logit import LinearResponse
from pricewar.agents.demand.log_logit import LogResponse
from pricewar.agents.machines.spec import ComputeMarket, Technology
from pricewar.agents.mechanisms import Mechanisms
from pricewar.agents.pricing.books import Conduct
from pricewar.agents.sellers.opening import Opening
from pricewar.agents.sellers.spec import Fleet, Seller
from pricewar.agents.serving_cost import GivenCost
from pricewar.scenarios.config.schema import Scenario, Tables
from pricewar.scenarios.run.play import play
from pricewar.scenarios.verification.answers import Check, KnownAnswer, each
from pricewar.scenarios.verification.worlds import POTENTIAL, seller, world
from pricewar.sim.economics.curves import DAYS_PER_YEAR, Moore
from pricewar.sim.results.run import Run
from pricewar.sim.units import DAY_SECONDS

CHIP = "a800-sxm-80gb"
A, C, MU = 2.0, 1.0, 0.25
"""Value, cost and scale of tastes of the textbook case."""
REST = 1e-9
"""Relative error at rest of prices that are solved together with the shadow price of capacity."""


def _with_room_for(share: float) -> Fleet:
    """Machines that, at the utilisation planned, serve a share of all customers; one second a Mtok."""
    return Fleet(accelerators=share * POTENTIAL / (Conduct().target_utilisation * DAY_SECONDS))


def _last(run: Run, table: str, column: str) -> list[float]:
    daily = run.tables[table]
    last = daily.filter(daily["day"] == daily["day"].max())
    return [float(value) for value in last.sort("seller")[column].to_list()]


def _settled(*sellers: Seller) -> Run:
    return play(world(sellers, LinearResponse(mu=MU), days=420))


def _monopoly_with_capacity() -> Iterator[KnownAnswer]:
    for k in (0.3, 0.5):
        run = _settled(seller({"price": 1.9, "cost": C, "value": A}, fleet=_with_room_for(k)))
        price = A - MU * log(k / (1.0 - k))  # the price at which just k of all customers buy
        shadow = price - MU / (1.0 - k) - C  # what one more sale would bring beyond its cost
        obtained = (_last(run, "offers_daily", "price")[0], _last(run, "sellers_daily", "shadow_price")[0])
        yield from each(f"monopoly with room for {k:g} of all", ("price", "shadow price of a second"),
                        (price, shadow), obtained, relative=REST)  # fmt: skip


def _duopoly_with_capacity() -> Iterator[KnownAnswer]:
    k = 0.3
    run = _settled(
        seller({"price": 1.7, "cost": C, "value": A}, fleet=_with_room_for(k)),
        seller({"price": 1.7, "cost": C, "value": A}),
    )

    # The other is at its best response; the short seller's price is what leaves it just k.
    share = brentq(lambda s: (A - C - MU / (1 - s)) / MU - log(s / (1 - s - k)), 1e-9, 1 - k - 1e-9, xtol=1e-15)
    price = C + MU / (1.0 - share)
    short = A - MU * log(k / (1.0 - k - share))
    yield from each("duopoly, one with room for 0.3 of all", ("short seller", "the other"), (short, price),
                    _last(run, "offers_daily", "price"), relative=REST)  # fmt: skip


def _opening() -> Iterator[KnownAnswer]:
    """List prices at which nobody would arrive by itself stay where they are, whatever holds them."""
    listed = (1.9, 1.2)
    lines = [seller({"price": price, "cost": C, "value": A}) for price in listed]
    for hold in ("wedge", "focal"):
        mechanisms = Mechanisms(open_release=False, focal_prices=hold == "focal", attention=False)
        scenario = world(lines, LinearResponse(mu=MU), days=210, opening=Opening(hold=hold), mechanisms=mechanisms)
        yield from each(f"list prices held by {hold}", ("1.9", "1.2"), listed,
                        _last(play(scenario), "offers_daily", "price"), relative=REST, kind="consistency")  # fmt: skip


def _null() -> Iterator[KnownAnswer]:
    off = Mechanisms(open_release=False, idle_capacity=False, focal_prices=False, attention=False)
    rates = (0.7, 0.2)
    lines = []
    for rate in rates:
        made = seller({"price": 3.0, "cost": C, "value": A})
        cost = GivenCost(marginal=C, full=2.0, curve=Moore(rate=rate))
        lines.append(replace(made, tiers={name: replace(tier, cost=cost) for name, tier in made.tiers.items()}))
    scenario: Scenario = world(lines, LinearResponse(mu=MU), days=365, mechanisms=off)
    run = play(scenario)
    # Prices move at reviews, a week apart: the last one is known from the record.
    moves = run.tables["prices"].group_by("seller", maintain_order=True).last().sort("seller")
    expected = [3.0 * exp(-rate * time / DAYS_PER_YEAR) for rate, time in zip(rates, moves["time"], strict=True)]
    names = [f"cost falls by {rate:g} a year" for rate in rates]
    yield from each("opening price times the index of cost", names, expected, moves["price"].to_list(), relative=1e-12)


def _forgone_rent() -> Iterator[KnownAnswer]:
    """A cloud that could let its machines serves as if it paid their rent; a lab has none to forgo."""
    rental, seconds = 1.25, 1440.0
    market = ComputeMarket(chip=CHIP, outside_supply=1e15, elasticity=1.0)
    technology = Technology(rental=rental)
    for role, rent in (("cloud", rental * seconds / 3600.0), ("lab", 0.0)):
        fleet = Fleet(chip=CHIP, accelerators=1e6)
        line = {"price": 1.9, "cost": C, "value": A, "seconds": seconds}
        scenario = world(
            [seller(line, role=role, fleet=fleet, invests=False)],
            LinearResponse(mu=MU),
            days=210,
            compute=market,
            technology=technology,
            tables=Tables(accelerators="accelerators.csv"),
        )
        w = float(lambertw(exp((A - C - rent) / MU - 1.0)).real)
        yield KnownAnswer(
            what=f"monopolist, a {role} with idle machines",
            expected=C + rent + MU * (1.0 + w),
            obtained=_last(play(scenario), "offers_daily", "price")[0],
            tolerance=REST,
        )


def _log_logit() -> Iterator[KnownAnswer]:
    """Two alike sellers: the mark-up over price and own cost is one over the elasticity in them."""
    h, pbar, appeal = 0.5, 10.0, 0.4
    for eta, epsilon in ((2.0, 0.3), (3.5, 0.8), (2.0, 1.0)):
        response = LogResponse(eta=eta, epsilon=epsilon, own_cost=h, reference=pbar)

        def share(price: float, eta: float = eta, epsilon: float = epsilon) -> float:
            ratio = (price + h) / (pbar + h)
            felt = log(ratio) if epsilon == 1.0 else (ratio ** (1.0 - epsilon) - 1.0) / (1.0 - epsilon)
            odds = exp(appeal - eta * felt)
            return float(odds / (1.0 + 2.0 * odds))

        def gap(price: float, eta: float = eta, epsilon: float = epsilon) -> float:
            ratio = (price + h) / (pbar + h)
            elasticity = epsilon + eta * ratio ** (1.0 - epsilon) * (1.0 - share(price))
            return float((price - C) - (price + h) / elasticity)

        price = brentq(gap, C, 100.0, xtol=1e-14)
        sold = share(price) * ((price + h) / (pbar + h)) ** -epsilon
        sellers = [seller({"price": 4.0, "cost": C, "appeal": appeal}) for _ in range(2)]
        run = play(world(sellers, response, days=280))
        tokens = _last(run, "offers_daily", "tokens")[0] / POTENTIAL
        yield from each(f"log-price duopoly, η={eta:g}, ε={epsilon:g}", ("price", "sales"), (price, sold),
                        (_last(run, "offers_daily", "price")[0], tokens), relative=REST)  # fmt: skip


def _frozen_scarcity() -> Iterator[KnownAnswer]:
    """Full fleets hold the list prices of the first day; with M3 off their shadow price stays when machines do not."""
    listed = (1.9, 1.6)
    lines = [
        seller({"price": price, "cost": C, "value": A, "seconds": seconds}, fleet=Fleet())
        for price, seconds in zip(listed, (1.0, 7.0), strict=True)
    ]
    mechanisms = Mechanisms(open_release=False, idle_capacity=False, focal_prices=False, attention=True)
    scenario = world(lines, LinearResponse(mu=MU), days=210, opening=Opening(hold="scarce"), mechanisms=mechanisms)
    yield from each("list prices held by full machines", ("1.9", "1.6"), listed,
                    _last(play(scenario), "offers_daily", "price"), relative=REST, kind="consistency")  # fmt: skip


CHECKS = (
    Check(
        name="terms.capacity", source="Kreps & Scheinkman (1983): shadow price of capacity", ask=_monopoly_with_capacity
    ),
    Check(name="terms.capacity_duopoly", source="first-order condition of the logit", ask=_duopoly_with_capacity),
    Check(name="terms.opening", source="Berry (1994): inverted first-order condition; Friedman (1971)", ask=_opening),
    Check(name="terms.scarcity", source="Berry (1994): inverted first-order condition", ask=_frozen_scarcity),
    Check(name="terms.forgone_rent", source="opportunity cost of capacity; logit monopoly", ask=_forgone_rent),
    Check(name="terms.log_logit", source="Lerner (1934); first-order condition by hand", ask=_log_logit),
    Check(name="terms.pass_through_null", source="M1: full cost passes through", ask=_null),
)
