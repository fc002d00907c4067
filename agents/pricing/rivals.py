"""What a rule of thumb looks at: the rivals of a tier."""

import numpy as np

from pricewar.agents.pricing.books import Books, View


def rivals(books: Books, view: View, tier: str) -> list[int]:
    """Positions of other owners' offers in a tier, those aside that buyers host themselves."""
    board, partners = view.board, () if books.partners is None else books.partners.own
    return [
        int(k)
        for k in np.flatnonzero(board.live)
        if board.offers[k].tier == tier
        and board.offers[k].seller != books.seller
        and not board.offers[k].inside
        and k not in partners
    ]


def cheapest_rival(books: Books, view: View, tier: str) -> float | None:
    """Lowest price that another owner asks in a tier, None where there is none. [money/Mtok]"""
    return min((float(view.board.price[k]) for k in rivals(books, view, tier)), default=None)
