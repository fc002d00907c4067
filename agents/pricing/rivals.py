"""What a rule of thumb looks at: the rivals of a tier."""

import numpy as np

from agents.pricing.books import Books, View


def cheapest_rival(books: Books, view: View, tier: str) -> float | None:
    """Lowest price that another owner asks in a tier, None where there is none. [money/Mtok]"""
    board, partners = view.board, () if books.partners is None else books.partners.own
    prices = [
        float(board.price[k])
        for k in np.flatnonzero(board.live)
        if board.offers[k].tier == tier and board.offers[k].seller != books.seller and not board.offers[k].inside
        and k not in partners
    ]
    return min(prices, default=None)
