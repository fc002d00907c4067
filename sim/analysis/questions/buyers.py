"""Buyers: how near use is to its ceiling, how volume answered price, dependence on suppliers, and privacy.

Spend is what the ledger says that a segment paid for tokens; what buyers pay for machines of their own binds them to
nobody, so it stands apart in `own_share`. Concentration is that of the segment's spend, not of a single buyer's, which
is not recorded: most buyers have one supplier. Exposed is what sensitive buyers send to somebody else's machines;
whether anybody looks at it, the model does not know.
"""

import polars as pl

from pricewar.sim.analysis.base import OWN, Ends, Tables, days_of, number, ordered, roles, summed
from pricewar.sim.analysis.prices.adoption import ALL, LEAST_MOVE, WINDOW, volume_elasticity
from pricewar.sim.analysis.prices.adoption import saturation as by_day
from pricewar.sim.analysis.prices.indices import ratio
from pricewar.sim.analysis.questions.base import Columns, Needs, Question, in_order, part
from pricewar.sim.text import figures, percent

SATURATION_NEEDS: Needs = {"segments_daily": ("adoption", "tokens", "applications", "ceiling")}
SATURATION_COLUMNS: Columns = {
    "day": ("day", "Day, 0 on the scenario's first; negative in the burn-in."),
    "date": ("", "Calendar date of the day."),
    "segment": ("", "Segment of buyers."),
    "adoption": ("share, 0-1", "Adopters over buyers."),
    "applications": ("1", "Mean number of applications of an adopter; null without adopters."),
    "ceiling": ("1", "Applications beyond which a buyer has no use; 1 where they do not spread."),
    "saturation": ("share, 0-1", "Applications over their ceiling."),
    "growth": ("1/year", "Growth a year of tokens bought over the last 30 days, in log points."),
}
VOLUME_ELASTICITY_NEEDS: Needs = {
    "segments_daily": ("adopters", "demand", "tokens", "price_paid", "applications", "exogenous"),
    "sellers_daily": ("role",),
}
VOLUME_ELASTICITY_COLUMNS: Columns = {
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
    """How full each segment is on every day; columns of SATURATION_COLUMNS."""
    return in_order(by_day(tables["segments_daily"]), SATURATION_COLUMNS)


def elasticity(tables: Tables) -> pl.DataFrame:
    """Long-run volume elasticity of the run and its parts, a row a segment; none where the run is too short."""
    moved = volume_elasticity(tables["segments_daily"]).drop_nulls("volume_change")
    last = days_of(tables).tail(1)
    return in_order(moved.join(last, how="cross"), VOLUME_ELASTICITY_COLUMNS)


def say_saturation(table: pl.DataFrame, code: str) -> str:
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


def say_volume_elasticity(table: pl.DataFrame, code: str) -> str:
    """Say what a fall of prices by one per cent went with, and through what."""
    del code
    row = table.filter(pl.col("segment") == ALL).row(0, named=True)
    if row["elasticity"] is None:
        return f"Prices paid moved by less than {percent(LEAST_MOVE)}, so no answer of volume to them can be told."
    names = {"within": "tokens of an application", "adoption": "adoption", "applications": "applications"}
    way = 1.0 if row["elasticity"] > 0.0 else -1.0
    parts = [f"{_plain(way * row[name])} through {words}" for name, words in names.items() if round(row[name], 2)]
    split = f" ({', '.join(parts)})" if len(parts) > 1 else ""
    return (
        f"A price lower by 1 % went with {_plain(abs(row['elasticity']))} % {'less' if way > 0.0 else 'more'} "
        f"volume{split}, from the first {WINDOW} "
        "days to the last and without growth that the scenario gives; what time alone brought is in it, so it is no "
        "structural elasticity."
    )


def _plain(value: float) -> str:
    """Write an elasticity with two digits and a true minus sign."""
    rounded = round(value, 2) + 0.0
    return f"{rounded:.2f}".replace("-", "−")


SATURATION = Question(
    words="How far has use come, and how near is it to its ceiling?",
    ask=saturation,
    say=say_saturation,
    columns=SATURATION_COLUMNS,
    needs=SATURATION_NEEDS,
    figure="saturation",
)


VOLUME_ELASTICITY = Question(
    words="How did volume answer prices?",
    ask=elasticity,
    say=say_volume_elasticity,
    columns=VOLUME_ELASTICITY_COLUMNS,
    needs=VOLUME_ELASTICITY_NEEDS,
    figure="saturation",
    without=f"Not to be told: the run is shorter than {2 * WINDOW} days.",
)


DEPENDENCE_NEEDS: Needs = {"ledger": ("payer", "payee", "what", "amount"), "sellers_daily": ("role",)}
DEPENDENCE_COLUMNS: Columns = {
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
        "What buyers would pay not to lose their suppliers; null where it is not known.",
    ),
    "switched": (
        "share, 0-1",
        "Share of those who chose anew that day and had a supplier, who took another; null where it is not known.",
    ),
    "exit_share": ("share, 0-1", "Exit cost over exit cost and spend at suppliers together."),
}


def dependence(tables: Tables) -> pl.DataFrame:
    """Concentration of spend and cost of leaving, a row a day and segment that spends: DEPENDENCE_COLUMNS."""
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
        exit_share=ratio(pl.col("exit_cost"), pl.col("exit_cost") + pl.col("bought")),
    )
    return in_order(table.sort("day", "segment"), DEPENDENCE_COLUMNS)


def _exits(tables: Tables) -> pl.DataFrame:
    segments = tables.get("segments_daily")
    if segments is None:
        exits = {"day": pl.Int32, "segment": pl.String, "exit_cost": pl.Float64, "switched": pl.Float64}
        return pl.DataFrame(schema=exits)
    today = [pl.col(name).diff().over("segment", order_by="day") for name in ("switches", "renewals")]
    return number(segments, "exit_cost", "renewals", "switches").select(
        "day", "segment", "exit_cost", switched=ratio(*today)
    )


def say_dependence(table: pl.DataFrame, code: str) -> str:
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
    return (
        f"{text}; all buyers would pay {figures(cost)} {code} a day not to lose their suppliers, "
        f"{part(cost / (cost + spend))} of that and their spend together{_realised(ends.last)}."
    )


def _realised(table: pl.DataFrame) -> str:
    """What share of those who chose anew took another supplier, mean over days and segments; empty if not known."""
    switched = table.sort("day", "segment")["switched"].mean()
    return "" if switched is None else f"; of those who chose anew {part(float(str(switched)))} took another supplier"


def _daily(table: pl.DataFrame, column: str) -> float | None:
    """Mean over days of the sum over segments."""
    if table[column].null_count() == table.height:
        return None
    mean = ordered(table).group_by("day", maintain_order=True).agg(pl.col(column).sum()).sort("day")[column].mean()
    return None if mean is None else float(str(mean))


DEPENDENCE = Question(
    words="How dependent are buyers on their suppliers?",
    ask=dependence,
    say=say_dependence,
    columns=DEPENDENCE_COLUMNS,
    needs=DEPENDENCE_NEEDS,
)


PRIVACY_NEEDS: Needs = {"segments_daily": ("exposed", "tokens")}
PRIVACY_COLUMNS: Columns = {
    "day": ("day", "Day, 0 on the scenario's first; negative in the burn-in."),
    "date": ("", "Calendar date of the day."),
    "segment": ("", "Segment of buyers."),
    "tokens": ("Mtok/day", "Tokens bought."),
    "exposed": ("Mtok/day", "Tokens of sensitive buyers, served outside their walls."),
    "exposed_share": ("share, 0-1", "Share of the segment's tokens that are exposed."),
}


def privacy(tables: Tables) -> pl.DataFrame:
    """Sensitive tokens outside the walls, a row a day and segment; columns of PRIVACY_COLUMNS."""
    segments = number(tables["segments_daily"], "exposed")
    share = ratio(pl.col("exposed"), pl.col("tokens")).alias("exposed_share")
    return in_order(segments.with_columns(share).sort("day", "segment"), PRIVACY_COLUMNS)


def say_privacy(table: pl.DataFrame, code: str) -> str:
    """Say how much left the walls, at first and at last."""
    del code
    ends = Ends.of(table)
    (was, before), (now, after) = _exposed(ends.first), _exposed(ends.last)
    if before != before and after != after:
        return "Nobody bought a token, at first or at last."
    if was == now == 0.0:
        return "Nothing sensitive left its buyers' walls: nobody in this scenario is sensitive, or all such hosted it."
    if after != after:
        return (
            f"Nobody bought a token at last; {part(before)} of tokens ({figures(was)} Mtok a day) were sensitive and "
            "left their buyers' walls at first."
        )
    if before != before:
        return (
            f"{part(after)} of tokens ({figures(now)} Mtok a day) were sensitive and left their buyers' walls at last; "
            "nobody bought a token at first."
        )
    return (
        f"{part(after)} of tokens ({figures(now)} Mtok a day) were sensitive and left their buyers' walls at last, "
        f"{part(before)} ({figures(was)}) at first."
    )


def _exposed(table: pl.DataFrame) -> tuple[float, float]:
    """Exposed tokens a day, and their share of all."""
    days = max(table["day"].n_unique(), 1)
    sorted_ = table.sort("day", "segment")
    exposed, tokens = float(sorted_["exposed"].sum()), float(sorted_["tokens"].sum())
    return exposed / days, exposed / tokens if tokens > 0 else float("nan")


PRIVACY = Question(
    words="How much that is sensitive leaves the buyers' walls?",
    ask=privacy,
    say=say_privacy,
    columns=PRIVACY_COLUMNS,
    needs=PRIVACY_NEEDS,
)
