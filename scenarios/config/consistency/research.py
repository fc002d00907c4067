"""What must fit in the research that a scenario tells: projects, the tiers and releases that wait for them, labs."""

from collections.abc import Iterator

from pricewar.agents.models.spec import OpenLab, Project, Research
from pricewar.agents.sellers.spec import Seller
from pricewar.scenarios.config.consistency.reading import Scenario, mistake
from pricewar.scenarios.config.names import suggestion
from pricewar.scenarios.config.tables import catalogue
from pricewar.sim.errors import Mistake


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
        known = sorted(seller.tiers) if seller else []
        right = suggestion(project.tier, known) if seller else "a lab sells nothing; leave it out"
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
    known = sorted(catalogue(scenario.tables.accelerators))
    if name in scenario.sellers:
        yield mistake(f"labs.{name}", "is a seller too", f"put its projects into sellers.{name}.research")
    if lab.chip is not None and lab.chip not in known:
        yield mistake(f"labs.{name}.chip", f"there is no accelerator '{lab.chip}'", suggestion(lab.chip, known))
    for round_name, one in sorted(lab.rounds.items()):
        if one.date < scenario.start:
            yield mistake(f"labs.{name}.rounds.{round_name}.date", f"is {one.date}", "cash of the first day has it")
