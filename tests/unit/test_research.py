"""Research in the market: training takes machines from serving, models come out of compute, and all is paid for."""

from dataclasses import replace
from datetime import date
from math import exp, fsum, log
from typing import Any

import polars as pl
import pytest
from numpy.testing import assert_allclose

from pricewar.agents.finance import Round
from pricewar.agents.machines.spec import Technology
from pricewar.agents.mechanisms import Mechanisms
from pricewar.agents.models.spec import HostTerms, OpenLab, Project, Release, Research, Stages
from pricewar.agents.pricing.fixed import Fixed
from pricewar.agents.sellers.spec import Fleet, Seller, Tier
from pricewar.agents.serving_cost import GivenCost, ServedCost
from pricewar.scenarios.config.consistency import consistent
from pricewar.scenarios.config.load import load
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.run.play import Simulation, play, prepare, tables_of
from pricewar.sim.economics.curves import Moore
from pricewar.sim.economics.ownership import Ownership
from pricewar.sim.economics.progress import CompressionEvent
from pricewar.sim.economics.serving import Architecture, Serving
from pricewar.sim.economics.training import Training, flop_of
from pricewar.sim.errors import ScenarioMistakes

CHIP = "a100-sxm-80gb"
RATE = 312e12
"""A100, BF16. [FLOP/s]"""
FAST = 1e22
"""An accelerator that trains any model in a day. [FLOP/s]"""
DENSE = ServedCost(
    architecture=Architecture(total=14, active=14, kv_bytes=204_800, context=1500), serving=Serving(shards=4)
)
QUICK = Stages(data=2, processing=2, design=3, training=10, evaluation=2, deployment=1, feedback=3)
STILL = Technology(
    rental=2.0,
    ownership=Ownership(electricity=0.1),
    training=Training(algorithms=Moore(rate=0.0)),
    pipeline=5.0,
    pipeline_spread=0.0,
)
START = date(2024, 1, 11)
"""Day 10 of the scenario."""


def project(**what: Any) -> Project:
    told: dict[str, Any] = {"start": START, "model": "m2", "tier": "main", "accelerators": 20.0, "days": 10.0}
    return Project(**(told | what))


def research(*projects: Project, **what: Any) -> Research:
    told: dict[str, Any] = {"stages": QUICK, "spread": 0.0, "staff": 100.0, "copied": 0.0}
    return Research(projects={f"p{n}": p for n, p in enumerate(projects, 1)}, **(told | what))


def market(spec: Research | None, *, role: str = "lab", best: bool = False, **changes: Any) -> Scenario:
    """One seller whose 40 machines stand half idle."""
    tier = Tier(model="m1", price=2.0, value=2.0, capability=1.0, cost=DENSE)
    seller = Seller(
        role=role,  # type: ignore[arg-type]
        fleet=Fleet(chip=CHIP, accelerators=40.0),
        invests=False,
        cash=1e6,
        tiers={"main": tier},
        research=spec,
    )
    if not best:
        seller = replace(seller, strategy=Fixed())
    scenario = replace(load("textbook"), sellers={"acme": seller}, days=60, burn_in=5, sources={}, technology=STILL)
    return replace(scenario, **changes)


def lived(scenario: Scenario, seed: int = 1) -> tuple[Simulation, dict[str, pl.DataFrame]]:
    simulation = prepare(scenario, seed)
    simulation.run()
    return simulation, tables_of(simulation)


def daily(tables: dict[str, pl.DataFrame], column: str, seller: str = "acme") -> dict[int, float]:
    rows = tables["sellers_daily"].filter(pl.col("seller") == seller)
    return dict(rows.select("day", column).iter_rows())


def total(ledger: pl.DataFrame) -> float:
    return float(fsum(ledger["amount"].to_list()))


def day_of(tables: dict[str, pl.DataFrame], stage: str, event: str = "ends", name: str = "p1") -> int:
    rows = tables["training"].filter(
        (pl.col("stage") == stage) & (pl.col("event") == event) & (pl.col("project") == name)
    )
    return int(rows["day"].item())


def test_the_stages_follow_each_other_in_their_median_times() -> None:
    _, tables = lived(market(research(project())))
    ends = [day_of(tables, stage) for stage in ("data", "processing", "design", "training", "evaluation")]
    assert ends == [12, 14, 17, 27, 29]
    assert (day_of(tables, "deployment"), day_of(tables, "feedback")) == (30, 33)
    assert tables["training"]["event"].to_list() == ["begins", "ends"] * 7
    before = tables["training"].filter(pl.col("day") < 29)
    assert before["capability"].is_null().all()


def test_training_takes_machines_from_serving_for_as_long_as_it_lasts() -> None:
    _, tables = lived(market(research(project())))
    taken = daily(tables, "training")
    assert {day for day, count in taken.items() if count > 0.0} == set(range(17, 27))
    assert set(taken.values()) == {0.0, 20.0}
    busy = daily(tables, "utilisation")
    assert_allclose(busy[20] / busy[16], 2.0, rtol=0.01)  # half the machines do all the work


def test_customers_wait_while_machines_train() -> None:
    crowded = market(research(project(accelerators=36.0), reserve=0.1))
    scenario = replace(crowded, segments={n: replace(s, potential=5e3) for n, s in crowded.segments.items()})
    _, tables = lived(scenario)
    delay, tokens = daily(tables, "delay"), daily(tables, "tokens")
    assert delay[16] == 0.0
    assert delay[25] > 0.0
    assert tokens[25] < 0.9 * tokens[16]
    assert delay[58] < delay[25]


def test_training_makes_capacity_scarce_and_its_end_makes_it_plenty() -> None:
    # The new model is as good as the old one, so that nothing but the machines matters.
    same = 2.6e24 * exp(1.0) / flop_of(36.0 * 20.0, 1.0, 0.4)
    spec = research(project(accelerators=36.0, days=20.0, cost=DENSE), reserve=0.05, flops=same)
    _, tables = lived(market(spec, best=True, mechanisms=Mechanisms(focal_prices=False)))
    shadow = daily(tables, "shadow_price")
    assert shadow[15] == 0.0
    assert shadow[35] > 0.0
    assert shadow[59] == 0.0
    moves = tables["prices"].filter(pl.col("time") > 17)
    # At first only who is free to leave can be turned away, so that the price overshoots what is best later on.
    scarce = moves.filter((pl.col("time") < 37) & (pl.col("kind") != "renewal"))
    assert scarce["kind"].to_list()[0] == "rise"
    assert (scarce["price"] > scarce["previous"][0]).all()
    assert moves.filter((pl.col("time") > 37) & (pl.col("kind") != "renewal"))["kind"].to_list()[0] == "cut"
    causes = dict(tables["facts"].select("fact", "kind").iter_rows())
    assert causes[moves["cause"].to_list()[0]] == "training"


def test_a_project_takes_what_is_free_above_the_reserve_and_then_takes_longer() -> None:
    _, tables = lived(market(research(project(accelerators=64.0), reserve=0.2)))
    assert max(daily(tables, "training").values()) == 32.0
    assert day_of(tables, "training") - day_of(tables, "training", "begins") == 20


def test_projects_queue_for_machines_and_the_earlier_one_goes_first() -> None:
    first, second = project(accelerators=30.0), project(accelerators=30.0, start=date(2024, 1, 12))
    _, tables = lived(market(research(first, second, least=0.5)))
    assert day_of(tables, "training", "begins", "p2") == day_of(tables, "training", "ends", "p1") == 27
    eager = lived(market(research(first, second, least=0.0)))[1]
    held = eager["training"].filter((pl.col("project") == "p2") & (pl.col("stage") == "training"))
    assert held["accelerators"].to_list()[0] == 2.0  # what the first leaves of 32


def test_in_the_queue_the_project_that_began_first_goes_first_whoever_came_first() -> None:
    whole = {"accelerators": 32.0}
    slow = replace(QUICK, design=9)
    projects = [
        project(**whole),  # trains from day 17 to day 27
        project(**whole, start=date(2024, 1, 12)),  # is next, and asks for machines
        project(**whole, start=date(2024, 1, 13), stages=slow),  # comes into the queue on day 25
        project(**whole, start=date(2024, 1, 14)),  # and this one on day 20
    ]
    _, tables = lived(market(research(*projects, least=1.0), days=80))
    begins = [day_of(tables, "training", "begins", f"p{n}") for n in (1, 2, 3, 4)]
    assert begins == [17, 27, 37, 47]


def test_the_model_is_what_compute_makes_it() -> None:
    simulation, tables = lived(market(research(project(compute=2.6e25, days=None), flops=FAST)))
    told = tables["training"].filter(pl.col("stage") == "evaluation")["capability"].to_list()
    assert told[0] is None
    assert_allclose(told[1], log(10.0))
    flop = flop_of(200.0, RATE, 0.4)
    simulation, tables = lived(market(research(project())))
    line = simulation.firms[0].lines["main"]
    assert line.model == "m2"
    assert_allclose(line.capability, log(flop / 2.6e24), rtol=1e-12)


@pytest.mark.parametrize("more", [1.5, 10.0])
def test_more_compute_makes_a_better_model(more: float) -> None:
    q = [
        lived(market(research(project(compute=c, days=None))))[0].firms[0].lines["main"].capability
        for c in (3e19, more * 3e19)
    ]
    assert_allclose(q[1] - q[0], log(more), rtol=1e-9)


@pytest.mark.parametrize("role", ["lab", "cloud"])
def test_every_cost_of_a_project_is_in_the_books_once(role: str) -> None:
    spec = research(project(data_cost=5_000.0, rented=5.0, days=8.0))
    simulation, tables = lived(market(spec, role=role))
    whats = ("data", "research", "energy of training", "rent for training")
    posted = tables["ledger"].filter(pl.col("what").is_in(whats) & (pl.col("payer") == "acme"))
    paid = dict(posted.group_by("what").agg(pl.col("amount").sum()).iter_rows())
    assert_allclose(tables["training"]["spent"].to_list()[-1], total(posted), rtol=1e-12)
    assert paid["data"] == 5_000.0
    assert_allclose(paid["research"], 100.0 * (33 - 10 - 2), rtol=1e-12)  # training took eight days, not ten
    hour = simulation.firms[0].context.economy.rented_hour(CHIP)
    assert_allclose(paid["energy of training"], hour.variable * 24 * 25 * 8, rtol=1e-12)
    machines = 25 if role == "lab" else 5
    assert_allclose(paid["rent for training"], hour.capital * 24 * machines * 8, rtol=1e-12)
    firm = simulation.firms[0]
    assert_allclose(firm.cash, 1e6 + simulation.world.ledger.balance("acme"), rtol=1e-12)


def test_a_lab_pays_the_same_rent_whether_its_machines_serve_or_train() -> None:
    def rent(spec: Research | None) -> float:
        ledger = lived(market(spec))[1]["ledger"].filter(pl.col("what").is_in(["rent", "rent for training"]))
        return total(ledger)

    assert_allclose(rent(research(project(), staff=0.0)), rent(None), rtol=1e-12)


def test_training_is_written_off_over_the_tokens_sold() -> None:
    simulation, tables = lived(market(research(project(data_cost=3_650.0), life=365.0)))
    firm = simulation.firms[0]
    assert firm.pipeline is not None
    spent = tables["training"]["spent"].max()
    tokens = tables["offers_daily"].sort("day")["tokens"].tail(30).mean()
    assert isinstance(spent, float)
    assert isinstance(tokens, float)
    assert_allclose(firm.training_cost("main"), spent / 365.0 / tokens, rtol=1e-9)
    assert lived(market(None))[0].firms[0].training_cost("main") == 0.0
    assert lived(market(research(project(), life=10.0)))[0].firms[0].training_cost("main") == 0.0


def test_a_price_answers_a_deployment_which_goes_back_to_the_first_data() -> None:
    spec = research(project(compute=2.6e25, days=None), flops=FAST)
    simulation, tables = lived(market(spec, best=True, mechanisms=Mechanisms(focal_prices=False)))
    renewal = tables["prices"].filter(pl.col("kind") == "renewal")
    chain = [fact.kind for fact in simulation.world.facts.roots(int(renewal["fact"].item()))]
    assert chain == ["renewal", "deployment", "evaluation", "training", "training", "design", "processing", "data"]


def test_a_line_that_waits_for_its_project_opens_when_it_is_done() -> None:
    scenario = market(None)
    seller = scenario.sellers["acme"]
    tiers = {**seller.tiers, "next": Tier(model="m2", project="p1", value=2.0, cost=DENSE)}
    seller = replace(seller, tiers=tiers, research=research(project(tier="next")))
    _, tables = lived(replace(scenario, sellers={"acme": seller}))
    launch = tables["prices"].filter(pl.col("kind") == "launch")
    assert launch.select("time", "tier", "model").rows() == [(30.0, "next", "m2")]


def test_a_seller_may_release_what_it_makes_and_sell_it_from_that_day() -> None:
    scenario = market(None)
    seller = scenario.sellers["acme"]
    tiers = {**seller.tiers, "open": Tier(release="open-1", value=2.0)}
    spec = research(project(tier="open", model="open-1", release="open-1"))
    sellers = {"acme": replace(seller, tiers=tiers, research=spec)}
    told = opened(date=None, capability=None, lab="acme")
    simulation, tables = lived(replace(scenario, sellers=sellers, **told))
    launch = tables["prices"].filter((pl.col("kind") == "launch") & (pl.col("seller") == "acme"))
    assert launch.select("time", "tier", "model").rows() == [(30.0, "open", "open-1")]
    chain = [fact.kind for fact in simulation.world.facts.roots(launch["fact"].item())]
    assert chain[:3] == ["launch", "release", "deployment"]
    assert_allclose(simulation.firms[0].lines["open"].capability, log(flop_of(200.0, RATE, 0.4) / 2.6e24))


EVENT = CompressionEvent(name="sparse", date=date(2024, 1, 15), kv_bytes=0.1, active=0.5, source="a test")


def opened(**what: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "date": date(2024, 1, 15), "lab": "elsewhere", "model": "open-1", "tier": "main", "capability": 3.0, "hosts": 1,
        "cost": GivenCost(marginal=0.2, seconds=100.0), "teaches": EVENT,
    }  # fmt: skip
    return {
        "releases": {"open-1": Release(**(told | what))},
        "hosts": HostTerms(look=1.0),
        "mechanisms": Mechanisms(focal_prices=False),
    }


def unit_cost(tables: dict[str, pl.DataFrame]) -> dict[int, float]:
    offers = tables["offers_daily"].filter(pl.col("seller") == "acme")
    return dict(offers.select("day", "unit_cost").iter_rows())


def test_a_released_architecture_reaches_cost_only_through_a_project_designed_after_it() -> None:
    # Design begins on day 14, the day of the release; the stand-alone absorption of five days would come on day 19.
    same = {"cost": DENSE}
    _, tables = lived(market(research(project(**same)), **opened()))
    cost = unit_cost(tables)
    assert cost[29] == cost[0]
    assert cost[30] < 0.9 * cost[0]
    learned = tables["facts"].filter(pl.col("kind") == "learned")
    assert learned["time"].to_list() == [30.0]
    late = unit_cost(lived(market(research(project(**same)), **opened(date=date(2024, 1, 16))))[1])
    assert late[59] == late[0]
    alone = unit_cost(lived(market(None, **opened()))[1])
    assert alone[18] == alone[0]
    assert alone[19] < 0.9 * alone[0]


def test_the_chain_of_causes_leads_from_the_release_through_the_project() -> None:
    simulation, tables = lived(market(research(project(cost=DENSE)), **opened()))
    learned = tables["facts"].filter(pl.col("kind") == "learned")["fact"].item()
    kinds = [fact.kind for fact in simulation.world.facts.roots(learned)]
    assert kinds == ["learned", "deployment", "evaluation", "training", "training", "design", "release"]


@pytest.mark.parametrize("copied", [0.0, 0.5, 1.0])
def test_a_share_of_the_gap_to_the_best_open_model_is_copied(copied: float) -> None:
    spec = research(project(compute=2.6e24, days=None), copied=copied, flops=FAST)
    simulation, _ = lived(market(spec, **opened()))
    assert_allclose(simulation.firms[0].lines["main"].capability, copied * 3.0, atol=1e-12)
    off = {**opened(), "mechanisms": Mechanisms(focal_prices=False, open_release=False)}
    simulation, tables = lived(market(spec, **off))
    assert simulation.firms[0].lines["main"].capability == 0.0
    assert "learned" not in tables["facts"]["kind"].to_list()


def test_use_teaches_the_next_project() -> None:
    second = project(start=date(2024, 2, 3), compute=2.6e24, days=None)
    spec = research(project(compute=2.6e24, days=None), second, feedback=1.0, flops=FAST)
    simulation, tables = lived(market(spec, days=70))
    tokens = tables["offers_daily"].sort("day")["tokens"]
    then, now = float(tokens.head(5 + 21).sum()), float(tokens.head(5 + 24).sum())
    assert_allclose(simulation.firms[0].lines["main"].capability, log(now / then), rtol=1e-9)


@pytest.mark.parametrize(("licence", "hosts"), [("permissive", 1), ("community", 1), ("research", 0)])
def test_a_licence_says_who_may_use_the_weights(licence: str, hosts: int) -> None:
    _, tables = lived(market(None, **opened(licence=licence)))
    assert tables["prices"].filter(pl.col("seller").str.starts_with("host-"))["seller"].n_unique() == hosts
    assert tables["prices"].filter(pl.col("tier") == "self-hosted")["seller"].n_unique() == hosts
    assert "learned" in tables["facts"]["kind"].to_list()


def test_a_community_licence_sends_a_share_of_the_hosts_takings_to_the_lab() -> None:
    _, tables = lived(market(None, **opened(licence="community", royalty=0.25)))
    sold = tables["ledger"].filter((pl.col("what") == "tokens") & pl.col("payee").str.starts_with("host-"))
    royalties = tables["ledger"].filter(pl.col("what") == "royalties")
    assert royalties["payee"].unique().to_list() == ["elsewhere"]
    assert_allclose(total(royalties), 0.25 * total(sold), rtol=1e-9)
    price = tables["prices"].filter(pl.col("seller").str.starts_with("host-"))["price"].to_list()[0]
    assert_allclose(price, 0.2 * 1.2 / 0.75, rtol=1e-12)


def open_lab(**what: Any) -> dict[str, OpenLab]:
    told: dict[str, Any] = {
        "research": research(project(tier=None, release="open-1", data_cost=1_000.0)),
        "chip": CHIP, "accelerators": 20.0, "cash": 1e6,
    }  # fmt: skip
    return {"commons": OpenLab(**(told | what))}


def awaited() -> dict[str, Any]:
    return opened(date=None, capability=None, lab="commons")


def test_an_open_labs_release_comes_when_its_project_is_done_and_is_as_capable() -> None:
    simulation, tables = lived(market(None, labs=open_lab(), **awaited()))
    release = tables["facts"].filter(pl.col("kind") == "release")
    assert release["time"].to_list() == [30.0]
    chain = [fact.kind for fact in simulation.world.facts.roots(release["fact"].item())]
    assert chain[:3] == ["release", "deployment", "evaluation"]
    own = tables["offers_daily"].filter(pl.col("tier") == "self-hosted")["capability"].unique().to_list()
    assert_allclose(own, [log(flop_of(200.0, RATE, 0.4) / 2.6e24)])


def test_a_lab_without_money_stands_still_until_a_sponsor_gives_some() -> None:
    poor = open_lab(cash=1_000.0, rounds={"seed": Round(date=date(2024, 2, 1), amount=1e6)})
    _, tables = lived(market(None, labs=poor, **awaited()))
    stalls = tables["facts"].filter(pl.col("kind") == "stall")
    assert stalls["time"].to_list() == [10.0, 31.0]
    lab = tables["ledger"].filter((pl.col("payer") == "commons") | (pl.col("payee") == "commons"))
    signed = lab.with_columns(pl.when(pl.col("payee") == "commons").then("amount").otherwise(-pl.col("amount")))
    running = signed.group_by("day", maintain_order=True).agg(pl.col("amount").sum())["amount"].cum_sum()
    assert (running + 1_000.0 >= 0.0).all()
    assert tables["facts"].filter(pl.col("kind") == "release")["time"].to_list() == [51.0]


def test_a_lab_lives_on_its_yearly_grant() -> None:
    simulation, tables = lived(market(None, labs=open_lab(cash=0.0, yearly=36_525.0), **awaited()))
    funding = tables["ledger"].filter(pl.col("what") == "funding")
    assert_allclose(total(funding), 100.0 * 60, rtol=1e-12)
    assert simulation.world.ledger.balance("commons") >= 0.0


def test_what_is_given_up_gives_its_machines_back_and_is_never_deployed() -> None:
    simulation = prepare(market(research(project())), 1)
    simulation.world.clock.run(until=20)
    firm = simulation.firms[0]
    assert firm.training == 20.0
    assert firm.pipeline is not None
    firm.pipeline.stop()
    simulation.world.clock.run(until=60)
    tables = tables_of(simulation)
    assert firm.training == 0.0
    assert firm.lines["main"].model == "m1"
    assert tables["training"]["event"].to_list()[-1] == "stops"


@pytest.mark.parametrize("empty", [Research(), Research(projects={}, reserve=0.5, copied=1.0)])
def test_research_without_projects_changes_no_bit(empty: Research) -> None:
    one, other = play(market(None, best=True, **opened())), play(market(empty, best=True, **opened()))
    assert one.digest == other.digest


def test_a_project_that_never_begins_changes_no_bit() -> None:
    later = research(project(start=date(2025, 1, 1)))
    told = opened(teaches=None)  # an architecture would now wait for the project
    assert play(market(later, best=True, **told)).digest == play(market(None, best=True, **told)).digest


def test_a_model_that_does_not_fit_its_machines_is_shelved() -> None:
    simulation, tables = lived(market(research(project(compute=2.6e40, days=None), flops=1e36)))
    assert "shelved" in tables["facts"]["kind"].to_list()
    assert simulation.firms[0].lines["main"].model == "m1"


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (lambda: market(research(project(tier="mian"))), "did you mean 'main'"),
        (lambda: market(research(project(tier=None))), "tier: is missing"),
        (lambda: market(research(project(days=None))), "compute: is missing"),
        (lambda: market(research(project(compute=1e24))), "keep one: the other follows"),
        (lambda: market(research(project(start=date(2023, 1, 1)))), "must not lie before"),
        (lambda: market(research(project(release="open-2"))), "there is no release 'open-2'"),
        (lambda: market(None, **opened(date=None)), "open-1.date: is missing"),
        (lambda: market(None, **opened(capability=None)), "open-1.capability: is missing"),
        (lambda: market(None, labs=open_lab(), **opened(lab="commons")), "is given beside project 'p1'"),
        (lambda: market(None, labs=open_lab(), **opened(date=None)), "'commons' makes the model"),
        (lambda: market(None, labs=open_lab(chip="a100"), **awaited()), "there is no accelerator 'a100'"),
        (lambda: market(None, labs={"acme": open_lab()["commons"]}, **awaited()), "is a seller too"),
    ],
)
def test_what_does_not_fit_together_is_told_in_a_sentence(broken: Any, said: str) -> None:
    with pytest.raises(ScenarioMistakes, match=said):
        consistent(broken())
