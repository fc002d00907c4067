r"""Lock-in: the stationary duopoly with a switching cost, no outside good (Klemperer 1987; Farrell & Klemperer 2007).

The world is that of the customers of one seller, the supplier: its offer is worth the switching cost s more to them
than the rival's. Sellers best-respond with the prize b(V_in - V_out) of a customer won in their cost. V_in and V_out,
what it is worth to be the supplier of a customer or not, are reckoned from the prices and shares at which that market
comes to rest; the prize is the one that such a world confirms.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp, log, sqrt

from pricewar.agents.demand.linear_logit import LinearResponse
from pricewar.agents.mechanisms import Mechanisms
from pricewar.agents.pricing.books import Conduct
from pricewar.agents.pricing.prize import Prize
from pricewar.scenarios.run.play import prepare
from pricewar.scenarios.verification.answers import Check, KnownAnswer, each
from pricewar.scenarios.verification.worlds import seller, world
from pricewar.sim.economics.curves import DAYS_PER_YEAR

SOURCE = "closed form s = ln z + z - 1/z with z the odds of staying (Klemperer 1987; Farrell & Klemperer 2007, 2.6)"
MU, COST = 0.5, 5.0
"""Scale of tastes and cost of the sellers who count a customer won. [money/Mtok]"""
DAYS = 40
"""Long enough to rest: sellers review every day, one after the other."""


@dataclass(frozen=True, slots=True)
class Rest:
    """Where a market of a supplier and its rival comes to rest."""

    inside: float
    """Supplier's price less cost. [money/Mtok]"""
    outside: float
    """Rival's. [money/Mtok]"""
    stays: float
    """Share of the customers who stay. [1]"""

    @property
    def transaction(self) -> float:
        """What customers pay on average, less cost. [money/Mtok]"""
        return self.stays * self.inside + (1.0 - self.stays) * self.outside

    @property
    def advantage(self) -> float:
        """What the supplier earns today on a customer, less what the rival does. [money/Mtok]"""
        return self.stays * self.inside - (1.0 - self.stays) * self.outside


def rest(s: float, prize: float, mu: float = 1.0) -> Rest:
    """Let two sellers, to whom a sale is worth the same prize, best-respond until they rest.

    s: switching cost. prize: b(V_in - V_out). mu: scale of tastes. All in [money/Mtok].
    """
    cost = s + mu  # it only lifts prices above zero: the prize z - 1/z never exceeds s
    line = {"tier": "main", "price": cost + 2.0 * mu, "cost": cost}
    scenario = world(
        {
            "supplier": seller({**line, "value": s}, strategy=Prize(prize=prize)),
            "rival": seller(line, strategy=Prize(prize=prize)),
        },
        LinearResponse(mu=mu, outside=-cost - 100.0 * mu),  # nobody goes without
        days=DAYS,
        burn_in=1,
        segment={"potential": 1.0, "contract": 0.01},
        conduct=Conduct(review_rate=1.0, regular=True),
    )
    simulation = prepare(scenario, seed=1)
    simulation.run()
    board, shares = simulation.world.board, simulation.world.buyers.shares()[0]
    supplier, rival = board.position("supplier", "main"), board.position("rival", "main")
    assert supplier is not None
    assert rival is not None
    return Rest(float(board.price[supplier]) - cost, float(board.price[rival]) - cost, float(shares[supplier]))


def stationary(s: float, b: float, mu: float = 1.0) -> Rest:
    r"""The market at rest with the prize that it confirms.

    :math:`V_{in} - V_{out} = D m_{in} - (1-D) m_{out} + b(2D-1)(V_{in} - V_{out})`, sought by secants over worlds.
    """
    from scipy.optimize import root_scalar

    def gap(prize: float) -> float:
        market = rest(s, prize, mu)
        return b * market.advantage + b * (2.0 * market.stays - 1.0) * prize - prize

    prize = float(root_scalar(gap, x0=0.0, x1=0.5 * b * mu, xtol=1e-12 * mu).root) if b > 0.0 else 0.0
    return rest(s, prize, mu)


def closed(s: float, b: float, mu: float = 1.0) -> Rest:
    """The closed form."""
    from scipy.optimize import brentq

    # In the logarithm of the odds, which are e to the switching cost at most.
    z = exp(brentq(lambda x: x + exp(x) - exp(-x) - s / mu, 0.0, max(s / mu, 1e-9), xtol=1e-15))
    prize = b * (z - 1.0 / z)
    assert s == 0.0 or abs(log(z) + z - 1.0 / z - s / mu) < 1e-12 * max(1.0, s / mu)
    return Rest(mu * (1.0 + z - prize), mu * (1.0 + 1.0 / z - prize), z / (1.0 + z))


def _three(what: str, s: float, b: float, mu: float = 1.0) -> Iterator[KnownAnswer]:
    obtained, expected = stationary(s, b, mu), closed(s, b, mu)
    names = ("supplier's price", "rival's price", "mean price paid")
    yield from each(
        what,
        names,
        (expected.inside, expected.outside, expected.transaction),
        (obtained.inside, obtained.outside, obtained.transaction),
        tolerance=1e-10 * mu,
    )


def small_switching_costs() -> Iterator[KnownAnswer]:
    """Three prices at a small switching cost."""
    yield from _three("s = 1, b = .95", 1.0, 0.95)


def cheapest_switching_cost() -> Iterator[KnownAnswer]:
    """The switching cost at which customers pay least: mean price 2 sqrt(1 - b^2), where z^2 = (1+b)/(1-b)."""
    b = 0.95
    z = sqrt((1.0 + b) / (1.0 - b))
    s = log(z) + z - 1.0 / z
    for step in (0.0, -0.5, 0.5):
        yield KnownAnswer(
            what=f"mean price where customers pay least, s = {s:.6f}{f' {step:+g}' if step else ''}, b = .95",
            expected=2.0 * sqrt(1.0 - b * b),
            obtained=stationary(s + step, b).transaction,
            tolerance=0.0 if step else 1e-10,
            relation="≥" if step else "=",
        )


def sellers_who_look_ahead() -> Iterator[KnownAnswer]:
    """A small switching cost lowers the mean price of sellers who look ahead, and raises that of others."""
    for b, whose in ((0.95, "sellers who look ahead"), (0.0, "sellers who do not")):
        paid = stationary(0.5, b).transaction
        yield KnownAnswer(
            what=f"mean price of {whose}, s = .5, b = {b:g}",
            expected=closed(0.5, b).transaction,
            obtained=paid,
            tolerance=1e-10,
        )
        # Without a switching cost both ask cost plus 2 mu.
        yield KnownAnswer(
            what=f"{'2, the price without a switching cost, over it' if b > 0.0 else 'it over 2'}, b = {b:g}",
            expected=1.0,
            obtained=2.0 / paid if b > 0.0 else paid / 2.0,
            relation="≥",
        )


def customer_won() -> Iterator[KnownAnswer]:
    r"""M5: alike sellers whose customers are loyal rest at cost plus 2 mu less what a customer won is worth.

    The prize is :math:`m\,X_{g,H}/(1 + X_{0,\infty})`, with m the mark-up over cost while the rival asks p,
    :math:`m = \mu(1 + e^{(p-c-m)/\mu})`, and later sales
    :math:`X_{g,H} = \rho \int_0^H e^{(g-r)t} (e^{-\rho(1-\Delta)t} - e^{-\rho t})\,dt`, where :math:`\Delta = 2D - 1`
    and :math:`e^\lambda` are the odds D/(1 - D) of staying (Farrell & Klemperer 2007, 2.6).
    """
    from scipy.integrate import quad
    from scipy.optimize import brentq

    for loyalty, contract, horizon, discount, growth in ((1.0, 60.0, 3.0, 0.15, 0.0), (0.5, 20.0, 1.0, 0.3, 0.8)):
        stays = exp(loyalty) / (1.0 + exp(loyalty))
        advantage, pace = 2.0 * stays - 1.0, DAYS_PER_YEAR / contract

        def flow(t: float, a: float = advantage, pace: float = pace, net: float = growth - discount) -> float:
            return exp(net * t) * (exp(-pace * (1.0 - a) * t) - exp(-pace * t))

        later = pace * quad(flow, 0.0, horizon, epsrel=1e-13)[0]
        mature = pace / (discount + pace * (1.0 - advantage)) - pace / (discount + pace)
        prize = later / (1.0 + mature)

        def gap(markup: float, prize: float = prize) -> float:
            price = COST + 2.0 * MU - markup * prize
            return MU * (1.0 + exp((price - COST - markup) / MU)) - markup

        markup = brentq(gap, MU, 2.0 * MU, xtol=1e-15)
        yield KnownAnswer(
            what=f"price of alike sellers, λ = {loyalty:g}, contracts of {contract:g} days, growth {growth:g}, "
            f"{horizon:g} years at {discount:g}",
            expected=COST + 2.0 * MU - markup * prize,
            obtained=_looking_ahead(loyalty, contract, horizon, discount, growth),
            tolerance=1e-9,
        )


def _looking_ahead(loyalty: float, contract: float, horizon: float, discount: float, growth: float) -> float:
    """Price at which two alike best responders come to rest who count what a customer won is worth. [money/Mtok]"""
    conduct = Conduct(review_rate=1.0, regular=True, menu_cost=0.0, horizon=horizon, discount=discount, exit_hazard=0.0)
    lines = [seller({"price": COST + 2.0 * MU, "cost": COST}) for _ in range(2)]
    scenario = world(
        lines,
        LinearResponse(mu=MU, outside=-100.0),
        days=DAYS,
        segment={"contract": contract, "loyalty": loyalty, "growth": growth},
        conduct=conduct,
        mechanisms=Mechanisms(open_release=False, focal_prices=False, attention=False, lock_in=True),
        burn_in=1,
    )
    simulation = prepare(scenario, seed=1)
    simulation.run()
    return float(simulation.world.board.price.mean())


CHECKS: tuple[Check, ...] = (
    Check(name="lock_in.small", source=SOURCE, ask=small_switching_costs),
    Check(name="lock_in.cheapest", source=SOURCE, ask=cheapest_switching_cost),
    Check(name="lock_in.sign", source=SOURCE, ask=sellers_who_look_ahead),
    Check(
        name="lock_in.customer_won",
        source="later sales by quadrature; Farrell & Klemperer (2007), 2.6",
        ask=customer_won,
    ),
)
