"""What is said of the wars of a table of prices, recorded or simulated: the same keys for both."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl

from pricewar.sim.analysis.wars.detector import find_wars
from pricewar.sim.analysis.wars.sensitivity import DRAWS, drawn_dates, limits
from pricewar.sim.analysis.wars.settings import DetectorSettings

MONTH = 31.0
"""How far apart two dates of one month may be. [day]"""
WORDS = {
    "horizon": "H [days]",
    "d_min": "D_min [log points]",
    "free": "a price of zero taken for this share of the price before",
    "silent": "silent sellers added",
    "left_out": "left out",
}
"""What the sensitivity varies, in words."""


def told(wars: pl.DataFrame, drawn: Mapping[int, Mapping[str, Any]] | None = None) -> list[dict[str, Any]]:
    """Every war as programs read it: its row of the table, with its onset, its tiers and its movers as lists.

    drawn: what `over_dates` says of each war, where dates are known to the month.
    """
    return [
        {
            **war,
            "onset_date": war["start_date"],
            "onset_low": war["start_low_date"],
            "onset_high": war["start_high_date"],
            "tiers": war["tier"].split(","),
            "movers": war["sellers"].split(","),
            **((drawn or {}).get(war["war"], {})),
        }
        for war in wars.to_dicts()
    ]


def over_dates(moves: pl.DataFrame, wars: pl.DataFrame, settings: DetectorSettings) -> dict[int, dict[str, Any]]:
    """How often each war is found when dates known to the month are drawn within it, and the interval of its onset.

    A drawn war is the same if it is on within a month of the war's own days. The interval holds 95 per cent of the
    drawn onsets and the war's own. Empty where every date is known to the day.
    """
    if "precision" not in moves.columns or not (moves["precision"] == "month").any():
        return {}
    quiet, until = replace(settings, permutations=0), float(moves["time"].max())  # type: ignore[arg-type]
    of_draws = [find_wars(one, quiet, until=until) for one in drawn_dates(moves)]
    drawn: dict[int, dict[str, Any]] = {}
    for war in wars.to_dicts():
        starts: list[tuple[date | None, date | None]] = []
        for wars_of_draw in of_draws:
            first, last = war["start_time"] - MONTH, war["end_time"] + MONTH
            same = [w for w in wars_of_draw if w.start_time <= last and first <= w.end_time]
            starts += [(w.start_low_date, w.start_high_date) for w in same[:1]]
        cut = int(0.025 * len(starts))
        lows = sorted(low for low, _ in starts if low)[cut:]
        highs = sorted(high for _, high in starts if high)
        highs = highs[: len(highs) - cut]
        drawn[war["war"]] = {
            "found_in_draws": len(starts) / DRAWS,
            "onset_low": min([war["start_low_date"], *lows]),
            "onset_high": max([war["start_high_date"], *highs]),
        }
    return drawn


def in_words(table: pl.DataFrame, war: int | None) -> list[str]:
    """Say, a line for each thing that is varied, where a war is found and where it is not."""
    return [f"{WORDS[name]}: {_where(found, missed)}" for name, (found, missed) in limits(table, war).items()]


def _where(found: Sequence[str], missed: Sequence[str]) -> str:
    if not missed:
        return f"found at all of {', '.join(found)}"
    if not found:
        return f"found at none of {', '.join(missed)}"
    return f"found at {', '.join(found)}; not at {', '.join(missed)}"
