"""Who gains: consumer and producer surplus, and every payment of the ledger by who paid and who got it.

Surpluses are not receipts. What landlords, vendors, suppliers and staff are paid is income to them and cost to
sellers; what it costs them to provide it is not in the model, so their rents are not told from their costs.
"""

import polars as pl

from pricewar.sim.analysis.base import OWN, Ends, Tables, days_of, number, roles, summed
from pricewar.sim.analysis.measures import MEASURES, operating_profit
from pricewar.sim.analysis.questions.base import Columns, Needs, Question, in_order, known, lacking, went
from pricewar.sim.analysis.questions.profits import SETTLEMENT
from pricewar.sim.text import figures

WELFARE_NEEDS: Needs = {"sellers_daily": ("role", "revenue", "operating_cost")}
PAYMENTS_NEEDS: Needs = {"sellers_daily": ("role",), "ledger": ("payer", "payee", "what", "amount")}
GROUPS = (
    "buyers", "self-hosting", "clouds", "labs", "hosts", "landlords", "vendors", "suppliers", "staff", "data vendors",
    "investors", "creditors", "public purse", "rest of world", "others",
)  # fmt: skip
"""Everybody who pays or is paid; an account that is nobody else's is `others`, so that nothing is left out."""
BY_ROLE = {"cloud": "clouds", "lab": "labs", "host": "hosts", OWN: "self-hosting"}
BY_NAME = {
    "sponsors": "investors", "investors": "investors", "owners": "investors",
    "public purse": "public purse", "treasury": "public purse", "regulator": "public purse", "state": "public purse",
}  # fmt: skip
"""Accounts by name whose group has another."""
WELFARE_COLUMNS: Columns = {
    "day": ("day", "Day, 0 on the scenario's first; negative in the burn-in."),
    "date": ("", "Calendar date of the day."),
    "consumer_surplus": (
        "money/day",
        "Consumer surplus of what was chosen and served, over buying nothing; null where it is not known.",
    ),
    "producer_surplus": ("money/day", "Operating profit of sellers, and royalties."),
    "clouds": ("money/day", "Producer surplus of clouds."),
    "labs": ("money/day", "Producer surplus of labs, royalties included."),
    "hosts": ("money/day", "Producer surplus of hosts."),
    "total": ("money/day", "Consumer and producer surplus."),
    "consumer_change": ("money/day", "Consumer surplus against the mean of the first days."),
    "producer_change": ("money/day", "Producer surplus against the mean of the first days."),
    "total_change": ("money/day", "Consumer and producer surplus against the mean of the first days."),
}
PAYMENTS_COLUMNS: Columns = {
    "day": ("day", "Day, 0 on the scenario's first; negative in the burn-in."),
    "date": ("", "Calendar date of the day."),
    "group": ("", "Who: buyers, clouds, labs, landlords and so on."),
    "received": ("money/day", "What it got from anybody."),
    "paid": ("money/day", "What it paid to anybody."),
    "net": ("money/day", "Received less paid."),
}


def welfare(tables: Tables) -> pl.DataFrame:
    """Consumer and producer surplus, by day; columns of WELFARE_COLUMNS.

    Producer surplus is takings from tokens, rents and royalties (which count for labs) less operating cost: what is
    left for machines, research and owners. Consumer surplus is the buyers' own reckoning in
    `segments_daily.surplus`. Changes are against the mean of the first days (`WINDOW`); where consumer surplus
    is not known, nor are totals.
    """
    kept = number(tables["sellers_daily"], "operating_cost").filter(pl.col("role") != OWN)
    kept = kept.with_columns(operating_profit(kept).alias("surplus"))
    groups = (
        pl.col("surplus").filter(pl.col("role") == role).sum().alias(group)
        for role, group in BY_ROLE.items()
        if role != OWN
    )
    table = days_of(tables).join(summed(kept, ["day"], *groups), on="day", how="left", maintain_order="left")
    table = table.join(_royalties(tables), on="day", how="left", maintain_order="left")
    table = table.with_columns(pl.col("clouds", "labs", "hosts", "royalties").fill_null(0.0))
    table = table.with_columns(labs=pl.col("labs") + pl.col("royalties"))
    table = table.with_columns(producer_surplus=pl.col("clouds") + pl.col("labs") + pl.col("hosts"))
    table = table.join(_consumers(tables), on="day", how="left", maintain_order="left")
    table = table.with_columns(total=pl.col("consumer_surplus") + pl.col("producer_surplus"))
    first = Ends.of(table).first.sort("day")
    changes = {"consumer_change": "consumer_surplus", "producer_change": "producer_surplus", "total_change": "total"}
    for change, column in changes.items():
        table = table.with_columns((pl.col(column) - pl.lit(first[column].mean(), pl.Float64)).alias(change))
    return in_order(table, WELFARE_COLUMNS)


def _consumers(tables: Tables) -> pl.DataFrame:
    segments = tables.get("segments_daily")
    if segments is None or not known(segments, "surplus"):
        return pl.DataFrame(schema={"day": pl.Int32, "consumer_surplus": pl.Float64})
    return MEASURES["surplus"].values(tables).rename({"value": "consumer_surplus"})


def _royalties(tables: Tables) -> pl.DataFrame:
    """What hosts pay to those whose open models they serve: their operating cost, and income of labs; by day."""
    ledger = tables.get("ledger")
    if ledger is None or lacking(tables, PAYMENTS_NEEDS):
        return pl.DataFrame(schema={"day": pl.Int32, "royalties": pl.Float64})
    return summed(ledger.filter(pl.col("what") == "royalties"), ["day"], pl.col("amount").sum().alias("royalties"))


def groups_of(tables: Tables) -> pl.DataFrame:
    """Group of every account in the ledger, each once: account, group.

    A seller's group is that of its role. Who sells nothing is known by its payments: a cloud by the machines that it
    lets, a lab by its sponsors, its hosts or the licence that it pays for.
    """
    ledger = tables["ledger"]
    accounts = pl.concat([ledger.select(account="payer"), ledger.select(account="payee")]).unique().sort("account")
    funded = ledger.filter(pl.col("what").is_in(["funding", "royalties"])).select(account="payee").unique()
    licensed = ledger.filter(pl.col("what") == "licence").select(account="payer").unique()
    letting = ledger.filter(pl.col("what") == "power and upkeep of machines let").select(account="payer").unique()
    by_role = roles(tables).select(account="seller", by_role=pl.col("role").replace(BY_ROLE))
    name = pl.col("account")
    by_name = (
        pl.when(name.str.starts_with("buyers:"))
        .then(pl.lit("buyers"))
        .when(name.is_in(list(BY_NAME)))
        .then(name.replace(BY_NAME))
        .when(name.is_in(GROUPS))
        .then(name)
        .when(name.is_in(letting["account"].implode()))
        .then(pl.lit("clouds"))
        .when(name.is_in(funded["account"].implode()) | name.is_in(licensed["account"].implode()))
        .then(pl.lit("labs"))
        .otherwise(pl.lit("others"))
    )
    joined = accounts.join(by_role, on="account", how="left", maintain_order="left")
    return joined.select("account", group=pl.coalesce("by_role", by_name))


def payments(tables: Tables) -> pl.DataFrame:
    """What each group received, paid and kept, by day: every amount of the ledger once on each side.

    So receipts less payments of all groups sum to zero. Columns of PAYMENTS_COLUMNS; payments within a group (a cloud's
    rent to another) count on both sides. What owners settle on day 0 belongs to the burn-in, and is left out.
    """
    groups, ledger = groups_of(tables), tables["ledger"].filter(pl.col("what") != SETTLEMENT)
    sides = [
        ledger.join(groups, left_on=side, right_on="account", how="left").select(
            "day",
            "date",
            "group",
            received=pl.col("amount") if side == "payee" else pl.lit(0.0),
            paid=pl.col("amount") if side == "payer" else pl.lit(0.0),
        )
        for side in ("payer", "payee")
    ]
    both = summed(pl.concat(sides), ["day", "date", "group"], pl.col("received").sum(), pl.col("paid").sum())
    return in_order(both.with_columns(net=pl.col("received") - pl.col("paid")), PAYMENTS_COLUMNS)


def say_welfare(table: pl.DataFrame, code: str) -> str:
    """Say what consumers and producers gained, from the first days to the last."""
    ends = Ends.of(table)
    made = f"producer surplus (operating profit and royalties) {went(*ends.means('producer_surplus'), f'{code} a day')}"
    had, has = ends.means("consumer_surplus")
    if has != has:
        return f"{made[0].upper()}{made[1:]}; consumer surplus is not known, for this run does not reckon it."
    return f"Consumer surplus {went(had, has, f'{code} a day')}; {made}."


def say_payments(table: pl.DataFrame, code: str) -> str:
    """Say where the money went over the run."""
    total = summed(table.filter(pl.col("day") >= 0), ["group"], pl.col("received", "paid", "net").sum())
    gained = total.filter(pl.col("net") > 0).sort("net", "group", descending=[True, False])
    spent = dict(total.select("group", "paid").iter_rows()).get("buyers", 0.0)
    told = ", ".join(f"{group} {figures(net)}" for group, net in gained.select("group", "net").head(4).iter_rows())
    return f"Over the run buyers paid {figures(spent)} {code}; net receivers, the largest first: {told or 'nobody'}."


WELFARE = Question(
    words="Who gains: buyers or sellers?",
    ask=welfare,
    say=say_welfare,
    columns=WELFARE_COLUMNS,
    needs=WELFARE_NEEDS,
    figure="welfare",
)


PAYMENTS = Question(
    words="Who pays whom?",
    ask=payments,
    say=say_payments,
    columns=PAYMENTS_COLUMNS,
    needs=PAYMENTS_NEEDS,
)
