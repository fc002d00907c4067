r"""Profits and runway: what each seller took, what it paid for, and how long its cash lasts.

Every payment comes from the ledger, so that for each seller and day

    cash_flow = tokens + rent_income + royalties + other_income - operating - chips - training - other_costs
    cash      = cash before + cash_flow + funding + written_off + settlement,

and `gap` holds what rounding leaves. The second line's last three are nobody's business result: what investors and
sponsors pay in, what creditors lose with a firm that leaves, and what owners take out or put in on day 0 so that cash
is then as the scenario says. Runway is cash over the mean daily loss (`cash_flow` below zero) of the last 90 days.
"""

import polars as pl

from pricewar.sim.analysis.base import OWN, Tables, number, summed
from pricewar.sim.analysis.market_daily import LERNER
from pricewar.sim.analysis.prices.indices import ratio
from pricewar.sim.analysis.questions.base import Columns, Needs, Question, in_order
from pricewar.sim.text import counted, figures, names

PROFITS_NEEDS: Needs = {
    "sellers_daily": ("role", "cash", *LERNER),
    "ledger": ("payer", "payee", "what", "amount"),
    "offers_daily": ("price", "unit_cost", "tokens"),
}
TRAILING = 90
"""Days over which losses of cash are averaged. [day] Assumed: a quarter, as firms report."""
SETTLEMENT = "settlement of the burn-in"
"""What owners take out or put in on the first day; it comes from days before the record, and is no result."""
RECEIPTS = {
    "tokens": "tokens",
    "rent": "rent_income",
    "own machines": "rent_income",
    "rent for training": "rent_income",
    "royalties": "royalties",
    "funding": "funding",
    "default": "written_off",
    SETTLEMENT: "settlement",
}
"""Column of each kind of receipt; `other_income` for any other."""
OUTLAYS = {
    "energy and variable cost": "operating",
    "rent": "operating",
    "power and upkeep of machines let": "operating",
    "wages": "operating",
    "royalties": "operating",
    "own machines": "operating",
    "accelerators": "chips",
    "data": "training",
    "research": "training",
    "rent for training": "training",
    "energy of training": "training",
    "energy tax of training": "training",
    "entry": "training",
    "licence": "training",
    "energy tax": "operating",
    SETTLEMENT: "settled",
}
"""Column of each kind of outlay; `other_costs` for any other."""
INCOME = ("tokens", "rent_income", "royalties", "other_income")
COSTS = ("operating", "chips", "training", "other_costs")
BESIDE = ("funding", "written_off", "settlement")
"""What moves cash and is no result of the business."""
PROFITS_COLUMNS: Columns = {
    "day": ("day", "Day, 0 on the scenario's first; negative in the burn-in."),
    "date": ("", "Calendar date of the day."),
    "seller": ("", "Identifier of the seller."),
    "role": ("", "cloud, lab or host."),
    "tokens": ("money/day", "Takings from tokens."),
    "rent_income": ("money/day", "Rent taken, before power and upkeep of what is let, which are operating."),
    "royalties": ("money/day", "Royalties from hosts of its open models."),
    "other_income": ("money/day", "Any other receipt."),
    "operating": ("money/day", "Outlays on energy, rent, wages and royalties."),
    "chips": ("money/day", "Accelerators bought."),
    "training": ("money/day", "Investment in models: data, machines and people of training, entry."),
    "other_costs": ("money/day", "Any other outlay."),
    "profit": (
        "money/day",
        "Profit after training: tokens, rent, royalties less operating and training, not chips.",
    ),
    "cash_flow": ("money/day", "Income less outlays, before funding."),
    "funding": ("money/day", "What investors and sponsors pay in."),
    "written_off": ("money/day", "What creditors lost with a firm that failed."),
    "settlement": ("money/day", "What owners put in on day 0; below zero where they took out."),
    "cash": ("money", "Cash at the day's close."),
    "gap": ("money", "Change of cash that the ledger does not explain."),
    "runway": ("day", "Cash over the mean daily loss of the last 90 days; inf where no cash is lost."),
    "lerner_energy": ("1", "(Takings - marginal cost)/takings: energy and other variable cost; null without takings."),
    "lerner_avoidable": ("1", "(Takings - avoidable cost)/takings; null without takings."),
    "lerner_full": ("1", "(Takings - full cost)/takings; null without takings."),
    "below_cost": ("share, 0-1", "Share of its tokens sold at a list price below full unit cost."),
}


def income_kind() -> pl.Expr:
    """Column of the answer to which a receipt belongs."""
    return pl.col("what").replace_strict(RECEIPTS, default="other_income", return_dtype=pl.String)


def cost_kind() -> pl.Expr:
    """Column of the answer to which an outlay belongs."""
    return pl.col("what").replace_strict(OUTLAYS, default="other_costs", return_dtype=pl.String)


def profits(tables: Tables) -> pl.DataFrame:
    """Takings, costs, cash, runway and sales below cost; a row a day and seller, columns of PROFITS_COLUMNS.

    Those who host for themselves are left out. A seller that is away for a while has no rows then, and what it takes
    and pays meanwhile stands in the row of its return, so that cash still adds up.
    """
    sellers = number(tables["sellers_daily"], *LERNER).filter(pl.col("role") != OWN)
    table = sellers.select("day", "date", "seller", "role", "cash", *LERNER).sort("seller", "day")
    ledger = tables["ledger"]
    got, spent = (*INCOME, *BESIDE), (*COSTS, "settled")
    for account, kind, columns in (("payee", income_kind(), got), ("payer", cost_kind(), spent)):
        flows = _flows(_on_record(ledger, account, table), kind, columns)
        table = table.join(flows, on=["day", "seller"], how="left", maintain_order="left")
    table = table.with_columns(pl.col(*got, *spent).fill_null(0.0))
    table = table.with_columns(
        cash_flow=pl.sum_horizontal(INCOME) - pl.sum_horizontal(COSTS),
        profit=pl.sum_horizontal("tokens", "rent_income", "royalties") - pl.col("operating") - pl.col("training"),
        settlement=pl.col("settlement") - pl.col("settled"),
    )
    moved = pl.col("cash") - pl.col("cash").shift(1).over("seller")
    table = table.with_columns(gap=moved - pl.col("cash_flow") - pl.sum_horizontal(BESIDE))
    table = table.join(_runway(table), on=["day", "seller"], how="left", maintain_order="left")
    table = table.join(_below_cost(tables), on=["day", "seller"], how="left", maintain_order="left")
    return in_order(table.sort("day", "seller"), PROFITS_COLUMNS)


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
    """Cash over the mean loss of the last TRAILING days on record, before funding; inf where there is none. [day]"""
    sorted_ = table.select("day", "seller", "cash", "cash_flow").sort("seller", "day")
    # Each window is summed afresh: a running sum would leave a rest of rounding where the true loss is zero.
    trailing = sorted_.rolling("day", period=f"{TRAILING}i", group_by="seller").agg(
        flow=pl.col("cash_flow").mean(), cash=pl.col("cash").last()
    )
    loss, held = -pl.col("flow"), pl.max_horizontal(pl.col("cash"), pl.lit(0.0))
    return trailing.select("day", "seller", runway=pl.when(loss > 0).then(held / loss).otherwise(float("inf")))


def _below_cost(tables: Tables) -> pl.DataFrame:
    tokens = pl.col("tokens")
    below = tokens.filter(pl.col("price") < pl.col("unit_cost")).sum()
    return summed(tables["offers_daily"], ["day", "seller"], ratio(below, tokens.sum()).alias("below_cost"))


def say_profits(table: pl.DataFrame, code: str) -> str:
    """Say what sellers took and paid over the run, who lost cash, who failed, and whose runway is shortest at last."""
    begun = table.filter(pl.col("day") >= 0)
    took, ran, bought, trained = (_total(begun, name) for name in ("tokens", "operating", "chips", "training"))
    firms = summed(
        begun.sort("seller", "day"),
        ["seller"],
        pl.col("cash_flow", "funding", "written_off").sum(),
        pl.col("runway", "cash", "role", "day").last(),
    )
    losers, raised = firms.filter(pl.col("cash_flow") < 0).height, _total(begun, "funding")
    failed = firms.filter(pl.col("written_off") > 0).height
    parts = [f"{figures(ran)} to run"]
    parts += [f"{figures(bought)} for accelerators"] if bought else []
    parts += [f"{figures(trained)} for training and other investment in models"] if trained else []
    text = (
        f"Sellers took {figures(took)} {code} for tokens and paid {_listed(parts)}; {losers or 'not one'} of "
        f"{counted(firms.height, 'seller')} lost cash"
    )
    text += f", investors put in {figures(raised)}" if raised else ""
    text += f", {failed} failed and left creditors {figures(_total(begun, 'written_off'))} short" if failed else ""
    in_business = (pl.col("day") == begun["day"].max()) & (pl.col("written_off") <= 0) & (pl.col("role") != "host")
    losing = firms.filter(in_business & pl.col("runway").is_finite()).sort("runway", "seller")
    if losing.is_empty():
        return f"{text}; over the last {TRAILING} days on record no cloud or lab in business lost any."
    spent, left = losing.filter(pl.col("cash") <= 0)["seller"].to_list(), losing.filter(pl.col("cash") > 0)
    if spent:
        text += f"; {names(','.join(spent))} had no cash left and lost more"
    if left.is_empty():
        return f"{text}."
    return (
        f"{text}; of the clouds and labs with cash left {left['seller'][0]} had least time: at the loss of the last "
        f"{TRAILING} days on record it lasts {_long(float(left['runway'][0]))}."
    )


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _long(days: float) -> str:
    """Write a runway in days, or in years where it is long."""
    years = days / 365
    if years > 100:
        return "more than a century"
    return f"{days:,.0f} days" if years < 2 else f"{years:.0f} years"


def _total(table: pl.DataFrame, column: str) -> float:
    return float(table.sort(table.columns)[column].sum())


def flows_of_cash(table: pl.DataFrame) -> pl.DataFrame:
    """Cash gained by business since day 0, before funding, by seller: day, date, seller, gained [money]."""
    begun = table.filter(pl.col("day") >= 0).sort("seller", "day")
    return begun.select("day", "date", "seller", gained=pl.col("cash_flow").cum_sum().over("seller"))


PROFITS = Question(
    words="Who earns, who loses, and how long does the cash last?",
    ask=profits,
    say=say_profits,
    columns=PROFITS_COLUMNS,
    needs=PROFITS_NEEDS,
    figure="profits_and_runway",
)
