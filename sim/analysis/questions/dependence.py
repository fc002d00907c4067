"""Dependence: how much of a segment's spend goes to few suppliers, and what leaving them would cost.

Spend is what the ledger says that a segment paid for tokens; what buyers pay for machines of their own binds them to
nobody, so it stands apart in `own_share`. Concentration is that of the segment's spend, not of a single buyer's, which
is not recorded: most buyers have one supplier.
"""

import polars as pl

from pricewar.sim.analysis.base import OWN, Ends, number, ordered, roles, summed
from pricewar.sim.analysis.prices.indices import ratio
from pricewar.sim.analysis.questions.base import Columns, Needs, in_order, part
from pricewar.sim.results.run import Tables
from pricewar.sim.text import figures

NEEDS: Needs = {"ledger": ("payer", "payee", "what", "amount"), "sellers_daily": ("role",)}
COLUMNS: Columns = {
    "day": ("day", "Day, 0 on the scenario's first; negative in the burn-in."),
    "date": ("", "Calendar date of the day."),
    "segment": ("", "Segment of buyers."),
    "spend": ("money/day", "Spend on tokens, own machines included."),
    "suppliers": ("seller", "Sellers paid, own machines left out."),
    "hhi": ("1", "HHI of spend over suppliers."),
    "largest": ("", "Supplier that gets most."),
    "largest_share": ("share, 0-1", "Share of spend at suppliers that it gets."),
    "cloud_share": ("share, 0-1", "Share of spend at clouds: who sell the machines and the models."),
    "own_share": ("share, 0-1", "Share of spend on machines of their own."),
    "exit_cost": (
        "money/day",
        "What loyalty makes buyers bear in price before they leave; null where it is not known.",
    ),
    "exit_ratio": ("1", "Exit cost over spend at suppliers."),
}


def dependence(tables: Tables) -> pl.DataFrame:
    """Concentration of spend and cost of leaving, a row a day and segment that spends; columns of COLUMNS."""
    paid = tables["ledger"].filter((pl.col("what") == "tokens") & pl.col("payer").str.starts_with("buyers:"))
    paid = paid.with_columns(segment=pl.col("payer").str.strip_prefix("buyers:"))
    paid = paid.join(roles(tables), left_on="payee", right_on="seller", how="left")
    amount, by = pl.col("amount"), ["day", "date", "segment"]
    whole = summed(
        paid,
        by,
        amount.sum().alias("spend"),
        amount.filter(pl.col("role") == "cloud").sum().alias("cloud"),
        amount.filter(pl.col("role") == OWN).sum().alias("own"),
    )
    bought = summed(paid.filter(pl.col("role").fill_null("") != OWN), [*by, "payee"], amount.sum())
    # Largest first, ties by name; the sums below then follow the order of names.
    ranked = bought.sort("amount", "payee", descending=[True, False])
    first = ranked.unique(by, keep="first", maintain_order=True).select(*by, "amount", largest="payee")
    few = bought.group_by(by, maintain_order=True).agg(
        suppliers=pl.len().cast(pl.Float64), bought=amount.sum(), squares=(amount * amount).sum()
    )
    table = (
        whole.join(few, on=by, how="left")
        .join(first, on=by, how="left")
        .join(_exits(tables), on=["day", "segment"], how="left")
    )
    table = table.with_columns(
        pl.col("suppliers").fill_null(0.0),
        hhi=ratio(pl.col("squares"), pl.col("bought") * pl.col("bought")),
        largest_share=ratio(amount, pl.col("bought")),
        cloud_share=ratio(pl.col("cloud"), pl.col("spend")),
        own_share=ratio(pl.col("own"), pl.col("spend")),
        exit_ratio=ratio(pl.col("exit_cost"), pl.col("bought")),
    )
    return in_order(table.sort("day", "segment"), COLUMNS)


def _exits(tables: Tables) -> pl.DataFrame:
    segments = tables.get("segments_daily")
    if segments is None:
        return pl.DataFrame(schema={"day": pl.Int32, "segment": pl.String, "exit_cost": pl.Float64})
    return number(segments, "exit_cost").select("day", "segment", "exit_cost")


def in_words(table: pl.DataFrame, code: str) -> str:
    """Say who depends most at last, and what leaving would cost all buyers."""
    ends = Ends.of(table)
    last = summed(ends.last, ["segment"], pl.col("hhi").mean(), pl.col("largest_share").mean())
    last = last.drop_nulls("hhi").sort("hhi", "segment")
    if last.is_empty():
        return "No segment bought from a supplier."
    most, held, share = last.select("segment", "hhi", "largest_share").row(-1)
    text = (
        f"Spend is most concentrated in {most} (HHI of spend over suppliers {figures(held)}; its largest "
        f"supplier has {part(share)})"
    )
    cost, spend = (_daily(ends.last, column) for column in ("exit_cost", "spend"))
    if cost is None or not spend:
        return f"{text}; the cost of leaving is not known, for this run does not reckon it."
    return f"{text}; leaving would cost all buyers {figures(cost)} {code} a day, {part(cost / spend)} of their spend."


def _daily(table: pl.DataFrame, column: str) -> float | None:
    """Mean over days of the sum over segments."""
    if table[column].null_count() == table.height:
        return None
    mean = ordered(table).group_by("day", maintain_order=True).agg(pl.col(column).sum()).sort("day")[column].mean()
    return None if mean is None else float(str(mean))
