"""What a firm knows of others when it asks whether a focal price is worth holding (M6): no more than anybody can."""

import numpy as np

from pricewar.agents.mechanisms import LineState
from pricewar.agents.pricing.books import Convention
from pricewar.agents.sellers.firm import Firm
from pricewar.sim.market.board import Board, Move
from pricewar.sim.market.demand import Floats


def convention_of(firm: Firm, board: Board, state: LineState) -> Convention:
    """Who is on the board, how fast each answers, what the firm guesses of costs, and what hosts could take.

    state: what the mechanisms keep of its m lines on the board.
    """
    world, names = firm.world, [offer.seller for offer in board.offers]
    owners = [world.policies.owner(name) for name in names]
    rates = np.array([world.sellers[name].reviews for name in names]).reshape(-1, 2)
    alert = firm.context.mechanisms.attention
    since = world.clock.now - world.terms.attention_window
    return Convention(
        owner=np.unique(owners, return_inverse=True)[1].astype(np.intp),
        review_rate=rates[:, 0],
        alertness=rates[:, 1] if alert else np.zeros(len(names)),
        cuts=np.array(sorted({move.offer for move in recent_cuts(firm, since)} if alert else ()), dtype=np.intp),
        error=np.exp(firm.conduct.cost_error * np.array([_guess(firm, name) for name in names])),
        retention=firm.beliefs.retention,
        contested=contested(firm, board, state),
    )


def _guess(firm: Firm, rival: str) -> float:
    """How wrong the firm is about a rival's cost, in standard deviations: drawn once, zero of its own. [1]"""
    if rival not in firm.guesses:
        luck = firm.world.streams(firm.name, "guess", rival)
        firm.guesses[rival] = 0.0 if rival == firm.name else float(luck.standard_normal())
    return firm.guesses[rival]


def contested(firm: Firm, board: Board, state: LineState) -> Floats:
    """Rate at which hosts that may come take what is sold of each own line, shape (m,). [1/day]

    They look at the market at a public rate, and come for a line whose weights are open and whose focal price lies
    above theirs, a mark-up on a public cost.
    """
    own, prices = board.own(firm.name), state.focal.price
    rate = np.zeros(own.size)
    for m, k in enumerate(own.tolist()):
        offer = board.offers[k]
        for host in firm.context.hosts.get(offer.model, ()) if offer.open_weights else ():
            price = prices[m] if np.isfinite(prices[m]) else board.price[k]
            if host.fleet == 0.0 and host.price() < price:
                rate[m] += 1.0 / host.terms.look
    return rate


def recent_cuts(firm: Firm, since: float) -> list[Move]:
    """Rivals' cuts heard of after an instant, launches below the median among them, newest last."""
    cuts: list[Move] = []
    policies, now = firm.world.policies, firm.world.clock.now
    secret = policies.secrecy()
    for move in reversed(firm.world.board.moves):
        if move.time + secret <= since:
            break
        if move.is_cut and move.time + secret <= now and not policies.one_owner(move.seller, firm.name):
            cuts.append(move)
    return cuts[::-1]
