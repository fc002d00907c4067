r"""How far adoption and applications have come, and how volume answered price over the run.

Every function takes the table `segments_daily` and returns a table; the order of its rows does not matter.

Volume net of exogenous growth is a product of three factors, so its change is a sum of three logarithms:

.. math:: \frac{Q}{g} = A \cdot n \cdot \frac{Q}{g A n}

A adopters, n applications per adopter, and the tokens of an application. Divided by the change of the log price these
are the parts of a long-run elasticity. It is measured on the run and holds for its path of prices: adoption and
applications grow with time as well as with affordability, so it is no structural parameter.
"""

import polars as pl

from pricewar.sim.economics.curves import DAYS_PER_YEAR

WINDOW = 30
"""Days averaged at either end, and over which growth is measured: a month irons out renewals."""
LEAST_MOVE = 0.05
"""Relative change of price below which an elasticity would divide by noise (assumed)."""
ALL = "all"
"""Name of the row for all segments together."""


def saturation(segments: pl.DataFrame) -> pl.DataFrame:
    """How full each segment is on every day.

    Returns day, date, segment, adoption (adopters over buyers) [1], applications (per adopter) [1], ceiling [1],
    saturation (applications over their ceiling) [1], growth (of tokens bought over the last 30 days, in log points)
    [1/year]; nulls where there is nothing to divide by, and in the first 30 days for growth.
    """
    tokens = pl.col("tokens")
    earlier = segments.select(pl.col("day") + WINDOW, "segment", tokens.alias("earlier"))
    growth = (tokens / pl.col("earlier")).log() * (DAYS_PER_YEAR / WINDOW)
    applications = pl.col("applications").fill_nan(None)
    return (
        segments.join(earlier, on=["day", "segment"], how="left")
        .select(
            "day",
            "date",
            "segment",
            "adoption",
            applications,
            "ceiling",
            saturation=applications / pl.col("ceiling"),
            growth=pl.when(tokens.gt(0.0) & pl.col("earlier").gt(0.0)).then(growth),
        )
        .sort("day", "segment")
    )


def volume_elasticity(segments: pl.DataFrame) -> pl.DataFrame:
    r"""The long-run volume elasticity of a run, :math:`\Delta \ln (Q/g) / \Delta \ln p`, and its parts.

    Compares means over the first 30 days from day 0 with those over the last 30; Q tokens demanded, g exogenous growth,
    p the mean price over tokens bought. Returns, a row a segment and one for `all`, segment, price_change and
    volume_change [log points], elasticity, within (tokens of an application: the short run, and who buys), adoption and
    applications, which add up to it; nulls where the price moved less than 5 % or was zero, or where the run is too
    short for two windows that do not overlap.
    """
    told = segments.filter(pl.col("day") >= 0)
    last = told["day"].max()
    if not isinstance(last, int) or last + 1 < 2 * WINDOW:
        told = told.clear()
    window = pl.when(pl.col("day") < WINDOW).then(0).when(pl.col("day") > pl.lit(last) - WINDOW).then(1)
    daily = told.select(
        "day",
        "segment",
        "adopters",
        "tokens",
        window=window,
        volume=pl.col("demand") / pl.col("exogenous"),
        uses=(pl.col("adopters") * pl.col("applications")).fill_nan(0.0),
        paid=(pl.col("price_paid") * pl.col("tokens")).fill_nan(0.0),
    ).drop_nulls("window")
    together = daily.with_columns(segment=pl.lit(ALL))
    names = segments.select("segment").unique().sort("segment")
    names = pl.concat([names, pl.DataFrame({"segment": [ALL]}, schema=names.schema)])
    moves = pl.concat([daily, together]).sort("segment", "day", *daily.columns[2:]).group_by("segment").agg(
        price_change=_moved(_at("paid", 1) / _at("tokens", 1), _at("paid", 0) / _at("tokens", 0)),
        volume_change=_moved(_at("volume", 1), _at("volume", 0)),
        adopters=_moved(_at("adopters", 1), _at("adopters", 0)),
        applications=_moved(_at("uses", 1) / _at("adopters", 1), _at("uses", 0) / _at("adopters", 0)),
    )  # fmt: skip
    price = pl.col("price_change")
    told_by = pl.when((price.exp() - 1.0).abs() >= LEAST_MOVE).then(1.0 / price)
    parts = names.join(moves, on="segment", how="left", maintain_order="left").with_columns(
        within=(pl.col("volume_change") - pl.col("adopters") - pl.col("applications")) * told_by,
        adoption=pl.col("adopters") * told_by,
        applications=pl.col("applications") * told_by,
    )
    elasticity = pl.col("within") + pl.col("adoption") + pl.col("applications")
    return parts.select(
        "segment", "price_change", "volume_change", elasticity.alias("elasticity"), "within", "adoption", "applications"
    )


def _at(column: str, window: int) -> pl.Expr:
    """Sum of a column over a window; both windows have as many days."""
    return pl.col(column).filter(pl.col("window") == window).sum()


def _moved(late: pl.Expr, early: pl.Expr) -> pl.Expr:
    """Change of the logarithm, null where one of the two is not above zero."""
    return pl.when((late > 0.0) & (early > 0.0)).then((late / early).log())
