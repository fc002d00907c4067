"""Applications spread as Bass (1969) says, and a hazard answers the price by its elasticity.

Agents are held against the exact mean of the finite population, towards which the curve is biased; the continuum
against the closed form F(t) = (1 - e^-(p+q)t) / (1 + (q/p) e^-(p+q)t).
"""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from pricewar.agents.buyers.applications import BEGIN, Applications, imitated
from pricewar.agents.buyers.population import ContinuousPopulation, SampledPopulation
from pricewar.agents.buyers.spec import Segment
from pricewar.agents.demand.linear_logit import LinearResponse
from pricewar.agents.demand.log_logit import LogResponse
from pricewar.sim.kernel.streams import Streams
from pricewar.sim.market.board import Board, Offer
from pricewar.sim.market.demand import Floats

P, Q = 0.03, 0.38
BASS = Applications(start=1, ceiling=2, innovation=P, imitation=Q, affordability=0.0)
EXACT = {100: (0.7949124398, 0.0812104), 1000: (0.8110541498, 0.0239191)}
"""Mean and standard deviation of the share after ten years, by number of agents."""
YEAR = 365.25
STEP = YEAR / 10.0
"""Of the agents; how far it takes the mean from the truth is computed and added to the tolerance. [day]"""
ERROR_RATE = 3.9
"""Standard errors beyond which a true mean lies once in ten thousand."""


def board_of(*prices: float, appeal: float = 0.0) -> Board:
    """One offer of each seller a, b, ... at these prices."""
    board = Board()
    for k, price in enumerate(prices):
        board.put(offer(chr(ord("a") + k), appeal), price)
    return board


def offer(seller: str, appeal: float = 0.0, *, inside: bool = False) -> Offer:
    return Offer(
        seller=seller, tier="x", model="m", capability=0.0, appeal=appeal, value=0.0, open_weights=False,
        inside=inside, output_ratio=1.0, launched=0.0,
    )  # fmt: skip


def everybody(spec: Applications, **other: float) -> Segment:
    """Buyers who all have a supplier and keep it."""
    return Segment(potential=100.0, contract=1e9, applications=spec, **other)  # type: ignore[arg-type]


def opened(buyers: SampledPopulation | ContinuousPopulation, board: Board) -> None:
    buyers.look(board, np.zeros(len(board.offers)))
    buyers.open(0.0)


def after(buyers: SampledPopulation | ContinuousPopulation, years: float) -> Floats:
    """Mean applications per adopter so many years after they began to move."""
    buyers.renew(BEGIN + years * YEAR + 1e-6)
    mean: Floats = buyers.figures(BEGIN + years * YEAR)["applications"]
    return mean


def bass(t: float) -> float:
    decay = np.exp(-(P + Q) * t)
    return float((1.0 - decay) / (1.0 + Q / P * decay))


def replications(size: int, number: int, spec: Applications) -> Floats:
    """Share in use after ten years, in many segments that know nothing of one another."""
    names = [f"r{i:04d}" for i in range(number)]
    segments = {name: everybody(replace(spec, step=STEP)) for name in names}
    buyers = SampledPopulation(segments, size * number, {}, Streams(5))
    opened(buyers, board_of(10.0, appeal=60.0))
    return after(buyers, 10.0) - 1.0


def step_error(step: float) -> float:
    """How far steps of this length take the mean curve from the true one at ten years."""
    continuum = ContinuousPopulation({"all": everybody(replace(BASS, step=step))}, 1)
    opened(continuum, board_of(10.0, appeal=60.0))
    return abs(float(after(continuum, 10.0)[0]) - 1.0 - bass(10.0))


@pytest.mark.nightly
@pytest.mark.parametrize(("size", "number"), [(100, 400), (1000, 100)], ids=["100 agents", "1000 agents"])
def test_agents_have_the_exact_mean_and_spread_of_the_finite_bass_model(size: int, number: int) -> None:
    mean, deviation = EXACT[size]
    share = replications(size, number, BASS)
    tolerance = ERROR_RATE * deviation / np.sqrt(number) + step_error(STEP)
    assert abs(share.mean() - mean) < tolerance
    assert abs(share.std(ddof=1) / deviation - 1.0) < ERROR_RATE / np.sqrt(2.0 * number) + 0.05


def test_that_test_rejects_agents_who_imitate_a_fifth_less() -> None:
    mean, deviation = EXACT[100]
    share = replications(100, 200, replace(BASS, imitation=0.8 * Q))
    assert abs(share.mean() - mean) > ERROR_RATE * deviation / np.sqrt(200) + step_error(STEP)


def test_the_continuum_follows_the_curve_of_bass() -> None:
    continuum = ContinuousPopulation({"all": everybody(replace(BASS, step=YEAR / 365.0))}, 1)
    opened(continuum, board_of(10.0, appeal=60.0))
    assert_allclose(after(continuum, 5.0) - 1.0, 0.331198642491, atol=1e-7)
    assert_allclose(after(continuum, 10.0) - 1.0, 0.812803221221, atol=1e-7)


def test_a_step_of_half_the_length_has_a_quarter_of_the_error() -> None:
    assert_allclose(step_error(YEAR / 8.0) / step_error(YEAR / 16.0), 4.0, rtol=0.1)


@pytest.mark.parametrize("price", [0.0, 2.0, 40.0])
def test_the_first_hazard_answers_price_and_own_cost_by_the_affordability(price: float) -> None:
    response = LogResponse(own_cost=0.5, reference=10.0)
    spec = Applications(ceiling=2, innovation=0.1, imitation=0.0, affordability=1.3, step=1.0)
    continuum = ContinuousPopulation({"all": everybody(spec, response=response)}, 1)  # type: ignore[arg-type]
    opened(continuum, board_of(price, appeal=60.0))
    hazard = 0.1 * ((price + 0.5) / 10.5) ** -1.3
    assert_allclose(after(continuum, 1.0) - 1.0, 1.0 - np.exp(-hazard * 365.0 / YEAR), rtol=1e-9)


def test_with_many_open_applications_each_fills_as_one_does() -> None:
    # Without imitation the number added is binomial: mean and variance of 8 slots that fill at rate .2 for 3 years.
    spec = Applications(ceiling=9, innovation=0.2, imitation=0.0, affordability=0.0, step=YEAR / 4.0)
    buyers = SampledPopulation({"all": everybody(spec)}, 40_000, {}, Streams(3))
    opened(buyers, board_of(10.0, appeal=60.0))
    after(buyers, 3.0)
    uses = buyers.members[0].uses
    assert uses is not None
    added, share = uses.number - 1.0, 1.0 - np.exp(-0.6)
    variance = 8.0 * share * (1.0 - share)
    assert abs(added.mean() - 8.0 * share) < ERROR_RATE * np.sqrt(variance / added.size)
    assert abs(added.var() / variance - 1.0) < 0.04


def test_uses_spread_to_a_segment_that_would_never_begin_alone() -> None:
    leader = everybody(replace(BASS, innovation=0.3))
    for spread, begins in ((0.0, False), (0.5, True)):
        segments = {"language": leader, "vision": everybody(replace(BASS, innovation=0.0, spread=spread))}
        for buyers in (SampledPopulation(segments, 2000, {}, Streams(1)), ContinuousPopulation(segments, 2000)):
            opened(buyers, board_of(10.0, appeal=60.0))
            assert (after(buyers, 5.0)[1] > 1.05) is np.bool_(begins)


def test_imitation_reads_the_others_together_in_proportion_to_their_room() -> None:
    read = imitated(np.array([30.0, 10.0, 0.0]), np.array([40.0, 100.0, 60.0]), np.array([0.0, 0.5, 1.0]))
    assert_allclose(read, [0.75, 0.5 * 0.1 + 0.5 * 0.3, 40.0 / 140.0])


def test_where_there_is_nobody_else_all_imitation_is_ones_own() -> None:
    assert_allclose(imitated(np.array([3.0]), np.array([4.0]), np.array([1.0])), 0.75)


def test_agents_and_continuum_agree_where_buyers_come_and_go() -> None:
    segment = Segment(
        potential=100.0, contract=30.0, loyalty=1.0, adoption=0.3,
        applications=Applications(ceiling=5, innovation=0.3, imitation=1.0, affordability=0.5),
    )  # fmt: skip
    sampled, continuum = (
        SampledPopulation({"all": segment}, 50_000, {}, Streams(2)),
        ContinuousPopulation({"all": segment}, 50_000),
    )
    for buyers in (sampled, continuum):
        opened(buyers, board_of(10.0, 12.0))
        for day in range(200):
            buyers.renew(day + BEGIN)
        buyers.look(board_of(2.0, 12.0), np.zeros(2))
        for day in range(200, 400):
            buyers.renew(day + BEGIN)
    assert_allclose(sampled.demand(400.0), continuum.demand(400.0), atol=0.02 * continuum.demand(400.0).sum())
    one, other = sampled.figures(400.0), continuum.figures(400.0)
    for name in ("applications", "potential", "surplus", "exit_cost"):
        assert_allclose(one[name], other[name], rtol=0.02, err_msg=name)


def test_what_outsiders_expect_is_the_growth_that_they_have_seen() -> None:
    spec = Applications(ceiling=4, innovation=0.5, imitation=0.0, affordability=0.0, step=1.0)
    continuum = ContinuousPopulation({"all": everybody(spec, growth=0.7)}, 1)
    opened(continuum, board_of(10.0, appeal=60.0))
    assert_allclose(continuum.expected_growth(0.0), 0.7)
    continuum.renew(BEGIN + 200.0)
    volume = [1.0 + 3.0 * (1.0 - np.exp(-0.5 * day / YEAR)) for day in (110.0, 200.0)]
    growth = 0.7 + np.log(volume[1] / volume[0]) * YEAR / 90.0
    now = BEGIN + 200.0
    assert_allclose(continuum.expected_growth(now), growth, rtol=1e-9)
    assert_allclose(continuum.potential(now), 100.0 * np.exp(0.7 * now / YEAR) * volume[1], rtol=1e-9)
    assert_allclose(continuum.potential(now + 73.0) / continuum.potential(now), np.exp(growth * 73.0 / YEAR), rtol=1e-9)


@pytest.mark.parametrize("linear", [False, True], ids=["log price", "linear price"])
def test_surplus_is_the_area_under_the_demand_of_a_logit(linear: bool) -> None:
    # A fall of one price is worth what is bought on the way down.
    response = LinearResponse(mu=2.0) if linear else LogResponse(own_cost=0.5, reference=10.0)
    continuum = ContinuousPopulation({"all": Segment(potential=50.0, response=response, contract=1e9)}, 1)

    def surplus(price: float) -> float:
        continuum.look(board_of(price, 9.0), np.zeros(2))
        continuum.open(0.0)
        return float(continuum.figures(0.0)["surplus"][0])

    prices = np.linspace(4.0, 8.0, 401)
    bought = []
    for price in prices.tolist():
        surplus(price)
        bought.append(float(continuum.demand(0.0)[0, 0]))
    assert_allclose(surplus(4.0) - surplus(8.0), np.trapezoid(bought, prices), rtol=1e-5)


@pytest.mark.parametrize("kind", ["sampled", "continuum"])
def test_what_leaving_costs_is_what_buyers_would_pay_to_keep_their_supplier(kind: str) -> None:
    """The area under the demand of staying, from today's price to one at which nobody stays (Roy's identity)."""
    response = LogResponse(eta=2.0, epsilon=0.0, own_cost=0.5, reference=10.0)
    segment = Segment(potential=100.0, response=response, loyalty=1.5, contract=1e9)
    buyers = (
        SampledPopulation({"all": segment}, 2_000, {}, Streams(1))
        if kind == "sampled"
        else ContinuousPopulation({"all": segment}, 2_000)
    )
    opened(buyers, board_of(10.0, 10.0, appeal=60.0))
    price = np.linspace(10.0, 300.0, 200_001)
    lead = response.eta * (response.term(price) - response.term(np.array([10.0]))) + segment.loyalty
    staying = 1.0 / (1.0 + np.exp(-lead))
    assert_allclose(buyers.figures(0.0)["exit_cost"], 100.0 * np.trapezoid(staying, price), rtol=1e-6)


@pytest.mark.parametrize("kind", ["sampled", "continuum"])
def test_alike_suppliers_lose_half_of_those_who_choose_anew_and_fewer_the_more_these_are_loyal(kind: str) -> None:
    for loyalty in (0.0, 1.5):
        segment = Segment(potential=100.0, loyalty=loyalty, contract=10.0)
        buyers = (
            SampledPopulation({"all": segment}, 5_000, {}, Streams(1))
            if kind == "sampled"
            else ContinuousPopulation({"all": segment}, 5_000)
        )
        opened(buyers, board_of(10.0, 10.0, appeal=60.0))
        buyers.renew(BEGIN + 30.0)
        figures = buyers.figures(BEGIN + 30.0)
        switched = figures["switches"] / figures["renewals"]
        chance = 1.0 / (1.0 + np.exp(loyalty))
        # Four standard errors of fifteen thousand choices.
        assert_allclose(switched, chance, atol=4.0 * np.sqrt(0.25 / 15_000) if kind == "sampled" else 1e-9)
