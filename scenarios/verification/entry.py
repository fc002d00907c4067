"""Free entry: a lab comes where its best price earns the cost of entry, and a host where a day leaves something."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from math import exp, expm1

import numpy as np
import polars as pl

from pricewar.agents.demand.linear_logit import LinearResponse
from pricewar.agents.finance import Entry, Finance
from pricewar.agents.mechanisms import Mechanisms
from pricewar.agents.models.spec import HostTerms, Release
from pricewar.agents.pricing.books import Conduct
from pricewar.agents.pricing.fixed import Fixed
from pricewar.agents.sellers.dated_events import worth_entering
from pricewar.agents.sellers.firm import Firm
from pricewar.agents.serving_cost import GivenCost
from pricewar.scenarios.config.schema import BuyerTerms, Scenario
from pricewar.scenarios.run.play import play, prepare
from pricewar.scenarios.verification.answers import Check, KnownAnswer, each
from pricewar.scenarios.verification.worlds import POTENTIAL, seller, world
from pricewar.sim.economics.curves import DAYS_PER_YEAR
from pricewar.sim.market.board import MarketTerms

MU, APPEAL, PRICE, COST = 0.5, 2.0, 1.6, 0.7
"""Of the linear logit, with what buyers see in everybody [util]; price of who is there, and cost of who may come."""
DAYS = 60
HALVINGS = 60


def _market(outsider: Mapping[str, object], **other: object) -> Scenario:
    """One seller that keeps its price, and a lab that may come."""
    there = seller({"price": PRICE, "cost": COST, "appeal": APPEAL}, strategy=Fixed(), cash=1e9)
    sellers = {"there": there}
    if outsider:
        sellers["new"] = seller({"price": None, "cost": COST, "appeal": APPEAL}, cash=1e9, **outsider)  # type: ignore[arg-type]
    return world(
        sellers,
        LinearResponse(mu=MU),
        days=DAYS,
        segment={"contract": 0.1},
        burn_in=5,
        mechanisms=Mechanisms(focal_prices=False, attention=False, open_release=True, distress=True),
        buyers=BuyerTerms(count=1, kind="continuum"),
        market=MarketTerms(share_lag=0, prior_customers=0.0),
        **other,
    )


def odds(price: float) -> float:
    """Of an offer over buying nothing."""
    return exp(APPEAL - price / MU)


def dearest_entry(payroll: float) -> float:
    """The highest cost of entry that a lab bears, by halving what lies between one that it bears and one too high.

    payroll: what it costs to be in the market. [money/day] Returns money.
    """
    outsider = {"entry": Entry(look=5.0, cost=1e12), "finance": Finance(payroll=payroll)}
    simulation = prepare(_market(outsider), seed=1)
    simulation.world.clock.run(until=0.5)
    firm: Firm = next(firm for firm in simulation.firms if firm.name == "new")
    low, high = 0.0, 1e9
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        firm.spec = replace(firm.spec, entry=Entry(look=5.0, cost=middle))
        low, high = (middle, high) if worth_entering(firm) else (low, middle)
    return low


def _lab() -> Iterator[KnownAnswer]:
    """An entrant's best price against one that stands: c + mu (1 + W); its profit, discounted over the horizon."""
    from scipy.special import lambertw

    margin = MU * (1.0 + float(lambertw(exp(APPEAL - COST / MU - 1.0) / (1.0 + odds(PRICE))).real))
    share = odds(COST + margin) / (1.0 + odds(PRICE) + odds(COST + margin))
    daily, conduct = POTENTIAL * share * margin, Conduct()
    annuity = -DAYS_PER_YEAR * expm1(-conduct.discount * conduct.horizon) / conduct.discount
    for payroll in (0.0, 0.25 * daily):
        expected = (daily - payroll) * annuity
        yield KnownAnswer(
            what=f"dearest entry that pays, payroll {payroll:.4g} a day [money]",
            expected=expected,
            obtained=dearest_entry(payroll),
            tolerance=1e-8 * expected,
        )
    cost = daily * annuity
    came = {factor: play(_market({"entry": Entry(look=5.0, cost=factor * cost)})).tables for factor in (0.99, 1.01)}
    launched = [tables["prices"].filter(pl.col("seller") == "new") for tables in came.values()]
    yield from each(
        "of two labs, entry at .99 and 1.01 of its worth",
        ("who come", "price of the first", "cost of entry paid"),
        (1, COST + margin, 0.99 * cost),
        (
            sum(not one.is_empty() for one in launched),
            float(launched[0]["price"].first() or 0.0),  # type: ignore[arg-type]
            sum(float(one["ledger"].filter(pl.col("what") == "entry")["amount"].sum()) for one in came.values()),
        ),
        relative=1e-8,
    )


UNIT, MARKUP, ROYALTY = 0.5, 0.4, 0.1


def _hosted(fixed_cost: float) -> Mapping[str, pl.DataFrame]:
    """Tables of a world in which one host may serve released weights. fixed_cost: of hosting. [money/day]"""
    plain = _market({})
    release = Release(
        date=plain.start + timedelta(days=1),
        lab="maker",
        model="open",
        tier="line-0",
        capability=0.0,
        cost=GivenCost(marginal=0.2, full=UNIT),
        licence="community",
        royalty=ROYALTY,
        hosts=1,
    )
    terms = HostTerms(markup=MARKUP, appeal=APPEAL, look=2.0, fixed_cost=fixed_cost, self_appeal=-50.0)
    return play(_market({}, releases={"open": release}, hosts=terms)).tables


def _host() -> Iterator[KnownAnswer]:
    """A host asks its full cost and a mark-up after the royalty, and comes where that pays rent and fixed cost."""
    price = UNIT * (1.0 + MARKUP) / (1.0 - ROYALTY)
    tokens = POTENTIAL * odds(price) / (1.0 + odds(PRICE) + odds(price))
    left = tokens * (price * (1.0 - ROYALTY) - UNIT)
    hosted = {factor: _hosted(factor * left) for factor in (0.9, 0.999, 1.001, 1.1)}
    came = [tables for tables in hosted.values() if "host" in tables["sellers_daily"]["role"].to_list()]
    first = hosted[0.9]
    offers = first["offers_daily"].filter((pl.col("seller") == "host-1-open") & (pl.col("day") == DAYS - 1))
    paid = first["ledger"].filter((pl.col("what") == "royalties") & (pl.col("day") == DAYS - 1))
    yield from each(
        "a host at fixed costs of .9, .999, 1.001 and 1.1 of what a day leaves",
        ("how many times it comes", "its price", "its tokens", "royalties a day"),
        (2, price, tokens, ROYALTY * price * tokens),
        (len(came), *(_only(offers, "price"), _only(offers, "tokens")), _only(paid, "amount")),
        relative=1e-9,
    )


def _only(table: pl.DataFrame, column: str) -> float:
    """The one value of a column; not a number where there is none."""
    return float(table[column].item()) if table.height == 1 else np.nan


CHECKS = (
    Check(name="entry.lab", source="Mankiw & Whinston (1986); best price by Lambert's W", ask=_lab),
    Check(name="entry.host", source="by hand: price less royalty, rent and fixed cost", ask=_host),
)
