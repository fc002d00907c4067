r"""Quality bought per unit of money: do falling prices lower quality?

Capability is a logarithm, so a ratio of capability to money means nothing. Tokens are made comparable instead: a Mtok
of a model of capability :math:`q` counts as :math:`e^{\kappa q}` Mtok of one of capability zero (GPT-3.5).
:math:`\kappa = 1/2` is assumed: compute-optimal parameters, and with them the work behind a token, grow with the square
root of training compute (Hoffmann et al. 2022). It weighs work, not usefulness, which nobody has measured.
Waiting is a part of the quality of a service, so the delay stands beside it.
"""

import polars as pl

from pricewar.sim.analysis.base import OWN, Ends, Tables, number, ordered, roles, summed
from pricewar.sim.analysis.prices.indices import ratio
from pricewar.sim.analysis.questions.base import Columns, Needs, Question, in_order, nothing, part, went
from pricewar.sim.text import figures

KAPPA = 0.5
"""Log of the worth of a token per nat of capability. [1/nat] Assumed, after Hoffmann et al. (2022)."""
NEAR = 0.5
"""How far below the frontier still counts as at it. [nat] Assumed: about a fifth of a year of progress."""
QUALITY_NEEDS: Needs = {
    "offers_daily": ("capability", "tokens", "revenue"),
    "sellers_daily": ("role", "delay", "tokens"),
}
QUALITY_COLUMNS: Columns = {
    "day": ("day", "Day, 0 on the scenario's first; negative in the burn-in."),
    "date": ("", "Calendar date of the day."),
    "bought": ("nat", "Mean capability of the tokens bought."),
    "low": ("nat", "Tenth percentile over tokens of capability bought."),
    "median": ("nat", "Median over tokens of capability bought."),
    "high": ("nat", "Ninetieth percentile over tokens of capability bought."),
    "frontier": ("nat", "Best capability on offer, bought or not."),
    "best_bought": ("nat", "Best capability of which anybody bought tokens."),
    "below_frontier": ("share, 0-1", "Share of tokens bought of models more than half a nat below the best on offer."),
    "affordable": ("nat", "Best capability on offer at no more than the mean price paid in the first days."),
    "adjusted_price": ("money/Mtok", "Spend over tokens counted by quality."),
    "per_money": ("Mtok/money", "Quality bought per unit of money: the inverse of the adjusted price."),
    "delay": ("day", "Wait for an answer, mean over tokens."),
}


def quality(tables: Tables, *, kappa: float = KAPPA) -> pl.DataFrame:
    """Capability bought, its spread below the frontier, what money buys of it, and the wait; one row a day.

    tables: offers_daily and sellers_daily; those who host for themselves buy tokens too, but nobody is offered theirs,
        so they count neither for the frontier nor for what is affordable.
    kappa: log of the worth of a token per nat. [1/nat]
    Returns the columns of QUALITY_COLUMNS; null on days without tokens or spend.
    """
    offers = tables["offers_daily"].join(roles(tables), on="seller", how="left")
    if offers.is_empty():
        return nothing(QUALITY_COLUMNS)
    tokens, level = pl.col("tokens"), pl.col("capability")
    worth = (tokens * (kappa * level).exp()).sum()
    days = summed(
        offers,
        ["day", "date"],
        ratio((tokens * level).sum(), tokens.sum()).alias("bought"),
        ratio(pl.col("revenue").sum(), worth).alias("adjusted_price"),
        ratio(worth, pl.col("revenue").sum()).alias("per_money"),
        ratio(pl.col("revenue").sum(), tokens.sum()).alias("paid"),
    )
    listed = offers.filter(pl.col("role").fill_null("") != OWN)
    frontier = listed.group_by("day").agg(frontier=level.max())
    best = offers.filter(tokens > 0).group_by("day").agg(best_bought=level.max())
    for more in (_quantiles(offers), frontier, best, _below(offers, frontier), _delay(tables)):
        days = days.join(more, on="day", how="left", maintain_order="left")
    return in_order(days.join(_affordable(listed, days), on="day", how="left", maintain_order="left"), QUALITY_COLUMNS)


def _quantiles(offers: pl.DataFrame) -> pl.DataFrame:
    """Quantiles of capability over the tokens bought: the least capability at which that share of them is reached."""
    bought = offers.filter(pl.col("tokens") > 0).sort("day", "capability", "tokens")
    bought = bought.with_columns(reached=pl.col("tokens").cum_sum().over("day"), all=pl.col("tokens").sum().over("day"))
    shares = {"low": 0.1, "median": 0.5, "high": 0.9}
    return bought.group_by("day").agg(
        pl.col("capability").filter(pl.col("reached") >= share * pl.col("all")).min().alias(name)
        for name, share in shares.items()
    )


def _below(offers: pl.DataFrame, frontier: pl.DataFrame) -> pl.DataFrame:
    tokens = pl.col("tokens")
    behind = tokens.filter(pl.col("capability") < pl.col("frontier") - NEAR).sum()
    share = ratio(behind, tokens.sum()).alias("below_frontier")
    return summed(offers.join(frontier, on="day"), ["day"], share)


def _delay(tables: Tables) -> pl.DataFrame:
    tokens = pl.col("tokens")
    sellers = number(tables["sellers_daily"], "delay").filter(tokens > 0)
    return summed(sellers, ["day"], ratio((tokens * pl.col("delay")).sum(), tokens.sum()).alias("delay"))


def _affordable(listed: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """Best capability on offer at no more than the mean price paid in the first days of the run."""
    budget = ordered(Ends.of(days).first)["paid"].mean()
    within = listed.filter(pl.col("price") <= (float("nan") if budget is None else float(str(budget))))
    return within.group_by("day").agg(affordable=pl.col("capability").max())


def say_quality(table: pl.DataFrame, code: str) -> str:
    """Say what became of quality, from the first days to the last."""
    ends = Ends.of(table)
    (was, bought), (left, behind), (less, more) = map(ends.means, ("bought", "below_frontier", "per_money"))
    edges = ends.outermost()
    offered = f"from the first day to the last the best on offer {went(*edges.means('frontier'), 'nat')}"
    if was != was and bought != bought:
        return f"Nobody bought a token, at first or at last; {offered}."
    text = (
        f"Mean capability bought {went(was, bought, 'nat')}; {offered}, the best that anybody bought "
        f"{went(*edges.means('best_bought'), 'nat')}. Of models over {NEAR} nat below the best on offer were "
        f"{part(left)} of tokens at first and {part(behind)} at last."
    )
    if not less > 0 or more != more:
        return text
    _, wait = ends.means("delay")
    waited = f", with a mean wait of {figures(wait)} days" if wait >= 0.05 else ""
    return (
        f"{text} One {code} bought {figures(more / less)} times as many quality-adjusted tokens at last as at first "
        f"(assumed: a nat makes a token worth e^{KAPPA}){waited}."
    )


QUALITY = Question(
    words="Do falling prices lower quality?",
    ask=quality,
    say=say_quality,
    columns=QUALITY_COLUMNS,
    needs=QUALITY_NEEDS,
    figure="quality_per_dollar",
)
