"""A scenario told to the plain market, both of them run, and every event compared.

This is where the two programs meet; the `plain_*` market itself knows nothing of the fast one. Numbers that are drawn
are inputs: they are drawn here, from streams named as the documentation of the streams says.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import exp, isclose
from typing import Any

import numpy as np
import polars as pl

from pricewar.agents.buyers.population import SampledPopulation
from pricewar.agents.buyers.spec import Segment
from pricewar.agents.pricing import books
from pricewar.agents.pricing.best_response import BestResponse
from pricewar.agents.pricing.cost_plus import CostPlus
from pricewar.agents.pricing.penetration import Penetration
from pricewar.agents.pricing.replay import Replay
from pricewar.agents.pricing.undercut import Undercut
from pricewar.agents.sellers.spec import Seller, Tier
from pricewar.agents.serving_cost import GivenCost
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.run.play import prepare, tables_of
from pricewar.sim.economics.curves import Moore
from pricewar.sim.kernel.streams import Streams
from pricewar.sim.market.demand import Floats
from pricewar.sim.parameters import fixed
from tests.reference.plain_buyers import Luck, Tastes
from tests.reference.plain_firms import Conduct, Firm, Habit, Line
from tests.reference.plain_market import Market, Rules
from tests.reference.plain_prices import LinearPrices, LogPrices, Prices
from tests.reference.plain_pricing import Switches

SAME = 1e-9
"""Largest relative difference of a price or an amount."""


def twin_of(scenario: Scenario, seed: int) -> Market:
    """The plain market of a scenario."""
    streams = Streams(seed)
    switches, terms = scenario.mechanisms, scenario.market
    total = sum(segment.buyers for segment in scenario.segments.values())
    return Market(
        rules=Rules(
            burn_in=scenario.burn_in,
            days=scenario.days,
            patience=terms.patience,
            mobility=terms.mobility,
            share_lag=terms.share_lag,
            prior_customers=terms.prior_customers,
            window=terms.attention_window,
            max_utilisation=scenario.max_utilisation,
            hold=scenario.opening.hold,
            utilisation=scenario.opening.utilisation,
            switches=Switches(switches.idle_capacity, switches.focal_prices, switches.attention, switches.none),
        ),
        tastes={name: _tastes(segment) for name, segment in scenario.segments.items()},
        luck={
            name: luck_of(name, max(1, round(scenario.buyers.count * segment.buyers / total)), streams)
            for name, segment in scenario.segments.items()
        },
        homes=scenario.buyers.homes,
        firms=[_firm(name, seller, scenario, streams) for name, seller in scenario.sellers.items()],
    )


def luck_of(name: str, count: int, streams: Streams) -> Luck:
    """What is drawn for the buyers of a segment."""
    return Luck(
        choice_key=int(streams.key(name, "choice")),
        contract_key=int(streams.key(name, "contract")),
        size=streams(name, "size").standard_normal(count).tolist(),
        sensitivity=streams(name, "sensitivity").standard_normal(count).tolist(),
        need=streams(name, "need").standard_normal(count).tolist(),
        gateway=streams(name, "gateway").random(count).tolist(),
        privacy=streams(name, "privacy").random(count).tolist(),
        home=streams(name, "home").random(count).tolist(),
    )


def _tastes(segment: Segment) -> Tastes:
    return Tastes(
        prices=prices_of(segment.response),
        potential=segment.potential,
        growth=segment.growth,
        sensitivity_spread=segment.sensitivity_spread,
        size_spread=segment.size_spread,
        theta=segment.worth,
        need=segment.need,
        need_spread=segment.need_spread,
        contract=segment.contract,
        loyalty=segment.loyalty,
        gateway=segment.gateway,
        gateway_contract=segment.gateway_contract,
        home=segment.home,
        sensitive=segment.sensitive,
        privacy=segment.privacy,
        abroad=segment.abroad,
        delta=segment.delay_aversion,
        adoption=segment.adoption,
    )


def prices_of(response: Any) -> Prices:  # its class depends on the segment
    """The plain response of the same kind."""
    if response.kind == "linear_logit":
        return LinearPrices(mu=response.mu, a_0=response.outside)
    return LogPrices(response.eta, response.epsilon, response.own_cost, response.reference)


def _firm(name: str, seller: Seller, scenario: Scenario, streams: Streams) -> Firm:
    conduct, number = seller.conduct or scenario.conduct, seller.fleet.accelerators if seller.fleet else None
    return Firm(
        name=name,
        lines={f"{name}/{tier}": _line(line) for tier, line in sorted(seller.tiers.items())},
        habit=_habit(seller.strategy),
        conduct=Conduct(
            r_0=conduct.review_rate,
            psi=conduct.alertness,
            regular=conduct.regular,
            menu_cost=conduct.menu_cost,
            reversion=conduct.reversion,
            discount=conduct.discount,
            target=conduct.target_utilisation,
        ),
        next_hazard=_clockwork(conduct, streams(name, "review")),
        has_fleet=seller.fleet is not None,
        machines=None if number is None else fixed(number),
        cash=fixed(seller.cash),
        payroll=seller.finance.payroll,
        wrong_by={rival: exp(conduct.cost_error * _guess(name, rival, streams)) for rival in scenario.sellers},
        region=seller.region,
    )


def _guess(name: str, rival: str, streams: Streams) -> float:
    """How wrong a firm is about a rival's cost, in standard deviations; about its own it is right."""
    return 0.0 if rival == name else float(streams(name, "guess", rival).standard_normal())


def _clockwork(conduct: books.Conduct, draws: np.random.Generator) -> Callable[[], float]:
    """What a firm's next review depends on, as `Firm.next_hazard` says."""
    if not conduct.regular:
        return lambda: float(draws.exponential())
    return lambda: float(draws.random() if conduct.phase is None else conduct.phase)


def _line(tier: Tier) -> Line:
    cost = tier.cost
    assert isinstance(cost, GivenCost)
    assert tier.price is not None
    assert cost.curve is None or isinstance(cost.curve, Moore)
    return Line(
        price=tier.price,
        marginal=cost.marginal,
        full=cost.full_cost,
        seconds=cost.seconds,
        falls=0.0 if cost.curve is None else cost.curve.rate,
        capability=fixed(tier.capability or 0.0),
        appeal=fixed(tier.appeal),
        value=tier.value,
    )


def _habit(strategy: object) -> Habit:
    match strategy:
        case BestResponse():
            return Habit(strategy.kind, focal=strategy.focal)
        case Undercut():
            return Habit(strategy.kind, step=strategy.step, relent=strategy.relent)
        case CostPlus():
            return Habit(strategy.kind, markup=strategy.markup, least_change=strategy.least_change)
        case Penetration():
            return Habit(strategy.kind, entry=strategy.entry, ramp=strategy.ramp)
        case Replay():
            return Habit(strategy.kind, path={k: [(d.day, d.price) for d in path] for k, path in strategy.path.items()})
    return Habit(strategy.kind)  # type: ignore[attr-defined]  # fixed and follow have no numbers


@dataclass
class Dusk:
    """The fast market's buyers and queues at the close of a day."""

    choice: Mapping[str, list[int]]
    drawn: Mapping[str, list[int]]
    waiting: Floats


@dataclass
class Pair:
    """Both markets after their last day."""

    names: list[str]
    """Of the offers, by position."""
    tables: dict[str, pl.DataFrame]
    dusks: dict[int, Dusk]
    twin: Market

    def differences(self) -> list[str]:
        """What differs, in the order of the checks; empty where the two agree event by event."""
        return [*self._moves(), *self._buyers(), *self._tokens(), *self._sellers(), *self._bills()]

    def _moves(self) -> Iterator[str]:
        """Time, seller, tier and kind exactly, price to `SAME`, and which move each answers."""
        rows = list(self.tables["prices"].sort("fact").iter_rows(named=True))
        moves = self.twin.moves
        if len(rows) != len(moves):
            yield f"{len(rows)} moves, {len(moves)} in the twin"
        place = {row["fact"]: n for n, row in enumerate(rows)}
        for n, (row, move) in enumerate(zip(rows, moves, strict=False)):
            told = [row[key] for key in ("time", "seller", "tier", "kind")]
            if told != [move.time, move.seller, move.tier, move.kind] or not _same(row["price"], move.price):
                yield f"move {n}: {told} {row['price']!r}, in the twin {move}"
            answered = None if move.cause is None else moves.index(move.cause)
            if place.get(row["cause"]) != answered:
                yield f"move {n} answers {place.get(row['cause'])}, in the twin {answered}"

    def _buyers(self) -> Iterator[str]:
        """Every buyer's supplier at every close, and how often it has signed."""
        if self.dusks.keys() != self.twin.evenings.keys():
            yield "other days"
        for day, dusk in self.dusks.items():
            evening = self.twin.evenings[day]
            for segment, chosen in dusk.choice.items():
                told = ["nothing" if k == 0 else self.names[k - 1] for k in chosen]
                if told != evening.choices[segment]:
                    yield f"day {day}: buyers of {segment} choose otherwise"
                if dusk.drawn[segment] != evening.drawn[segment]:
                    yield f"day {day}: buyers of {segment} have signed otherwise"

    def _tokens(self) -> Iterator[str]:
        """Tokens asked for, served, waiting and lost by segment; waiting by offer; served by offer."""
        for row in self.tables["segments_daily"].iter_rows(named=True):
            evening, segment = self.twin.evenings[row["day"]], row["segment"]
            outcome, offers = evening.outcome, self.names
            waits = sum(outcome.waiting[segment, k] for k in offers)
            twin = {
                "demand": sum(evening.asked[segment, k] for k in offers),
                "tokens": sum(outcome.served[segment, k] for k in offers),
                "unmet": waits + sum(outcome.lost[segment, k] for k in offers),
            }
            for what, amount in twin.items():
                if not _same(row[what], amount):
                    yield f"day {row['day']}, {segment}: {what} {row[what]!r}, in the twin {amount!r}"
        for day, dusk in self.dusks.items():
            waiting = self.twin.evenings[day].outcome.waiting
            for s, segment in enumerate(dusk.choice):
                for k, offer in enumerate(self.names):
                    if not _same(float(dusk.waiting[s, k]), waiting[segment, offer]):
                        yield f"day {day}, {segment}, {offer}: {dusk.waiting[s, k]} wait, not {waiting[segment, offer]}"
        for row in self.tables["offers_daily"].iter_rows(named=True):
            served = self.twin.evenings[row["day"]].outcome.served
            sold = sum(n for (_, offer), n in served.items() if offer == f"{row['seller']}/{row['tier']}")
            if not _same(row["tokens"], sold):
                yield f"day {row['day']}: {row['seller']} {row['tier']} serves {row['tokens']}, in the twin {sold}"

    def _sellers(self) -> Iterator[str]:
        """Cash, waits, the shadow price of machines and what each firm says that it does."""
        for row in self.tables["sellers_daily"].iter_rows(named=True):
            evening, name = self.twin.evenings[row["day"]], row["seller"]
            twin = {
                "cash": evening.cash[name],
                "delay": evening.outcome.delay[name],
                "shadow_price": evening.shadow[name],
            }
            for what, amount in twin.items():
                if not _same(row[what], amount, 1e-7 if what == "shadow_price" else SAME):
                    yield f"day {row['day']}, {name}: {what} {row[what]!r}, in the twin {amount!r}"
            if row["stance"] != evening.stance[name]:
                yield f"day {row['day']}, {name}: {row['stance']}, in the twin {evening.stance[name]}"

    def _bills(self) -> Iterator[str]:
        """Who paid whom for what on every day."""
        paid: dict[int, dict[tuple[str, str, str], float]] = {day: {} for day in self.twin.evenings}
        for row in self.tables["ledger"].iter_rows(named=True):
            paid[row["day"]][row["payer"], row["payee"], row["what"]] = row["amount"]
        for day, entries in paid.items():
            twin = self.twin.evenings[day].paid
            if entries.keys() != twin.keys():
                yield f"day {day}: other bills {sorted(entries.keys() ^ twin.keys())}"
            for entry in entries.keys() & twin.keys():
                if not _same(entries[entry], twin[entry]):
                    yield f"day {day}: {entry} {entries[entry]!r}, in the twin {twin[entry]!r}"


def _same(one: float, other: float, most: float = SAME) -> bool:
    return isclose(one, other, rel_tol=most, abs_tol=1e-9)


def both(scenario: Scenario, seed: int) -> Pair:
    """Run the scenario in both programs."""
    return Pair(*fast(scenario, seed), twin=lived(scenario, seed))


def lived(scenario: Scenario, seed: int) -> Market:
    """The plain market after its last day."""
    twin = twin_of(scenario, seed)
    twin.run()
    return twin


def fast(scenario: Scenario, seed: int) -> tuple[list[str], dict[str, pl.DataFrame], dict[int, Dusk]]:
    """The fast market: names of its offers, its tables, and its buyers at every close."""
    simulation = prepare(scenario, seed)
    world, dusks = simulation.world, dict[int, Dusk]()
    buyers = world.buyers
    assert isinstance(buyers, SampledPopulation)

    def look_around() -> None:
        dusks[world.clock.day] = Dusk(
            choice={sampled.name: sampled.choice.tolist() for sampled in buyers.members},
            drawn={sampled.name: sampled.drawn.tolist() for sampled in buyers.members},
            waiting=np.array(world.waiting),
        )

    world.evening.append(look_around)
    simulation.run()
    return [offer.name for offer in world.board.offers], tables_of(simulation), dusks
