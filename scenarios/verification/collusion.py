r"""Tacit collusion in the dark: wars that nobody wanted (Tirole 1988, ch. 6, after Green & Porter 1984).

Sellers of equal goods at no cost and demand D = 1 - p, who review prices every morning. Demand is nil on some days, and
nobody sees it but in its own sales. Profits are told over those of a monopolist.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import ceil, log, sqrt

import numpy as np
import polars as pl

from pricewar.agents.buyers.demand_shocks import DemandShock, DemandShocks
from pricewar.agents.demand.homogeneous import HomogeneousResponse
from pricewar.agents.pricing import StrategySpec
from pricewar.agents.pricing.books import Conduct, View
from pricewar.agents.pricing.fixed import Fixed
from pricewar.agents.pricing.trigger import Trigger
from pricewar.agents.sellers.books import books_of
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.run.play import play, prepare
from pricewar.scenarios.verification.answers import Check, KnownAnswer, each
from pricewar.scenarios.verification.worlds import seller, world
from pricewar.sim.market.demand import Floats, Mask

PORTER = "Tirole (1988, ch. 6) after Green & Porter (1984): 2(1-a)d + (2a-1)d^(T+1) >= 1"
MONOPOLY = 0.5
"""Price of a monopolist. [money/Mtok]"""
MOST = MONOPOLY * (1.0 - MONOPOLY)
"""Its profit. [money/day]"""
CHEAP = 0.999
"""What who undercuts asks, over the monopoly price; its profit on a day of sales is CHEAP (2 - CHEAP) of MOST."""
Z = 3.8906
"""Standard errors beyond which one in ten thousand estimates lies."""


def market(
    strategies: Mapping[str, StrategySpec], shocks: DemandShocks, *, days: int, prices: Mapping[str, float]
) -> Scenario:
    """Sellers of equal goods, by name, who review all at once every morning.

    prices: of the first day. [money/Mtok]
    """
    return world(
        {
            name: seller({"tier": "main", "price": prices.get(name, MONOPOLY), "cost": 0.0}, strategy=strategy)
            for name, strategy in strategies.items()
        },
        HomogeneousResponse(choke=1.0, capacity={}),
        days=days,
        burn_in=1,
        segment={"potential": 1.0, "contract": 0.01, "shocks": shocks},
        conduct=Conduct(review_rate=1.0, regular=True, phase=0.0),
    )


def slumps(chance: float) -> DemandShocks:
    """Days without any demand that nobody sees coming."""
    return DemandShocks(states={"slump": DemandShock(probability=chance, factor=0.0)}, hidden=True)


@dataclass(frozen=True, slots=True)
class Recursion:
    """What the strategy is worth by its own moves, over a review's monopoly profit."""

    colluding: float
    """Both keep to it."""
    undercutting: float
    """One undercuts once, then both keep to it."""

    @property
    def margin(self) -> float:
        """How much better colluding is, as a share of its worth: 2(1-a)d + (2a-1)d^(T+1) - 1 in theory. [1]"""
        return (self.colluding - self.undercutting) / self.colluding


def recursion(strategy: Trigger, chance: float, discount: float) -> Recursion:
    """Value both policies by asking the strategy what it does after every day's sales, until nothing new comes."""
    simulation = prepare(market({"east": strategy, "west": strategy}, slumps(chance), days=1, prices={}), seed=1)
    lived, firm = simulation.world, simulation.firms[0]
    books, view, luck = books_of(firm), View(lived.board, lived.demand()), np.random.default_rng(1)
    first = strategy.review(books, view, luck)
    decisions, at = [first], 0
    after: list[tuple[int, int]] = []
    while at < len(decisions):
        leads = []
        for sold in (MONOPOLY / 2.0, 0.0):
            decision = strategy.review(replace(books, notes=decisions[at].notes, sold=np.array([sold])), view, luck)
            same = [k for k, other in enumerate(decisions) if other.notes == decision.notes]
            decisions += [] if same else [decision]
            leads.append(same[0] if same else len(decisions) - 1)
        after.append((leads[0], leads[1]))
        at += 1
    price = np.array([float(decision.price[0]) for decision in decisions])
    profit = price * (1.0 - price) / MOST
    sale, nothing = (np.eye(len(decisions))[[pair[k] for pair in after]] for k in (0, 1))
    passing = (1.0 - chance) * sale + chance * nothing
    worth = np.linalg.solve(np.eye(len(decisions)) - discount * passing, (1.0 - chance) * profit / 2.0)
    return Recursion(float(worth[0]), float((1.0 - chance) * profit[0] + discount * worth[after[0][1]]))


def punishment(chance: float, discount: float) -> int:
    """The shortest punishment that sustains collusion, from the closed form."""
    return ceil(log((2.0 * (1.0 - chance) * discount - 1.0) / (1.0 - 2.0 * chance)) / log(discount) - 1.0 - 1e-12)


def value(chance: float, discount: float, length: int) -> float:
    """What collusion is worth, from the closed form."""
    return (1.0 - chance) / 2.0 / (1.0 - (1.0 - chance) * discount - chance * discount ** (length + 1))


def war_of_suspicion() -> Iterator[KnownAnswer]:
    """How long sellers must punish, how much better that is than undercutting, and what it is worth."""
    for chance, discount in ((0.1, 0.9), (0.25, 0.9), (0.05, 0.6)):
        case, shortest = f"slumps {chance:g}, discount {discount:g}", punishment(chance, discount)
        obtained = Trigger(slump=chance, discount=discount).punishes()
        yield KnownAnswer(what=f"{case}: shortest punishment", expected=shortest, obtained=obtained, tolerance=0.0)
        for length in (shortest - 1, shortest):
            margin = 2.0 * (1.0 - chance) * discount + (2.0 * chance - 1.0) * discount ** (length + 1) - 1.0
            told = recursion(Trigger(length=length), chance, discount)
            yield from each(
                f"{case}, {length} reviews of punishment",
                ("margin over undercutting", "worth of colluding"),
                (margin, value(chance, discount, length)),
                (told.margin, told.colluding),
                tolerance=1e-12,
                relative=1e-12,
            )
    yield KnownAnswer(
        what="slumps 0.1, discount 0.9: worth of colluding as printed",
        expected=3.84286934,
        obtained=recursion(Trigger(), 0.1, 0.9).colluding,
        tolerance=5e-9,
    )


@dataclass(frozen=True, slots=True)
class Lived:
    """What happened to two sellers: a row a day from the first review on, columns east and west."""

    price: Floats
    """[money/Mtok]"""
    profit: Floats
    """Over that of a monopolist. [1]"""
    slump: Mask
    """Days on which nobody buys, shape (days,)."""

    def frequency(self) -> float:
        """Share of the days of peace, the last one left out, that were slumps. [1]"""
        return float(self.slump[np.flatnonzero(self.price[:, 0] > 0.0)[:-1]].mean())

    def by_the_rules(self, length: int) -> int:
        """Days on which east is where a slump of the days of peace before it, and nothing else, puts it."""
        left, right = 0, 0
        for price, slump in zip(self.price[:, 0].tolist(), self.slump.tolist(), strict=True):
            right += (price <= 0.0) == (left > 0)
            left = left - 1 if left > 0 else length * slump
        return right

    def at_war(self) -> float:
        """Share of days on which east asks no more than cost."""
        return float((self.price[:, 0] <= 0.0).mean())

    def worth(self, discount: float) -> Floats:
        """What a seller is worth on a day of peace, by who; from the renewals of peace, shape (2,).

        With R the discounted profit until the next day of peace and L the days until then, V = E R / E(1 - d^L).
        """
        peace = np.flatnonzero(self.price[:, 0] > 0.0)
        length = np.diff(peace)
        # Days of war bring nothing, so that all of R falls on the first day.
        worth: Floats = self.profit[peace[:-1]].sum(axis=0) / (1.0 - discount**length).sum()
        return worth


def lived(chance: float, length: int, days: int, *, cheat: bool = False, seed: int = 1) -> Lived:
    """Let two sellers with trigger strategies live through hidden slumps.

    cheat: whether west asks a thousandth less than the collusive price for ever instead.
    """
    trigger, cheap = Trigger(length=length, trigger=0.01), CHEAP * MONOPOLY
    scenario = market(
        {"east": trigger, "west": Fixed() if cheat else trigger},
        slumps(chance),
        days=days + 1,
        prices={"west": cheap} if cheat else {},
    )
    daily = play(scenario, seed=seed).tables["offers_daily"].filter(pl.col("day") >= 1).sort("day", "seller")
    price, tokens, revenue = (daily[name].to_numpy().reshape(-1, 2) for name in ("price", "tokens", "revenue"))
    return Lived(price, revenue / MOST, tokens.sum(axis=1) <= 0.0)


def within(chance: float, discount: float, length: int, days: int, share: float = 0.5) -> float:
    """Tolerance of a worth estimated from the renewals of peace, at one in ten thousand.

    R - V(1 - d^L) has mean zero and two values, one for a slump; share: of the monopoly profit on a day of sales.
    Whoever undercuts (share > 1/2) has a war after every day of peace.
    """
    cheat = share > 0.5
    war = discount ** (length + 1)
    after = war if cheat else discount
    passed = 1.0 - (1.0 - chance) * after - chance * war
    worth = (1.0 - chance) * share / passed
    spread = sqrt(chance * (1.0 - chance)) * (share - worth * (war - after))
    renewals = days / (1.0 + (length if cheat else chance * length))
    return Z * spread / sqrt(renewals) / passed


def slump_by_slump() -> Iterator[KnownAnswer]:
    """Every slump begins a war of the right length; worths are those of theory at the frequency of slumps that came."""
    discount, length, days = 0.9, 2, 150
    loyal, cheat = lived(0.1, length, days), lived(0.1, length, days, cheat=True)
    share = CHEAP * (2.0 - CHEAP)
    yield KnownAnswer(
        what="days of war after a slump, or of peace without one",
        expected=len(loyal.slump),
        obtained=loyal.by_the_rules(length),
    )
    yield from each(
        "at the frequency of slumps that came",
        ("worth of colluding", "worth of undercutting for ever"),
        (
            value(loyal.frequency(), discount, length),
            (1.0 - cheat.frequency()) * share / (1.0 - discount ** (length + 1)),
        ),
        (loyal.worth(discount)[0], cheat.worth(discount)[1]),
        relative=1e-10,
    )


def wars_that_nobody_wanted() -> Iterator[KnownAnswer]:
    """Share of days at war and worth of colluding, of sellers who live through slumps."""
    chance, discount, length, days = 0.1, 0.9, 2, 6000
    told = lived(chance, length, days)
    expected = length * chance / (1.0 + length * chance)
    # Peace lasts K days, geometric; var(T - share (K + T)) per mean cycle of 1/a + T days.
    spread = expected * sqrt((1.0 - chance) / chance**2) / sqrt(days * (1.0 / chance + length))
    yield KnownAnswer(
        what="share of days at war, slumps .1, two reviews of punishment",
        expected=expected,
        obtained=told.at_war(),
        tolerance=Z * spread,
    )
    yield KnownAnswer(
        what="worth of colluding, simulated",
        expected=value(chance, discount, length),
        obtained=float(told.worth(discount)[0]),
        tolerance=within(chance, discount, length, days),
    )


def who_undercuts() -> Iterator[KnownAnswer]:
    """Undercutting for ever pays against a war one day too short, and does not against one long enough."""
    chance, discount, days = 0.1, 0.9, 1000
    share = CHEAP * (2.0 - CHEAP)
    for length, pays in ((1, True), (2, False)):
        loyal, cheat = lived(chance, length, days), lived(chance, length, days, cheat=True)
        yield KnownAnswer(
            what=f"worth of undercutting for ever, punished for {length} reviews, simulated",
            expected=(1.0 - chance) * share / (1.0 - discount ** (length + 1)),
            obtained=float(cheat.worth(discount)[1]),
            tolerance=within(chance, discount, length, days, share),
        )
        over = float(cheat.worth(discount)[1] / loyal.worth(discount)[1])
        yield KnownAnswer(
            what=f"worth of {'undercutting over that of colluding' if pays else 'colluding over that of undercutting'}"
            f" in the same slumps, punished for {length} reviews",
            expected=1.0,
            obtained=over if pays else 1.0 / over,
            relation="≥",
        )


CHECKS: tuple[Check, ...] = (
    Check(name="collusion.suspicion", source=PORTER, ask=war_of_suspicion),
    Check(name="collusion.slumps", source=PORTER, ask=slump_by_slump),
    Check(name="collusion.wars", source=PORTER, ask=wars_that_nobody_wanted, slow=True),
    Check(name="collusion.undercutting", source=PORTER, ask=who_undercuts, slow=True),
)
