"""Comparisons carried out: the arms that are asked for, seeds until intervals are narrow enough, and what is found."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path

from pricewar.scenarios.config.places import study_folder
from pricewar.scenarios.studies.arms import BASELINE, Base, distinct, keys_arm, policy_arm, without_arm
from pricewar.scenarios.studies.compare import ASKED, Claim, claim, differences, gains, regrets, trajectories
from pricewar.scenarios.studies.outcomes import outcomes_asked
from pricewar.scenarios.studies.pages.compare import Comparison, write_comparison
from pricewar.scenarios.studies.runner import carry_out
from pricewar.scenarios.studies.store import Results
from pricewar.scenarios.studies.study import Arm, Study, seeds_from
from pricewar.scenarios.studies.until import batches, half_widths, precise, precision
from pricewar.sim.errors import UserMistake

Run = Callable[[Study], Results]
"""Whatever carries a study out in its folder."""


@dataclass(frozen=True)
class Question:
    """What is asked of a comparison; all that can be wrong with it is found when it is made."""

    study: Study
    """Its arms, baseline first, with the most seeds that it may take."""
    asked: tuple[str, ...]
    """Outcomes, in the order of the tables."""
    widths: Mapping[str, float]
    """Half-widths that intervals are to have, by outcome."""
    claims: tuple[Claim, ...]


def question(
    base: Base,
    policies: Sequence[str] = (),
    keys: Sequence[str] = (),
    without: Sequence[str] = (),
    *,
    seeds: tuple[int, ...],
    outcomes: Sequence[str] = (),
    until: Sequence[str] = (),
    require: Sequence[str] = (),
) -> Question:
    """Make the arms, and read what is asked of them. Raises UserMistake."""
    reading = base.reading()
    baseline = Arm(BASELINE, reading)
    made = baseline.scenario()
    arms = distinct([
        baseline,
        *(policy_arm(base, said) for said in policies),
        *(keys_arm(base, said) for said in keys),
        *(without_arm(reading, made, said) for said in without),
    ])  # fmt: skip
    if len(arms) == 1:
        raise UserMistake("nothing to compare; give a policy, an arm, or something to do without")
    widths = half_widths(until)
    asked = tuple(dict.fromkeys((*outcomes_asked(outcomes, ASKED), *widths)))
    claims = tuple(claim(said, [one.name for one in arms[1:]]) for said in require)
    return Question(Study("comparison", Path(base.source).stem, arms, seeds), asked, widths, claims)


def compared(of: Question, run: Run) -> Comparison:
    """Run a comparison with as many seeds as it takes, and write its page."""
    arms = [one.name for one in of.study.arms]
    most = of.study.seeds
    for count in batches(len(most)) if of.widths else (len(most),):
        results = run(replace(of.study, seeds=most[:count]))
        table = differences(results.runs, arms, of.asked)
        if of.widths and precise(table, of.widths):
            break
    said = Comparison(
        results,
        of.asked,
        table,
        gains(results.parts, arms),
        regrets(results.runs, arms, of.asked),
        trajectories(results.series(), arms),
        precision(table, of.widths),
        of.claims,
    )
    write_comparison(said)
    return said


def compare(
    scenario: str,
    overrides: Sequence[str] = (),
    policies: Sequence[str] = (),
    arms: Sequence[str] = (),
    without: Sequence[str] = (),
    strategies: Sequence[str | type] = (),
    *,
    seeds: int = 200,
    seed: int = 1,
    outcomes: Sequence[str] = (),
    until: Mapping[str, float] | None = None,
    out: Path | str | None = None,
    jobs: int = 1,
    executor: Executor | None = None,
    overwrite: bool = False,
) -> Comparison:
    """Hold policies and other settings against a scenario on the same seeds, from Python.

    scenario: bundled name or path. overrides hold in all arms. policies: an arm each, "a" or "a+b". arms: as --arm has
    them, "scarce: opening.hold=scarce". without: "release:deepseek-v2" and the like. seeds: how many, from `seed` up.
    outcomes: of `OUTCOMES`; the usual ones if none is named. until: half-widths of intervals by outcome, for which
    seeds are added, `seeds` at most. out, jobs, executor, overwrite: as `carry_out`.
    Returns tables of differences, gains, regrets and trajectories, in whose folder lies the page. Raises UserMistake.
    """
    of = question(
        Base(scenario, tuple(overrides), tuple(strategies)),
        policies,
        arms,
        without,
        seeds=seeds_from(seed, seeds),
        outcomes=outcomes,
        until=[f"{name}={width!r}" for name, width in (until or {}).items()],
    )
    folder = Path(out or study_folder(scenario, "compare", [one.name for one in of.study.arms[1:]]))
    return compared(of, lambda study: carry_out(study, folder, jobs=jobs, executor=executor, overwrite=overwrite))
