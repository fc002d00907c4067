"""Alternating moves (Maskin & Tirole 1988): equilibria of two kinds, where they lead, and the wars that are counted."""

from collections.abc import Iterator
from math import sqrt

import numpy as np

from pricewar.agents.demand.homogeneous import HomogeneousResponse
from pricewar.agents.games.alternating_moves import Kind, gains, long_run_mean
from pricewar.agents.pricing.alternating import Alternating
from pricewar.agents.pricing.books import View
from pricewar.agents.sellers.books import books_of
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.run.play import prepare
from pricewar.scenarios.verification.answers import Check, KnownAnswer, each
from pricewar.scenarios.verification.games import Z, game, in_turn, posted_prices
from pricewar.sim.market.demand import Floats

EXACT = 1e-10
"""Relative error of what has a closed form."""
STEPS = 6
"""Maskin & Tirole's grid: sixths."""
DELTA = 0.95
"""The discount factor of the printed numbers."""
IDLE = 2
"""Days before the first move."""
SEED = 1988
"""Root of chance of the runs."""


def player(kind: Kind, discount: float) -> Alternating:
    """The strategy of either seller."""
    return Alternating(equilibrium=kind, top=1.0, steps=STEPS, discount=discount)


def duopoly(
    kind: Kind = "edgeworth", discount: float = DELTA, opening: tuple[int, int] = (5, 4), periods: int = 1
) -> Scenario:
    """Two sellers, D = 1 - p, no cost, who move in turn, one a day from the third on. opening: prices, in sixths."""
    strategy = player(kind, discount)
    prices = [price / STEPS for price in opening]
    return game(HomogeneousResponse(), [strategy] * 2, prices, days=periods + IDLE, conduct=in_turn)


def solved(kind: Kind, discount: float) -> tuple[Floats, Floats]:
    """What a seller in such a world reacts by, and its profits, by own and rival's price, each of shape (7, 7)."""
    firm = prepare(duopoly(kind, discount), SEED).firms[0]
    books, view = books_of(firm), View(firm.world.board, firm.world.demand())
    strategy = player(kind, discount)
    reaction = strategy.reaction(books, view, 0)
    assert reaction is not None
    return reaction, strategy.profits(books, view, 0, rival=1)


def mixing(kind: Kind, d: float) -> float:
    """The chance with which 1/6 is answered by 3/6 (kinked), or by 0 (edgeworth)."""
    if kind == "kinked":
        return (1 + d) * (9 * d - 5) / (d * (9 * d + 5))
    above = 5 * d**7 + 5 * d**6 + 5 * d**5 + 6 * d**4 + 5 * d**3 - 2 * d**2 + 1
    return above / (d**3 * (5 * d**4 + 8 * d**3 + 5 * d**2 + 8 * d + 5))


def printed(kind: Kind, d: float) -> Floats:
    """The reaction as it is printed: rows the price answered, columns the chances of the answers, in sixths."""
    x, reaction = mixing(kind, d), np.zeros((STEPS + 1, STEPS + 1))
    pure = {3: 3, 4: 3, 5: 3, 6: 3, 2: 1, 0: 3} if kind == "kinked" else {6: 4, 5: 4, 4: 3, 3: 2, 2: 1, 0: 5}
    mixed = {3: x, 1: 1 - x} if kind == "kinked" else {0: x, 5: 1 - x}
    for price, answer in pure.items():
        reaction[price, answer] = 1.0
    for answer, chance in mixed.items():
        reaction[1, answer] = chance
    return reaction


def ask_equilibria() -> Iterator[KnownAnswer]:
    """Both equilibria, solved by sellers for several discount factors: no single move gains."""
    numbers = {"kinked": 0.537774325112, "edgeworth": 0.807052084286}
    kinds: tuple[Kind, ...] = ("kinked", "edgeworth")
    for kind in kinds:
        for discount in (0.8, 0.9, DELTA, 0.99):
            reaction, profit = solved(kind, discount)
            case, answer = f"{kind}, delta = {discount:g}", 3 if kind == "kinked" else 0
            yield from each(f"{case}, x", [""], [mixing(kind, discount)], [reaction[1, answer]], relative=EXACT)
            right = int(np.sum(np.abs(reaction - printed(kind, discount)) <= EXACT))
            yield from each(f"{case}, chances of answers as printed", [""], [reaction.size], [right])
            for whose, answering in (("solved", reaction), ("printed", printed(kind, discount))):
                gain = gains(profit, answering, discount)
                kept = int(np.sum(gain <= 1e-12))
                yield from each(f"{case}, moves that gain nothing on the {whose} reaction", [""], [gain.size], [kept])
        chance = solved(kind, DELTA)[0][1, 3 if kind == "kinked" else 0]
        yield from each(f"{kind}, x as printed", [""], [numbers[kind]], [chance], tolerance=5e-13)


def sixths() -> tuple[Floats, Floats]:
    """Market price, and profit of a firm on average, by the two prices of a period, each of shape (7, 7)."""
    grid = np.arange(STEPS + 1) / STEPS
    market = np.minimum.outer(grid, grid)
    return market, market * (1 - market) / 2


def rises() -> Floats:
    """Whether the price posted rises, by the price before and the price after, shape (7, 7): a cycle begins anew."""
    return np.triu(np.ones((STEPS + 1, STEPS + 1)), k=1)


def ask_long_run() -> Iterator[KnownAnswer]:
    """The Edgeworth cycle in the long run, from the chain that the sellers' reaction is."""
    market, profit = sixths()
    for discount in (0.8, DELTA):
        reaction, _ = solved("edgeworth", discount)
        x, case = mixing("edgeworth", discount), f"delta = {discount:g}"
        # A cycle posts 5, 4, 3, 2, 1 and, with chance x, 0; its market prices are 4, 3, 2, 1 and 1, or 0 and 0.
        price, earned = (11 - x) / (5 + x) / STEPS, (8 + 9 + 8 + 5 + (1 - x) * 5) / (5 + x) / 72
        obtained = [long_run_mean(reaction, each_) for each_ in (market, profit, rises())]
        names = ["mean market price", "profit of a firm", "resets a period"]
        yield from each(case, names, [price, earned, 1 / (5 + x)], obtained, relative=EXACT)
        if discount == DELTA:
            yield from each(
                f"{case}, as printed", names[:2], [0.2925451034, 0.0740592337], obtained[:2], tolerance=5e-11
            )
            yield from each(f"{case}, as printed", names[2:], [0.172204], obtained[2:], tolerance=5e-7)


def ask_simulated() -> Iterator[KnownAnswer]:
    """The same from the prices that sellers post in a world."""
    yield from simulated(1500)


def simulated(periods: int) -> Iterator[KnownAnswer]:
    """Long-run means of so many periods in a world; tolerances by renewal theory, at an error rate of 1e-4.

    A cycle takes 5 periods, or 6 with chance x; its sums over T periods differ from the mean by a standard deviation
    of |s1 - s0 - m|·sqrt(x (1 - x) / (5 + x) / T), s1 - s0 what the sixth period adds and m the mean.
    """
    held = posted_prices(duopoly(periods=periods), SEED)[IDLE:]
    market, top = held.min(axis=1), (held == 5 / STEPS).any(axis=1)
    x = mixing("edgeworth", DELTA)
    price, earned = (11 - x) / (5 + x) / STEPS, (35 - 5 * x) / (5 + x) / 72
    spread = sqrt(x * (1 - x) / (5 + x) / len(held))
    edge = 1 / len(held)  # a cycle may be cut at either end
    resets = float(np.mean(top[1:] & ~top[:-1]))
    for what, expected, adds, obtained in (
        ("mean market price", price, -1 / STEPS, market.mean()),
        ("profit of a firm", earned, -5 / 72, (market * (1 - market)).mean() / 2),
        ("resets a period", 1 / (5 + x), 0.0, resets),
    ):
        tolerance = Z * abs(adds - expected) * spread + edge
        case = f"{what} of {periods} periods"
        yield KnownAnswer(what=case, expected=expected, obtained=float(obtained), tolerance=tolerance)


def ask_rest() -> Iterator[KnownAnswer]:
    """Kinked sellers who begin in a war come back to the joint-monopoly price, and stay."""
    held = posted_prices(duopoly("kinked", opening=(1, 1), periods=200), SEED)
    yield from each("kinked, prices after a war", ["first", "second"], [0.5, 0.5], held[-1], relative=EXACT)


def wars(periods: int, discount: float = DELTA) -> float:
    """Wars a period that the detector counts in the moves of a world."""
    import polars as pl

    from pricewar.sim.analysis.wars.detector import find_wars
    from pricewar.sim.analysis.wars.settings import DetectorSettings

    simulation = prepare(duopoly(discount=discount, periods=periods), SEED)
    simulation.run()
    moves = pl.DataFrame(
        [(move.time, move.seller, "main", move.kind, move.after) for move in simulation.world.board.moves],
        schema=["time", "seller", "tier", "kind", "price"],
        orient="row",
        infer_schema_length=None,
    )
    settings = DetectorSettings(horizon=2, d_min=0.2, trend_window=0, min_panel=0, permutations=0)
    return len(find_wars(moves, settings, until=float(periods))) / periods


def ask_wars() -> Iterator[KnownAnswer]:
    """One war a cycle: the detector with H = 2 periods, D_min = .2 and no trend window, on the moves of sellers."""
    yield from counted(60_000)


def ask_few_wars() -> Iterator[KnownAnswer]:
    """The same in a shorter run."""
    yield from counted(1500)


def counted(periods: int) -> Iterator[KnownAnswer]:
    """Wars a period, against resets a period; the tolerance as in `simulated`."""
    x = mixing("edgeworth", DELTA)
    tolerance = Z * sqrt(x * (1 - x) / (5 + x) ** 3 / periods) + 1 / periods
    yield KnownAnswer(
        what=f"wars a period in {periods:,} periods", expected=1 / (5 + x), obtained=wars(periods), tolerance=tolerance
    )


CHECKS: tuple[Check, ...] = (
    Check(name="alternating.equilibria", source="Maskin & Tirole (1988), their grid of sixths", ask=ask_equilibria),
    Check(name="alternating.long_run", source="renewal theory: a cycle takes 5 or 6 periods", ask=ask_long_run),
    Check(name="alternating.simulated", source="renewal theory: a cycle takes 5 or 6 periods", ask=ask_simulated),
    Check(name="alternating.rest", source="Maskin & Tirole (1988), kinked demand", ask=ask_rest),
    Check(name="detector.few_cycles", source="renewal theory: a cycle takes 5 or 6 periods", ask=ask_few_wars),
    Check(name="detector.cycles", source="renewal theory: a cycle takes 5 or 6 periods", ask=ask_wars, slow=True),
)
