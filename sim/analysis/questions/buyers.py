"""How near use is to its ceiling, and how volume answered price, as answers: `adoption` over a run."""

import polars as pl

from pricewar.sim.analysis.base import Ends, days_of, summed
from pricewar.sim.analysis.prices.adoption import ALL, LEAST_MOVE, WINDOW, volume_elasticity
from pricewar.sim.analysis.prices.adoption import saturation as by_day
from pricewar.sim.analysis.questions.base import Columns, Needs, in_order, part
from pricewar.sim.results.run import Tables
from pricewar.sim.text import figures, percent

NEEDS: Needs = {"segments_daily": ("adoption", "tokens", "applications", "ceiling")}
COLUMNS: Columns = {
    "day": ("day", "Day, 0 on the scenario's first; negative in the burn-in."),
    "date": ("", "Calendar date of the day."),
    "segment": ("", "Segment of buyers."),
    "adoption": ("share, 0-1", "Adopters over buyers."),
    "applications": ("1", "Mean number of applications of an adopter; null without adopters."),
    "ceiling": ("1", "Applications beyond which a buyer has no use; 1 where they do not spread."),
    "saturation": ("share, 0-1", "Applications over their ceiling."),
    "growth": ("1/year", "Growth a year of tokens bought over the last 30 days, in log points."),
}
NEEDS_OF_ELASTICITY: Needs = {
    "segments_daily": ("adopters", "demand", "tokens", "price_paid", "applications", "exogenous"),
    "sellers_daily": ("role",),
}
ELASTICITY_COLUMNS: Columns = {
    "day": ("day", "Last of the run."),
    "date": ("", "Calendar date of the day."),
    "segment": ("", "`all` for all together."),
    "price_change": ("log point", "Log change of the price paid, from the first days to the last."),
    "volume_change": ("log point", "Log change of tokens bought, without growth that the scenario gives."),
    "elasticity": ("1", "Volume change over price change; the sum of the three below."),
    "within": ("1", "Part of it through tokens of an application: the short run, and who buys."),
    "adoption": ("1", "Part of it through who uses a model."),
    "applications": ("1", "Part of it through applications of an adopter."),
}


def saturation(tables: Tables) -> pl.DataFrame:
    """How full each segment is on every day; columns of COLUMNS."""
    return in_order(by_day(tables["segments_daily"]), COLUMNS)


def elasticity(tables: Tables) -> pl.DataFrame:
    """Long-run volume elasticity of the run and its parts, a row a segment; none where the run is too short."""
    moved = volume_elasticity(tables["segments_daily"]).drop_nulls("volume_change")
    last = days_of(tables).tail(1)
    return in_order(moved.join(last, how="cross"), ELASTICITY_COLUMNS)


def in_words(table: pl.DataFrame, code: str) -> str:
    """Say how many use models at last, and how many of their applications."""
    del code
    ends = Ends.of(table)
    columns = pl.col("adoption", "applications", "ceiling", "saturation").mean()
    had, has = (summed(days, ["segment"], columns) for days in (ends.first, ends.last))
    low, high = (has.sort("adoption", "segment").row(place, named=True) for place in (0, -1))
    text = f"{part(high['adoption'])} of buyers in {high['segment']} used a model at last"
    if has.height > 1:
        text += f" and {part(low['adoption'])} in {low['segment']}, the extremes"
    if not (has["ceiling"] > 1.0).any():
        return f"{text}; applications of an adopter do not spread in this scenario."
    full = has.filter(pl.col("ceiling") > 1.0).drop_nulls("saturation").sort("saturation", "segment")
    if full.is_empty():
        return f"{text}; nobody had an application."
    name, uses, filled = full.select("segment", "applications", "saturation").row(-1)
    was = had.filter(pl.col("segment") == name)["applications"].item()
    before = "" if was is None else f", {figures(was)} at first"
    return (
        f"{text}; an adopter in {name}, the fullest, had {figures(uses)} applications{before}, "
        f"{percent(filled)} of a ceiling that is assumed."
    )


def elasticity_in_words(table: pl.DataFrame, code: str) -> str:
    """Say what a fall of prices by one per cent went with, and through what."""
    del code
    row = table.filter(pl.col("segment") == ALL).row(0, named=True)
    if row["elasticity"] is None:
        return f"Prices paid moved by less than {percent(LEAST_MOVE)}, so no answer of volume to them can be told."
    names = {"within": "tokens of an application", "adoption": "adoption", "applications": "applications"}
    parts = [f"{_plain(-row[name])} through {words}" for name, words in names.items() if round(row[name], 2)]
    split = f" ({', '.join(parts)})" if len(parts) > 1 else ""
    return (
        f"A price lower by 1 % went with {_plain(-row['elasticity'])} % more volume{split}, from the first {WINDOW} "
        "days to the last and without growth that the scenario gives; what time alone brought is in it, so it is no "
        "structural elasticity."
    )


def _plain(value: float) -> str:
    """Write an elasticity with two digits and a true minus sign."""
    rounded = round(value, 2) + 0.0
    return f"{rounded:.2f}".replace("-", "−")
