r"""How fast a fixed capability gets cheaper: one estimator, for a run and for a record of dated prices alike.

The lowest price at which a model at least so good is on sale stands until another undercuts it or it is raised. The
fall is the slope of its logarithm on time, by least squares, every day counting alike:

.. math:: \ln p_t = a - f\,t + \varepsilon_t, \qquad \text{factor a year} = e^{f}.

A fit to record lows alone would forget how long each low stood: prices that have stopped falling would go on falling
in it, and one more offer just under the last low would count as much as a year of rest. Where steps come at random
instants the standing price lies above the path that made them by as much at both ends, which leaves the slope alone.
"""

import numpy as np
import polars as pl

YEAR = 365.25
"""Days of a year."""


def standing_lows(points: pl.DataFrame, least: float, until: int) -> pl.DataFrame:
    """Lowest price on every day of what is at least so capable, from the first such price on: day, price. [money/Mtok]

    points: day, line (whose price it is), capability, and price [money/Mtok], null where a line is withdrawn. A price
    stands until the line's next. least: capability, in its unit. until: last day that is laid out.
    """
    capable = points.filter(pl.col("capability") >= least - 1e-9).sort("day", "line", maintain_order=True)
    if capable.is_empty():
        return pl.DataFrame(schema={"day": pl.Int64, "price": pl.Float64})
    first = int(str(capable["day"].min()))
    days = pl.DataFrame({"day": np.arange(first, until + 1)})
    lines = points.filter(pl.col("line").is_in(capable["line"].unique().implode())).sort("day", maintain_order=True)
    asked = days.join(lines.select("line").unique().sort("line"), how="cross").sort("day", "line")
    stood = lines.with_columns(pl.col("day").cast(pl.Int64)).sort("day", maintain_order=True)
    laid = asked.join_asof(stood, on="day", by="line", strategy="backward", check_sortedness=False)
    good = laid.filter(pl.col("capability") >= least - 1e-9)
    return good.group_by("day").agg(pl.col("price").min()).drop_nulls().sort("day")


def yearly_fall(lows: pl.DataFrame) -> float:
    """Factor by which the lowest price falls in a year; nan with fewer than two days above zero. [1]

    lows: day, price [money/Mtok], a row a day. Days on which something this good is free have no logarithm and are
    left out: say beside it how many they are.
    """
    priced = lows.filter(pl.col("price") > 0.0).sort("day")
    if priced["day"].n_unique() < 2:
        return float("nan")
    years = priced["day"].to_numpy() / YEAR
    slope = np.polyfit(years - years.mean(), np.log(priced["price"].to_numpy()), 1)[0]
    return float(np.exp(-slope))
