"""Price wars in a table of price moves, simulated or recorded: one definition for both.

A cut of at least `x_min`, with `min_panel` H of panel before it, is a candidate start. It is a war when
within 2H, successive cuts at most H apart, at least two sellers cut (R1 rivalry), at least two cuts follow a
rival's cut of the same episode within H (R2 retaliation), and the chained index of the tier falls `d_min`
below its prior trend and below the bound on the trend's forecast (R3 excess depth). A glide of costs passed
on is therefore no war.

Readings chosen where the words leave a choice; every self-test passes under them together:

* the prior trend is a least-squares line over the window and starts where the index stands, if that is lower:
  a line from the last observation would count as excess what stale prices still owed to the trend;
* the index is the running sum of mean log changes over the columns on sale before and after each instant, so
  that entry, exit and launches move it only through later cuts;
* a war goes on past 2H for as long as cuts are at most H apart, and its depth is the greatest over its life;
  the bound it must pass is judged within 2H and reported at the trough;
* the drop can be half undone only once it is deep enough to be a war's, and R1 and R2 count no cut after
  that;
* an exit ends a war when the leaver has cut in it;
* quiet is dated back to the last cut;
* a launch below the median of the rivals' prices counts as a move that can be answered, never as a cut.

Staggered pass-through stays under its five per cent of years where sellers change prices every 2H or sooner. Rare,
large changes at random dates do not: three sellers who each cut by a quarter four times a year fall half a log point
together by chance in one year of ten, five who cut by 42 per cent twice a year in one of six.
"""

from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from itertools import product
from math import log
from statistics import median
from zlib import crc32

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pricewar.sim.analysis.wars.panel import TOLERANCE, Panel, panels
from pricewar.sim.analysis.wars.reactions import answering_lags, answers_per_cut, previous_rival, reaction_p_value
from pricewar.sim.analysis.wars.rules import Episode, episodes
from pricewar.sim.analysis.wars.settings import DetectorSettings

NAN = float("nan")
COSTS = ("day", "seller", "tier", "price", "unit_cost", "nash_price")


@dataclass(frozen=True, slots=True)
class Costs:
    """Full cost and static Nash price of each column by day: (tier, seller) -> (days, costs, Nash prices)."""

    columns: dict[tuple[str, str], tuple[list[int], list[float], list[float]]]

    def on(self, tier: str, seller: str, time: float) -> tuple[float, float]:
        """Full cost and Nash price of a column on the last day not after `time`, else on its first.

        [money/Mtok]; NaN where the table does not know.
        """
        days, costs, nash = self.columns.get((tier, seller), ([], [], []))
        at = max(0, int(np.searchsorted(days, np.floor(time), side="right")) - 1)
        return (costs[at], nash[at]) if days else (NAN, NAN)


def costs_by_column(offers: pl.DataFrame) -> Costs:
    """Index a table of daily offers by column; of several models of a seller in a tier the cheapest speaks.

    offers: columns day, seller, tier, price, unit_cost and nash_price [money/Mtok]; others are ignored.
    Raises ValueError where a column is missing.
    """
    if missing := [name for name in COSTS if name not in offers.columns]:
        raise ValueError(f"the table of daily offers lacks {', '.join(missing)}")
    daily = offers.select(COSTS).sort(COSTS).fill_null(NAN)
    daily = daily.unique(["day", "seller", "tier"], keep="first", maintain_order=True)
    return Costs(
        {
            (str(tier), str(seller)): (
                part["day"].to_list(),
                part["unit_cost"].to_list(),
                part["nash_price"].to_list(),
            )
            for (tier, seller), part in daily.partition_by(["tier", "seller"], as_dict=True).items()
        }
    )


def war_class(panel: Panel, episode: Episode, costs: Costs | None, settings: DetectorSettings) -> str | None:
    """Class of a war: A, B or C; None where the costs or Nash prices of its cutters are unknown.

    Measured over the cutters' own columns, in mean logs, from 2H before the war to its trough, for a cost may
    fall some time before the prices that follow it:

    * C, cost cascade: full cost per token explains half of the fall in price or more, or what remains of the
      fall net of cost is less than `d_min`: without the cost it would have been no war;
    * A: else, prices stand below the static Nash price at current costs by `x_min` or more;
    * B: else; margins eroded, but not below that of the static Nash equilibrium.
    """
    if costs is None:
        return None
    price_fall, cost_fall, over_nash = [], [], []
    for name in sorted({panel.sellers[i] for i in panel.cut_seller[episode.first : episode.last + 1]}):
        since = max(episode.start - 2.0 * settings.horizon, panel.life(name)[0])
        before = panel.posted_log_price(name, since)
        after = panel.posted_log_price(name, episode.trough)
        cost_before, _ = costs.on(panel.tier, name, since)
        cost, nash = costs.on(panel.tier, name, episode.trough)
        known = min(cost_before, cost, nash, panel.references[name]) > 0
        if not known or not np.isfinite(before - after + cost_before + cost + nash):
            continue
        price_fall.append(before - after)
        cost_fall.append(log(cost_before / cost))
        over_nash.append(after - log(nash / panel.references[name]))
    if not price_fall:
        return None
    fall, cheaper = float(np.mean(price_fall)), float(np.mean(cost_fall))
    if cheaper >= 0.5 * fall or fall - cheaper < settings.d_min:
        return "C"
    return "A" if float(np.mean(over_nash)) <= log(1.0 - settings.x_min) else "B"


@dataclass(frozen=True, slots=True, kw_only=True)
class War:
    """One price war. Lags and durations in days, depths in log points."""

    war: int
    """1 for the first of the table, in order of start and tier."""
    tier: str
    start_time: float
    start_date: date | None
    end_time: float
    end_date: date | None
    end_reason: str
    """half_undone, quiet, exit or end_of_record."""
    begun_by: str
    """Who posted the first cut; several of one instant are separated by commas."""
    first_fact: int | None
    """Fact of the first cut."""
    trigger: str
    """Latest launch below the median at most H before the first cut, "deepseek -5.0 d"; empty for none."""
    depth: float
    """Greatest distance of the index below its prior trend."""
    drop: float
    """Fall of the index itself from before the war to that instant."""
    bound: float
    """95 per cent bound on the trend's forecast at that instant; 0 without a trend window."""
    trend: float
    """Prior trend of the index, a day; never rising."""
    duration: float
    sellers: str
    """Who cut, sorted, separated by commas."""
    n_sellers: int
    n_cuts: int
    answers: str
    """Cuts that follow a rival's cut or low launch within H, in order: "zhipu +5.0 d, baidu +0.2 d"."""
    median_lag: float | None
    """Median of those lags."""
    share_answering: float
    """Share of the cuts that follow a rival's cut of this war within H. [1]"""
    answers_per_cut: float
    """Answers per cut in the first two generations (see `reactions.answers_per_cut`). [1]"""
    launches_below_median: int
    """Launches, from start to end, below the median price of the rivals in the tier."""
    p_value: float | None
    """Reaction test over the tier's whole record; the same for all wars of a tier."""
    class_: str | None
    """A, B or C (see `war_class`); None where costs are unknown. Named `class` in tables."""
    floored: int
    """Prices of the tier floored before logs, from start to end."""


SCHEMA: dict[str, type[pl.DataType]] = {
    "war": pl.Int64, "tier": pl.String,
    "start_time": pl.Float64, "start_date": pl.Date, "end_time": pl.Float64, "end_date": pl.Date,
    "end_reason": pl.String, "begun_by": pl.String, "first_fact": pl.Int64, "trigger": pl.String,
    "depth": pl.Float64, "drop": pl.Float64, "bound": pl.Float64, "trend": pl.Float64, "duration": pl.Float64,
    "sellers": pl.String, "n_sellers": pl.Int64, "n_cuts": pl.Int64,
    "answers": pl.String, "median_lag": pl.Float64, "share_answering": pl.Float64,
    "answers_per_cut": pl.Float64, "launches_below_median": pl.Int64, "p_value": pl.Float64,
    "class": pl.String, "floored": pl.Int64,
}  # fmt: skip


def find_wars(
    moves: pl.DataFrame,
    settings: DetectorSettings | None = None,
    *,
    offers: pl.DataFrame | None = None,
    until: float | None = None,
    seed: int = 0,
) -> list[War]:
    """Every price war in a table of price moves, in order of start and tier.

    moves: time [day], seller, tier, kind, price [money/Mtok], optional model, quality, fact and date (see
        `panels`).
    offers: daily offers with unit_cost and nash_price [money/Mtok], for the class of each war.
    until: end of the record [day]; the last move when not given.
    seed: of the circular shifts; each tier has a stream of its own.
    """
    settings = settings or DetectorSettings()
    costs = costs_by_column(offers) if offers is not None else None
    origin = _origin(moves)
    found = []
    for panel in panels(moves, settings, until=until):
        if wars := episodes(panel, settings):
            p_value = _p_value(panel, settings, seed)
            found += [(panel, episode, p_value) for episode in wars]
    found.sort(key=lambda one: (one[1].start, one[0].tier))
    return [
        _war(number, panel, episode, settings, costs, origin, p_value)
        for number, (panel, episode, p_value) in enumerate(found, start=1)
    ]


def wars_table(wars: list[War]) -> pl.DataFrame:
    """One row a war, the same columns and types also when there is none.

    >>> wars_table([]).height
    0
    """
    names = [(f.name, f.name.rstrip("_")) for f in fields(War)]
    return pl.DataFrame([{column: getattr(war, name) for name, column in names} for war in wars], schema=SCHEMA)


def sensitivity(
    moves: pl.DataFrame,
    settings: DetectorSettings | None = None,
    *,
    until: float | None = None,
    horizon: tuple[float, ...] = (0.5, 1.0, 2.0),
    x_min: tuple[float, ...] = (0.5, 1.0, 2.0),
    d_min: tuple[float, ...] = (0.5, 1.0, 1.5),
) -> pl.DataFrame:
    """Wars found when H, x_min and D_min move over a grid of factors on the settings' values.

    Returns one row a combination: horizon [day], x_min [1], d_min [log points], wars, first_start [day], days
    at war, greatest depth [log points], cuts in wars; null where there is no war.
    """
    settings = settings or DetectorSettings()
    rows = []
    for h, x, d in product(horizon, x_min, d_min):
        varied = replace(
            settings,
            horizon=h * settings.horizon,
            x_min=min(x * settings.x_min, 0.99),
            d_min=d * settings.d_min,
            permutations=0,
        )
        wars = find_wars(moves, varied, until=until)
        rows.append(
            {
                "horizon": varied.horizon,
                "x_min": varied.x_min,
                "d_min": varied.d_min,
                "wars": len(wars),
                "first_start": min((war.start_time for war in wars), default=None),
                "days_at_war": sum(war.duration for war in wars),
                "depth": max((war.depth for war in wars), default=None),
                "n_cuts": sum(war.n_cuts for war in wars),
            }
        )
    real = {"first_start": pl.Float64, "days_at_war": pl.Float64, "depth": pl.Float64}
    return pl.DataFrame(rows, schema_overrides=real)


def _origin(moves: pl.DataFrame) -> date | None:
    """Calendar date of day 0, where the moves carry dates."""
    if "date" not in moves.columns or moves.is_empty():
        return None
    first = moves.select("time", "date").drop_nulls().sort("time", "date").head(1)
    return first["date"][0] - timedelta(days=int(np.floor(first["time"][0]))) if first.height else None


def _p_value(panel: Panel, settings: DetectorSettings, seed: int) -> float | None:
    """Reaction test of a tier, by a stream named after it so that no other tier shifts its draws."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(crc32(panel.tier.encode()),)))
    lives = np.array([panel.life(seller) for seller in panel.sellers], dtype=np.float64)
    return reaction_p_value(panel.cut_times, panel.cut_seller, lives, settings.horizon, settings.permutations, rng)


def _war(
    number: int,
    panel: Panel,
    episode: Episode,
    settings: DetectorSettings,
    costs: Costs | None,
    origin: date | None,
    p_value: float | None,
) -> War:
    """Report one episode."""
    cuts = slice(episode.first, episode.last + 1)
    times, who = panel.cut_times[cuts], panel.cut_seller[cuts]
    first, horizon = times[0], settings.horizon + TOLERANCE
    names = [panel.sellers[i] for i in who]
    rival = previous_rival(times, who)
    answering = (rival >= 0) & (times - times[rival] <= horizon)
    low = [(t, s) for t, s in panel.launches if first <= t <= episode.end]
    lags = _lags(panel, times, who, horizon)
    before = [(t, s) for t, s in panel.launches if first - horizon <= t < first and s != names[0]]
    at = int(np.searchsorted(panel.times, episode.trough))
    return War(
        war=number,
        tier=panel.tier,
        start_time=episode.start,
        start_date=_date(origin, episode.start),
        end_time=episode.end,
        end_date=_date(origin, episode.end),
        end_reason=episode.reason,
        begun_by=",".join(sorted({n for n, t in zip(names, times, strict=True) if t == first})),
        first_fact=panel.cut_fact[episode.first],
        trigger=f"{before[-1][1]} -{first - before[-1][0]:.1f} d" if before else "",
        depth=episode.depth,
        drop=float(panel.index[panel.cut_at[episode.first] - 1] - panel.index[at]),
        bound=episode.bound,
        trend=episode.trend,
        duration=episode.end - episode.start,
        sellers=",".join(sorted(set(names))),
        n_sellers=len(set(names)),
        n_cuts=len(names),
        answers=", ".join(f"{panel.sellers[seller]} +{lag:.1f} d" for seller, lag in lags),
        median_lag=float(median(lag for _, lag in lags)) if lags else None,
        share_answering=float(np.count_nonzero(answering) / len(names)),
        answers_per_cut=answers_per_cut(rival, answering),
        launches_below_median=len(low),
        p_value=p_value,
        class_=war_class(panel, episode, costs, settings),
        floored=int(np.count_nonzero((panel.floored >= episode.start) & (panel.floored <= episode.end))),
    )


def _lags(panel: Panel, times: NDArray[np.float64], who: NDArray[np.int64], horizon: float) -> list[tuple[int, float]]:
    """Answers of a war to its cuts and to low launches at most H before its first one or within it."""
    launches = [(t, panel.sellers.index(s)) for t, s in panel.launches if times[0] - horizon <= t <= times[-1]]
    at = np.array([t for t, _ in launches], dtype=np.float64)
    by = np.array([s for _, s in launches], dtype=np.int64)
    return answering_lags(times, who, at, by, horizon)


def _date(origin: date | None, time: float) -> date | None:
    """Calendar date of an instant."""
    return None if origin is None else origin + timedelta(days=int(np.floor(time)))
