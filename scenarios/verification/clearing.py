"""A crowded market: what machines can carry, what waits, what goes to rivals and what is lost, reckoned by hand.

Prices and machines stay as they are, and buyers choose anew at every moment, so that demand is the same every day. Of
what a seller cannot serve a part waits and is asked for again; the queue then comes to rest.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl

from pricewar.agents.demand.linear_logit import LinearResponse
from pricewar.agents.pricing.fixed import Fixed
from pricewar.agents.sellers.spec import Fleet, Seller
from pricewar.scenarios.config.schema import BuyerTerms
from pricewar.scenarios.run.play import play
from pricewar.scenarios.verification.answers import Check, KnownAnswer, each
from pricewar.scenarios.verification.worlds import POTENTIAL, seller, world
from pricewar.sim.market.board import MarketTerms
from pricewar.sim.market.demand import Floats
from pricewar.sim.units import DAY_SECONDS

MU, VALUE, COST = 0.5, 2.0, 1.0
PATIENCE, MOBILITY = 0.6, 0.25
"""Share of what is not served that waits, and of the rest that tries a rival."""
EXACT = 1e-10
DAYS = 90
"""The queue forgets its beginning as patience to the power of days."""


def logit(price: Floats) -> Floats:
    """Tokens asked for at these prices, by the logit written out. [Mtok/day]"""
    odds = np.exp((VALUE - price) / MU)
    asked: Floats = POTENTIAL * odds / (1.0 + odds.sum())
    return asked


def _held(*lines: tuple[float, float], work: float | None = None) -> Seller:
    """A seller with lines of a price and a machine time [s/Mtok], and machines for so much work, without limit if None.

    work: that machines can do at most. [s/day]
    """
    fleet = None if work is None else Fleet(accelerators=work / DAY_SECONDS)
    made = [{"price": price, "cost": COST, "value": VALUE, "seconds": seconds, "tier": f"t{place}"}
            for place, (price, seconds) in enumerate(lines)]  # fmt: skip
    return seller(*made, strategy=Fixed(), fleet=fleet, role="cloud", invests=False)


def _at_rest(sellers: Mapping[str, Seller], *, patience: float = PATIENCE) -> dict[str, pl.DataFrame]:
    """Tables of the last day."""
    scenario = world(
        sellers,
        LinearResponse(mu=MU),
        days=DAYS,
        segment={"contract": 1e-3},
        market=MarketTerms(patience=patience, mobility=MOBILITY, share_lag=0),
        buyers=BuyerTerms(count=1, kind="continuum"),
        max_utilisation=1.0,
    )
    tables = play(scenario).tables
    return {name: tables[name].filter(pl.col("day") == DAYS - 1)
            for name in ("offers_daily", "sellers_daily", "segments_daily", "ledger")}  # fmt: skip


def _of(table: pl.DataFrame, column: str) -> list[float]:
    """A column in the order of sellers and their lines."""
    order = [name for name in ("seller", "tier") if name in table.columns]
    values: list[float] = (table.sort(order) if order else table)[column].to_list()
    return values


def _short() -> Iterator[KnownAnswer]:
    """One seller short of machines beside one with room: w waits, m of the rest tries the other.

    The queue rests where A = D + w (A - C): it leaves (D - C)/(1 - w) unserved, of which m (1 - w) goes to the rival.
    """
    asked, work = logit(np.array([1.6, 1.8])), 60.0
    tables = _at_rest({"full": _held((1.6, 1.0), work=work), "idle": _held((1.8, 1.0))})
    over = asked[0] - work
    unserved = over / (1.0 - PATIENCE)
    sold = [work, asked[1] + MOBILITY * over]
    yield from each("sold by", ("the full seller", "its rival"), sold, _of(tables["offers_daily"], "tokens"),
                    relative=EXACT)  # fmt: skip
    yield from each(
        "delay at the full seller", ("[d]",), (PATIENCE * unserved / work,), _of(tables["sellers_daily"], "delay")[:1],
        relative=EXACT,
    )  # fmt: skip
    unmet = PATIENCE * unserved + (1.0 - MOBILITY) * over
    yield from each("waiting or lost", ("[Mtok/d]",), (unmet,), _of(tables["segments_daily"], "unmet"), relative=EXACT)
    paid = tables["ledger"].filter(pl.col("what") == "tokens").sort("payee")["amount"].to_list()
    yield from each("paid to", ("the full seller", "its rival"), (1.6 * sold[0], 1.8 * sold[1]), paid, relative=EXACT)


def _shared() -> Iterator[KnownAnswer]:
    """Two lines on the same machines are served in the same share, whatever time each takes; nobody waits."""
    prices, seconds, work = np.array([1.4, 1.7]), np.array([1.0, 3.0]), 400.0
    asked = logit(prices)
    tables = _at_rest({"one": _held((1.4, 1.0), (1.7, 3.0), work=work)}, patience=0.0)
    share = work / float(asked @ seconds)
    yield from each("two lines on short machines, sold", ("of 1 s/Mtok", "of 3 s/Mtok"), share * asked,
                    _of(tables["offers_daily"], "tokens"), relative=EXACT)  # fmt: skip
    unmet = (1.0 - share) * float(asked.sum())
    yield from each("two lines, lost", ("[Mtok/d]",), (unmet,), _of(tables["segments_daily"], "unmet"), relative=EXACT)


def _crowded() -> Iterator[KnownAnswer]:
    """Whoever tries a rival finds its room only: a rival with little is filled, and the rest is lost."""
    asked = logit(np.array([1.5, 1.5]))
    room = 0.1 * MOBILITY * (asked[0] - 50.0)
    tables = _at_rest(
        {"full": _held((1.5, 1.0), work=50.0), "nearly": _held((1.5, 1.0), work=asked[1] + room)}, patience=0.0
    )
    yield from each("a rival with little room, sold", ("by the full seller", "by the rival"), (50.0, asked[1] + room),
                    _of(tables["offers_daily"], "tokens"), relative=EXACT)  # fmt: skip
    lost = float(asked.sum()) - 50.0 - asked[1] - room
    yield from each(
        "with little room, lost", ("[Mtok/d]",), (lost,), _of(tables["segments_daily"], "unmet"), relative=EXACT
    )


CHECKS = (
    Check(name="clearing.queue", source="by hand: A = D + w (A - C)", ask=_short),
    Check(name="clearing.rationing", source="by hand: the same share for all", ask=_shared),
    Check(name="clearing.spill_over", source="by hand: no more than there is room", ask=_crowded),
)
