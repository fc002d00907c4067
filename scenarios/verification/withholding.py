r"""Owners of machines who decide how many to offer: Cournot (1838) in the market for rented machines.

The market (`sim.market.rental`) finds the rent at which what is offered is let. An owner who knows that offers as many
machines as earn most, taking what the others offer as given: at its best :math:`r + q\,r'(Q) = \text{running cost}`,
or everything it has. What is offered is committed: it is let at any rent. Were it withdrawn below its running cost, an
owner who runs cheaper would offer more than Cournot's quantity and push the dearer ones out at their own cost.

Simplification: the owner looks at its profit at so many quantities first and solves that condition around the best of
them, so that a profit with several tops is met at the right one, but only as finely as it looks.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from pricewar.sim.market.rental import Cleared, Stock

LOOKS = 40
"""Quantities at which profit is looked at first."""
NUDGE = 1e-3
"""Change of quantity, as a share of what there is, over which marginal profit is measured."""

Clearing = Callable[[Sequence[Stock]], Cleared]
"""The market: from what is offered to the rent and who lets how much."""


def committed(owner: str, count: float) -> Stock:
    """Machines that are offered at any rent. [accelerator]"""
    return Stock(owner, count, running=0.0)


def best_offer(offered: Sequence[Stock], mine: int, idle: float, running: float, clearing: Clearing) -> float:
    """Machines that earn their owner most if all others offer what they do. [accelerator]

    offered: what everybody offers now, committed. mine: position of the owner's stock among them. idle: what it could
    offer, above 0. [accelerator] running: what running one costs it. [money/accelerator-hour] clearing: how the market
    answers what is offered.
    """
    from scipy.optimize import brentq

    def profit(quantity: float) -> float:
        trial = [replace(stock, count=quantity) if i == mine else stock for i, stock in enumerate(offered)]
        cleared = clearing(trial)
        return cleared.rent * cleared.let.get(offered[mine].owner, 0.0) - running * quantity

    step = NUDGE * idle / LOOKS

    def marginal(quantity: float) -> float:
        """Five points: exact for profits up to the fourth power of quantity."""
        one = profit(quantity + step) - profit(quantity - step)
        two = profit(quantity + 2.0 * step) - profit(quantity - 2.0 * step)
        return (8.0 * one - two) / (12.0 * step)

    looked = np.linspace(0.0, idle, LOOKS + 1)
    best = int(np.argmax([profit(quantity) for quantity in looked.tolist()]))
    low, high = float(looked[max(best - 1, 0)]) + 2.0 * step, float(looked[min(best + 1, LOOKS)])
    if marginal(high) >= 0.0:
        return high
    if marginal(low) <= 0.0:
        return 0.0
    return float(brentq(marginal, low, high, xtol=1e-14 * idle))
