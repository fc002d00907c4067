"""Rules of the market that a run must keep: conventions, launches, beliefs about successors, policies in force."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from numpy.testing import assert_allclose

from pricewar.agents.buyers.spec import Segment
from pricewar.agents.demand.log_logit import LogResponse
from pricewar.agents.policies.below_cost_ban import BelowCostBan
from pricewar.agents.pricing.best_response import pricing_problem
from pricewar.agents.pricing.books import View
from pricewar.agents.pricing.fixed import Fixed
from pricewar.agents.pricing.replay import Dated, Replay
from pricewar.agents.pricing.undercut import Undercut
from pricewar.agents.sellers.books import books_of
from pricewar.agents.sellers.reviews import lost_to, review_rate
from pricewar.agents.sellers.spec import Seller, Tier, Upgrade
from pricewar.agents.serving_cost import GivenCost
from pricewar.scenarios.config.load import load
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.run.play import play, prepare
from pricewar.sim.economics.curves import Moore


def test_every_list_price_of_the_first_day_is_part_of_the_convention_however_sellers_are_called() -> None:
    board = prepare(load("china-2024", ["buyers.count=300"]), 1).world.board
    assert len(board.offers) > 5
    assert board.conforming.all()


@pytest.fixture(scope="module")
def may_2024() -> Scenario:
    return load("china-2024", ["buyers.count=1000", "burn_in=100", "days=135"])


def test_lines_that_open_together_are_priced_together_and_fit_the_machines(may_2024: Scenario) -> None:
    # Nobody holds the focal price, so that the entrant solves its own.
    simulation = prepare(replace(may_2024, mechanisms=replace(may_2024.mechanisms, focal_prices=False)), 2)
    simulation.run()
    world = simulation.world
    world.clock.run(until=135 + 1 / 16)  # the launches of 15 May are out, nobody has reviewed since
    firm = next(firm for firm in simulation.firms if firm.name == "bytedance")
    books = books_of(firm)
    assert books.tiers == ("cheap", "flagship")
    problem = pricing_problem(books, View(world.board, world.demand()))
    load_now = problem.load(world.board.price[books.own])
    assert load_now <= 1.001 * books.planned
    # No common change of both prices earns more on what the machines can serve.
    current = world.board.price[books.own]
    for factor in (0.9, 1.1):
        assert problem.profit(factor * current) < problem.profit(current)


def two_sellers(**east: Tier) -> Scenario:
    west = Tier(model="w", price=8.0, capability=1.0, cost=GivenCost(marginal=0.2))
    segment = Segment(potential=1000.0, response=LogResponse(), worth=2.0, need=3.0, contract=60.0, adoption=0.4)
    return replace(
        load("textbook"),
        sellers={
            "east": Seller(strategy=Fixed(), tiers=dict(east)),
            "west": Seller(strategy=Fixed(), tiers={"main": west}),
        },
        segments={"all": segment},
        days=60,
        sources={},
    )


def test_a_successors_capability_is_believed_from_its_first_day() -> None:
    upgrade = Upgrade(date=date(2024, 2, 1), model="e2", capability=2.5)
    tier = Tier(model="e", price=8.0, capability=1.0, cost=GivenCost(marginal=0.2), upgrades={"next": upgrade})
    simulation = prepare(two_sellers(main=tier), 1)
    world = simulation.world

    def believed(until: float) -> float:
        world.clock.run(until=until)
        return float(world.record.appeal(world.board)[0, 0])

    before, after, later = believed(30.9), believed(31.1), believed(59.9)
    assert_allclose(after - before, 2.0 * (2.5 - 1.0), rtol=1e-3)  # theta times the nats gained below the need
    assert_allclose(later, after, rtol=0.02)  # and shares, as they come in, bear it out


def test_a_below_cost_ban_is_kept_while_costs_rise_under_a_fixed_price() -> None:
    rising = Tier(model="e", price=8.0, capability=1.0, cost=GivenCost(marginal=6.0, curve=Moore(rate=-3.0)))
    free = two_sellers(main=rising)
    ban = replace(free, policies={"ban": BelowCostBan()})

    def lowest_margin(scenario: Scenario) -> float:
        offers = play(scenario).tables["offers_daily"].filter((pl.col("seller") == "east") & (pl.col("day") > 0))
        return float(np.min(offers["price"].to_numpy() / offers["unit_cost"].to_numpy()))

    assert lowest_margin(free) < 0.85
    assert lowest_margin(ban) > np.exp(-3.0 * 8 / 365.25)  # a week of rising cost between two looks


def test_two_undercutters_who_relent_go_round_and_round() -> None:
    textbook = load("textbook")
    cycling = Undercut(step=0.1, relent=True)
    sellers = {name: replace(seller, strategy=cycling) for name, seller in textbook.sellers.items()}
    prices = play(replace(textbook, sellers=sellers, sources={})).tables["prices"].filter(pl.col("time") >= 0)
    rises = prices.filter(pl.col("kind") == "rise").height
    assert rises >= 3
    assert prices.filter(pl.col("kind") == "cut").height > 2 * rises


def test_a_newcomer_is_not_thought_worthless_because_few_contracts_have_ended_since_it_came() -> None:
    # After six days about a tenth of the stock has been able to choose it; its share is a tenth of what it will be.
    newcomer = Tier(model="n", launch=date(2024, 1, 11), capability=1.0, appeal=-1.0, cost=GivenCost(marginal=2.0))
    scenario = two_sellers(main=Tier(model="e", price=8.0, capability=1.0, cost=GivenCost(marginal=0.2)))
    sellers = {**scenario.sellers, "newcomer": Seller(strategy=Fixed(), tiers={"main": newcomer})}
    simulation = prepare(replace(scenario, sellers=sellers), 1)
    world = simulation.world
    world.clock.run(until=16)
    k = world.board.position("newcomer", "main")
    east = world.board.position("east", "main")
    assert k is not None
    assert east is not None
    share = world.buyers.shares()[0]
    appeal = world.record.appeal(world.board)[0]
    assert share[k] < 0.2 * share[east]  # the share alone would say that it is worth little
    assert_allclose(appeal[k] - appeal[east], -1.0, atol=0.1)  # what it is worth is one util of brand less


@pytest.mark.parametrize("attention", [True, False])
def test_a_rivals_cut_makes_a_seller_look_more_often_for_a_month_in_proportion_to_what_it_loses(
    attention: bool,
) -> None:
    scenario = two_sellers(main=Tier(model="e", price=8.0, capability=1.0, cost=GivenCost(marginal=0.2)))
    cutting = Replay(path={"main": [Dated(day=5, price=4.0)]})
    west = replace(scenario.sellers["west"], strategy=cutting)
    conduct = replace(scenario.conduct, alertness=0.5)
    mechanisms = replace(scenario.mechanisms, attention=attention)
    simulation = prepare(
        replace(
            scenario,
            sellers={**scenario.sellers, "west": west},
            conduct=conduct,
            mechanisms=mechanisms,
        ),
        1,
    )
    world, east = simulation.world, simulation.firms[0]
    cut = -1.0
    while cut < 0.0:
        world.clock.run(until=world.clock.now + 0.125)
        cut = max((move.time for move in world.board.moves if move.is_cut), default=-1.0)
    where = world.board.position("west", "main")
    assert where is not None
    diverted = lost_to(east, world.demand())[where]
    assert 0.1 < diverted < 1.0
    expected = conduct.review_rate + (0.5 * diverted if attention else 0.0)
    assert_allclose(review_rate(east)[0], expected, rtol=1e-12)
    world.clock.run(until=cut + world.terms.attention_window + 0.01)
    assert review_rate(east)[0] == conduct.review_rate
