"""What a token costs each seller on a day, part by part, without a run.

The world is built as for a run; then its calendar is turned to every dated step in turn, up to the day asked for.
What happens by market, not by date, does not happen here: curves that follow output stand where they began.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from itertools import chain
from math import isfinite
from typing import Any

from pricewar.agents.hosts.release_of_weights import absorption
from pricewar.agents.sellers.firm import Firm
from pricewar.agents.sellers.launches import learn, succeed
from pricewar.agents.sellers.spec import Upgrade
from pricewar.agents.serving_cost import CostSpec
from pricewar.scenarios.config.names import suggestion
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.run.play import Simulation, prepare
from pricewar.sim.economics.cost_index import CostIndex, index_product
from pricewar.sim.economics.ownership import CostParts
from pricewar.sim.economics.progress import CompressionEvent
from pricewar.sim.economics.serving import TokenSeconds
from pricewar.sim.errors import UserMistake
from pricewar.sim.kernel.clock import Clock, Phase
from pricewar.sim.parameters import fixed

UNITS = {
    "cost": "money/Mtok",
    "input": "money/Mtok",
    "output": "money/Mtok",
    "capital": "money/Mtok",
    "energy": "money/Mtok",
    "upkeep": "money/Mtok",
    "training": "money/Mtok",
    "hour_capital": "money/h",
    "hour_energy": "money/h",
    "hour_upkeep": "money/h",
    "utilisation": "1",
    "software": "1",
    "prefill": "s/Mtok",
    "decode": "s/Mtok",
    "machine_time": "s/Mtok",
}
"""Units of what `costs` returns; tokens are input and output blended where neither is named."""

Step = tuple[int, str, Callable[[], None]]
"""A dated step: day, name, what it does."""


def costs(
    scenario: Scenario,
    *,
    seed: int | None = None,
    seller: str | None = None,
    tier: str | None = None,
    day: date | None = None,
    chip: str | None = None,
) -> list[dict[str, Any]]:
    """Cost of every line of the sellers asked for, in its parts: a table a line.

    seller, tier: None takes all. day: the first day if None. chip: the seller's own if None.
    Raises UserMistake for an unknown name, a day before the first, and machines on which a model does not fit.
    """
    day = day or scenario.start
    if day < scenario.start:
        raise UserMistake(f"{day} lies before the first day, {scenario.start}; give a later --date")
    _known("seller", seller, list(scenario.sellers))
    firms = [name for name in sorted(scenario.sellers) if seller in (None, name)]
    lines = [(name, line) for name in firms for line in sorted(scenario.sellers[name].tiers) if tier in (None, line)]
    _known("tier", tier, sorted({line for name in firms for line in scenario.sellers[name].tiers}))
    simulation = on_day(scenario, scenario.seed if seed is None else seed, day)
    if chip is not None:
        _known("accelerator", chip, list(simulation.firms[0].context.economy.catalogue))
    by_name = {firm.name: firm for firm in simulation.firms}
    return [_line(by_name[name], line, chip, scenario) for name, line in lines]


def on_day(scenario: Scenario, seed: int, day: date) -> Simulation:
    """Build the world of a day, at its close: every dated step until then has happened, the market has not."""
    simulation = prepare(scenario, seed)
    last = (day - scenario.start).days
    for when, _, do in sorted(_steps(simulation, scenario), key=lambda step: step[:2]):
        if when <= last:
            simulation.world.clock = Clock(scenario.start, when)
            do()
    simulation.world.clock = Clock(scenario.start, last)
    simulation.world.clock.run(until=last + Phase.CLOSE.value)
    return simulation


def _steps(simulation: Simulation, scenario: Scenario) -> Iterator[Step]:
    """All that the calendar brings and that touches a cost, in no order."""
    clock = simulation.world.clock
    for firm in simulation.firms:
        for name, event in scenario.technology.compression.items():
            if event.date >= scenario.start:
                yield clock.day_of(event.date), f"1 {name} {firm.name}", _learning(firm, event)
        for name, line in firm.lines.items():
            if (opened := line.tier.opening(scenario.releases)) is not None:
                yield clock.day_of(opened), f"2 {firm.name} {name}", _opening(firm, name)
            for upgrade in line.tier.upgrades.values():
                if upgrade.date is not None and _comes(upgrade, scenario):
                    yield clock.day_of(upgrade.date), f"3 {firm.name} {name}", _succession(firm, name, upgrade)
        for name, release in scenario.releases.items():
            taught = release.enabled and scenario.mechanisms.open_release and firm.name != release.lab
            if taught and release.teaches is not None and release.date is not None:
                taken = clock.day_of(release.date) + absorption(firm, name)
                yield taken, f"4 {name} {firm.name}", _learning(firm, release.teaches)


def _comes(upgrade: Upgrade, scenario: Scenario) -> bool:
    """Whether a successor comes: not if it is a release that is taken out of the world."""
    return upgrade.release is None or scenario.releases[upgrade.release].enabled


def _learning(firm: Firm, event: CompressionEvent) -> Callable[[], None]:
    def do() -> None:
        learn(firm, event, firm.world.facts.add(firm.world.clock.now, firm.name, "learned", event.name))

    return do


def _opening(firm: Firm, tier: str) -> Callable[[], None]:
    def do() -> None:
        firm.lines[tier].since = firm.world.clock.now

    return do


def _succession(firm: Firm, tier: str, upgrade: Upgrade) -> Callable[[], None]:
    def do() -> None:
        succeed(firm, tier, upgrade.model or "", fixed(upgrade.capability or 0.0), upgrade.cost)

    return do


def _line(firm: Firm, tier: str, chip: str | None, scenario: Scenario) -> dict[str, Any]:
    """Put one line's cost into a table; units in `UNITS`."""
    today = firm.world.clock.date_of(firm.world.clock.now)
    line, own = firm.lines[tier], firm.machines.chip
    parts, seconds = firm.cost_parts(tier), line.seconds
    remarks = []
    if not line.cost.needs_chip:
        chip = None
        remarks.append("costs are given outright: the hour is what an hour of the stated machine time has to cost")
    else:
        chip = chip or own
        if chip is not None and chip != own:
            parts, seconds = on_chip(firm, line.cost, parts, seconds, chip)
            rented = ", rented at one price for the work" if firm.role == "lab" else ""
            remarks.append(f"its own machines are {own}{rented}")
            if (launched := firm.context.economy.catalogue[chip].launched) > today:
                remarks.append(f"{chip} comes out on {launched}")
    if (opens := line.tier.opening(scenario.releases)) is not None and opens > today:
        remarks.append(f"the line opens on {opens}")
    remarks += _of_curves(firm)
    per_second = parts.serving / parts.machine_time
    load = parts.software * parts.machine_time / (3600.0 * parts.utilisation)
    return {
        "date": today.isoformat(),
        "seller": firm.name,
        "tier": tier,
        "model": line.model,
        "accelerator": chip,
        "currency": scenario.currency.code,
        "cost": parts.serving + parts.training,
        "input": per_second * seconds.prefill,
        "output": per_second * seconds.decode,
        "capital": parts.capital * load,
        "energy": parts.energy * load,
        "upkeep": parts.upkeep * load,
        "training": parts.training,
        "hour_capital": parts.capital,
        "hour_energy": parts.energy,
        "hour_upkeep": parts.upkeep,
        "utilisation": parts.utilisation,
        "software": parts.software,
        "prefill": seconds.prefill,
        "decode": seconds.decode,
        "machine_time": parts.machine_time,
        "remarks": remarks,
    }


def on_chip(
    firm: Firm, cost: CostSpec, own: CostParts, seconds: TokenSeconds, chip: str
) -> tuple[CostParts, TokenSeconds]:
    """Cost and machine time of a line on other machines than the firm's own.

    A cloud owns them at their price of the day. A lab pays the same rent for the same work, so its rent goes with
    their speed. Raises UserMistake where the model does not fit.
    """
    economy = firm.context.economy
    try:
        there = cost.seconds_on(economy.catalogue[chip], firm.learned)
    except UserMistake as mistake:
        raise UserMistake(f"sellers.{firm.name} on '{chip}': {mistake}") from mistake
    hour = economy.owned_hour(chip)
    capital = hour.capital if firm.role == "cloud" else own.capital * seconds.blended / there.blended
    parts = replace(own, capital=capital, energy=hour.energy, upkeep=hour.upkeep, machine_time=there.blended)
    return parts, there


def _of_curves(firm: Firm) -> list[str]:
    """Say where a curve of technology follows output, which only a run knows."""
    technology = firm.context.economy.technology
    following = [name for name in ("hardware", "rents", "software") if getattr(technology, name).follows_output]
    return [f"technology.{name} follows the market's output and stands where it began" for name in following]


def _known(what: str, name: str | None, there: list[str]) -> None:
    if name is not None and name not in there:
        raise UserMistake(f"no {what} called '{name}'; {suggestion(name, sorted(there))}")


SUBSTITUTION = (0.0, 0.5, 1.0, 2.0)
"""Elasticities shown where none is asked for."""


def components_of(text: str) -> tuple[float, ...]:
    """Read components such as "10,5,0.25". Raises UserMistake."""
    try:
        components = tuple(float(part) for part in text.split(","))
    except ValueError:
        raise UserMistake(f"the components '{text}' are no numbers parted by commas; write 10,5,0.25") from None
    if not all(isfinite(part) and part > 0.0 for part in components):
        raise UserMistake(f"the components '{text}' must all be above 0, for a share of nothing has no price")
    return components


def readings(components: tuple[float, ...], substitution: float | None = None) -> dict[str, Any]:
    """Sum, product, and the unit cost in between, as they stand and with each input at half its price.

    components: cost of each input in a unit of output. [money] substitution: elasticity [1]; None shows several.
    Demands are units of each input, one of each as they stand, by Shephard's lemma. Raises UserMistake.
    """
    if substitution is not None and not (isfinite(substitution) and substitution >= 0.0):
        raise UserMistake(f"--substitution is {substitution:g}; it must be 0 or more")
    wanted = SUBSTITUTION if substitution is None else (substitution,)
    return {
        "components": list(components),
        "sum": CostIndex(prices=components, quantities=(1.0,) * len(components), substitution=0.0).start,
        "product": index_product(components),
        "remark": "the sum is a unit cost; the product is an index and no unit cost: in other money it changes by a "
        "power of the rate",
        "readings": [{"substitution": sigma, "cases": _cases(components, sigma)} for sigma in wanted],
    }


def _cases(components: tuple[float, ...], sigma: float) -> list[dict[str, Any]]:
    index = CostIndex(prices=components, quantities=(1.0,) * len(components), substitution=sigma)
    cases = []
    for halved in chain([0], range(1, len(components) + 1)):
        prices = [0.5 * price if i == halved else price for i, price in enumerate(components, 1)]
        cost, demands = index.cost(prices), index.demands(prices)
        shares = [price * units / cost for price, units in zip(prices, demands, strict=True)]
        cases.append({"halved": halved or None, "cost": cost, "demands": list(demands), "shares": shares})
    return cases
