"""What made it cheaper, in a sentence."""

from sim.export.cost_figures import WORDS
from sim.export.results import Results, currency
from sim.export.words import day_month_year, figures


def cheaper(run: Results) -> list[str]:
    """Split the change of the market's mean price into its causes: a section of the page, or none without costs."""
    from sim.analysis.decomposition import decompose_run

    told = []
    for row in decompose_run(run.tables).iter_rows(named=True):
        change = row["price_after"] - row["price_before"]
        effects = sorted(((row[effect], effect) for effect in WORDS), key=lambda pair: (-abs(pair[0]), pair[1]))
        parts = [f"{WORDS[effect]} {_signed(value)}" for value, effect in effects if value != 0.0]
        ends = f"from {figures(row['price_before'])} to {figures(row['price_after'])} {currency(run)}/Mtok"
        way = "fall" if change < 0.0 else "rise"
        what = f"Of the {way} of the mean list price {ends}" if change else "The mean list price stood still"
        when = f"({day_month_year(row['from'])} to {day_month_year(row['to'])}, weighted by tokens)"
        split = f": {', '.join(parts)}" if parts else ""
        told.append(
            f"## What made it cheaper\n\n{what} {when}{split}. The causes sum to the change, by logarithmic means; "
            "utilisation is the one that sellers plan with, so idle machines show in the margin."
        )
    return told


def _signed(value: float) -> str:
    return f"{'−' if value < 0.0 else '+'}{figures(abs(value))}"
