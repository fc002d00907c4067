"""Price wars in a table of price moves, simulated or recorded: one definition for both.

A price war is a stretch in which a tier's prices fall faster than they usually do (an excursion of `cusum`) and

* at least two sellers move: they cut, or open a line below every rival's price for the product (an entry);
* at least one move answers a rival's: it follows a cut, an entry or a low launch by at most H; of moves on one day
  whose order nobody knows, all but one are answers;
* the prices of those who move fall by at least 1 - exp(-D_min) on average;
* C reaches max(2 D_min, ln(n/α)/θ): as much as two sellers who each fall by D_min, and more than last year's cuts
  would give by chance more often than α times a year.

It begins with the first cut of a line that stood (of entries alone, with the first entry), whatever its depth, and ends
with the last that took prices further than usual. Wars of several tiers that overlap, or begin within a fortnight of
one another's end, are one war of the market with these tiers inside.

Sellers who hold their prices change nothing of this, however many they are. The launch of another product, however
low, begins no war: it is what the first cut answered. A war that begins with a cut needs `min_panel` H of record before
it, for only a past makes a pace unusual; an entry is measured against quotes just posted and needs none.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from math import exp
from statistics import fmean, median
from zlib import crc32

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pricewar.sim.analysis.wars.cusum import YEAR, Excursion, excursions
from pricewar.sim.analysis.wars.panel import FORTNIGHT, TOLERANCE, Change, Line, Panel, panels
from pricewar.sim.analysis.wars.reactions import answers_per_cut, previous_rival, reaction_p_value
from pricewar.sim.analysis.wars.settings import DetectorSettings

NAN = float("nan")
COSTS = ("day", "seller", "tier", "price", "avoidable_cost", "nash_price")
MONTH = 30.0
"""Days before a war over whose takings its depth is weighted. [day]"""


@dataclass(frozen=True, slots=True)
class Costs:
    """Avoidable cost and static Nash price of each column by day: (tier, seller) -> (days, costs, Nash prices)."""

    columns: dict[tuple[str, str], tuple[list[int], list[float], list[float]]]
    takings: pl.DataFrame | None = None
    """Takings of each seller in each tier by day (day, seller, tier, revenue), where they are known."""

    def on(self, tier: str, seller: str, time: float) -> tuple[float, float]:
        """Avoidable cost and Nash price of a column on the last day not after `time`, else on its first.

        [money/Mtok]; NaN where the table does not know.
        """
        days, costs, nash = self.columns.get((tier, seller), ([], [], []))
        at = max(0, int(np.searchsorted(days, np.floor(time), side="right")) - 1)
        return (costs[at], nash[at]) if days else (NAN, NAN)

    def takings_before(self, time: float) -> dict[tuple[str, str], float]:
        """Takings of each (tier, seller) in the month before an instant; empty where they are not known. [money]"""
        if self.takings is None:
            return {}
        month = self.takings.filter(pl.col("day").is_between(np.floor(time - MONTH), np.floor(time) - 1))
        sums = month.group_by("tier", "seller", maintain_order=True).agg(pl.col("revenue").sum())
        return {(tier, seller): revenue for tier, seller, revenue in sums.iter_rows() if revenue > 0}


def costs_by_column(offers: pl.DataFrame) -> Costs:
    """Index a table of daily offers by column; of several models of a seller in a tier the cheapest speaks.

    offers: columns day, seller, tier, price, avoidable_cost and nash_price [money/Mtok], optional revenue [money];
        others are ignored.
    Raises ValueError where a column is missing.
    """
    if missing := [name for name in COSTS if name not in offers.columns]:
        raise ValueError(f"the table of daily offers lacks {', '.join(missing)}")
    takings = offers.select("day", "seller", "tier", "revenue") if "revenue" in offers.columns else None
    daily = offers.select(COSTS).sort(COSTS).fill_null(NAN)
    daily = daily.unique(["day", "seller", "tier"], keep="first", maintain_order=True)
    return Costs(
        {
            (str(tier), str(seller)): (
                part["day"].to_list(),
                part["avoidable_cost"].to_list(),
                part["nash_price"].to_list(),
            )
            for (tier, seller), part in daily.partition_by(["tier", "seller"], as_dict=True).items()
        },
        takings,
    )


@dataclass(frozen=True, slots=True)
class Episode:
    """A price war of one tier."""

    panel: Panel
    excursion: Excursion
    moves: tuple[Change, ...]
    """Cuts and entries from its start to its end."""
    fall: float
    """Mean fall of the prices of those who moved. [1]"""

    @property
    def start(self) -> float:
        """First cut, or first entry where nobody cut. [day]"""
        return self.excursion.start

    @property
    def end(self) -> float:
        """Instant of the highest C. [day]"""
        return self.excursion.end


def episodes(panel: Panel, settings: DetectorSettings) -> list[Episode]:
    """Every price war of a tier, in order of time."""
    judged = (_judged(panel, excursion, settings) for excursion in excursions(panel, settings))
    return [episode for episode in judged if episode is not None]


def _judged(panel: Panel, excursion: Excursion, settings: DetectorSettings) -> Episode | None:
    """The excursion as a war, if it is one."""
    if excursion.strength < excursion.threshold - TOLERANCE:
        return None
    moves = tuple(c for c in excursion.changes if c.moves and c.time >= excursion.start)
    if len({c.seller for c in moves}) < 2:
        return None
    earliest = panel.start + settings.min_panel * settings.horizon - TOLERANCE
    if any(c.kind == "cut" for c in moves) and excursion.start < earliest:
        return None
    fall = fmean(fmean(shares) for shares in _falls(panel, moves, excursion.end).values())
    if fall < 1.0 - exp(-settings.d_min) - TOLERANCE:
        return None
    if not answers(moves, _answerable(panel, excursion.start, excursion.end, settings), settings):
        return None
    return Episode(panel, excursion, moves, fall)


def _falls(panel: Panel, moves: Sequence[Change], end: float) -> dict[str, list[float]]:
    """Fall of each line that moved by the end, from before its first move, by seller. [1]"""
    before: dict[Line, float] = {}
    for change in moves:
        before.setdefault((change.seller, change.line), change.before)
    falls: dict[str, list[float]] = {}
    for line, price in before.items():
        after = panel.price(line, end)
        falls.setdefault(line[0], []).append(1.0 - after / price if price > 0 and after >= 0 else 0.0)
    return falls


def _answerable(panel: Panel, start: float, end: float, settings: DetectorSettings) -> list[Change]:
    """Moves and low launches of a tier, from H before a war on, that its moves can answer."""
    since = start - settings.horizon - TOLERANCE
    return [c for c in panel.between(since, end) if c.answerable and (c.kind != "cut" or c.time >= start)]


def answers(
    moves: Sequence[Change], answerable: Sequence[Change], settings: DetectorSettings
) -> list[tuple[str, float]]:
    """Moves that follow a rival's move or low launch within H: (seller, lag since the latest [day]), by time."""
    every = sorted({*moves, *answerable}, key=_when)
    times, who = _timed(every)
    rival = previous_rival(times, who, np.array([c.dated for c in every], dtype=np.bool_))
    return [
        (change.seller, float(times[at] - times[rival[at]]))
        for at, change in enumerate(every)
        if change in moves and rival[at] >= 0 and times[at] - times[rival[at]] <= settings.horizon + TOLERANCE
    ]


def _when(change: Change) -> tuple[float, str, str, str]:
    return change.time, change.kind, change.seller, change.line


def _timed(changes: Sequence[Change]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Times of changes and the sellers' places in the list of their names."""
    names = sorted({change.seller for change in changes})
    times = np.array([change.time for change in changes], dtype=np.float64)
    return times, np.array([names.index(change.seller) for change in changes], dtype=np.int64)


def war_class(tiers: Sequence[Episode], costs: Costs | None, settings: DetectorSettings) -> str | None:
    """Class of a war: A, B or C; None where the costs or Nash prices of those who moved are unknown.

    Measured over the movers' own lines, in shares, from 2H before the war to its end, for a cost may fall some time
    before the prices that follow it:

    * C, cost cascade: avoidable cost per token fell by half as much as the price or more, or what remains of the fall
      net of cost is less than 1 - exp(-D_min): without the cost it would have been no war;
    * A: else, prices stand below the static Nash price at avoidable cost by `x_min` or more;
    * B: else; margins eroded, but not below that of the static Nash equilibrium.
    """
    if costs is None:
        return None
    price_ratio, cost_ratio, over_nash = [], [], []
    for tier in tiers:
        panel = tier.panel
        for line in sorted({(c.seller, c.line) for c in tier.moves}):
            since = max(tier.start - 2.0 * settings.horizon, panel.paths[line][0][0])
            before, after = panel.price(line, since, posted=True), panel.price(line, tier.end, posted=True)
            cost_before, _ = costs.on(panel.tier, line[0], since)
            cost, nash = costs.on(panel.tier, line[0], tier.end)
            if min(before, cost_before, cost, nash) > 0 and np.isfinite(before + after + cost_before + cost + nash):
                price_ratio.append(after / before)
                cost_ratio.append(cost / cost_before)
                over_nash.append(after / nash)
    if not price_ratio:
        return None
    fall, cheaper = 1.0 - fmean(price_ratio), 1.0 - fmean(cost_ratio)
    net = 1.0 - fmean(price_ratio) / fmean(cost_ratio)
    if cheaper >= 0.5 * fall or net < 1.0 - exp(-settings.d_min):
        return "C"
    return "A" if fmean(over_nash) <= 1.0 - settings.x_min else "B"


def depth(tiers: Sequence[Episode], costs: Costs | None) -> float:
    """Share of yesterday's bill that a war saves those who stay where they are. [1]

    The bill is what the lines standing before the war took in the month before it, or, where takings are not known,
    one unit for each active line: one that was opened or moved within the year before the war, or in it. Where nothing
    stood it is the mean fall of the best quote below which sellers entered.
    """
    start = min(tier.start for tier in tiers)
    takings = costs.takings_before(start) if costs is not None else {}
    bill = saved = 0.0
    for tier in tiers:
        panel = tier.panel
        for line in panel.standing(tier.start):
            active = panel.last_posted(line, tier.end) >= start - YEAR
            weight = takings.get((panel.tier, line[0]), 0.0) if takings else float(active)
            before, after = panel.price(line, tier.start, before=True), panel.price(line, tier.end)
            if weight and before > 0 and after >= 0:
                bill += weight
                saved += weight * (1.0 - after / before)
    if any(c.kind == "cut" for tier in tiers for c in tier.moves) and bill:
        return saved / bill
    return fmean(1.0 - c.after / c.before for tier in tiers for c in tier.moves if c.before > 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class War:
    """One price war of the market. Lags and durations in days, falls in shares."""

    war: int
    """1 for the first of the table, in order of start and tier."""
    tier: str
    """Tiers that are at war, sorted, separated by commas."""
    start_time: float
    start_date: date | None
    start_low: float
    """Earliest start that the moves leave likely (95 per cent)."""
    start_low_date: date | None
    start_high: float
    """Latest start that the moves leave likely (95 per cent)."""
    start_high_date: date | None
    end_time: float
    end_date: date | None
    end_reason: str
    """quiet, half_undone or end_of_record."""
    begun_by: str
    """Who made the first cut or entry; several of one instant are separated by commas."""
    first_fact: int | None
    """Fact of the first cut or entry."""
    trigger: str
    """Latest launch below the median at most H before the first cut, "deepseek -5.0 d"; empty for none."""
    depth: float
    """Share of yesterday's bill that it saves (see `depth`)."""
    drop: float
    """Mean fall of the prices of those who moved."""
    strength: float
    """Highest C: midpoint changes beyond those that were usual."""
    bound: float
    """What C had to reach."""
    trend: float
    """Midpoint changes a day that were usual: the drift d."""
    duration: float
    sellers: str
    """Who cut or entered, sorted, separated by commas."""
    n_sellers: int
    n_cuts: int
    n_entries: int
    """Lines opened below every rival's price for the product."""
    answers: str
    """Moves that follow a rival's move or low launch within H, in order: "zhipu +5.0 d, baidu +0.2 d"."""
    median_lag: float | None
    """Median of those lags."""
    share_answering: float
    """Share of the moves that follow a rival's move of this war within H. [1]"""
    answers_per_cut: float
    """Answers per move in the first two generations (see `reactions.answers_per_cut`). [1]"""
    launches_below_median: int
    """Launches, from start to end, below the median price of the rivals."""
    p_value: float | None
    """Reaction test over the whole record of the tier where C was highest."""
    class_: str | None
    """A, B or C (see `war_class`); None where costs are unknown. Named `class` in tables."""
    floored: int
    """Cuts to a price of zero."""


SCHEMA: dict[str, type[pl.DataType]] = {
    "war": pl.Int64, "tier": pl.String,
    "start_time": pl.Float64, "start_date": pl.Date, "start_low": pl.Float64, "start_low_date": pl.Date,
    "start_high": pl.Float64, "start_high_date": pl.Date, "end_time": pl.Float64, "end_date": pl.Date,
    "end_reason": pl.String, "begun_by": pl.String, "first_fact": pl.Int64, "trigger": pl.String,
    "depth": pl.Float64, "drop": pl.Float64, "strength": pl.Float64, "bound": pl.Float64, "trend": pl.Float64,
    "duration": pl.Float64, "sellers": pl.String, "n_sellers": pl.Int64, "n_cuts": pl.Int64, "n_entries": pl.Int64,
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

    moves: time [day], seller, tier, kind, price [money/Mtok], optional line, model, quality, precision, fact and date
        (see `panels`).
    offers: daily offers with avoidable_cost and nash_price [money/Mtok], for the class of each war, and optional
        revenue [money], for its depth.
    until: end of the record [day]; the last move when not given.
    seed: of the circular shifts; each tier has a stream of its own.
    """
    settings = settings or DetectorSettings()
    costs = costs_by_column(offers) if offers is not None else None
    origin = origin_of(moves)
    of_tiers = [episode for panel in panels(moves, settings, until=until) for episode in episodes(panel, settings)]
    at_war = {one.panel.tier: one.panel for one in of_tiers}
    p_values = {tier: _p_value(panel, settings, seed) for tier, panel in at_war.items()}
    return [
        _war(number, tiers, settings, costs, origin, p_values)
        for number, tiers in enumerate(of_market(of_tiers), start=1)
    ]


def of_market(of_tiers: Iterable[Episode]) -> list[list[Episode]]:
    """Wars of the market: the tiers' wars, joined where they overlap or follow in another tier within a fortnight."""
    wars: list[list[Episode]] = []
    for episode in sorted(of_tiers, key=lambda one: (one.start, one.panel.tier)):
        gap = episode.start - max(one.end for one in wars[-1]) if wars else np.inf
        elsewhere = bool(wars) and episode.panel.tier not in {one.panel.tier for one in wars[-1]}
        if gap <= (FORTNIGHT if elsewhere else 0.0):
            wars[-1].append(episode)
        else:
            wars.append([episode])
    return wars


def wars_table(wars: list[War]) -> pl.DataFrame:
    """One row a war, the same columns and types also when there is none.

    >>> wars_table([]).height
    0
    """
    names = [(f.name, f.name.rstrip("_")) for f in fields(War)]
    return pl.DataFrame([{column: getattr(war, name) for name, column in names} for war in wars], schema=SCHEMA)


def origin_of(moves: pl.DataFrame) -> date | None:
    """Calendar date of day 0, where the moves carry dates."""
    if "date" not in moves.columns or moves.is_empty():
        return None
    first = moves.select("time", "date").drop_nulls().sort("time", "date").head(1)
    return first["date"][0] - timedelta(days=int(np.floor(first["time"][0]))) if first.height else None


def _p_value(panel: Panel, settings: DetectorSettings, seed: int) -> float | None:
    """Reaction test of a tier, by a stream named after it so that no other tier shifts its draws."""
    if not settings.permutations:
        return None
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(crc32(panel.tier.encode()),)))
    cuts = panel.cuts()
    times = np.array([cut.time for cut in cuts], dtype=np.float64)
    place = {seller: at for at, seller in enumerate(panel.sellers)}
    who = np.array([place[cut.seller] for cut in cuts], dtype=np.int64)
    return reaction_p_value(times, who, panel.lives(), settings.horizon, settings.permutations, rng)


def _war(
    number: int,
    tiers: Sequence[Episode],
    settings: DetectorSettings,
    costs: Costs | None,
    origin: date | None,
    p_values: Mapping[str, float | None],
) -> War:
    """Report the wars of some tiers as one of the market."""
    first = min(tiers, key=lambda tier: (tier.start, tier.panel.tier))
    main = max(tiers, key=lambda tier: tier.excursion.strength)
    last = max(tiers, key=lambda tier: tier.end)
    start, end = first.start, last.end
    of_panel = {tier.panel.tier: tier.panel for tier in tiers}
    made = {name: [c for c in panel.between(start, end) if c.moves] for name, panel in of_panel.items()}
    moves = sorted((move for part in made.values() for move in part), key=_when)
    times, who = _timed(moves)
    rival = previous_rival(times, who, np.array([move.dated for move in moves], dtype=np.bool_))
    answering = (rival >= 0) & (times - times[rival] <= settings.horizon + TOLERANCE)
    opening = [move for move in moves if move.time == start]
    since = start - settings.horizon - TOLERANCE
    low = [(c.time, c.seller) for panel in of_panel.values() for c in panel.between(since, end) if c.low_launch]
    before = sorted((t, s) for t, s in low if t < start and s != moves[0].seller)
    answerable = [c for panel in of_panel.values() for c in _answerable(panel, start, end, settings)]
    lags = answers(moves, answerable, settings)
    falls: dict[str, list[float]] = {}
    for name, panel in of_panel.items():
        for seller, shares in _falls(panel, made[name], end).items():
            falls.setdefault(seller, []).extend(shares)
    return War(
        war=number,
        tier=",".join(sorted({tier.panel.tier for tier in tiers})),
        start_time=start,
        start_date=_date(origin, start),
        start_low=first.excursion.low,
        start_low_date=_date(origin, first.excursion.low),
        start_high=first.excursion.high,
        start_high_date=_date(origin, first.excursion.high),
        end_time=end,
        end_date=_date(origin, end),
        end_reason=last.excursion.reason,
        begun_by=",".join(sorted({move.seller for move in opening})),
        first_fact=next((move.fact for move in opening), None),
        trigger=f"{before[-1][1]} -{start - before[-1][0]:.1f} d" if before else "",
        depth=depth(tiers, costs),
        drop=fmean(fmean(shares) for shares in falls.values()),
        strength=main.excursion.strength,
        bound=main.excursion.threshold,
        trend=main.excursion.drift,
        duration=end - start,
        sellers=",".join(sorted(falls)),
        n_sellers=len(falls),
        n_cuts=sum(move.kind == "cut" for move in moves),
        n_entries=sum(move.kind == "entry" for move in moves),
        answers=", ".join(f"{seller} +{lag:.1f} d" for seller, lag in lags),
        median_lag=float(median(lag for _, lag in lags)) if lags else None,
        share_answering=float(np.count_nonzero(answering) / len(moves)),
        answers_per_cut=answers_per_cut(rival, answering),
        launches_below_median=sum(t >= start for t, _ in low),
        p_value=p_values[main.panel.tier],
        class_=war_class(tiers, costs, settings),
        floored=sum(move.kind == "cut" and move.after == 0 for move in moves),
    )


def _date(origin: date | None, time: float) -> date | None:
    """Calendar date of an instant."""
    return None if origin is None else origin + timedelta(days=int(np.floor(time)))
