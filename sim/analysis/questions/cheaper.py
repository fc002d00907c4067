"""What made tokens cheaper over a run, as an answer: `decomposition` from the first day to the last."""

import polars as pl

from pricewar.sim.analysis.base import days_of
from pricewar.sim.analysis.prices.decomposition import EFFECTS, WORDS, decompose_run
from pricewar.sim.analysis.questions.base import Columns, Needs, in_order
from pricewar.sim.results.run import Tables
from pricewar.sim.text import figures

NEEDS: Needs = {
    "costs_daily": ("price", "utilisation", "machine_time"),
    "offers_daily": ("tokens",),
    "sellers_daily": ("role",),
}
COLUMNS: Columns = {
    "day": ("day", "Last day of the run."),
    "date": ("", "Calendar date of the day."),
    "from": ("", "Date of the first day."),
    "price_before": ("money/Mtok", "Mean list price, weighted by tokens, on the first day."),
    "price_after": ("money/Mtok", "Mean list price, weighted by tokens, on the last day."),
    **{effect: ("money/Mtok", f"Part of the change by {WORDS[effect]}; the parts sum to it.") for effect in EFFECTS},
}


def cheaper(tables: Tables) -> pl.DataFrame:
    """Split the change of the market's mean list price, weighted by tokens, into its causes: one row, or none."""
    split = decompose_run(tables).rename({"to": "date"})
    return in_order(split.join(days_of(tables), on="date", how="left"), COLUMNS)


def in_words(table: pl.DataFrame, code: str) -> str:
    """Say by how much the mean price changed and what part each cause had, the largest first."""
    row = table.row(-1, named=True)
    before, after = row["price_before"], row["price_after"]
    if before == after:
        return f"The mean list price, weighted by tokens, stood at {figures(after)} {code}/Mtok at both ends."
    effects = sorted(((row[effect], effect) for effect in WORDS), key=lambda pair: (-abs(pair[0]), pair[1]))
    parts = [f"{WORDS[effect]} {told}" for value, effect in effects if (told := _signed(value, before))]
    way = "fell" if after < before else "rose"
    return (
        f"The mean list price, weighted by tokens, {way} from {figures(before)} to {figures(after)} {code}/Mtok: "
        f"{', '.join(parts)} (causes sum to the change by logarithmic means; idle machines count in the margin)."
    )


def _signed(value: float, scale: float) -> str:
    """Write an effect with a true minus sign; empty if it rounds to nothing beside the first price."""
    digits = 0
    while digits < 9 and abs(scale) * 10.0**digits < 100.0:
        digits += 1
    size = round(abs(value), digits) if scale else abs(value)
    return f"{'−' if value < 0.0 else '+'}{figures(size)}" if size else ""
