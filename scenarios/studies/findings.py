"""What the analysis of each kind of study finds, as tables that its folder registers: unit and meaning of every column.

Where outcomes or series of several units share a column, the table says the unit in each row.
"""

from collections.abc import Mapping

import polars as pl

from pricewar.sim.analysis.intervals import LABEL, OVER_POINTS, PERCENT
from pricewar.sim.analysis.measures import OUTCOMES, SERIES
from pricewar.sim.results.folder import OF_THE_ROW

Meanings = Mapping[str, tuple[str, str]]
"""Unit and meaning by column."""
ARM = ("", "Name of the setting of keys and policies.")
OUTCOME: Meanings = {
    "outcome": ("", "What was measured; a column of the table `runs`."),
    "unit": ("", "Unit of the numbers in the row."),
}
INTERVAL: Meanings = {
    "low": (OF_THE_ROW, f"Lower bound of the {LABEL}."),
    "high": (OF_THE_ROW, f"Upper bound of the {LABEL}; both are the mean where all are the same."),
}
BOOTSTRAPPED = f"{PERCENT} interval (bootstrapped over the points tried in the ranges assumed)"
"""What an interval of an index of sensitivity is."""


def _ends(label: str) -> tuple[tuple[str, str], ...]:
    """Endings of a column and of those of its interval, and what begins their meanings."""
    low, high = (f"{which} bound of the {label} around the " for which in ("Lower", "Upper"))
    return ("", "The "), ("_low", low), ("_high", high)


PAIRS = ("seed", "Seeds in which both arms have it.")

FINDINGS: Mapping[str, Meanings] = {
    "outcomes": {
        "arm": ARM,
        **OUTCOME,
        "runs": ("run", "Runs that have the outcome."),
        "mean": (OF_THE_ROW, "Mean over seeds."),
        **INTERVAL,
        "sd": (OF_THE_ROW, "Standard deviation over seeds."),
        **{f"q{q}": (OF_THE_ROW, f"Quantile over seeds, {q} %.") for q in (10, 25, 50, 75, 90)},
    },
    "differences": {
        "arm": ARM,
        **OUTCOME,
        "asked": ("", "Whether it was asked for, and so is in the family of `p_holm`."),
        "pairs": PAIRS,
        "baseline": (OF_THE_ROW, "Mean of the baseline over seeds."),
        "baseline_sd": (OF_THE_ROW, "Its standard deviation over seeds."),
        "difference": (OF_THE_ROW, "Mean of arm less baseline, on the same seeds."),
        **INTERVAL,
        "percent": ("%", "The difference over the size of the baseline."),
        "p": ("1", "P-value of no difference, two-sided; nan where all pairs differ by the same."),
        "sd": (OF_THE_ROW, "Standard deviation of the difference over seeds."),
        "variance_ratio": ("1", "Variance that the difference would have with seeds of each arm's own, over its own."),
        "p_holm": ("1", "P-value adjusted for all that was asked and varies (Holm); null or nan for others."),
    },
    "gains": {
        "arm": ARM,
        "kind": ("", "Part of welfare: surplus, profit, transfers or purse."),
        "whom": ("", "The segment, the seller (hosts count as one), or the public purse."),
        "pairs": PAIRS,
        "baseline": ("money", "Mean of its part in the baseline, over the run."),
        "difference": ("money", "Mean of arm less baseline, on the same seeds."),
        "low": ("money", INTERVAL["low"][1]),
        "high": ("money", INTERVAL["high"][1]),
    },
    "regrets": {
        **OUTCOME,
        "arm": ARM,
        "worst": (OF_THE_ROW, "Most by which the arm falls short of the best arm of the same seed."),
        "worst_seed": ("", "The seed in which it does."),
        "mean": (OF_THE_ROW, "Mean over seeds of what it falls short."),
        "best": ("share, 0-1", "Share of the seeds in which no other arm is better."),
    },
    "trajectories": {
        "arm": ARM,
        "series": ("", "Which daily series."),
        "unit": OUTCOME["unit"],
        "day": ("day", "Days since the scenario's first."),
        "pairs": PAIRS,
        "mean": (OF_THE_ROW, "Mean of arm less baseline that day."),
        "low": (OF_THE_ROW, f"Lower bound, for the day by itself, of the {LABEL}."),
        "high": (OF_THE_ROW, f"Upper bound, for the day by itself, of the {LABEL}."),
    },
    "precision": {
        "arm": ARM,
        **OUTCOME,
        "asked": (OF_THE_ROW, "Half-width of the interval that was asked for."),
        "reached": (OF_THE_ROW, "Half-width that it has."),
        "seeds": ("seed", "Seeds that it rests on."),
        "seeds_needed": ("seed", "Seeds that what was asked takes, about; null where it is not known."),
    },
    "shares": {
        **OUTCOME,
        "mechanism": ("", "The mechanism; `together`: all on less none on; `all on`, `none on`: the outcome itself."),
        "seeds": ("seed", "Seeds that all combinations have."),
        "share": (OF_THE_ROW, "What switching it on adds, averaged over orders (Shapley)."),
        **INTERVAL,
        "percent": ("%", "The share over all on less none on."),
        "stand_in": ("", "What took the mechanism's place where it was off."),
    },
    "interactions": {
        **OUTCOME,
        "mechanisms": ("", "The two."),
        "seeds": ("seed", "Seeds that all combinations have."),
        "interaction": (OF_THE_ROW, "How much more they do together than apart."),
        **INTERVAL,
    },
    "causes": {
        "event": ("", "The event that is taken out."),
        "pairs": PAIRS,
        "wars_with": ("seed", "Seeds with a war with it."),
        "made": ("seed", "Of these, seeds without a war without it."),
        "peace_without": ("seed", "Seeds without a war without it."),
        "prevented": ("seed", "Seeds with a war only without it."),
        **{
            f"{name}{end}": ("share, 0-1", f"{side}{meaning}")
            for name, meaning in (
                ("necessity", "probability that no war is without it, given one with it."),
                ("sufficiency", "probability of a war with it, given none without it."),
                ("war", "probability of a war with it less without it."),
            )
            for end, side in _ends(LABEL)
        },
        "p": ("1", "P-value of no difference in the probability of a war; nan where no pair differs."),
        **{
            f"depth{end}": (OUTCOMES["depth"].unit, f"{side}depth with it less without it, mean over seeds.")
            for end, side in _ends(LABEL)
        },
    },
    "effects": {
        "key": ("", "What is varied."),
        "level": ("", "Its value, or the bin of its values."),
        **OUTCOME,
        "runs": ("run", "Runs at the level that have the outcome."),
        "mean": (OF_THE_ROW, "Mean over them."),
        "low": (OF_THE_ROW, f"Lower bound of the {LABEL}; with one seed, of {OVER_POINTS}."),
        "high": (OF_THE_ROW, f"Upper bound of the {LABEL}; with one seed, of {OVER_POINTS}."),
    },
    "sensitivity": {
        **OUTCOME,
        "key": ("", "What is varied."),
        **{
            f"{name}{end}": (unit, f"{side}{meaning}")
            for name, unit, meaning in (
                ("mu_star", OF_THE_ROW, "mean absolute elementary effect over the key's range."),
                ("mu", OF_THE_ROW, "mean elementary effect."),
                ("sigma", OF_THE_ROW, "standard deviation of the elementary effects."),
                ("first", "1", "share of variance that the key explains alone."),
                ("total", "1", "share of variance that it explains with others."),
            )
            for end, side in _ends(BOOTSTRAPPED)
        },
        "luck": ("1", "Share of the variance of single runs that lies between seeds; nan with one seed."),
    },
}
"""Unit and meaning of every column of every finding; a study has those of its kind."""


def with_units(table: pl.DataFrame, currency: str) -> pl.DataFrame:
    """Say in each row the unit of its outcome or series; a table without either stays as it is."""
    column = next((name for name in ("outcome", "series") if name in table.columns), None)
    if column is None or "unit" in table.columns:
        return table
    units = {
        name: (SERIES[name].unit if column == "series" else OUTCOMES[name].unit).replace("money", currency)
        for name in table[column].unique().to_list()
    }
    column_of_units = pl.Series("unit", [units[name] for name in table[column]], dtype=pl.String)
    return table.clone().insert_column(table.columns.index(column) + 1, column_of_units)
