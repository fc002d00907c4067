"""A price forced on a market, against the same luck without it: pairs of runs over seeds, and what they differ in."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import isfinite
from typing import TYPE_CHECKING, Any, cast

from pydantic import TypeAdapter

from pricewar.agents.sellers.dated_events import ForcedPrice
from pricewar.scenarios.config.names import suggestion
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.run.means import Means
from pricewar.scenarios.run.play import play
from pricewar.scenarios.studies.runner import workers
from pricewar.sim.errors import UserMistake
from pricewar.sim.kernel.clock import Phase

if TYPE_CHECKING:
    import polars as pl

    from pricewar.sim.results.forced_price import ForcedPriceResult
    from pricewar.sim.results.run import Run

NAME = "forced-price"
"""Name under which the forced price stands in the scenario of the run with it."""
HORIZON = 90
"""Days after the forced price that are looked at if nobody says otherwise, or to the end of the run. [day]"""

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """What is asked: a scenario, a forced price, and for how long its effects are followed."""

    scenario: Scenario
    """The market without it; its `days` end with the horizon."""
    forced: ForcedPrice
    """The price that is forced."""
    last: int
    """Days after the forced price that are followed. [day]"""

    @property
    def name(self) -> str:
        """Key of the forced price in the scenario with it."""
        taken, name = self.scenario.forced, NAME
        while name in taken:
            name += "-again"
        return name

    def with_it(self) -> Scenario:
        """The scenario with the forced price."""
        return replace(self.scenario, forced={**self.scenario.forced, self.name: self.forced})


@dataclass(frozen=True, slots=True)
class Effect:
    """What one pair of runs differs in."""

    seed: int
    responses: "pl.DataFrame"
    """Every outcome without and with, `pricewar.sim.analysis.impulse_responses.responses`."""
    answers: "pl.DataFrame"
    """Who answered, `pricewar.sim.analysis.answers_to_a_forced_price.answers`."""
    forced: tuple[dict[str, Any], ...]
    """The moves that were forced, as posted."""


def read_price(text: str) -> dict[str, float]:
    """Read `-30%` or `+20%` as a change, `2.5` as a price. Raises UserMistake.

    >>> read_price("-30%"), read_price("+20 %"), read_price("2.5"), read_price("0%")
    ({'change': -0.3}, {'change': 0.2}, {'price': 2.5}, {'change': 0.0})
    """
    plain = text.strip().replace("−", "-")
    is_change = plain.endswith("%")
    number = plain.removesuffix("%").strip()
    try:
        value = float(number)
    except ValueError:
        value = float("nan")
    if not isfinite(value) or "_" in number:
        raise UserMistake(f"--price {text} cannot be read; write a change such as -30% or +20%, or a price such as 2.5")
    if is_change and value != 0.0 and number[0] not in "+-":
        raise UserMistake(f"--price {text} is a cut or a rise? write -{number}% or +{number}%")
    if is_change and value < -100.0:
        raise UserMistake(f"--price {text} would make the price negative; the deepest cut is -100%")
    if is_change:
        return {"change": value / 100.0}
    if number[0] in "+-":
        hint = f"for a change write {number}%, " if value else ""
        raise UserMistake(f"--price {text} is no price; {hint}for a price a number such as 2.5")
    return {"price": value}


def experiment_of(
    scenario: Scenario,
    *,
    seller: str,
    tier: str | None = None,
    price: str,
    on: date,
    hold: float = 0.0,
    days: int | None = None,
) -> Experiment:
    """Check what is asked of a scenario. Raises UserMistake, one sentence.

    price: as `read_price` reads it. on: day of the experiment. hold: how long it is kept. [day] days: horizon. [day]
    """
    if not scenario.books:
        raise UserMistake("books = false is for timing and leaves nothing to compare; set books = true")
    if seller not in scenario.sellers:
        raise UserMistake(f"no seller called '{seller}'; {suggestion(seller, sorted(scenario.sellers))}")
    its = scenario.sellers[seller]
    if tier is not None and tier not in its.tiers:
        raise UserMistake(f"{seller} has no tier '{tier}'; {suggestion(tier, sorted(its.tiers))}")
    at, end = (on - scenario.start).days, scenario.start + timedelta(days=scenario.days - 1)
    if not 0 <= at < scenario.days:
        raise UserMistake(f"{on} lies outside the run, which goes from {scenario.start} to {end}")
    asked = its.tiers.values() if tier is None else [its.tiers[tier]]
    opens = [day for line in asked if (day := line.opening(scenario.releases)) is not None]
    if len(opens) == len(asked) and on < min(opens):
        what = f"{seller} sells nothing" if tier is None else f"the tier '{tier}' of {seller} is not there"
        raise UserMistake(f"{what} yet on {on}; it opens on {min(opens)}")
    left = scenario.days - 1 - at
    if days is not None and days > left:
        raise UserMistake(
            f"--days {days} goes beyond the last day of the run, {end}; give at most {left}, or make the run longer "
            f"with days={at + days + 1}"
        )
    last = min(HORIZON, left) if days is None else days
    forced = ForcedPrice(seller=seller, tier=tier, date=on, hold=hold, **read_price(price))
    return Experiment(scenario=replace(scenario, days=at + last + 1), forced=forced, last=last)


def effect(experiment: Experiment, seed: int, progress: Progress | None = None) -> Effect:
    """Run the market without and with the forced price on the same seed, and compare.

    Raises UserMistake if the line that is to be forced is not for sale that day.
    """
    from pricewar.sim.analysis.answers_to_a_forced_price import answers, forced_moves
    from pricewar.sim.analysis.impulse_responses import Window, responses

    def half(begun: float) -> Progress | None:
        return None if progress is None else lambda done: progress(begun + 0.5 * done)

    without = play(experiment.scenario, seed=seed, progress=half(0.0))
    time = (experiment.forced.date - experiment.scenario.start).days + Phase.PLANS.value
    _must_be_for_sale(experiment, without, time)
    with_ = play(experiment.with_it(), seed=seed, progress=half(0.5))
    window = Window(time, experiment.last, experiment.forced.seller)
    table = responses(without.tables, with_.tables, window, seed)
    forced, day = forced_moves(with_.tables), experiment.forced.date
    moves = tuple({"seed": seed, **move} for move in forced if move["date"] == day)
    return Effect(seed, table, answers(without.tables, with_.tables, table, window, seed), moves)


def _must_be_for_sale(experiment: Experiment, without: "Run", time: float) -> None:
    """Refuse to force what is not for sale. Raises UserMistake."""
    import polars as pl

    forced = experiment.forced
    moves = without.tables["prices"].filter((pl.col("seller") == forced.seller) & (pl.col("time") < time))
    if forced.tier is not None:
        moves = moves.filter(pl.col("tier") == forced.tier)
    standing = moves.sort("time", "fact").group_by("tier").agg(pl.col("kind").last())
    if (standing["kind"] != "withdrawn").any():
        return
    what = "sells nothing" if forced.tier is None else f"sells nothing in tier '{forced.tier}'"
    why = "it has left" if standing.height else "it has not opened"
    raise UserMistake(f"{forced.seller} {what} on {forced.date} (seed {without.seed}): {why}; take another day")


def effects(experiment: Experiment, seeds: Sequence[int], means: Means) -> list[Effect]:
    """Effects over seeds, in their order; the same whatever the number of processes."""
    if means.executor is None and (means.jobs == 1 or len(seeds) == 1):
        return [
            effect(experiment, seed, lambda part, i=i: means.tell((i + part) / len(seeds)))  # type: ignore[misc]
            for i, seed in enumerate(seeds)
        ]
    return list(_in_parallel(experiment, seeds, means))


def _in_parallel(experiment: Experiment, seeds: Sequence[int], means: Means) -> Iterator[Effect]:
    with workers(min(means.jobs, len(seeds)), means.executor) as pool:
        for i, one in enumerate(pool.map(effect, [experiment] * len(seeds), seeds), 1):
            means.tell(i / len(seeds))
            yield one


def result_of(experiment: Experiment, pairs: Sequence[Effect], command: str = "") -> "ForcedPriceResult":
    """Put the effects over seeds together."""
    import polars as pl

    from pricewar.sim.analysis.answers_to_a_forced_price import over_seeds
    from pricewar.sim.analysis.impulse_responses import means
    from pricewar.sim.results.forced_price import ForcedPriceResult

    rows = pl.concat([effect.responses for effect in pairs])
    answers = pl.concat([effect.answers for effect in pairs])
    return ForcedPriceResult(
        scenario=cast(
            dict[str, Any], TypeAdapter(type(experiment.scenario)).dump_python(experiment.scenario, mode="json")
        ),
        forced=cast(dict[str, Any], TypeAdapter(ForcedPrice).dump_python(experiment.forced, mode="json")),
        horizon=experiment.last,
        seeds=[effect.seed for effect in pairs],
        moves=[{**move, "date": str(move["date"])} for effect in pairs for move in effect.forced],
        policy=", ".join(sorted(experiment.scenario.policies)) or None,
        tables={"responses": rows, "means": means(rows), "answers": answers, "answers_mean": over_seeds(answers)},
        command=command,
    )
