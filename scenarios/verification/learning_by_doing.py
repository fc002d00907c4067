r"""Learning by doing: sellers who fight for know-how (Spence 1981; Besanko, Doraszelski, Kryukov & Satterthwaite 2010).

The equilibrium of the race is found by value iteration (`agents.games.learning_race`). Its prices are then those at
which best responders come to rest in a market where a sale carries the prize of that equilibrium, and those that
sellers post one after the other while a single buyer a day takes them down the curve.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import exp, log2, sqrt

import numpy as np
import polars as pl

from pricewar.agents.demand.linear_logit import LinearResponse
from pricewar.agents.games.learning_race import LearningRace, markov_perfect
from pricewar.agents.machines.experience import LearningByDoing
from pricewar.agents.machines.spec import Technology
from pricewar.agents.mechanisms import Mechanisms
from pricewar.agents.pricing.books import Conduct
from pricewar.agents.pricing.fixed import Fixed
from pricewar.agents.pricing.prize import Prize
from pricewar.agents.pricing.race import Race
from pricewar.agents.sellers.spec import Seller
from pricewar.scenarios.config.schema import BuyerTerms, Scenario
from pricewar.scenarios.run.play import play, prepare
from pricewar.scenarios.verification.answers import Check, KnownAnswer, each
from pricewar.scenarios.verification.worlds import seller, world
from pricewar.sim.economics.curves import DAYS_PER_YEAR
from pricewar.sim.kernel.clock import Phase
from pricewar.sim.market.demand import Floats

PAPER = "Besanko, Doraszelski, Kryukov & Satterthwaite (Econometrica 2010), M = 30, m = 15, kappa = 10, beta = 1/1.05"
SPENCE = "Spence (1981): without discounting the shadow cost is the cost at the end; monopoly price by Lambert's W"
Z = 3.8906
"""Standard errors beyond which one in ten thousand estimates lies."""
DAILY = Conduct(review_rate=1.0, regular=True, phase=0.0)


@dataclass(frozen=True, slots=True)
class Duel:
    """Two sellers at given stocks of know-how, at rest."""

    price: float
    """Of the first. [money/Mtok]"""
    value: float
    """What the first is worth: today's profit, and what the game is worth after the sale or the rival's. [money]"""


def duel(race: LearningRace, own: int, rival: int) -> Duel:
    """Let two sellers best-respond to one another with the prize that a sale carries at their stocks of know-how."""
    game, cost = markov_perfect(race), race.cost()
    one, two = (own - 1, rival - 1), (rival - 1, own - 1)
    # Prices may lie far below zero, which no market posts: costs are lifted, and prices with them.
    lift = race.scale + max(0.0, *(float(game.prize[at]) - float(cost[at[0]]) for at in (one, two)))
    sellers = {
        name: seller(
            {"tier": "main", "price": lift + cost[at[0]] + 3.0 * race.scale, "cost": lift + cost[at[0]]},
            strategy=Prize(prize=float(game.prize[at])),
        )
        for name, at in (("first", one), ("second", two))
    }
    simulation = prepare(_market(sellers, race.scale, outside=-lift - race.first_cost - 100.0 * race.scale), seed=1)
    simulation.run()
    k = simulation.world.board.position("first", "main")
    assert k is not None
    price = float(simulation.world.board.price[k]) - lift
    share = float(simulation.world.buyers.shares()[0, k])
    margin = price - float(cost[one[0]])
    return Duel(price, share * (margin + float(game.prize[one])) + float(game.lost[one]))


def descent(race: LearningRace, days: int, seed: int = 1) -> tuple[Floats, Floats]:
    """Prices that two sellers post day by day on their way down the curve, and who sells, both of shape (days, 2).

    A single buyer a day, who always buys, chooses by the logit; sellers count sales and look nowhere else.
    """
    line = {"tier": "main", "price": 2.0 * race.first_cost, "cost": race.first_cost}
    sellers = {name: seller(line, strategy=Race(race=race)) for name in ("east", "west")}
    scenario = replace(
        _market(sellers, race.scale, outside=-race.first_cost - 100.0 * race.scale, days=days + 1),
        buyers=BuyerTerms(count=1, kind="sampled"),
        conduct=DAILY,
    )
    daily = play(scenario, seed=seed).tables["offers_daily"].filter(pl.col("day") >= 1).sort("day", "seller")
    return daily["price"].to_numpy().reshape(-1, 2), daily["tokens"].to_numpy().reshape(-1, 2)


def _market(sellers: Mapping[str, Seller], mu: float, outside: float, days: int = 30) -> Scenario:
    return world(
        sellers,
        LinearResponse(mu=mu, outside=outside),
        days=days,
        burn_in=1,
        # From one morning to the evening a buyer keeps an old contract with a chance of a few in a million.
        segment={"potential": 1.0, "contract": 0.05},
        conduct=replace(DAILY, phase=None),
    )


PRINTED = {
    0.0: (7.7898922974, 7.6623860862, 7.2996533658, 9.3949772456),
    0.08: (-11.0484217689, 3.5620965966, 3.9986770043, 3.1333278163),
}
"""p(1,1), p(2,1), p(30,30) and V(1,1) at progress .85, by forgetting, as printed."""


def prices_of_the_race() -> Iterator[KnownAnswer]:
    """Best responders with the prizes of the race rest at the printed prices, far below cost where sellers forget."""
    for forgetting, printed in PRINTED.items():
        race = LearningRace(forgetting=forgetting)
        first, ahead, last = duel(race, 1, 1), duel(race, 2, 1), duel(race, race.levels, race.levels)
        yield from each(
            f"rho = .85, delta = {forgetting:g}",
            ("p(1,1)", "p(2,1)", "p(30,30)", "V(1,1)"),
            printed,
            (first.price, ahead.price, last.price, first.value),
            relative=1e-10,
        )


def limits_of_the_race() -> Iterator[KnownAnswer]:
    """Where the race is over, or there is nothing to learn, closed forms are known."""
    for progress in (0.75, 0.95):
        race = LearningRace(progress=progress)
        last = duel(race, race.levels, race.levels)
        yield from each(
            f"rho = {progress:g}, delta = 0, both at the bottom",
            ("price", "value"),
            (race.first_cost * race.bottom ** log2(progress) + 2.0 * race.scale, race.scale / (1.0 - race.discount)),
            (last.price, last.value),
            relative=1e-10,
        )
    idle = LearningRace(progress=1.0, forgetting=0.05)
    for own, rival in ((1, 1), (1, 30), (17, 4)):
        yield KnownAnswer(
            what=f"rho = 1, price at ({own}, {rival})",
            expected=12.0,
            obtained=duel(idle, own, rival).price,
            tolerance=1e-10 * 12.0,
        )


def way_down() -> Iterator[KnownAnswer]:
    """What two sellers post while single buyers take them down the curve, by what is printed and the closed form."""
    price, tokens = descent(LearningRace(), days=120)
    ahead = int(np.argmax(tokens[0]))
    yield from each(
        "posted on the way down, rho = .85",
        ("first price", "after the first sale, by who made it", "at the bottom"),
        (*PRINTED[0.0][:2], 10.0 * 15.0 ** log2(0.85) + 2.0),
        (price[0, 0], price[1, ahead], price[-1].max()),
        relative=1e-10,
    )


def earned() -> Iterator[KnownAnswer]:
    """What two sellers earn on the way down, discounted, over many ways; at the bottom what is left is known."""
    race, runs = LearningRace(), 25
    worth = [earned_on_the_way(race, seed) for seed in range(1, runs + 1)]
    yield KnownAnswer(
        what=f"worth of a seller at the start, mean of both sellers and of {runs} simulated ways down",
        expected=PRINTED[0.0][3],
        obtained=float(np.mean(worth)),
        tolerance=Z * spread_of_worth(race) / sqrt(runs),
    )


def earned_on_the_way(race: LearningRace, seed: int, days: int = 130) -> float:
    """Discounted profit of both sellers over two, from the first review to the bottom, and sigma/(1 - beta) after it.

    Raises ValueError where they do not reach it.
    """
    price, tokens = descent(race, days, seed)
    before = np.vstack([np.zeros(2), np.cumsum(tokens, axis=0)[:-1]]).astype(int)
    stock = np.minimum(1 + before, race.levels)
    arrived = np.flatnonzero(stock.min(axis=1) == race.levels)
    if not arrived.size:
        raise ValueError(f"{days} days do not lead to the bottom")
    way = slice(0, int(arrived[0]))
    profit = (tokens * (price - race.cost()[stock - 1]))[way].mean(axis=1)
    weight = race.discount ** np.arange(profit.size)
    return float(weight @ profit + race.discount**profit.size * race.scale / (1.0 - race.discount))


def spread_of_worth(race: LearningRace) -> float:
    """Standard deviation of `earned_on_the_way`: second moments from the bottom upwards, where nobody forgets."""
    game, cost, top, beta = markov_perfect(race), race.cost(), race.levels - 1, race.discount
    mean, square = np.zeros((top + 1, top + 1)), np.zeros((top + 1, top + 1))
    mean[top, top] = race.scale / (1.0 - beta)
    square[top, top] = mean[top, top] ** 2
    for i, j in sorted(np.ndindex(mean.shape), key=sum, reverse=True)[1:]:
        odds = (game.price[i, j] - game.price[j, i]) / race.scale
        ways = (
            (1.0 / (1.0 + exp(odds)), game.price[i, j] - cost[i], (min(i + 1, top), j)),
            (1.0 / (1.0 + exp(-odds)), game.price[j, i] - cost[j], (i, min(j + 1, top))),
        )
        # Whoever is at the bottom and sells stays where it is: its own moment stands on both sides.
        stays = sum(chance for chance, _, to in ways if to == (i, j))
        mean[i, j] = sum(q * (half / 2.0 + beta * mean[to]) for q, half, to in ways) / (1.0 - beta * stays)
        square[i, j] = sum(
            q * (half**2 / 4.0 + half * beta * mean[to] + beta**2 * square[to]) for q, half, to in ways
        ) / (1.0 - beta**2 * stays)
    return sqrt(float(square[0, 0] - mean[0, 0] ** 2))


def last_cost() -> Iterator[KnownAnswer]:
    """A monopolist who learns, does not discount and looks a while ahead prices at the cost of the end (Spence)."""
    for rate, horizon in ((0.2, 3.0), (0.1, 1.0)):
        price, _, theory = spence(rate, horizon)
        yield KnownAnswer(
            what=f"price of a monopolist who learns, rate {rate:g}, horizon {horizon:g} years",
            expected=theory,
            obtained=price,
            tolerance=1e-10 * theory,
        )
    for rate in (0.5, 0.0):
        price, cost, _ = spence(rate, 3.0, value=0.9, mu=0.1, day=1)
        yield KnownAnswer(
            what=f"{'cost over price' if rate > 0.0 else 'price over cost'} of a good at first worth less than it "
            f"costs, rate {rate:g}",
            expected=1.0,
            obtained=cost / price if rate > 0.0 else price / cost,
            relation="≥",
        )


def patience() -> Iterator[KnownAnswer]:
    """M4: a monopolist who discounts, or may have to leave, takes less of what a sale teaches off its cost."""
    for rate, horizon, discount, hazard in ((0.2, 3.0, 0.3, 0.0), (0.3, 2.0, 0.15, 0.4)):
        price, _, theory = spence(rate, horizon, discount=discount, hazard=hazard)
        yield KnownAnswer(
            what=f"price of a monopolist who learns, rate {rate:g}, {horizon:g} years at {discount:g}"
            + (f", leaving at {hazard:g} a year" if hazard else ""),
            expected=theory,
            obtained=price,
            tolerance=1e-9 * theory,
        )


def taught() -> Iterator[KnownAnswer]:
    """Cost falls with one's own output and, by a share, with a rival's: E = prior + own + spill·other."""
    rate, spill, prior, days = 0.2, 1 / 3, 60.0, 100
    sellers = {
        name: seller({"tier": "main", "price": price, "cost": 1.0, "value": 2.0}, strategy=Fixed())
        for name, price in (("dear", 1.8), ("cheap", 1.4))
    }
    scenario = world(
        sellers,
        LinearResponse(mu=0.25),
        days=days,
        burn_in=1,
        segment={"potential": 1000.0, "contract": 0.01},
        mechanisms=Mechanisms(open_release=False, focal_prices=False, attention=False, learning=True),
        technology=Technology(learning=LearningByDoing(rate=rate, spill=spill, prior=prior)),
        buyers=BuyerTerms(count=1, kind="continuum"),
    )
    daily = play(scenario, seed=1).tables["offers_daily"]
    odds = {name: exp((2.0 - price) / 0.25) for name, price in (("dear", 1.8), ("cheap", 1.4))}
    sold = {name: 1000.0 * odd / (1.0 + sum(odds.values())) for name, odd in odds.items()}
    start = prior * sum(sold.values())
    for name, other in (("dear", "cheap"), ("cheap", "dear")):
        last = daily.filter((pl.col("seller") == name) & (pl.col("day") == days - 1))["unit_cost"].item()
        stock = start + days * (sold[name] + spill * sold[other])
        yield KnownAnswer(
            what=f"cost of the {name} seller after {days} days",
            expected=(stock / start) ** log2(1.0 - rate),
            obtained=float(last),
            tolerance=1e-10,
        )


def spence(
    rate: float,
    horizon: float,
    *,
    value: float = 2.0,
    mu: float = 0.25,
    day: int = 10,
    discount: float = 0.0,
    hazard: float = 0.0,
) -> tuple[float, float, float]:
    r"""Price that a monopolist posts on a day, its cost then, and the price that the theory gives it. [money/Mtok]

    rate: cost saved by a doubling of experience. horizon: how far it looks ahead. [year] value, mu: of its buyers, who
    may buy nothing. discount, hazard: of its interest, and of labs leaving. [1/year] Cost is 1 on the first day.

    In theory the price is the static one at the cost less what a sale saves later,
    :math:`\int_0^H e^{-rt} C(t)\,w Q/(E + Qt)\,dt`, C(t) the cost then: without discounting, at the cost of the end.
    """
    from scipy.integrate import quad
    from scipy.special import lambertw

    prior = 60.0
    conduct = replace(DAILY, discount=discount, exit_hazard=hazard, horizon=horizon, menu_cost=0.0)
    scenario = world(
        {"alone": seller({"tier": "main", "price": 1.0 + 2.0 * mu, "cost": 1.0, "value": value})},
        LinearResponse(mu=mu),
        days=day + 1,
        burn_in=1,
        segment={"potential": 1000.0, "contract": 0.01},
        conduct=conduct,
        mechanisms=Mechanisms(open_release=False, focal_prices=False, attention=False, learning=True),
        technology=Technology(learning=LearningByDoing(rate=rate, spill=0.0, prior=prior)),
    )
    simulation = prepare(scenario, seed=1)
    lived, firm = simulation.world, simulation.firms[0]
    lived.clock.run(until=day + Phase.PLANS)
    made, first = lived.output.made["alone"], prior * float(lived.output.first[1])  # type: ignore[index]
    pace = DAYS_PER_YEAR * float(lived.demand().quantities(lived.board.price)[0])
    w = -log2(1.0 - rate)
    now, end = ((first + made) / first) ** -w, ((first + made + pace * horizon) / first) ** -w
    if discount + hazard > 0.0:

        def saving(years: float) -> float:
            stock = first + made + pace * years
            return float(exp(-(discount + hazard) * years) * (stock / first) ** -w * w * pace / stock)

        end = now - float(quad(saving, 0.0, horizon, epsrel=1e-13)[0])
    lived.clock.run(until=day + Phase.LAST_REVIEWS)
    theory = end + mu * (1.0 + float(lambertw(exp((value - end) / mu - 1.0)).real))
    assert abs(firm.unit_cost("main") / now - 1.0) < 1e-9
    return float(lived.board.price[0]), now, theory


CHECKS: tuple[Check, ...] = (
    Check(name="learning_by_doing.race", source=PAPER, ask=prices_of_the_race),
    Check(name="learning_by_doing.limits", source=PAPER, ask=limits_of_the_race),
    Check(name="learning_by_doing.way_down", source=PAPER, ask=way_down),
    Check(name="learning_by_doing.earned", source=PAPER, ask=earned, slow=True),
    Check(name="learning_by_doing.last_cost", source=SPENCE, ask=last_cost),
    Check(name="learning_by_doing.patience", source=f"{SPENCE}, discounted by quadrature", ask=patience),
    Check(name="learning_by_doing.spill", source="Irwin & Klenow (1994); Wright (1936)", ask=taught),
)
