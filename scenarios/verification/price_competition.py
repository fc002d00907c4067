"""Price competition with logit demand: sellers who know shares only come to rest at the prices of theory."""

from collections.abc import Iterator, Sequence
from functools import cache
from math import exp

import numpy as np
from scipy.special import lambertw

from pricewar.agents.demand import ResponseSpec
from pricewar.agents.demand.linear_logit import LinearResponse
from pricewar.agents.demand.mixed_logit import MixedResponse
from pricewar.agents.demand.nested_logit import NestedResponse
from pricewar.agents.games.nash import nash
from pricewar.agents.pricing.fixed import Fixed
from pricewar.agents.sellers.spec import Seller
from pricewar.scenarios.run.play import play
from pricewar.scenarios.verification.answers import Check, KnownAnswer, each
from pricewar.scenarios.verification.worlds import POTENTIAL, seller, world
from pricewar.sim.market.demand import Floats

REST = 1e-10
"""Relative error of a price at rest: wishes closer than 1e-11 to what is posted are not posted."""
DAYS = 210
"""Days until rest: thirty reviews of everybody."""
FOUR = {"value": (3.0, 2.6, 2.2, 1.8), "cost": (1.0, 0.8, 0.5, 0.3), "owners": ((0,), (1,), (2,), (3,))}
"""Four products, each with a seller of its own."""
ANDERSON = "Anderson, de Palma & Thisse (1992), ch. 7"


@cache
def at_rest(
    value: tuple[float, ...],
    cost: tuple[float, ...],
    owners: tuple[tuple[int, ...], ...],
    response: ResponseSpec,
    nests: tuple[str, ...] = (),
    price: tuple[float, ...] = (),
    start: float | None = None,
) -> tuple[Floats, Floats, float]:
    """Prices, sales per customer and surplus per customer on the last day of a simulated market.

    price: where given, of sellers who never change it; else they best-respond. nests: tier of each product.
    start: list price of the first day; left out, well above cost. [money/Mtok]
    """

    def line(k: int) -> dict[str, object]:
        asked = price[k] if price else 1.4 * cost[k] + 0.3 if start is None else start
        return {"tier": f"line-{k}", "price": asked, "cost": cost[k], "value": value[k]}

    strategy = Fixed() if price else None
    sellers: list[Seller] = []
    for own in owners:
        lines = [line(k) for k in own]
        if nests:  # a nest is a tier: a product is then told by its seller
            lines = [{**line(k), "tier": nests[k]} for k in own]
        sellers.append(seller(*lines, strategy=strategy))
    run = play(world(sellers, response, days=DAYS))
    offers = run.tables["offers_daily"]
    last = offers.filter(offers["day"] == DAYS - 1).sort("seller", "tier")
    place = np.argsort(np.array([k for own in owners for k in own]))
    people = run.tables["segments_daily"]["surplus"][-1] / POTENTIAL
    return last["price"].to_numpy()[place], last["tokens"].to_numpy()[place] / POTENTIAL, float(people)


def _priced(what: str, expected: Sequence[float], obtained: Floats, relative: float = REST) -> list[KnownAnswer]:
    names = [f"price {k + 1}" for k in range(len(expected))]
    return each(what, names, expected, obtained, relative=relative)


def _monopoly() -> Iterator[KnownAnswer]:
    for a, c, mu, a0 in ((2.0, 1.0, 0.25, 0.0), (1.0, 0.0, 1.0, 0.0), (5.0, 2.0, 0.7, 1.0)):
        w = float(lambertw(np.exp((a - c - a0) / mu - 1.0)).real)
        price, sold, _ = at_rest((a,), (c,), ((0,),), LinearResponse(mu=mu, outside=a0))
        expected = (c + mu * (1.0 + w), w / (1.0 + w), mu * w)
        obtained = (price[0], sold[0], (price[0] - c) * sold[0])
        yield from each(f"a={a:g}, c={c:g}, μ={mu:g}, a0={a0:g}", ("price", "sales", "profit"), expected, obtained,
                        relative=REST)  # fmt: skip


def _symmetric() -> Iterator[KnownAnswer]:
    printed = {
        2: (1.472926660030623, 0.4713768092841031, 1.924980919017762, 0.3374904595088809),
        3: (1.370162729384164, 0.3246213620265818, 2.0, 0.25),
        4: (1.331460689883795, 0.2457627476499679, 2.054411180500137, 0.2011027951250343),
    }
    for n, (apart_price, sales, joint, profit) in printed.items():
        apart, together = tuple((k,) for k in range(n)), (tuple(range(n)),)
        price, sold, _ = at_rest((2.0,) * n, (1.0,) * n, apart, LinearResponse())
        yield from each(
            f"{n} sellers", ("Nash price", "sales"), (apart_price, sales), (price[0], sold[0]), relative=REST
        )
        price, sold, _ = at_rest((2.0,) * n, (1.0,) * n, together, LinearResponse())
        obtained = (price[0], (price[0] - 1.0) * sold[0])
        yield from each(f"{n} products, one seller", ("price", "profit"), (joint, profit), obtained, relative=REST)


def _pass_through() -> Iterator[KnownAnswer]:
    def slope(step: float) -> Floats:
        def at(cost: float) -> Floats:
            return at_rest((2.0, 2.0), (cost, 1.0), ((0,), (1,)), LinearResponse())[0]

        rise: Floats = (at(1.0 + step) - at(1.0 - step)) / (2.0 * step)
        return rise

    # Richardson's extrapolation: worlds rest within the rounding of their solvers, so the step cannot be tiny.
    own, cross = (4.0 * slope(0.005) - slope(0.01)) / 3.0
    yield from each("2 sellers, pass-through of cost", ("own", "cross", "industry"),
                    (0.6420606, 0.2698772, 0.9119379), (own, cross, own + cross), 5e-8)  # fmt: skip


def _asymmetric() -> Iterator[KnownAnswer]:
    for cheaper, expected in ((0.875, (1.4413488377473, 1.3958768262159)), (0.5, (1.3723266624968, 1.2037723459797))):
        price = at_rest((2.0, 2.0), (1.0, cheaper), ((0,), (1,)), LinearResponse())[0]
        yield from _priced(f"costs 1 and {cheaper:g}", expected, price)
    price = at_rest((2.0, 2.0), (1.0, 0.5), ((0, 1),), LinearResponse())[0]
    yield from _priced("costs 1 and 0.5, one seller", (2.1984024878717, 1.6984024878717), price)


def _merger() -> Iterator[KnownAnswer]:
    value, cost = FOUR["value"], FOUR["cost"]
    cases = {
        "four sellers": (
            ((0,), (1,), (2,), (3,)),
            (1.62131927715419, 1.34271586723559, 1.01315407811697, 0.77002025880863),
            1.791576215548776,
        ),
        "1 and 2 merged": (
            ((0, 1), (2,), (3,)),
            (1.81005475861001, 1.61005475861001, 1.05616333147651, 0.79808243326993),
            1.65190049115723,
        ),
    }
    for name, (owners, prices, surplus) in cases.items():
        price, _, obtained = at_rest(value, cost, owners, LinearResponse(mu=0.4))
        yield from _priced(name, prices, price)
        yield KnownAnswer(
            what=f"{name}: consumer surplus", expected=surplus, obtained=obtained, tolerance=REST * surplus
        )


def _homogeneous() -> Iterator[KnownAnswer]:
    for mu, expected in ((0.01, (1.01021650218, 0.97188910482)), (0.001, (1.00100202511, 0.994799894748))):
        # Prices that are hundreds of scales apart leave no customer to learn demand from: both begin at one price.
        price = at_rest((2.0, 2.0), (1.0, 0.5), ((0,), (1,)), LinearResponse(mu=mu), start=1.0)[0]
        yield from _priced(f"costs 1 and 0.5, μ={mu:g}", expected, price)


def _nested() -> Iterator[KnownAnswer]:
    printed = {
        0.0: (1.62131927715419, 1.34271586723559, 1.01315407811697, 0.77002025880863),
        0.3: (1.5000576738627, 1.2028121853748, 0.9225413309243, 0.6546393219101),
    }
    for sigma, expected in printed.items():
        response = NestedResponse(mu=0.4, correlation=sigma)
        price = at_rest(**FOUR, response=response, nests=("upper", "upper", "lower", "lower"))[0]
        yield from _priced(f"nests {{1,2}} and {{3,4}}, σ={sigma:g}", expected, price)


def _mixed() -> Iterator[KnownAnswer]:
    price = at_rest(**FOUR, response=MixedResponse(mu=0.4, deviation=0.5))[0]
    expected = (1.773547019, 1.397796499, 1.009150229, 0.743329464)
    yield from each("ω=0.5", [f"price {k}" for k in (1, 2, 3, 4)], expected, price, 1e-6)
    # Sellers at rest have searched all prices; the first-order conditions alone must give the same.
    response = MixedResponse(mu=0.4, deviation=0.5)
    value, cost = np.array(FOUR["value"]), np.array(FOUR["cost"])
    demand = response.system([response], response.worth(value)[None, :], np.ones(1), ())
    solved = nash(demand, 1.2 * np.array(expected), [np.array([k]) for k in range(4)], cost)
    yield from each("ω=0.5, first-order conditions", [f"price {k}" for k in (1, 2, 3, 4)], expected, solved, 1e-6)
    price = at_rest(**FOUR, response=MixedResponse(mu=0.4, deviation=0.0))[0]
    yield from _priced("ω=0 is the plain logit", _plain_nash(), price)


def _plain_nash() -> list[float]:
    return [1.62131927715419, 1.34271586723559, 1.01315407811697, 0.77002025880863]


def _substitution() -> Iterator[KnownAnswer]:
    """Take product 2 from the market at given prices: what becomes of the ratio of 1 to 3?"""
    prices = tuple(_plain_nash())

    def ratio(response: ResponseSpec, kept: tuple[int, ...]) -> float:
        value, cost = (tuple(FOUR[key][k] for k in kept) for key in ("value", "cost"))
        owners = tuple((k,) for k in range(len(kept)))
        sold = at_rest(value, cost, owners, response, price=tuple(prices[k] for k in kept))[1]
        return float(sold[kept.index(0)] / sold[kept.index(2)])

    utility = (np.array(FOUR["value"]) - prices) / 0.4
    odds = exp(utility[0] - utility[2])
    for name, kept in (("with", (0, 1, 2, 3)), ("without", (0, 2, 3))):
        yield KnownAnswer(
            what=f"plain logit: ratio of 1 to 3 {name} 2",
            expected=odds,
            obtained=ratio(LinearResponse(mu=0.4), kept),
            tolerance=1e-12 * odds,
        )
    mixed = MixedResponse(mu=0.4, deviation=0.5)
    change = abs(ratio(mixed, (0, 2, 3)) / ratio(mixed, (0, 1, 2, 3)) - 1.0)
    yield KnownAnswer(what="mixed logit: its change", relation="≥", expected=0.01, obtained=change)


CHECKS = (
    Check(name="price.monopoly", source=f"{ANDERSON}: p = c + μ(1+W)", ask=_monopoly),
    Check(name="price.symmetric", source=ANDERSON, ask=_symmetric),
    Check(name="price.pass_through", source="Weyl & Fabinger (2013); logit duopoly", ask=_pass_through),
    Check(name="price.asymmetric", source=ANDERSON, ask=_asymmetric),
    Check(name="price.merger", source="Werden & Froeb (1994); pyblp 1.3", ask=_merger),
    Check(name="price.homogeneous_limit", source=f"{ANDERSON}: μ towards 0", ask=_homogeneous),
    Check(name="price.nested_logit", source="Cardell (1997); Berry (1994)", ask=_nested),
    Check(name="price.mixed_logit", source="McFadden & Train (2000)", ask=_mixed),
    Check(name="price.substitution", source="Luce (1959); Debreu (1960)", ask=_substitution),
)
