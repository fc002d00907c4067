"""Best response of a seller to whom every sale is worth a given prize beyond its margin.

The prize is what theory says a customer won or a lesson learnt is worth, the discounted b·(V_win - V_lose) of a dynamic
game (Klemperer 1987; Cabral & Riordan 1994). It enters the first-order condition where the mechanisms M4 and M5 enter
it, as a deduction from cost, but is given outright instead of being estimated from the market: for textbook cases.
"""

from dataclasses import replace
from typing import Annotated, Literal

import numpy as np
from pydantic.dataclasses import dataclass

from pricewar.agents.games.first_order import best_response
from pricewar.agents.pricing.best_response import pricing_problem
from pricewar.agents.pricing.books import Books, Decision, View
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import Unit


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Prize:
    """Best-responds to the board, counting a given prize for every sale."""

    kind: Literal["prize"] = "prize"
    """Which strategy."""
    prize: Annotated[float, Unit("money/Mtok", money=1)] = 0.0
    """What a sale is worth beyond its margin; negative where it costs something later."""

    def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
        """Solve the first-order condition at cost less the prize; every change is worth making."""
        del luck
        ahead = replace(books, future_value=books.future_value + self.prize)
        problem = pricing_problem(ahead, view)
        solution = best_response(problem, np.maximum(view.board.price[books.own], 1e-3 * books.first))
        return Decision(solution.price, "best response, with a prize for each sale", "best_response", solution.shadow)
