"""Market structure: how many sell, how concentrated tokens and takings are, who comes and who goes.

Those who host for themselves are buyers, so they are no sellers here; `market_daily.hhi` counts them as sellers.
"""

import polars as pl

from pricewar.sim.analysis.base import OWN, Ends, Tables, days_of, number, ordered, roles, summed
from pricewar.sim.analysis.measures import MEASURES
from pricewar.sim.analysis.prices.indices import ratio
from pricewar.sim.analysis.questions.base import Columns, Needs, Question, in_order, part, went
from pricewar.sim.text import names

STRUCTURE_NEEDS: Needs = {"sellers_daily": ("role", "tokens", "revenue")}
CHURN = 30
"""Days over which shares are compared. [day]"""
TIED = 1e-9
"""Shares closer than this are the same. [1]"""
NAMED = 3
"""Sellers of one share that are named; more are counted."""
STRUCTURE_COLUMNS: Columns = {
    "day": ("day", "Day, 0 on the scenario's first; negative in the burn-in."),
    "date": ("", "Calendar date of the day."),
    "active": ("seller", "Sellers with tokens that day."),
    "clouds": ("seller", "Clouds with tokens that day."),
    "labs": ("seller", "Labs with tokens that day."),
    "hosts": ("seller", "Hosts with tokens that day."),
    "entries": ("seller", "Sellers whose first day with tokens it is, after the first of the record."),
    "exits": ("seller", "Sellers whose last day with tokens it is, before the last of the record."),
    "hhi_tokens": ("1", "HHI of tokens over sellers."),
    "hhi_revenue": ("1", "HHI of takings over sellers."),
    "cr4_tokens": ("share, 0-1", "Share of tokens of the four largest sellers."),
    "cr4_revenue": ("share, 0-1", "Share of takings of the four largest sellers."),
    "churn": ("share, 0-1", "Share of tokens that changed seller in 30 days, on balance."),
}
SHARES_COLUMNS: Columns = {
    "day": ("day", "Day, 0 on the scenario's first; negative in the burn-in."),
    "date": ("", "Calendar date of the day."),
    "seller": ("", "Identifier of the seller."),
    "role": ("", "cloud, lab or host."),
    "tokens_share": ("share, 0-1", "Share of all sellers' tokens, self-hosting left out."),
    "revenue_share": ("share, 0-1", "Share of all sellers' takings, self-hosting left out."),
}
COMINGS_AND_GOINGS_COLUMNS: Columns = {
    "day": ("day", "Day, 0 on the scenario's first; negative in the burn-in."),
    "date": ("", "Calendar date of the day."),
    "seller": ("", "Identifier of the seller."),
    "role": ("", "cloud, lab or host."),
    "event": ("", "launch, withdrawn, entry, exit, first sale or last sale."),
}
SAID = ("launch", "withdrawn", "entry", "exit")
"""Kinds of price moves and facts that tell of coming and going."""


def shares(tables: Tables) -> pl.DataFrame:
    """Shares of tokens and of takings by seller and day; null on a day without. Columns of SHARES_COLUMNS."""
    sold = ordered(tables["sellers_daily"].filter(pl.col("role") != OWN))
    tokens, revenue = pl.col("tokens"), pl.col("revenue")
    held = sold.with_columns(
        tokens_share=ratio(tokens, tokens.sum().over("day")), revenue_share=ratio(revenue, revenue.sum().over("day"))
    )
    return in_order(held.sort("day", "seller"), SHARES_COLUMNS)


def comings_and_goings(tables: Tables) -> pl.DataFrame:
    """Who came and who went: first and last sales, and what prices and facts say of launches, entries and exits.

    A first sale on the first day of the record, or a last one on its last, is no event: what came before or after is
    not known. A host without work for the rest of a run thus counts as gone. Columns of COMINGS_AND_GOINGS_COLUMNS.
    """
    role, days = roles(tables), days_of(tables)
    sold = tables["sellers_daily"].filter((pl.col("tokens") > 0) & (pl.col("role") != OWN))
    spans = sold.group_by("seller").agg(first=pl.col("day").min(), last=pl.col("day").max())
    begin, end = days["day"].min(), days["day"].max()
    first = spans.filter(pl.col("first") > pl.lit(begin, pl.Int32)).select(
        "seller", day="first", event=pl.lit("first sale")
    )
    last = spans.filter(pl.col("last") < pl.lit(end, pl.Int32)).select("seller", day="last", event=pl.lit("last sale"))
    told = [first, last]
    for name, who in (("prices", "seller"), ("facts", "actor")):
        if name in tables:
            moves = tables[name].filter(pl.col("kind").is_in(SAID if name == "prices" else SAID[2:]))
            told.append(moves.select(seller=who, day=pl.col("time").floor().cast(pl.Int32), event="kind"))
    events = pl.concat(told).unique().join(role, on="seller", how="left").filter(pl.col("role").fill_null("") != OWN)
    events = events.join(days, on="day", how="left")
    return in_order(events.sort("day", "seller", "event"), COMINGS_AND_GOINGS_COLUMNS)


def structure(tables: Tables) -> pl.DataFrame:
    r"""Sellers, entries and exits, concentration and churn; one row a day, columns of STRUCTURE_COLUMNS.

    Herfindahl-Hirschman index :math:`\sum_j s_j^2`; CR4, the four largest shares; churn, half the sum of absolute
    changes of token shares over CHURN days (as job reallocation in Davis & Haltiwanger 1992, halved).
    """
    held = shares(tables).join(
        tables["sellers_daily"].select("day", "seller", "tokens"), on=["day", "seller"], how="left"
    )
    days, token, revenue = days_of(tables), pl.col("tokens_share"), pl.col("revenue_share")
    sells = pl.col("tokens") > 0
    daily = summed(
        held,
        ["day"],
        sells.sum().cast(pl.Float64).alias("active"),
        *(
            (sells & (pl.col("role") == role)).sum().cast(pl.Float64).alias(f"{role}s")
            for role in ("cloud", "lab", "host")
        ),
        _squares(revenue).alias("hhi_revenue"),
        *(_largest(share).alias(f"cr4_{name}") for share, name in ((token, "tokens"), (revenue, "revenue"))),
    )
    events = comings_and_goings(tables)
    counts = events.group_by("day").agg(
        (pl.col("event") == event).sum().cast(pl.Float64).alias(name)
        for event, name in (("first sale", "entries"), ("last sale", "exits"))
    )
    hhi = MEASURES["hhi_of_sellers"].values(tables).rename({"value": "hhi_tokens"})
    for more in (daily, hhi, counts, _churn(held)):
        days = days.join(more, on="day", how="left", maintain_order="left")
    filled = days.with_columns(pl.col("active", "clouds", "labs", "hosts", "entries", "exits").fill_null(0.0))
    return in_order(filled.sort("day"), STRUCTURE_COLUMNS)


def _squares(share: pl.Expr) -> pl.Expr:
    return pl.when(share.count() > 0).then((share * share).sum())


def _largest(share: pl.Expr) -> pl.Expr:
    return pl.when(share.count() > 0).then(share.drop_nulls().sort(descending=True).head(4).sum())


def _churn(held: pl.DataFrame) -> pl.DataFrame:
    """Half the sum of absolute changes of shares since CHURN days ago; null where that day is not on record."""
    now = number(held, "tokens_share").select("day", "seller", now="tokens_share")
    then = now.select(pl.col("day") + CHURN, "seller", then="now")
    both = now.join(then, on=["day", "seller"], how="full", coalesce=True)
    both = both.join(now.select("day").unique(), on="day").join(then.select("day").unique(), on="day")
    change = (pl.col("now").fill_null(0.0) - pl.col("then").fill_null(0.0)).abs()
    return summed(both, ["day"], (0.5 * change.sum()).alias("churn"))


def say_structure(table: pl.DataFrame, code: str) -> str:
    """Say how many sold and how concentrated it was, from the first days to the last."""
    del code
    ends = Ends.of(table)
    (some, many), (four, now_four), (_, churn) = map(ends.means, ("active", "cr4_tokens", "churn"))
    if not some and not many:
        return "Nobody sold a token, at first or at last."
    begun = table.filter(pl.col("day") >= 0)
    first, last = int(begun["entries"].sum()), int(begun["exits"].sum())
    moved = "" if churn != churn else f"; in {CHURN} days {part(churn)} of tokens changed seller at last, on balance"
    return (
        f"On a mean day {some:.0f} sold at first and {many:.0f} at last; over the run {first or 'nobody'} had a first "
        f"sale after the opening and {last or 'nobody'} a last one before the end; the HHI of tokens over sellers "
        f"{went(*ends.means('hhi_tokens'))}, the four largest held {part(four)} at first and {part(now_four)} at "
        f"last{moved}."
    )


def say_shares(table: pl.DataFrame, code: str) -> str:
    """Name the largest seller, at first and at last, and those who are as large."""
    del code
    first, last = map(_largest_seller, (Ends.of(table).first, Ends.of(table).last))
    if not first and not last:
        return "Nobody sold a token, at first or at last."
    return f"Most tokens were sold by {first or 'nobody'} at first and by {last or 'nobody'} at last."


def _largest_seller(days: pl.DataFrame) -> str:
    """Name who sold most on a mean day, days without a sale of its own included; empty where nobody sold."""
    sold = days.filter(pl.col("tokens_share").is_not_null())
    share = pl.col("tokens_share").sum() / max(sold["day"].n_unique(), 1)
    held = summed(sold, ["seller"], share).filter(pl.col("tokens_share") > 0.0)
    if held.is_empty():
        return ""
    most = float(held["tokens_share"].max())  # type: ignore[arg-type]
    largest = held.filter(pl.col("tokens_share") >= most - TIED)["seller"].to_list()
    if len(largest) > NAMED:
        return f"{len(largest)} sellers alike ({part(most)} each)"
    return f"{names(','.join(largest))} ({part(most)}{' each' * (len(largest) > 1)})"


def say_comings_and_goings(table: pl.DataFrame, code: str) -> str:
    """Count launches and withdrawals, first and last sales."""
    del code
    seen = table.filter(pl.col("day") >= 0)["event"]
    kinds = ("launch", "withdrawn", "first sale", "last sale")
    launches, withdrawn, first, last = (int((seen == kind).sum()) for kind in kinds)
    return (
        f"Offers: {launches} launched, {withdrawn} withdrawn; sellers: {first} sold for the first time after the "
        f"opening, {last} sold for the last time before the end."
    )


STRUCTURE = Question(
    words="How concentrated is the market, and who comes and goes?",
    ask=structure,
    say=say_structure,
    columns=STRUCTURE_COLUMNS,
    needs=STRUCTURE_NEEDS,
    figure="structure",
)


SHARES = Question(
    words="Who sells how much?",
    ask=shares,
    say=say_shares,
    columns=SHARES_COLUMNS,
    needs=STRUCTURE_NEEDS,
    figure="shares",
)


COMINGS_AND_GOINGS = Question(
    words="Who enters, launches, withdraws and leaves?",
    ask=comings_and_goings,
    say=say_comings_and_goings,
    columns=COMINGS_AND_GOINGS_COLUMNS,
    needs=STRUCTURE_NEEDS,
)
