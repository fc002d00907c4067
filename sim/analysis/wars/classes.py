"""What kind of war it was, where costs are known: below the static Nash margin, above it, a cost cascade."""

from dataclasses import dataclass
from math import log

import numpy as np
import polars as pl

from pricewar.sim.analysis.wars.panel import Panel
from pricewar.sim.analysis.wars.rules import Episode
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
