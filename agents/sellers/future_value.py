"""What a sale is worth beyond today's margin: a customer won (M5), experience gained (M4), cut short by distress (M8).

Both enter the first-order condition as a deduction from cost, c - b·(V_win - V_lose). The weight b of distress is not a
number of its own: a seller counts what falls within its runway, so the shorter that is, the less the future weighs.
"""

import numpy as np

from pricewar.agents.games.first_order import long_run_markup
from pricewar.agents.machines.experience import value_of_a_sale
from pricewar.agents.sellers.firm import Firm
from pricewar.sim.economics.curves import DAYS_PER_YEAR
from pricewar.sim.market.beliefs import later_sales
from pricewar.sim.market.board import Board
from pricewar.sim.market.demand import Demand, Floats, Ints

MATURE = 1e3
"""Years that stand for no horizon, where discounting ends the sum by itself. [year]"""


def future_value(firm: Firm, board: Board, unit: Floats) -> Floats:
    """Deduction from the cost of every own offer, shape (m,). [money/Mtok]

    unit: full serving cost of each, shape (m,). [money/Mtok]
    """
    switches, own = firm.context.mechanisms, board.own(firm.name)
    worth = np.zeros(own.size)
    if own.size == 0 or not (switches.lock_in or switches.learning):
        return worth
    demand = firm.demand(board)
    if switches.lock_in:
        worth += customer_won(firm, board, demand, long_run_markup(demand, board.price, own, unit))
    lesson = firm.context.economy.technology.learning
    if switches.learning and lesson is not None and firm.world.clock.now >= 0.0:
        experience = firm.context.economy.experience
        quantity = demand.quantities(board.price)[own]
        pace = DAYS_PER_YEAR * float(quantity.sum())
        years = min(firm.conduct.horizon, firm.runway / DAYS_PER_YEAR)
        saved = DAYS_PER_YEAR * float(quantity @ unit)
        stock = experience.stock(firm.name)
        if stock > 0.0:
            worth += value_of_a_sale(saved, stock, pace, lesson.exponent, discounting(firm), years)
    return worth


def discounting(firm: Firm) -> float:
    """Rate at which the future counts less: interest, and the chance of not being there. [1/year]"""
    return firm.conduct.discount + (firm.conduct.exit_hazard if firm.role == "lab" else 0.0)


def customer_won(firm: Firm, board: Board, demand: Demand, markup: Floats) -> Floats:
    r"""M5: what a customer won is worth per Mtok of its first contract, shape (m,). [money/Mtok]

    Expected long-run margin × sales after the first contract (`later_sales`), over the horizon or the runway. The
    long-run margin is that of a mature market in which everybody reckons so: the mark-up m solves m = m' - m·X, with
    m' the static one and X the later sales without growth and without end. Rivals that may leave raise the prize by
    1/(1 - x), x their expected share.

    markup: static long-run mark-up of each own offer, `long_run_markup`, shape (m,). [money/Mtok]
    """
    world = firm.world
    retention, own = firm.beliefs.retention, board.own(firm.name)
    share, size = demand.shares(board.price), world.buyers.potential(world.clock.now)
    owner = np.array([offer.seller == firm.name for offer in board.offers])
    mine = share[:, owner].sum(axis=1, keepdims=True)
    others = np.hstack([mine, share[:, ~owner]])  # loyalty is to the seller, whichever of its models one uses
    advantage = retention.locked[:, None] * retention.advantage(others)[:, :1]
    discount, rate = discounting(firm), retention.rate
    years = min(firm.conduct.horizon, firm.runway / DAYS_PER_YEAR)
    still = later_sales(advantage, rate, np.zeros_like(rate), discount, MATURE)
    grown = later_sales(advantage, rate, _growth(firm), discount, years)
    weight = size[:, None] * share[:, own]
    weight = weight / np.maximum(weight.sum(axis=0), 1e-300)
    prize: Floats = markup * (weight * (grown / (1.0 + still))).sum(axis=0)
    return prize / (1.0 - _may_leave(firm, board, share, size))


def _growth(firm: Firm) -> Floats:
    """Expected growth of a customer's worth: of its volume, less the fall of the cost on which margins stand, (S,)."""
    return firm.world.buyers.expected_growth(firm.world.clock.now) - firm.context.economy.decline()


def _may_leave(firm: Firm, board: Board, share: Floats, size: Floats) -> float:
    """Expected share of rivals that leave within the horizon, judged from public signs only. [1]

    M8 (Benoit 1984; Busse 2002): a lab or a host all of whose prices lie below what the same tier costs the judging
    firm in full looks distressed, and leaves at the publicly known rate. Clouds live on other business.
    Simplification: rivals' costs are unknown, and a firm takes its own for theirs.
    """
    if not firm.context.mechanisms.distress:
        return 0.0
    cost = {tier: firm.unit_cost(tier) for tier in firm.lines}
    bought = size @ share
    total, leaving = float(bought.sum()), 0.0
    for name in sorted({offer.seller for offer in board.offers} - {firm.name}):
        offers: Ints = board.own(name)
        if offers.size == 0 or firm.world.sellers[name].role not in ("lab", "host"):
            continue
        below = [board.price[k] < cost.get(board.offers[k].tier, 0.0) for k in offers]
        if all(below):
            leaving += float(bought[offers].sum())
    chance = -np.expm1(-firm.conduct.exit_hazard * firm.conduct.horizon)
    return float(chance * leaving / total) if total > 0.0 else 0.0
