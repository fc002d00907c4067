"""Privacy: how many tokens of sensitive buyers leave the buyers' walls.

Exposed is what is sent to somebody else's machines; whether anybody looks at it, the model does not know.
"""

import polars as pl

from pricewar.sim.analysis.base import Ends, number
from pricewar.sim.analysis.prices.indices import ratio
from pricewar.sim.analysis.questions.base import Columns, Needs, in_order, part
from pricewar.sim.results.run import Tables
from pricewar.sim.text import figures

NEEDS: Needs = {"segments_daily": ("exposed", "tokens")}
COLUMNS: Columns = {
    "day": ("day", "Day, 0 on the scenario's first; negative in the burn-in."),
    "date": ("", "Calendar date of the day."),
    "segment": ("", "Segment of buyers."),
    "tokens": ("Mtok/day", "Tokens bought."),
    "exposed": ("Mtok/day", "Tokens of sensitive buyers, served outside their walls."),
    "exposed_share": ("share, 0-1", "Share of the segment's tokens that are exposed."),
}


def privacy(tables: Tables) -> pl.DataFrame:
    """Sensitive tokens outside the walls, a row a day and segment; columns of COLUMNS."""
    segments = number(tables["segments_daily"], "exposed")
    share = ratio(pl.col("exposed"), pl.col("tokens")).alias("exposed_share")
    return in_order(segments.with_columns(share).sort("day", "segment"), COLUMNS)


def in_words(table: pl.DataFrame, code: str) -> str:
    """Say how much left the walls, at first and at last."""
    del code
    ends = Ends.of(table)
    (was, before), (now, after) = _share(ends.first), _share(ends.last)
    if was == now == 0.0:
        return "Nothing sensitive left its buyers' walls: nobody in this scenario is sensitive, or all such hosted it."
    if after != after:
        return "Nobody bought a token at last."
    return (
        f"{part(after)} of tokens ({figures(now)} Mtok a day) were sensitive and left their buyers' walls at last, "
        f"{part(before)} ({figures(was)}) at first."
    )


def _share(table: pl.DataFrame) -> tuple[float, float]:
    """Exposed tokens a day, and their share of all."""
    days = max(table["day"].n_unique(), 1)
    sorted_ = table.sort("day", "segment")
    exposed, tokens = float(sorted_["exposed"].sum()), float(sorted_["tokens"].sum())
    return exposed / days, exposed / tokens if tokens > 0 else float("nan")
