"""Which mechanism makes the war, and which event: runs with and without each, on the same luck."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import factorial, sqrt

import numpy as np
import polars as pl

from pricewar.agents.mechanisms import Chain, Mechanisms
from pricewar.scenarios.config.names import suggestion
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.studies.compare import by_seed
from pricewar.scenarios.studies.statistics import paired
from pricewar.scenarios.studies.store import Results
from pricewar.scenarios.studies.study import Arm, Value, vary
from pricewar.sim.analysis.intervals import (
    ANYWHERE,
    LEVEL,
    Bounds,
    Interval,
    between,
    held_within,
    interval,
    proportion,
)
from pricewar.sim.analysis.measures import OUTCOMES
from pricewar.sim.errors import UserMistake
from pricewar.sim.market.demand import Floats

SHARED = ("war", "depth", "duration")
"""Outcomes that are shared out among mechanisms: probability, depth and duration."""
WHOLE = 5
"""Mechanisms up to which all their combinations are run."""
Subset = frozenset[str]
"""Mechanisms that are on."""


@dataclass(frozen=True)
class Plan:
    """Which combinations of mechanisms are run."""

    names: tuple[str, ...]
    orders: tuple[tuple[str, ...], ...] = ()
    """Orders in which mechanisms are switched on, sampled; empty where all combinations are run."""

    @property
    def subsets(self) -> tuple[Subset, ...]:
        """Every combination, all on first and none last."""
        if self.orders:
            met = {frozenset(order[:end]) for order in self.orders for end in range(len(order) + 1)}
        else:
            met = {frozenset(some) for size in range(len(self.names) + 1) for some in combinations(self.names, size)}
        rank = {name: place for place, name in enumerate(self.names)}
        return tuple(sorted(met, key=lambda subset: (-len(subset), sorted(rank[name] for name in subset))))

    def ordered(self, subset: Subset) -> list[str]:
        """The mechanisms of a combination, in the order of the plan."""
        return [name for name in self.names if name in subset]


def plan(names: Sequence[str], pairs: int, luck: np.random.Generator) -> Plan:
    """All combinations of few mechanisms; of many, those along sampled orders, each with its reverse.

    pairs: of orders. An order and its reverse make the estimate less noisy (antithetic; Mitchell et al. 2022, JMLR 23).
    """
    if len(names) <= WHOLE:
        return Plan(tuple(names))
    forward = [tuple(names[i] for i in luck.permutation(len(names))) for _ in range(pairs)]
    return Plan(tuple(names), tuple(order for one in forward for order in (one, one[::-1])))


def shapley(values: Mapping[Subset, Floats], names: Sequence[str]) -> Floats:
    r"""What each mechanism adds, averaged over all orders of switching on, seed by seed (Shapley 1953).

    .. math:: \phi_i = \sum_{S \not\ni i} \frac{|S|! (k - |S| - 1)!}{k!} (v(S \cup i) - v(S))

    values: an outcome by combination, shape (n,) each, for all combinations. Returns shape (k, n); its sum over
    mechanisms is all on less none on, and a mechanism that changes nothing gets zero exactly.

    >>> shapley({frozenset(): np.zeros(1), frozenset("a"): np.ones(1), frozenset("b"): np.zeros(1),
    ...          frozenset("ab"): np.full(1, 3.0)}, "ab").ravel().tolist()
    [2.0, 1.0]
    """
    k = len(names)
    shares = []
    for name in names:
        share = np.zeros_like(values[frozenset()])
        for size in range(k):
            weight = factorial(size) * factorial(k - size - 1) / factorial(k)
            for others in combinations([other for other in names if other != name], size):
                share = share + weight * (values[frozenset((*others, name))] - values[frozenset(others)])
        shares.append(share)
    return np.array(shares)


def shapley_sampled(values: Mapping[Subset, Floats], names: Sequence[str], orders: Sequence[Sequence[str]]) -> Floats:
    """What each mechanism adds along each order (Castro, Gomez & Tejada 2009), shape (orders, k, n).

    The mean over orders is unbiased for `shapley`; along every order the sum is all on less none on.
    """
    added = np.zeros((len(orders), len(names), values[frozenset()].size))
    for row, order in enumerate(orders):
        steps = [frozenset(order[:end]) for end in range(len(order) + 1)]
        for name, (before, after) in zip(order, pairwise(steps), strict=True):
            added[row, names.index(name)] = values[after] - values[before]
    return added


def interaction(values: Mapping[Subset, Floats], names: Sequence[str], one: str, two: str) -> Floats:
    """How much more two mechanisms do together than apart, averaged over the others (Grabisch & Roubens 1999).

    Above zero they need each other, below it one can stand for the other. Shape (n,).
    """
    others = [name for name in names if name not in (one, two)]
    k, total = len(names), np.zeros_like(values[frozenset()])
    for size in range(k - 1):
        weight = factorial(size) * factorial(k - size - 2) / factorial(k - 1)
        for some in combinations(others, size):
            off, first, second, both = (frozenset((*some, *on)) for on in ((), (one,), (two,), (one, two)))
            total = total + weight * (values[both] - values[first] - values[second] + values[off])
    return total


def by_subset(runs: pl.DataFrame, arms: Mapping[Subset, str], outcome: str) -> dict[Subset, Floats]:
    """An outcome by combination, over the seeds that all combinations have."""
    seeds = sorted(set(runs["seed"].to_list()))
    table = {subset: by_seed(runs, arm, outcome, seeds) for subset, arm in arms.items()}
    whole = np.isfinite(np.array(list(table.values()))).all(axis=0)
    return {subset: values[whole] for subset, values in table.items()}


def shares(
    runs: pl.DataFrame, arms: Mapping[Subset, str], plan: Plan, stood_in: Mapping[str, str] | None = None
) -> pl.DataFrame:
    """Shares of every mechanism in probability, depth and duration, with intervals over seeds.

    arms: name of the arm by combination. stood_in: what took the place of each mechanism where it was off. Columns:
    outcome, mechanism, runs (seeds), share, low, high, percent (of all on less none on), stand_in. The rows `all on`
    and `none on` are means of the outcome, `together` their difference (Tango's interval where it is one of
    probabilities). Without arms, no rows.
    """
    rows: list[tuple[object, ...]] = []
    for outcome in SHARED if arms else ():
        values = by_subset(runs, arms, outcome)
        full, none = values[frozenset(plan.names)], values[frozenset()]
        of = OUTCOMES[outcome]
        if plan.orders:
            steps = shapley_sampled(values, plan.names, plan.orders)
            estimates = [crossed(steps[:, i], between(of.bounds)) for i in range(len(plan.names))]
        else:
            estimates = [_told(interval(share, between(of.bounds))) for share in shapley(values, plan.names)]
        both = paired(full, none, of.bounds, happens=of.happens)
        total = (both.mean, both.low, both.high)
        for name, estimate in zip(plan.names, estimates, strict=True):
            percent = 100.0 * estimate[0] / total[0] if total[0] else None
            rows.append((outcome, name, full.size, *estimate, percent, (stood_in or {}).get(name)))
        rows.append((outcome, "together", full.size, *total, 100.0 if total[0] else None, None))
        for label, level in (("all on", full), ("none on", none)):
            over = proportion(level) if of.happens else interval(level, of.bounds)
            rows.append((outcome, label, full.size, *_told(over), None, None))
    return _table(rows, ("outcome", "mechanism", "seeds"), ("share", "low", "high", "percent"), ("stand_in",))


def interactions(runs: pl.DataFrame, arms: Mapping[Subset, str], plan: Plan) -> pl.DataFrame:
    """Interaction of every two mechanisms in probability, depth and duration; empty where orders were sampled."""
    rows: list[tuple[object, ...]] = []
    for outcome in SHARED if arms and not plan.orders else ():
        values = by_subset(runs, arms, outcome)
        # A difference of two differences.
        bounds = between(between(OUTCOMES[outcome].bounds))
        for one, two in combinations(plan.names, 2):
            extra = interaction(values, plan.names, one, two)
            rows.append((outcome, f"{one} × {two}", extra.size, *_told(interval(extra, bounds))))
    return _table(rows, ("outcome", "mechanisms", "seeds"), ("interaction", "low", "high"))


def _table(
    rows: Sequence[tuple[object, ...]], names: Sequence[str], numbers: Sequence[str], words: Sequence[str] = ()
) -> pl.DataFrame:
    types = {**dict.fromkeys(names, pl.String), "seeds": pl.Int64, **dict.fromkeys(numbers, pl.Float64)}
    types |= dict.fromkeys(words, pl.String)
    return pl.DataFrame(rows, schema=types, orient="row")


def _told(over: Interval) -> tuple[float, float, float]:
    return over.mean, over.low, over.high


def crossed(steps: Floats, bounds: Bounds = ANYWHERE) -> tuple[float, float, float]:
    """Mean and interval over seeds and pairs of orders, which are crossed: both variances count in full (Owen 2007).

    steps: shape (orders, n), every second order the reverse of the one before. bounds: of what is added.
    Simplification: Student's t of as many degrees as the fewer of the two have. What orders add is skew, so with six
    pairs of orders the interval covers a share in about 92 of 100 made-up games instead of 95.
    """
    from scipy.stats import t

    pairs = steps.reshape(-1, 2, steps.shape[1]).mean(axis=1)
    rows, n = pairs.shape
    mean = float(steps.mean())
    if rows < 2 or n < 2:
        return mean, float("nan"), float("nan")
    variance = float(pairs.mean(axis=0).var(ddof=1)) / n + float(pairs.mean(axis=1).var(ddof=1)) / rows
    half = float(t.ppf(0.5 + LEVEL / 2.0, min(rows, n) - 1)) * sqrt(variance)
    low, high = held_within(np.array([mean]), np.array([half]), bounds)
    return mean, float(low[0]), float(high[0])


def causes(runs: pl.DataFrame, baseline: str, without: Mapping[str, str]) -> pl.DataFrame:
    """Probabilities of necessity and sufficiency of each event for a war (Pearl 2009, chapter 9), a row an event.

    without: name of the arm that lacks it, by event. `necessity` is P(no war without it | war with it), over
    `wars_with` seeds; `sufficiency` is P(war with it | no war without it), over `peace_without` seeds; both with
    Wilson's intervals. They are frequencies of pairs on the same luck: that an event never prevents a war is not
    assumed, and `prevented` counts the seeds in which it did. `war` and `depth` are differences made by the event
    (with less without).
    """
    seeds = sorted(set(runs["seed"].to_list()))
    rows, bounds = [], OUTCOMES["depth"].bounds
    for event, arm in without.items():
        here, gone = by_seed(runs, baseline, "war", seeds), by_seed(runs, arm, "war", seeds)
        both = np.isfinite(here) & np.isfinite(gone)
        war, still = here[both] > 0.0, gone[both] > 0.0
        necessity, sufficiency = proportion(~still[war]), proportion(war[~still])
        made = paired(here, gone, happens=True)
        depth = paired(by_seed(runs, baseline, "depth", seeds), by_seed(runs, arm, "depth", seeds), bounds)
        rows.append((
            event, int(both.sum()), int(war.sum()), int((war & ~still).sum()),
            necessity.mean, necessity.low, necessity.high,
            int((~still).sum()), sufficiency.mean, sufficiency.low, sufficiency.high,
            int((~war & still).sum()), made.mean, made.low, made.high, made.p, depth.mean, depth.low, depth.high,
        ))  # fmt: skip
    counts = dict.fromkeys(("pairs", "wars_with", "made"), pl.Int64)
    types = {
        "event": pl.String, **counts,
        **dict.fromkeys(("necessity", "necessity_low", "necessity_high"), pl.Float64),
        "peace_without": pl.Int64,
        **dict.fromkeys(("sufficiency", "sufficiency_low", "sufficiency_high"), pl.Float64),
        "prevented": pl.Int64,
        **dict.fromkeys(("war", "war_low", "war_high", "p", "depth", "depth_low", "depth_high"), pl.Float64),
    }  # fmt: skip
    return pl.DataFrame(rows, schema=types, orient="row")


@dataclass(frozen=True)
class Attribution:
    """All that is said of an attribution; tables of what was not asked for are empty."""

    results: Results
    plan: Plan
    shares: pl.DataFrame
    interactions: pl.DataFrame
    causes: pl.DataFrame

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """What is found, by the names under which the folder registers it; what was not asked for is left out."""
        tables = {"shares": self.shares, "interactions": self.interactions, "causes": self.causes}
        return {name: table for name, table in tables.items() if table.height}


def switches(scenario: Scenario, asked: str | None) -> list[str]:
    """Mechanisms that are on, or those asked for, by commas; `chain.NAME` is a link of the chain.

    Raises UserMistake for one that there is not, or that is off, for it can have no share.
    """
    on, links = list(scenario.mechanisms.on), [Chain.key(name) for name in scenario.chain.on]
    if asked is None:
        if not on:
            raise UserMistake("no mechanism of this scenario is on; name a link: --mechanisms chain.adoption")
        return on
    names = list(dict.fromkeys(name.strip() for name in asked.split(",") if name.strip()))
    for name in names:
        if name not in on and name not in links:
            raise UserMistake(f"no mechanism '{name}' is on; {suggestion(name, [*on, *links])}")
    if not names:
        raise UserMistake("--mechanisms names none; write it like --mechanisms idle_capacity,attention")
    return names


@dataclass(frozen=True)
class StandIn:
    """What takes the place of a mechanism that is switched off."""

    what: str
    """In a clause."""
    settings: Mapping[str, Value]
    """Keys that put it in."""


STAND_INS: dict[str, dict[str, StandIn]] = {
    "focal_prices": {
        "wedge": StandIn(Mechanisms.stand_in("focal_prices"), {"opening.hold": "wedge"}),
        "scarcity": StandIn("full fleets hold the opening prices, by their shadow price", {"opening.hold": "scarce"}),
        "inattention": StandIn(
            "nothing holds the opening prices but that reviews are rare, one a year while no rival cuts",
            {"opening.hold": "none", "conduct.review_rate": 1 / 365},
        ),
    },
}
"""Rivals for the place of a mechanism, by switch and name: other reasons for the same fact."""


def stand_ins_of(asked: Sequence[str], names: Sequence[str]) -> dict[str, StandIn]:
    """Read what shall take the place of mechanisms, as in focal_prices=scarcity.

    names: mechanisms that are switched off somewhere. Raises UserMistake.
    """
    chosen: dict[str, StandIn] = {}
    for one in asked:
        name, _, stand_in = one.partition("=")
        if name not in STAND_INS:
            raise UserMistake(
                f"nothing but what always does can stand in for '{name}'; {suggestion(name, list(STAND_INS))}"
            )
        if stand_in not in STAND_INS[name]:
            raise UserMistake(f"no '{stand_in}' stands in for {name}; {suggestion(stand_in, list(STAND_INS[name]))}")
        if name not in names:
            raise UserMistake(f"{name} is not switched off here; name it in --mechanisms, or leave --stand-in out")
        if name in chosen:
            raise UserMistake(f"--stand-in names {name} twice; one thing can take its place")
        chosen[name] = STAND_INS[name][stand_in]
    return chosen


def stood_in(names: Sequence[str], stand_ins: Mapping[str, StandIn]) -> dict[str, str]:
    """What takes the place of mechanisms and links of the chain where they are off, a clause each."""

    def always(name: str) -> str:
        link = name.removeprefix(f"{Chain.table}.")
        return Mechanisms.stand_in(name) if link == name else Chain.stand_in(link)

    return {name: stand_ins[name].what if name in stand_ins else always(name) for name in names}


def combination_arms(baseline: Arm, plan: Plan, stand_ins: Mapping[str, StandIn] | None = None) -> dict[Subset, Arm]:
    """An arm for every combination of a plan; all on is the baseline itself.

    stand_ins: what takes the place of a mechanism that is off; left out, what always does.
    """
    arms: dict[Subset, Arm] = {}
    for subset in plan.subsets:
        if len(subset) == len(plan.names):
            arms[subset] = baseline
            continue
        name = f"only {'+'.join(plan.ordered(subset))}" if subset else "none"
        off: dict[str, Value] = {_key(each): False for each in plan.names if each not in subset}
        for each, stand_in in (stand_ins or {}).items():
            off |= {} if each in subset else stand_in.settings
        arms[subset] = Arm(name, vary(baseline.reading, off), settings={_key(n): n in subset for n in plan.names})
    return arms


def _key(name: str) -> str:
    return name if "." in name else Mechanisms.key(name)
