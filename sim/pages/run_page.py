"""One page in words: what happened in a run, why, and how to make it again."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pricewar.sim.pages.table import Head, Table, heads
from pricewar.sim.pages.war_story import fall, of_the_bill, on, tell_war
from pricewar.sim.results.run import Run, currency, title, who_host_for_themselves
from pricewar.sim.text import counted, day_month_year, figures, names_of_tiers

if TYPE_CHECKING:
    import polars as pl

    from pricewar.sim.analysis.measures import Measure

TABULATED = (
    "price_level", "price_median", "constant_quality", "tokens", "adoption", "hhi", "hhi_of_sellers",
    "lerner_energy", "lerner_avoidable", "lerner_full", "below_cost_share", "utilisation",
)  # fmt: skip
"""Measures that the page compares before and after."""
DRAWN = 6
"""Drawn values that the page lists; more are left to `run.json`."""
TOLD = 3
"""Wars that the page tells in full."""
FIRST_AND_LAST = (
    "*At first* and *at last* are means over the first and the last {window} days, halves of a shorter run; *the first "
    "day* and *the last* are those days alone. What each word means: `pricewar explain WORD`."
)
"""What the answers compare."""


def summary(run: Run) -> str:
    """Tell a run on a page of Markdown: wars or none, the market, the books, how to make it again."""
    wars = run.tables["wars"].sort("start_time")
    parts = [_heading(run, wars)]
    parts += _wars(run, wars) if wars.height else [_no_war(run)]
    parts += [_before_and_after(run, wars), _meaning(run), _books(run), _grounds(run), _again(run)]
    return "\n\n".join(parts) + "\n"


def _heading(run: Run, wars: "pl.DataFrame") -> str:
    days = run.tables["market_daily"].filter(run.tables["market_daily"]["day"] >= 0)
    first, last = day_month_year(days["date"][0]), day_month_year(days["date"][-1])
    many = {0: "No price war broke out.", 1: "One price war broke out."}
    verdict = many.get(wars.height, f"{wars.height} price wars broke out.")
    rule = f", policy {run.policy}" if run.policy else ""
    blind, needed = _blind_days(run)
    caution = ""
    if blind >= days.height and not wars.height:
        verdict = "Whether a price war broke out cannot be told."
        caution = f" A war needs {needed} days of record before it, which no day of this run has."
    elif blind > 0:
        caution = (
            f" A war needs {needed} days of record before it; of the first {blind} days the detector cannot speak."
        )
    when = first if days.height == 1 else f"{first} to {last}"
    return f"# {title(run)}\n\n**{verdict}** Seed {run.seed}{rule}; {counted(days.height, 'day')}, {when}.{caution}"


def _blind_days(run: Run) -> tuple[int, int]:
    """First days in which a war could not be found for want of record before them, and the record that it needs."""
    detector, burn_in = run.scenario.get("detector"), run.scenario.get("burn_in")
    if not isinstance(detector, Mapping) or not isinstance(burn_in, int | float):
        return 0, 0
    needed = int(float(str(detector.get("horizon", 0.0))) * float(str(detector.get("min_panel", 0.0))))
    return needed - int(burn_in), needed


def _wars(run: Run, wars: "pl.DataFrame") -> list[str]:
    """Tell the deepest wars in full, in the order in which they began, and name the others."""
    deepest = set(wars.sort("depth", "war", descending=[True, False])["war"].head(TOLD))
    rows = list(wars.iter_rows(named=True))
    told = [tell_war(run, war) for war in rows if war["war"] in deepest]
    others = [
        f"- war {war['war']}, {names_of_tiers(war['tier'])}, {on(war['start_date'])} to {on(war['end_date'])}, "
        f"{counted(war['n_sellers'], 'seller')}, {of_the_bill(war['depth'])}"
        for war in rows
        if war["war"] not in deepest
    ]
    return [*told, "## Other wars\n\n" + "\n".join(others)] if others else told


def _no_war(run: Run) -> str:
    """Say what prices did all the same."""
    import polars as pl

    listed = ~pl.col("seller").is_in(who_host_for_themselves(run.tables))
    cuts = run.tables["prices"].filter(listed & (pl.col("kind") == "cut") & (pl.col("time") >= 0))
    blind, _ = _blind_days(run)
    text = (
        ""
        if blind > int(run.tables["market_daily"]["day"].max() or 0)  # type: ignore[arg-type]
        else "No episode of cuts passed the tests of a war: two sellers move, one answers the other, the prices of "
        "those who move fall deeply enough, and faster than the pace that was usual and chance allow. "
    )
    if cuts.is_empty():
        text += "No seller cut a price at all."
    else:
        deepest = cuts.with_columns(fall=1 - pl.col("price") / pl.col("previous")).sort("fall", "time")[-1]
        text += (
            f"Cuts: {cuts.height}, by {counted(cuts['seller'].n_unique(), 'seller')}; the largest was by "
            f"{deepest['seller'][0]} on {day_month_year(deepest['date'][0])} "
            f"({fall(deepest['price'][0], deepest['previous'][0], currency(run))})."
        )
    return f"## Prices\n\n{text} One run without a war does not show that none could have broken out."


def _before_and_after(run: Run, wars: "pl.DataFrame") -> str:
    """Tabulate the market before the first war and after the last, or at first and at last.

    A price that is an offer's is that of the last of the days: a mean of several would be nobody's.
    """
    import polars as pl

    from pricewar.sim.analysis.base import Ends
    from pricewar.sim.analysis.measures import MEASURES

    shown = [MEASURES[name] for name in TABULATED]
    market = run.tables["market_daily"].filter(pl.col("day") >= 0).select("day", "date").sort("day")
    for measure in shown:
        values = measure.values(run.tables).rename({"value": measure.name})
        market = market.join(values, on="day", how="left", maintain_order="left")
    ends = Ends.of(market)
    if wars.height:
        when, compared = _around(wars, market)
    elif market.height == 1:
        when, compared = "on its only day", [ends.last]
    else:
        when, compared = "at first and at last", [ends.first, ends.last]
    shown_days = [days for days in compared if days.height]
    rows = [(str(Head(_labelled(one), _unit(one, run))), *(_cell(days, one) for days in shown_days)) for one in shown]
    table = Table(heads("daily mean", *map(_dates, shown_days)), rows)
    return f"## The market {when}\n\n{table.markdown()}"


def _around(wars: "pl.DataFrame", market: "pl.DataFrame") -> tuple[str, list["pl.DataFrame"]]:
    """Which days are compared where there were wars, in words and as rows: after one only if it had ended."""
    import polars as pl

    from pricewar.sim.analysis.base import WINDOW

    start, end = int(wars["start_time"].min()), int(wars["end_time"].max())  # type: ignore[arg-type]
    before = market.filter(pl.col("day").is_between(start - WINDOW, start - 1))
    after = market.filter(pl.col("day").is_between(end + 1, end + WINDOW))
    several = wars.height > 1
    first = f"before {'the first' if several else 'the'} war" if before.height else ""
    if (wars["end_reason"] == "end_of_record").any():
        last = f"at last, when {'a' if several else 'the'} war had not ended"
        after = market.filter(pl.col("day") > int(market["day"][-1]) - WINDOW)
    else:
        last = f"after {'the last' if several else 'it'}" if after.height else ""
        last = last if first or several or not last else "after the war"
    return " and ".join(filter(None, [first, last])) or "has no day outside the war", [before, after]


def _labelled(measure: "Measure") -> str:
    return f"{measure.label} (last of these days)" if measure.quoted else measure.label


def _unit(measure: "Measure", run: Run) -> str:
    """Unit on the page: none for a pure number, per cent for a share."""
    if measure.unit == "1":
        return ""
    return "%" if measure.unit.startswith("share") else measure.unit.replace("money", currency(run))


def _dates(days: "pl.DataFrame") -> str:
    if days.is_empty():
        return "no day"
    first, last = day_month_year(days["date"][0]), day_month_year(days["date"][-1])
    return first if first == last else f"{first} to {last}"


def _cell(days: "pl.DataFrame", measure: "Measure") -> str:
    values = days[measure.name].fill_nan(None)
    mean = values[-1] if measure.quoted else values.mean()
    if mean is None:
        return "not known"
    value = float(str(mean))
    return f"{100 * value:.0f}" if measure.unit.startswith("share") else figures(value)


def _meaning(run: Run) -> str:
    """Answer each question in a sentence, and name in one line those that the run does not tell.

    First and last are the ends of the run, a month each if it is long enough.
    """
    from pricewar.sim.analysis.base import WINDOW
    from pricewar.sim.analysis.questions.registry import QUESTIONS

    code = currency(run)
    answered = [one for one in QUESTIONS.values() if one.answered(run.tables)]
    told = [f"- *{one.words}* {one.sentence(run.tables, code)}" for one in answered]
    if left := [name for name, one in QUESTIONS.items() if one not in answered]:
        told.append(f"- This run does not tell: {', '.join(left)} (`pricewar ask` says why).")
    return f"## What it means\n\n{FIRST_AND_LAST.format(window=WINDOW)}\n\n" + "\n".join(told)


def _books(run: Run) -> str:
    """Turnover, and how well the books closed."""
    import polars as pl

    from pricewar.sim.analysis.questions.profits import SETTLEMENT

    paid = run.tables["ledger"].filter((pl.col("day") >= 0) & (pl.col("what") != SETTLEMENT))
    code = currency(run)
    turnover = float(paid["amount"].sum())
    tokens = float(paid.filter(pl.col("what") == "tokens")["amount"].sum())
    text = f"{figures(turnover)} {code} changed hands, {figures(tokens)} {code} of it for tokens."
    market = run.tables["market_daily"]
    if "closing_error" in market.columns and (worst := market["closing_error"].abs().max()) is not None:
        text += f" The books closed every night; the largest error was {float(str(worst)):.0e} of turnover."
    return f"## The books\n\n{text}"


def _grounds(run: Run) -> str:
    """Remind the reader of what the result rests on."""
    text = (
        "This is one draw of a model. Parameters marked *assumed* in the scenario have no source, and "
        "utilisation at the opening is not observed, so no number here should be quoted without an ensemble "
        "over seeds and over that range."
    )
    if len(run.drawn) > DRAWN:
        text += f" For this seed {len(run.drawn)} values were drawn from ranges; `run.json` lists them."
    elif run.drawn:
        drawn = ", ".join(f"`{key}` = {figures(value)}" for key, value in sorted(run.drawn.items()))
        text += f" Drawn for this seed: {drawn}."
    return f"## What this rests on\n\n{text}"


def _again(run: Run) -> str:
    from pricewar.sim.kernel.provenance import content_digest

    made = ", ".join(f"{name} {version}" for name, version in sorted(run.versions.items()))
    how = f"`{run.command}`" if run.command else "the scenario and the seed in `run.json`"
    return (
        f"## Make it again\n\n{how} (seed {run.seed}) with {made}. "
        f"The tables are the same if their digest is `{content_digest(run.tables)}`."
    )
