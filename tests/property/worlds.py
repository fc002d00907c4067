"""Whole small scenarios for the laws: drawn by Hypothesis, put into another currency, told in another order."""

from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, timedelta
from typing import Any, TypeVar, get_args, get_type_hints

import polars as pl
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from pricewar.agents.buyers.spec import Segment
from pricewar.agents.demand.linear_logit import LinearResponse
from pricewar.agents.demand.log_logit import LogResponse
from pricewar.agents.finance import Entry, Finance, Fundraising, Round
from pricewar.agents.machines.experience import LearningByDoing
from pricewar.agents.machines.spec import ChipSupply, Shortage, Supply, Technology
from pricewar.agents.mechanisms import Mechanisms
from pricewar.agents.models.spec import HostTerms, Release
from pricewar.agents.policies.below_cost_ban import BelowCostBan
from pricewar.agents.policies.price_floor import PriceFloor
from pricewar.agents.pricing.best_response import BestResponse
from pricewar.agents.pricing.books import Conduct
from pricewar.agents.pricing.cost_plus import CostPlus
from pricewar.agents.pricing.fixed import Fixed
from pricewar.agents.pricing.follow import Follow
from pricewar.agents.pricing.penetration import Penetration
from pricewar.agents.pricing.replay import Dated, Replay
from pricewar.agents.pricing.undercut import Undercut
from pricewar.agents.sellers.opening import Opening
from pricewar.agents.sellers.spec import Fleet, Seller, Tier, Upgrade
from pricewar.agents.serving_cost import GivenCost, ServedCost
from pricewar.scenarios.config.schema import BuyerTerms, Currency, Scenario
from pricewar.scenarios.run.play import Simulation, prepare, tables_of
from pricewar.sim.analysis.wars.settings import DetectorSettings
from pricewar.sim.economics.curves import Moore
from pricewar.sim.economics.ownership import Ownership
from pricewar.sim.economics.progress import CompressionEvent
from pricewar.sim.economics.serving import Architecture, Serving
from pricewar.sim.market.board import MarketTerms
from pricewar.sim.parameters import Range
from pricewar.sim.units import Unit

Thing = TypeVar("Thing")


def tried(by_day: int) -> int:
    """Worlds on which a law is tried: the first few of them for every change, four times as many every night."""
    return 4 * by_day if settings.get_current_profile_name() == "night" else by_day


LAW = settings(
    max_examples=tried(4),
    deadline=None,  # a world takes as long as it takes
    derandomize=True,  # the same worlds every time: a law that fails, fails for everybody
    database=None,
    phases=[Phase.explicit, Phase.generate],  # a whole market does not shrink to anything one could read
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
"""How laws are tried: few worlds, for each is a whole market."""

START = date(2024, 1, 1)
CHIP = "a800-sxm-80gb"
SMALL = ServedCost(
    architecture=Architecture(total=14, active=14, kv_bytes=819200, context=1500, attention_flops=4.1e5),
    serving=Serving(shards=4, speed=15, eta_prefill=0.4, eta_decode=0.5),
)
LARGE = ServedCost(
    architecture=Architecture(total=72, active=72, kv_bytes=2621440, context=1500),
    serving=Serving(shards=8, speed=15, eta_prefill=0.4, eta_decode=0.5),
)
LATENT = CompressionEvent(name="latent", date=START, kv_bytes=0.1, active=0.5, source="made up")


@dataclass(frozen=True)
class Lived:
    """A world after its last day."""

    simulation: Simulation
    tables: dict[str, pl.DataFrame]

    @property
    def scenario(self) -> Scenario:
        """The scenario with every range drawn."""
        return self.simulation.scenario


def lived(scenario: Scenario, seed: int = 1) -> Lived:
    """Simulate to the last day."""
    simulation = prepare(scenario, seed)
    simulation.run()
    return Lived(simulation, tables_of(simulation))


def between(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False, allow_infinity=False, allow_subnormal=False)


def maybe(some: st.SearchStrategy[Thing]) -> st.SearchStrategy[Thing | None]:
    return st.none() | some


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """A small market: everything that a scenario may switch on is on somewhere."""
    linear = draw(st.booleans())
    days = draw(st.integers(15, 45))
    releases = {name: draw(_release(days)) for name in _names(draw, ("r1", "r2"), draw(st.integers(0, 1)))}
    sellers = _names(draw, ("ant", "bee", "cat", "dog", "elk"), 2)
    return Scenario(
        title="a drawn world",
        start=START,
        days=days,
        burn_in=draw(st.integers(0, 20)),
        max_utilisation=draw(between(0.5, 1.0)),
        currency=Currency(code="USD", per_usd=draw(between(0.5, 8.0))),
        buyers=BuyerTerms(
            count=draw(st.integers(3, 300)),
            kind=draw(st.sampled_from(["sampled", "sampled", "continuum"])),
            homes={name: draw(between(0.0, 0.19)) for name in sellers},
        ),
        segments={name: draw(_segment(linear)) for name in _names(draw, ("talk", "view", "write"), 1)},
        sellers={name: draw(_seller(days, sorted(releases), linear, first=name == sellers[0])) for name in sellers},
        releases=releases,
        hosts=draw(_hosts()),
        technology=draw(_technology()),
        supply=draw(_supply(days)),
        opening=Opening(
            hold=draw(st.sampled_from(["focal", "scarce", "wedge", "none"])),
            utilisation=draw(between(0.1, 0.9)),
        ),
        mechanisms=Mechanisms(**draw(_switches())),
        conduct=draw(_conduct()),
        market=MarketTerms(
            patience=draw(st.sampled_from([0.0, 0.5, 1.0])),
            mobility=draw(st.sampled_from([0.0, 0.3, 1.0])),
            share_lag=draw(st.integers(0, 10)),
            prior_customers=draw(st.sampled_from([0.0, 5.0])),
        ),
        detector=DetectorSettings(floor_price=draw(maybe(between(0.01, 0.1))), permutations=9),
        policies={name: draw(_policy(days)) for name in _names(draw, ("ban", "cap", "floor"), 0)},
    )


def _names(draw: st.DrawFn, names: tuple[str, ...], least: int) -> list[str]:
    return sorted(draw(st.sets(st.sampled_from(names), min_size=least)))


def _day(days: int) -> st.SearchStrategy[date]:
    return st.integers(0, days + 5).map(lambda day: START + timedelta(days=day))


def _switches() -> st.SearchStrategy[dict[str, bool]]:
    names = ("open_release", "idle_capacity", "learning", "lock_in", "focal_prices", "attention", "distress")
    return st.fixed_dictionaries({name: st.booleans() for name in names})


@st.composite
def _segment(draw: st.DrawFn, linear: bool) -> Segment:
    response: LinearResponse | LogResponse = (
        LinearResponse(mu=draw(between(0.5, 1.0)), outside=draw(between(-1.0, 1.0)))
        if linear
        else LogResponse(
            eta=draw(between(1.5, 3.5)),
            epsilon=draw(between(0.0, 0.5)),
            own_cost=draw(between(0.05, 0.5)),
            reference=10.0,
        )
    )
    spread = between(0.0, 0.3)
    return Segment(
        buyers=draw(between(0.5, 3.0)),
        potential=draw(between(100.0, 5000.0)),
        growth=draw(between(-1.0, 2.0)),
        response=response,
        sensitivity_spread=draw(spread),
        size_spread=draw(between(0.0, 1.0)),
        worth=draw(between(0.0, 2.0)),
        need=draw(between(0.0, 2.0)),
        need_spread=draw(spread),
        contract=draw(between(5.0, 60.0)),
        loyalty=draw(st.sampled_from([0.0, 1.5])),
        gateway=draw(st.sampled_from([0.0, 0.3])),
        home=draw(st.sampled_from([0.0, 0.5])),
        sensitive=draw(between(0.0, 0.5)),
        privacy=draw(st.sampled_from([0.0, 2.0])),
        delay_aversion=draw(st.sampled_from([0.0, 1.0])),
        adoption=draw(maybe(between(0.05, 0.9))),
    )


@st.composite
def _given(draw: st.DrawFn) -> GivenCost:
    marginal = draw(between(0.1, 2.0))
    return GivenCost(
        marginal=marginal,
        full=draw(maybe(st.just(1.5 * marginal))),
        seconds=draw(between(20.0, 500.0)),
        curve=draw(maybe(between(0.0, 1.0).map(lambda rate: Moore(rate=rate)))),
    )


@st.composite
def _seller(draw: st.DrawFn, days: int, releases: list[str], linear: bool, *, first: bool) -> Seller:
    served = draw(st.booleans())
    tiers = {
        name: draw(_tier(days, releases, linear, served, from_start=first or draw(st.booleans())))
        for name in _names(draw, ("cheap", "flagship"), 1)
    }
    entry = None if first else draw(maybe(st.builds(Entry, look=between(1.0, 10.0), cost=between(0.0, 1e4))))
    if entry is not None:
        tiers = {name: replace(tier, launch=None, release=None, price=None) for name, tier in tiers.items()}
    tiers = {name: _of_its_release(tier) for name, tier in tiers.items()}
    refers = any(tier.release or any(upgrade.release for upgrade in tier.upgrades.values()) for tier in tiers.values())
    opens = any(tier.price is not None for tier in tiers.values())
    number = draw(between(0.5, 20.0) if not opens else maybe(between(0.5, 20.0)))
    fleet = Fleet(chip=CHIP if served or refers else None, accelerators=number)
    return Seller(
        role=draw(st.sampled_from(["cloud", "lab"])),
        strategy=draw(_strategy(days, list(tiers))),
        conduct=draw(maybe(_conduct())),
        cash=draw(st.just(Range(low=1e3, high=1e6)) | between(0.0, 1e6)),
        entry=entry,
        finance=draw(_finance(days)),
        fleet=fleet if served or refers else draw(maybe(st.just(fleet))),
        tiers=tiers,
    )


@st.composite
def _finance(draw: st.DrawFn, days: int) -> Finance:
    paid = between(0.0, 1e5)
    rounds = {name: Round(date=draw(_day(days)), amount=draw(paid)) for name in _names(draw, ("a", "b"), 0)}
    raises = draw(maybe(st.just(Fundraising())))
    return Finance(payroll=draw(st.sampled_from([0.0, 1e2, 1e4])), rounds=rounds, raises=raises)


def _of_its_release(tier: Tier) -> Tier:
    """A line that opens with a release says nothing of its model."""
    return tier if tier.release is None else replace(tier, model=None, capability=None, cost=None)


@st.composite
def _tier(draw: st.DrawFn, days: int, releases: list[str], linear: bool, served: bool, *, from_start: bool) -> Tier:
    launch, release = None, None
    if not from_start:
        release = draw(maybe(st.sampled_from(releases))) if releases else None
        launch = draw(_day(days)) if release is None else None
    name = st.integers(1, 3).map(lambda number: f"model-{number}")
    successors = st.builds(Upgrade, date=_day(days), model=st.just("next"), capability=between(0.5, 2.0))
    if releases:
        successors |= st.builds(Upgrade, release=st.sampled_from(releases))
    upgrade = draw(maybe(successors))
    return Tier(
        model=draw(name),
        launch=launch,
        release=release,
        price=draw(between(1.0, 4.0) if linear else between(1.0, 30.0)) if from_start else None,
        output_ratio=draw(between(1.0, 4.0)),
        capability=draw(st.just(Range(low=0.0, high=1.5)) | between(0.0, 1.5)),
        appeal=draw(between(-1.0, 0.5)),
        value=draw(between(1.0, 4.0)),
        cost=draw(st.sampled_from([SMALL, LARGE])) if served else draw(_given()),
        upgrades={} if upgrade is None else {"next": upgrade},
    )


@st.composite
def _strategy(draw: st.DrawFn, days: int, tiers: list[str]) -> Any:
    steps = st.lists(st.tuples(between(0.0, days), st.just(0.0) | between(0.5, 10.0)), max_size=3)
    path = {tier: [Dated(day=day, price=price) for day, price in sorted(draw(steps))] for tier in sorted(tiers)}
    return draw(
        st.sampled_from(
            [
                BestResponse(),
                BestResponse(focal=False),
                CostPlus(),
                Fixed(),
                Follow(),
                Penetration(ramp=20.0),
                Replay(path=path),
                Undercut(relent=draw(st.booleans())),
            ]
        )
    )


@st.composite
def _conduct(draw: st.DrawFn) -> Conduct:
    return Conduct(
        review_rate=draw(between(0.05, 0.5)),
        alertness=draw(between(0.0, 1.0)),
        regular=draw(st.booleans()),
        menu_cost=draw(st.sampled_from([0.0, 0.15])),
        reversion=20.0,
    )


@st.composite
def _release(draw: st.DrawFn, days: int) -> Release:
    return Release(
        enabled=draw(st.sampled_from([True, True, False])),
        date=draw(_day(days)),
        lab="ant",
        model="open-1",
        tier=draw(st.sampled_from(["cheap", "flagship"])),
        capability=draw(between(0.5, 2.0)),
        cost=draw(_given() | st.just(SMALL)),
        teaches=draw(st.sampled_from([None, LATENT])),
        hosts=draw(st.integers(0, 2)),
    )


@st.composite
def _hosts(draw: st.DrawFn) -> HostTerms:
    return HostTerms(
        chip=CHIP,
        rental=draw(between(0.5, 4.0)),
        markup=draw(between(0.0, 0.5)),
        appeal=draw(between(-3.0, 0.0)),
        look=draw(between(1.0, 10.0)),
        fixed_cost=draw(between(0.0, 50.0)),
        patience=draw(st.sampled_from([0.0, 0.0, 20.0])),
        lump=draw(st.sampled_from([0.25, 0.25, 8.0])),
        self_appeal=draw(between(-4.0, 0.0)),
    )


@st.composite
def _technology(draw: st.DrawFn) -> Technology:
    return Technology(
        ownership=Ownership(electricity=draw(between(0.02, 0.2)), upkeep=draw(between(0.0, 0.1))),
        rental=draw(between(0.5, 4.0)),
        hardware=Moore(rate=0.3),
        rents=Moore(rate=0.2),
        software=Moore(rate=draw(between(0.0, 0.5))),
        learning=draw(maybe(st.builds(LearningByDoing, rate=between(0.0, 0.4), prior=between(1.0, 100.0)))),
        pipeline=draw(between(1.0, 30.0)),
    )


@st.composite
def _supply(draw: st.DrawFn, days: int) -> Supply:
    ends = {name: (draw(_day(days)), draw(_day(days))) for name in _names(draw, ("s1", "s2", "s3"), 0)}
    return Supply(
        chips={chip: ChipSupply() for chip in _names(draw, ("a800-sxm-80gb", "h20", "h800-sxm5"), 0)},
        lead_time=draw(between(2.0, 20.0)),
        lump=draw(st.sampled_from([0.5, 4.0])),
        planning=draw(between(7.0, 30.0)),
        shortages={
            name: Shortage(start=min(pair), end=max(pair), price=draw(between(1.0, 3.0))) for name, pair in ends.items()
        },
    )


@st.composite
def _policy(draw: st.DrawFn, days: int) -> PriceFloor | BelowCostBan:
    start, end = draw(maybe(_day(days))), draw(maybe(_day(days)))
    if start is not None and end is not None:
        start, end = min(start, end), max(start, end)
    if draw(st.booleans()):
        return PriceFloor(floor=draw(between(0.0, 5.0)), start=start, end=end)
    return BelowCostBan(share=draw(between(0.0, 1.5)), start=start, end=end)


def money_power(annotation: Any) -> int | None:
    """Power of money in the units that an annotation names; None where it names none."""
    powers = {unit.money for unit in _units(annotation)}
    if len(powers) > 1:
        raise TypeError(f"{annotation} names units with different powers of money")
    return powers.pop() if powers else None


def _units(annotation: Any) -> list[Unit]:
    if isinstance(annotation, Unit):
        return [annotation]
    if isinstance(annotation, type) and not get_args(annotation):
        return []
    inner = [*get_args(annotation), *getattr(annotation, "__metadata__", ())]
    return list({unit for part in inner for unit in _units(part)})


def rescaled(thing: Thing, factor: float) -> Thing:
    """The same scenario in a currency of which it takes `factor` to make one of the old."""
    scaled: Thing = _rescaled(thing, factor, None)
    return scaled


def _rescaled(thing: Any, factor: float, power: int | None) -> Any:
    if isinstance(thing, Range):
        return replace(thing, low=_rescaled(thing.low, factor, power), high=_rescaled(thing.high, factor, power))
    if is_dataclass(thing) and not isinstance(thing, type):
        hints = get_type_hints(type(thing), include_extras=True)
        return replace(
            thing,
            **{
                part.name: _rescaled(getattr(thing, part.name), factor, money_power(hints[part.name]))
                for part in fields(thing)
            },
        )
    if isinstance(thing, dict):
        return {name: _rescaled(value, factor, power) for name, value in thing.items()}
    if isinstance(thing, list | tuple):
        return type(thing)(_rescaled(value, factor, power) for value in thing)
    return thing * factor**power if isinstance(thing, float) and power else thing


def reversed_order(thing: Thing) -> Thing:
    """The same scenario with every table of names told from the last to the first."""
    turned: Thing = _reversed(thing)
    return turned


def _reversed(thing: Any) -> Any:
    if isinstance(thing, dict):
        return {name: _reversed(thing[name]) for name in reversed(thing)}
    if is_dataclass(thing) and not isinstance(thing, type) and not isinstance(thing, Range):
        return replace(thing, **{part.name: _reversed(getattr(thing, part.name)) for part in fields(thing)})
    return thing
