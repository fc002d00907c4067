r"""Profits and runway: what each seller took, what it paid for, and how long its cash lasts.

Every payment comes from the ledger, so that for each seller and day

    cash = cash before + tokens + rent_income + funding + other_income
           - operating - chips - research - other_costs,

and `gap` holds what rounding leaves. Runway is cash over the mean daily loss of cash of the last 90 days.
"""

import polars as pl

from sim.analysis.asking import OWN, Needs, Tables, Units, in_order, number, ratio, summed
from sim.words import figures

NEEDS: Needs = {
    "sellers_daily": ("role", "cash", "lerner"),
    "ledger": ("payer", "payee", "what", "amount"),
    "offers_daily": ("price", "unit_cost", "tokens"),
}
TRAILING = 90
"""Days over which losses of cash are averaged. [day] Assumed: a quarter, as firms report."""
RESEARCH = ("data", "research", "training")
"""Words that mark payments for research; any payment whose purpose holds one of them is one."""
OPERATING = ("energy and variable cost", "rent", "wages", "own machines", "royalties")
INCOME = ("tokens", "rent_income", "funding", "other_income")
COSTS = ("operating", "chips", "research", "other_costs")
UNITS: Units = {
    "day": "day",
    "date": "",
    "seller": "",
    "role": "",
    "tokens": "money/day",  # takings from tokens
    "rent_income": "money/day",
    "funding": "money/day",
    "other_income": "money/day",
    "operating": "money/day",  # energy, rent, wages, royalties
    "chips": "money/day",  # accelerators bought
    "research": "money/day",  # data, training, people
    "other_costs": "money/day",
    "profit": "money/day",  # tokens and rent less operating and research; chips are an investment
    "cash_flow": "money/day",
    "cash": "money",
    "gap": "money",  # change of cash that the ledger does not explain
    "runway": "day",  # inf where no cash is lost
    "lerner": "1",
    "below_cost": "share, 0-1",  # tokens sold at a list price below full unit cost
}


def income_kind() -> pl.Expr:
    """Column of the answer to which a receipt belongs."""
    what = pl.col("what")
    named = pl.when(what == "tokens").then(pl.lit("tokens")).when(what == "funding").then(pl.lit("funding"))
    return (
        named.when(what.is_in(["rent", "own machines", "rent for training"]))
        .then(pl.lit("rent_income"))
        .otherwise(pl.lit("other_income"))
    )


def cost_kind() -> pl.Expr:
    """Column of the answer to which an outlay belongs."""
    what = pl.col("what")
    named = pl.when(what.is_in(OPERATING)).then(pl.lit("operating")).when(what == "accelerators").then(pl.lit("chips"))
    research = pl.any_horizontal(what.str.contains(word, literal=True) for word in RESEARCH)
    return named.when(research).then(pl.lit("research")).otherwise(pl.lit("other_costs"))


def profits(tables: Tables) -> pl.DataFrame:
    """Takings, costs, cash, runway and sales below cost; a row a day and seller, columns of UNITS.

    Those who host for themselves are left out. A seller that is away for a while has no rows then, and what it takes
    and pays meanwhile stands in the row of its return, so that cash still adds up.
    """
    sellers = number(tables["sellers_daily"], "lerner").filter(pl.col("role") != OWN)
    table = sellers.select("day", "date", "seller", "role", "cash", "lerner").sort("seller", "day")
    ledger = tables["ledger"]
    for account, kind, names in (("payee", income_kind(), INCOME), ("payer", cost_kind(), COSTS)):
        flows = _flows(_on_record(ledger, account, table), kind, names)
        table = table.join(flows, on=["day", "seller"], how="left", maintain_order="left")
    table = table.with_columns(pl.col(*INCOME, *COSTS).fill_null(0.0))
    gained, paid = (sum((pl.col(name) for name in names), start=pl.lit(0.0)) for names in (INCOME, COSTS))
    table = table.with_columns(
        cash_flow=gained - paid,
        profit=pl.col("tokens") + pl.col("rent_income") - pl.col("operating") - pl.col("research"),
    )
    before = pl.col("cash").shift(1).over("seller")
    table = table.with_columns(gap=pl.col("cash") - before - pl.col("cash_flow"))
    table = table.join(_runway(table), on=["day", "seller"], how="left", maintain_order="left")
    table = table.join(_below_cost(tables), on=["day", "seller"], how="left", maintain_order="left")
    return in_order(table.sort("day", "seller"), UNITS)


def _on_record(ledger: pl.DataFrame, account: str, table: pl.DataFrame) -> pl.DataFrame:
    """Postings of one side by seller, each on the seller's next day with a row: day, seller, what, amount.

    What came before a seller's first row is in its cash there already.
    """
    rows = table.select("seller", row="day").sort("row")
    first = rows.group_by("seller").agg(first=pl.col("row").min())
    sides = ledger.select("day", "what", "amount", pl.col(account).alias("seller")).join(first, on="seller")
    later = sides.filter(pl.col("day") >= pl.col("first")).sort("day", "seller", "what", "amount")
    met = later.join_asof(rows, left_on="day", right_on="row", by="seller", strategy="forward", check_sortedness=False)
    return met.drop_nulls("row").select("seller", "what", "amount", day="row")


def _flows(side: pl.DataFrame, kind: pl.Expr, names: tuple[str, ...]) -> pl.DataFrame:
    """Sum one side of the ledger by day and seller, a column a kind."""
    kinds = side.select("day", "seller", "amount", kind=kind)
    figures = (pl.col("amount").filter(pl.col("kind") == name).sum().alias(name) for name in names)
    return summed(kinds, ["day", "seller"], *figures)


def _runway(table: pl.DataFrame) -> pl.DataFrame:
    """Cash over the mean daily loss of cash of the last TRAILING days on record; inf where there is none. [day]"""
    sorted_ = table.select("day", "seller", "cash", "cash_flow").sort("seller", "day")
    # Each window is summed afresh: a running sum would leave a rest of rounding where the true loss is nought.
    trailing = sorted_.rolling("day", period=f"{TRAILING}i", group_by="seller").agg(
        flow=pl.col("cash_flow").mean(), cash=pl.col("cash").last()
    )
    loss, held = -pl.col("flow"), pl.max_horizontal(pl.col("cash"), pl.lit(0.0))
    return trailing.select("day", "seller", runway=pl.when(loss > 0).then(held / loss).otherwise(float("inf")))


def _below_cost(tables: Tables) -> pl.DataFrame:
    tokens = pl.col("tokens")
    below = tokens.filter(pl.col("price") < pl.col("unit_cost")).sum()
    return summed(tables["offers_daily"], ["day", "seller"], ratio(below, tokens.sum()).alias("below_cost"))


def in_words(table: pl.DataFrame, code: str) -> str:
    """Say what sellers took and paid over the run, who lost cash, and whose runway is shortest at last."""
    begun = table.filter(pl.col("day") >= 0)
    took, ran, bought, searched = (_total(begun, name) for name in ("tokens", "operating", "chips", "research"))
    firms = summed(begun, ["seller"], pl.col("cash_flow").sum(), pl.col("runway").last(), pl.col("role").last())
    losers = firms.filter(pl.col("cash_flow") < 0).height
    last = firms.filter((pl.col("role") != "host") & pl.col("runway").is_finite()).sort("runway", "seller")
    text = (
        f"Sellers took {figures(took)} {code} for tokens and paid {figures(ran)} to run, {figures(bought)} for "
        f"accelerators and {figures(searched)} for research; {losers} of {firms.height} lost cash"
    )
    if last.is_empty():
        return f"{text}, and no cloud or lab was losing any at the end."
    runway = float(last["runway"][0])
    return f"{text}, and {last['seller'][0]}'s runway is the shortest of clouds' and labs' at {runway:,.0f} days."


def _total(table: pl.DataFrame, column: str) -> float:
    return float(table.sort(table.columns)[column].sum())


def flows_of_cash(table: pl.DataFrame) -> pl.DataFrame:
    """Cash gained since day 0, by seller: day, date, seller, gained [money]."""
    begun = table.filter(pl.col("day") >= 0).sort("seller", "day")
    return begun.select("day", "date", "seller", gained=pl.col("cash_flow").cum_sum().over("seller"))
