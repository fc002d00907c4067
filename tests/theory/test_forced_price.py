"""A price forced on a logit duopoly at rest: the rival answers as its first-order condition says, and both go back."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.special import lambertw

from pricewar.agents.demand.linear_logit import LinearResponse
from pricewar.agents.policies.price_floor import PriceFloor
from pricewar.agents.pricing import StrategySpec
from pricewar.agents.pricing.best_response import BestResponse
from pricewar.agents.pricing.books import Conduct
from pricewar.agents.pricing.cost_plus import CostPlus
from pricewar.agents.sellers.dated_events import ForcedPrice
from pricewar.scenarios.config.load import load
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.run.play import play, prepare
from pricewar.scenarios.verification.worlds import seller, world
from pricewar.sim.kernel.provenance import content_digest
from pricewar.sim.results.run import Run

A, C, MU = 2.0, 1.0, 0.25
NASH = 1.472926660030623
START = date(2024, 1, 1)
DAY, LAST = 63, 320
WEEKLY = Conduct(review_rate=1 / 7, regular=True, menu_cost=0.0)


def duopoly(**other: Any) -> Scenario:
    """The textbook at its Nash prices; contracts of a day, so that shares are at rest when prices are reviewed."""
    line = {"price": NASH, "cost": C, "value": A, "tier": "main"}
    both = {"east": seller(line), "west": seller(line)}
    return world(both, days=LAST + 1, segment={"contract": 1.0}, burn_in=120, **other)


def forced(scenario: Scenario, *, day: int = DAY, hold: float = 70.0, **how: Any) -> Run:
    """Run it with east's price forced; how: change or price, and tier."""
    spec = ForcedPrice(seller="east", date=START + timedelta(days=day), hold=hold, **how)
    return play(replace(scenario, forced={"test": spec}))


def price(run: Run, who: str, day: int, tier: str = "main") -> float:
    of_day = (pl.col("seller") == who) & (pl.col("tier") == tier) & (pl.col("day") == day)
    return float(run.tables["offers_daily"].filter(of_day)["price"].item())


def best_answer(rival: float) -> float:
    """c + mu (1 + W(exp((a - c - mu ln(1 + exp((a - p)/mu)))/mu - 1))): the rival is part of the outside good."""
    outside = MU * np.log(1.0 + np.exp((A - rival) / MU))
    return float(C + MU * (1.0 + lambertw(np.exp((A - C - outside) / MU - 1.0)).real))


def test_the_closed_form_has_nash_for_its_fixed_point() -> None:
    assert best_answer(NASH) == pytest.approx(NASH, rel=1e-14)
    assert abs(best_answer(0.8 * NASH) - NASH) > 0.1


@pytest.mark.parametrize(
    ("how", "posted"),
    [({"change": -0.2}, 0.8 * NASH), ({"change": 0.15}, 1.15 * NASH), ({"price": 1.1}, 1.1), ({"price": 0.5}, 0.5)],
    ids=["cut", "rise", "price", "below cost"],
)
def test_a_rival_answers_a_held_price_with_its_best_response_and_both_return_to_nash(
    how: dict[str, Any], posted: float
) -> None:
    run = forced(duopoly(), **how)
    assert price(run, "east", DAY - 1) == price(run, "west", DAY - 1) == NASH
    assert [price(run, "east", day) for day in (DAY, DAY + 30, DAY + 69)] == [pytest.approx(posted, rel=1e-15)] * 3
    assert price(run, "west", DAY + 69) == pytest.approx(best_answer(posted), rel=1e-9)
    assert price(run, "west", LAST) == pytest.approx(NASH, rel=1e-9)
    assert price(run, "east", LAST) == pytest.approx(NASH, rel=1e-9)


def test_without_a_hold_the_seller_takes_the_price_back_at_its_next_review() -> None:
    moves = forced(duopoly(), hold=0.0, change=-0.2).tables["prices"]
    east = moves.filter((pl.col("seller") == "east") & (pl.col("time") > 0)).sort("time")
    assert east["time"][0] == DAY + 0.125
    assert 0.0 < east["time"][1] - east["time"][0] <= 7.5
    assert east["kind"][:2].to_list() == ["cut", "rise"]


def test_an_answer_comes_at_the_next_review_and_time_has_no_scale_of_its_own() -> None:
    """Reviews twice as far apart, contracts twice as long: the same answer, twice as late."""
    answers = []
    for weeks in (1, 2):
        conduct = replace(WEEKLY, review_rate=1 / (8 * weeks), phase=0.0)
        market = replace(duopoly(), conduct=conduct, days=400)
        market = replace(market, segments={"all": replace(market.segments["all"], contract=1.0 * weeks)})
        run = forced(market, day=64 * weeks + 1, hold=160.0, change=-0.2)
        west = run.tables["prices"].filter((pl.col("seller") == "west") & (pl.col("time") > 0)).sort("time")
        # Reviews fall on day 0.25 + 8 weeks k; the forced price comes on the morning after one of them.
        assert west["time"][0] == 72 * weeks + 0.25
        answers.append(float(west["price"][0]))
    assert answers[0] == pytest.approx(best_answer(0.8 * NASH), rel=2e-3)  # buyers of eight days ago are not all gone
    assert answers[1] == pytest.approx(answers[0], rel=2e-4)


def test_the_response_at_rest_is_the_same_whatever_the_week() -> None:
    early, late = forced(duopoly(), day=DAY, change=-0.2), forced(duopoly(), day=DAY + 14, change=-0.2)
    for day in (0, 3, 10, 50, 80):
        for who in ("east", "west"):
            assert price(late, who, DAY + 14 + day) == pytest.approx(price(early, who, DAY + day), rel=1e-9)


def test_another_line_of_the_seller_is_priced_around_the_one_that_is_held() -> None:
    lines = [{"tier": tier, "price": 1.8, "cost": C, "value": A} for tier in ("main", "other")]
    market = world({"east": seller(*lines)}, days=210, segment={"contract": 1.0}, burn_in=120)
    run = forced(market, hold=140.0, tier="main", price=1.3)
    held, other = price(run, "east", 200), price(run, "east", 200, "other")
    weight = np.exp((A - np.array([held, other])) / MU)
    share = weight / (1.0 + weight.sum())
    # (p_B - c)(1 - q_B) = mu + (p_A - c) q_A: what a sale of B takes from A counts at A's held margin.
    assert held == 1.3
    assert (other - C) * (1.0 - share[1]) == pytest.approx(MU + (held - C) * share[0], rel=1e-9)
    joint = C + MU / (1.0 - share.sum())
    assert abs(other - joint) > 1e-3


def test_buyers_of_a_held_line_that_overrun_the_fleet_are_rationed_at_what_a_second_earns_there() -> None:
    line = {"price": 1.9, "cost": C, "value": A, "seconds": 100.0}
    lines = [{"tier": tier, **line} for tier in ("main", "other")]
    load = 1000.0 * 100.0 / 86_400.0  # accelerators that all 1,000 Mtok a day would take
    east = seller(*lines, fleet={"accelerators": 0.5 * load})
    market = world({"east": east}, days=210, segment={"contract": 1.0}, burn_in=120)
    run = forced(market, hold=140.0, tier="main", price=1.2)
    day = run.tables["sellers_daily"].filter(pl.col("day") == 150)
    assert float(day["shadow_price"].item()) == pytest.approx((1.2 - C) / 100.0, rel=1e-9)
    assert price(run, "east", 150) == 1.2


def test_a_seller_that_is_held_does_not_review() -> None:
    spec = ForcedPrice(seller="east", date=START + timedelta(days=DAY), change=-0.2, hold=70)
    simulation = prepare(replace(duopoly(), forced={"test": spec}), 1)
    simulation.world.clock.run(until=DAY + 60)
    seen = {firm.name: firm.seen for firm in simulation.firms}
    assert seen["east"] < DAY < DAY + 50 < seen["west"]


@pytest.mark.parametrize("strategy", [BestResponse(), CostPlus()], ids=lambda strategy: strategy.kind)
def test_a_new_line_of_the_seller_leaves_the_held_one_alone(strategy: StrategySpec) -> None:
    late = {"tier": "new", "cost": C, "value": A, "launch": START + timedelta(days=DAY + 10)}
    east = seller({"tier": "main", "price": 1.8, "cost": C, "value": A}, late, strategy=strategy)
    run = forced(world({"east": east}, days=100, burn_in=30), tier="main", hold=30.0, price=1.3)
    assert [price(run, "east", DAY + day) for day in (0, 10, 11, 29)] == [1.3] * 4
    assert price(run, "east", DAY + 10, "new") > C


def test_the_forced_price_is_a_root_and_the_answers_lead_to_it() -> None:
    spec = ForcedPrice(seller="east", date=START + timedelta(days=DAY), change=-0.2, hold=70)
    simulation = prepare(replace(duopoly(), forced={"test": spec}), 1)
    simulation.run()
    facts, moves = simulation.world.facts, simulation.world.board.moves
    cut, answer = (next(m for m in moves if m.seller == who and m.time > 0) for who in ("east", "west"))
    assert [fact.kind for fact in facts.roots(cut.fact)] == ["cut", "forced"]
    assert [fact.actor for fact in facts.roots(answer.fact)] == ["west", "east", "outside"]


def test_policies_apply_to_forced_prices_too() -> None:
    floored = forced(duopoly(policies={"floor": PriceFloor(floor=1.3)}), change=-0.2)
    assert price(floored, "east", DAY) == 1.3
    # A floor at the price that stands leaves no change: then nothing has happened.
    barred = duopoly(policies={"floor": PriceFloor(floor=NASH)})
    assert content_digest(forced(barred, hold=0.0, change=-0.2).tables) == content_digest(play(barred).tables)


STOCHASTIC = ("buyers.kind=sampled", "buyers.count=500", "conduct.regular=false", "market.share_lag=20", "days=150")


@pytest.mark.parametrize("hold", [0.0, 30.0])
def test_a_change_by_nothing_gives_the_same_bytes(hold: float) -> None:
    market = load("textbook", STOCHASTIC)
    nothing = forced(market, hold=hold, change=0.0)
    assert nothing.digest == play(market).digest
    assert forced(market, hold=hold, change=-1e-3).digest != nothing.digest


def test_until_the_forced_price_every_fact_and_every_number_is_the_same() -> None:
    market = load("textbook", STOCHASTIC)
    without, with_ = play(market).tables, forced(market, change=-0.3).tables
    begun = with_["facts"].filter(pl.col("kind") == "forced")["time"].item()
    for name in ("facts", "prices"):
        before = [tables[name].filter(pl.col("time") < begun) for tables in (without, with_)]
        assert before[0].height > 5
        assert before[0].equals(before[1])
    for name in ("offers_daily", "sellers_daily", "segments_daily", "ledger"):
        before = [tables[name].filter(pl.col("day") < DAY) for tables in (without, with_)]
        assert before[0].height > 5
        assert before[0].equals(before[1])
    assert not without["offers_daily"].equals(with_["offers_daily"])


def test_other_money_multiplies_a_forced_price_exactly() -> None:
    def run(k: float) -> list[float]:
        line = {"price": k * NASH, "cost": k * C, "value": k * A, "tier": "main"}
        market = world({"east": seller(line), "west": seller(line)}, days=150)
        buyers = replace(market.segments["all"], response=LinearResponse(mu=k * MU))
        market = replace(market, segments={"all": buyers})
        return [x / k for x in forced(market, change=-0.3).tables["prices"]["price"]]

    assert run(8.0) == run(1.0)


@pytest.mark.parametrize("how", [{}, {"change": -0.1, "price": 1.0}], ids=["neither", "both"])
def test_a_forced_price_is_said_in_one_way(how: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"say (either )?change or price"):
        ForcedPrice(seller="east", date=START, **how)  # type: ignore[arg-type]
