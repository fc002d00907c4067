"""What must fit in what a scenario says of sellers, their lines and fleets, and of open releases."""

from collections.abc import Iterator

from pricewar.agents.machines.spec import Level
from pricewar.agents.models.spec import OpenLab, Project, Research
from pricewar.agents.sellers.spec import Seller, Tier
from pricewar.scenarios.config.consistency.policies import policy_setting
from pricewar.scenarios.config.messages import mistake
from pricewar.scenarios.config.names import suggestion
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.config.tables import catalogue, has_price
from pricewar.sim.errors import Mistake


def seller_mistakes(scenario: Scenario) -> Iterator[Mistake]:
    """Every mistake in what is sold, on what, and in what is released."""
    yield from _sellers(scenario)
    yield from _releases(scenario)


def _sellers(scenario: Scenario) -> Iterator[Mistake]:
    for name, seller in sorted(scenario.sellers.items()):
        if not seller.tiers:
            yield mistake(f"sellers.{name}.tiers", "has no product line", "give the seller a tier")
        for tier_name, tier in sorted(seller.tiers.items()):
            outside = seller.entry is not None
            yield from _tier(scenario, f"sellers.{name}.tiers.{tier_name}", name, tier, outside=outside)
        yield from _fleet(name, seller)
        yield from _arrivals(scenario, name, seller)
    inside = [seller for seller in scenario.sellers.values() if seller.entry is None]
    if not any(tier.from_start for seller in inside for tier in seller.tiers.values()):
        yield mistake("sellers", "have nothing to sell on the first day", "give a tier a price and no launch")


def _tier(scenario: Scenario, key: str, seller: str, tier: Tier, *, outside: bool) -> Iterator[Mistake]:
    if outside and (tier.launch is not None or tier.release is not None or tier.price is not None):
        yield mistake(key, "belongs to a seller with entry", "leave out its launch, release and price: entry opens it")
        return
    if outside:
        return
    release = scenario.releases.get(tier.release or "")
    if tier.launch is not None and release is not None and (release.date is None or tier.launch < release.date):
        right = "take a day on which its weights are out, or leave it out: the line then opens with its release"
        yield mistake(f"{key}.launch", f"is {tier.launch}, before release '{tier.release}' is sure to be there", right)
    if tier.launch is not None and tier.launch < scenario.start:
        yield mistake(f"{key}.launch", f"is {tier.launch}, before the start", "leave it out for such a line")
    if not tier.from_start and tier.price is not None:
        yield mistake(f"{key}.price", "is given for a line that opens later", "its price is solved; leave it out")
    if tier.from_start and tier.price is None:
        listed = scenario.tables.list_prices
        if tier.model is not None and (listed is None or not has_price(listed, seller, tier.model, scenario.start)):
            right = f"give it, or list '{tier.model}' of '{seller}' in tables.list_prices by {scenario.start}"
            yield mistake(f"{key}.price", "is missing", right)
    if tier.from_start and tier.price == 0.0:
        yield mistake(f"{key}.price", "is 0", "a first price must be above 0, for indices are built on it")
    for name, upgrade in sorted(tier.upgrades.items()):
        if upgrade.release is None and upgrade.date is not None and upgrade.date < scenario.start:
            right = "it must lie after the start"
            yield mistake(f"{key}.upgrades.{name}.date", f"is {upgrade.date}", right)


def _fleet(name: str, seller: Seller) -> Iterator[Mistake]:
    costs = [tier.cost for tier in seller.tiers.values()]
    costs += [upgrade.cost for tier in seller.tiers.values() for upgrade in tier.upgrades.values()]
    served = any(cost.needs_chip for cost in costs if cost is not None)
    if served and (seller.fleet is None or seller.fleet.chip is None):
        yield mistake(f"sellers.{name}.fleet.chip", "is missing", "models with a served cost need a chip")
    if seller.fleet is not None and seller.fleet.accelerators is None:
        if seller.entry is not None or not any(tier.from_start for tier in seller.tiers.values()):
            right = "give a number: a seller that comes later has no opening load to size its fleet by"
            yield mistake(f"sellers.{name}.fleet.accelerators", "is missing", right)
    elif seller.fleet is not None and seller.fleet.accelerators == 0.0:
        yield mistake(f"sellers.{name}.fleet.accelerators", "is 0", "a seller needs machines; give a number")


def _arrivals(scenario: Scenario, name: str, seller: Seller) -> Iterator[Mistake]:
    for lot_name, lot in sorted(seller.fleet.arrivals.items() if seller.fleet else ()):
        if lot.date <= scenario.start:
            key = f"sellers.{name}.fleet.arrivals.{lot_name}.date"
            yield mistake(key, f"is {lot.date}", f"it must lie after the start, {scenario.start}")


def _releases(scenario: Scenario) -> Iterator[Mistake]:
    for name, release in sorted(scenario.releases.items()):
        if release.date is not None and release.date < scenario.start:
            yield mistake(f"releases.{name}.date", f"is {release.date}", "it must not lie before the start")
        if release.cost.needs_chip and scenario.hosts.chip is None:
            yield mistake("hosts.chip", "is missing", f"release '{name}' has a served cost")


def machine_mistakes(scenario: Scenario) -> Iterator[Mistake]:
    """Every mistake in the supply of accelerators and the market for rented ones."""
    for check in (_chips, _quotas, _regions, _compute):
        yield from check(scenario)


def _chips(scenario: Scenario) -> Iterator[Mistake]:
    chips = sorted(catalogue(scenario.tables.accelerators))
    named = {f"sellers.{n}.fleet.chip": s.fleet.chip for n, s in scenario.sellers.items() if s.fleet}
    named["hosts.chip"] = scenario.hosts.chip
    named.update({f"supply.chips.{chip}": chip for chip in scenario.supply.chips})
    if scenario.compute is not None:
        named["compute.chip"] = scenario.compute.chip
    for name, policy in scenario.policies.items():
        mentions = policy.mentions(policy_setting(scenario))
        named.update({f"policies.{name}.{mention.key}": mention.name for mention in mentions if mention.what == "chip"})
    for key, chip in sorted(named.items()):
        if chip is not None and chip not in chips:
            yield mistake(key, f"there is no accelerator '{chip}'", suggestion(chip, chips))


def _quotas(scenario: Scenario) -> Iterator[Mistake]:
    for chip, terms in sorted(scenario.supply.chips.items()):
        if terms.quarterly is not None and terms.quarterly < scenario.supply.lump:
            wrong = f"is {terms.quarterly:g}, less than one order (supply.lump)"
            yield mistake(f"supply.chips.{chip}.quarterly", wrong, "leave the chip out if it cannot be had")


def _regions(scenario: Scenario) -> Iterator[Mistake]:
    """Regions in which chips are sold or barred must be somebody's, where anybody's is known."""
    homes = {seller.region for seller in scenario.sellers.values()} | {scenario.supply.region}
    regions = sorted(region for region in homes if region is not None)
    if not regions:
        return  # where sellers are is not known: nobody is barred
    for chip, terms in sorted(scenario.supply.chips.items()):
        for region in sorted({*(terms.regions or ()), *terms.barred} - set(regions)):
            yield mistake(f"supply.chips.{chip}", f"no seller is in '{region}'", suggestion(region, regions))


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


def research_mistakes(scenario: Scenario) -> Iterator[Mistake]:
    """Every mistake in what a scenario says about research."""
    for name, seller in sorted(scenario.sellers.items()):
        chip = seller.fleet.chip if seller.fleet else None
        if seller.research is not None:
            yield from _research(scenario, f"sellers.{name}.research", name, seller.research, chip, seller)
        yield from _waiting_tiers(f"sellers.{name}", seller)
    for name, lab in sorted(scenario.labs.items()):
        yield from _research(scenario, f"labs.{name}.research", name, lab.research, lab.chip, None)
        yield from _lab(scenario, name, lab)
    yield from _waiting_releases(scenario)


def _research(
    scenario: Scenario, key: str, owner: str, research: Research, chip: str | None, seller: Seller | None
) -> Iterator[Mistake]:
    if research.projects and chip is None and research.flops is None:
        yield mistake(f"{key}.flops", "is missing", "without a chip the rate of an accelerator must be given")
    for name, project in sorted(research.projects.items()):
        place = f"{key}.projects.{name}"
        if project.start < scenario.start:
            yield mistake(f"{place}.start", f"is {project.start}", f"it must not lie before {scenario.start}")
        yield from _size(place, project)
        yield from _outcome(scenario, place, owner, project, seller)


def _size(key: str, project: Project) -> Iterator[Mistake]:
    machines = (project.accelerators or 0.0) + project.rented
    if project.compute is None and (project.days is None or machines == 0.0):
        yield mistake(f"{key}.compute", "is missing", "give it, or accelerators and days of training")
    if project.compute is not None and project.days is not None:
        yield mistake(f"{key}.days", "is given beside compute", "keep one: the other follows")
    if project.compute is not None and project.accelerators is not None and machines == 0.0:
        yield mistake(f"{key}.accelerators", "is 0", "a project needs machines, its own or rented")


def _outcome(scenario: Scenario, key: str, owner: str, project: Project, seller: Seller | None) -> Iterator[Mistake]:
    if project.tier is None and project.release is None:
        right = "name the tier that the model will serve" if seller else "name the release that it triggers"
        yield mistake(f"{key}.{'tier' if seller else 'release'}", "is missing", right)
    if project.tier is not None and (seller is None or project.tier not in seller.tiers):
        tiers = sorted(seller.tiers) if seller else []
        right = suggestion(project.tier, tiers) if seller else "a lab sells nothing; leave it out"
        yield mistake(f"{key}.tier", f"there is no tier '{project.tier}'", right)
    if project.release is None:
        return
    release = scenario.releases.get(project.release)
    if release is None:
        right = suggestion(project.release, sorted(scenario.releases))
        yield mistake(f"{key}.release", f"there is no release '{project.release}'", right)
    elif release.lab != owner:
        yield mistake(f"releases.{project.release}.lab", f"is '{release.lab}'", f"'{owner}' makes the model")


def _waiting_tiers(key: str, seller: Seller) -> Iterator[Mistake]:
    projects = seller.research.projects if seller.research else {}
    for name, tier in sorted(seller.tiers.items()):
        if tier.project is None:
            continue
        place = f"{key}.tiers.{name}"
        if tier.project not in projects:
            right = suggestion(tier.project, sorted(projects))
            yield mistake(f"{place}.project", f"there is no project '{tier.project}'", right)
        elif projects[tier.project].tier != name:
            right = f"let {key}.research.projects.{tier.project} have tier = '{name}'"
            yield mistake(f"{place}.project", f"'{tier.project}' serves another tier", right)
        if tier.launch is not None or tier.release is not None:
            yield mistake(f"{place}.project", "excludes launch and release", "keep the one that opens the line")


def _waiting_releases(scenario: Scenario) -> Iterator[Mistake]:
    makers: dict[str, list[str]] = {}
    everybody = {name: lab.research for name, lab in scenario.labs.items()}
    everybody |= {name: seller.research for name, seller in scenario.sellers.items() if seller.research is not None}
    for _, research in sorted(everybody.items()):
        for name, project in sorted(research.projects.items()):
            makers.setdefault(project.release or "", []).append(name)
    for name, release in sorted(scenario.releases.items()):
        made = makers.get(name, [])
        if release.date is None and not made:
            yield mistake(f"releases.{name}.date", "is missing", "give it, or a project that has this release")
        if release.date is not None and made:
            yield mistake(f"releases.{name}.date", f"is given beside project '{made[0]}'", "keep one of the two")
        if len(made) > 1:
            yield mistake(f"releases.{name}", f"has the projects {', '.join(made)}", "one model is released once")
        if release.capability is None and not made:
            yield mistake(f"releases.{name}.capability", "is missing", "give it, or a project that has this release")


def _lab(scenario: Scenario, name: str, lab: OpenLab) -> Iterator[Mistake]:
    chips = sorted(catalogue(scenario.tables.accelerators))
    if name in scenario.sellers:
        yield mistake(f"labs.{name}", "is a seller too", f"put its projects into sellers.{name}.research")
    if lab.chip is not None and lab.chip not in chips:
        yield mistake(f"labs.{name}.chip", f"there is no accelerator '{lab.chip}'", suggestion(lab.chip, chips))
    for round_name, one in sorted(lab.rounds.items()):
        if one.date < scenario.start:
            yield mistake(f"labs.{name}.rounds.{round_name}.date", f"is {one.date}", "cash of the first day has it")
