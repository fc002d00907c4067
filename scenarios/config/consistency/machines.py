"""What must fit in what a scenario says of accelerators: their names, who may buy them, who rents them."""

from collections.abc import Iterator

from pricewar.agents.machines.compute import Level
from pricewar.agents.policies.export_control import ExportControl
from pricewar.scenarios.config.consistency.reading import Scenario, mistake
from pricewar.scenarios.config.names import suggestion
from pricewar.scenarios.config.tables import catalogue
from pricewar.sim.errors import Mistake


def machine_mistakes(scenario: Scenario) -> Iterator[Mistake]:
    """Every mistake in the supply of accelerators and the market for rented ones."""
    for check in (_chips, _quotas, _regions, _compute):
        yield from check(scenario)


def _chips(scenario: Scenario) -> Iterator[Mistake]:
    known = sorted(catalogue(scenario.tables.accelerators))
    named = {f"sellers.{n}.fleet.chip": s.fleet.chip for n, s in scenario.sellers.items() if s.fleet}
    named["hosts.chip"] = scenario.hosts.chip
    named.update({f"supply.chips.{chip}": chip for chip in scenario.supply.chips})
    if scenario.compute is not None:
        named["compute.chip"] = scenario.compute.chip
    for name, policy in scenario.policies.items():
        if isinstance(policy, ExportControl):
            named.update({f"policies.{name}.chips.{i}": chip for i, chip in enumerate(policy.chips)})
    for key, chip in sorted(named.items()):
        if chip is not None and chip not in known:
            yield mistake(key, f"there is no accelerator '{chip}'", suggestion(chip, known))


def _quotas(scenario: Scenario) -> Iterator[Mistake]:
    for chip, terms in sorted(scenario.supply.chips.items()):
        if terms.quarterly is not None and terms.quarterly < scenario.supply.lump:
            wrong = f"is {terms.quarterly:g}, less than one order (supply.lump)"
            yield mistake(f"supply.chips.{chip}.quarterly", wrong, "leave the chip out if it cannot be had")


def _regions(scenario: Scenario) -> Iterator[Mistake]:
    """Regions in which chips are sold or barred must be somebody's, where anybody's is known."""
    homes = {seller.region for seller in scenario.sellers.values()} | {scenario.supply.region}
    known = sorted(region for region in homes if region is not None)
    if not known:
        return  # where sellers are is not known: nobody is barred
    for chip, terms in sorted(scenario.supply.chips.items()):
        for region in sorted({*(terms.regions or ()), *terms.barred} - set(known)):
            yield mistake(f"supply.chips.{chip}", f"no seller is in '{region}'", suggestion(region, known))


def _compute(scenario: Scenario) -> Iterator[Mistake]:
    market = scenario.compute
    if market is None:
        return
    if scenario.technology.rental == 0.0:
        yield mistake("technology.rental", "is 0 with a market for rents", "give the opening rent it clears at")
    if market.outside_supply == 0.0:
        yield mistake("compute.outside_supply", "is 0", "the rest of the world must have something to let")
    for key, levels in (("supply_levels", market.supply_levels), ("demand_levels", market.demand_levels)):
        if _twice(levels):
            yield mistake(f"compute.{key}", "has a date twice", "give one level a date")


def _twice(levels: tuple[Level, ...]) -> bool:
    return len({level.date for level in levels}) < len(levels)
