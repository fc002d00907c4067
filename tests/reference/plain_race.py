"""The race down the learning curve (Besanko, Doraszelski, Kryukov & Satterthwaite 2010), state by state and in place.

From V = 0 and p = 8: in every state the seller best-responds to the price that its rival last had there, and values it
(Pakes & McGuire 1994). The best price against a logit rival is found by bisection.
"""

from math import exp

Table = dict[tuple[int, int], float]


def race(
    progress: float, forgetting: float, levels: int, bottom: int, *, first_cost: float = 10.0, beta: float = 1 / 1.05
) -> tuple[Table, Table]:
    """Prices and values by (own, rival) stock of know-how."""
    from math import log2

    stocks = range(1, levels + 1)
    value = {(i, j): 0.0 for i in stocks for j in stocks}
    price = {(i, j): 8.0 for i in stocks for j in stocks}
    for _ in range(5000):
        largest = 0.0
        for i in stocks:
            for j in stocks:
                win = sum(
                    a * b * value[k, m]
                    for k, a in after(i, 1, forgetting, levels)
                    for m, b in after(j, 0, forgetting, levels)
                )
                lose = sum(
                    a * b * value[k, m]
                    for k, a in after(i, 0, forgetting, levels)
                    for m, b in after(j, 1, forgetting, levels)
                )
                cost = first_cost * progress ** log2(min(i, bottom))
                mine = best(cost - beta * (win - lose), price[j, i])
                sold = 1.0 / (1.0 + exp(mine - price[j, i]))
                worth = sold * (mine - cost) + beta * (sold * win + (1.0 - sold) * lose)
                largest = max(largest, abs(worth - value[i, j]), abs(mine - price[i, j]))
                value[i, j], price[i, j] = worth, mine
        if largest < 1e-11:
            return price, value
    raise AssertionError("the plain race does not settle")


def after(stock: int, sale: int, forgetting: float, levels: int) -> list[tuple[int, float]]:
    """The next stock and its chance; a full stock that sells stays full, and one unit that does not sell stays one."""
    lost = 1.0 - (1.0 - forgetting) ** stock
    if stock == levels and sale:
        return [(levels, 1.0)]
    if stock == 1 and not sale:
        return [(1, 1.0)]
    return [(stock + sale, 1.0 - lost), (stock + sale - 1, lost)]


def best(cost: float, rival: float) -> float:
    """The price p with p - cost = 1/(1 - D) = 1 + e^(rival - p)."""
    low, high = cost + 1.0, cost + 2.0 + max(0.0, rival - cost)
    for _ in range(200):
        middle = (low + high) / 2.0
        low, high = (middle, high) if middle - cost < 1.0 + exp(rival - middle) else (low, middle)
    return (low + high) / 2.0
