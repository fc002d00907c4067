"""Every policy: with its effect set to nil the run is the same to the last bit; with its effect something changes."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from functools import cache
from typing import Annotated, Literal, get_args

import numpy as np
import polars as pl
import pytest
from numpy.testing import assert_allclose
from pydantic import Field
from pydantic.dataclasses import dataclass as dataclass_of_parameters

from pricewar.agents.demand.linear_logit import LinearResponse
from pricewar.agents.policies import Policies, PolicySpec
from pricewar.agents.policies.base import DatedPolicy, PolicyOnPrices, PolicySetting
from pricewar.agents.policies.below_cost_ban import BelowCostBan
from pricewar.agents.policies.capacity_subsidy import CapacitySubsidy
from pricewar.agents.policies.data_residency import DataResidency
from pricewar.agents.policies.disclosure_delay import DisclosureDelay
from pricewar.agents.policies.energy_tax import EnergyTax
from pricewar.agents.policies.entry_licence import EntryLicence
from pricewar.agents.policies.export_control import ExportControl
from pricewar.agents.policies.merger import Merger
from pricewar.agents.policies.open_weights_ban import OpenWeightsBan
from pricewar.agents.policies.open_weights_funding import OpenWeightsFunding
from pricewar.agents.policies.open_weights_mandate import OpenWeightsMandate
from pricewar.agents.policies.price_floor import PriceFloor
from pricewar.agents.policies.switching_cap import SwitchingCap
from pricewar.agents.policies.voucher import Voucher
from pricewar.agents.pricing.books import Conduct
from pricewar.agents.pricing.fixed import Fixed
from pricewar.agents.pricing.follow import Follow
from pricewar.agents.pricing.replay import Dated, Replay
from pricewar.agents.pricing.undercut import Undercut
from pricewar.agents.sellers.spec import Seller
from pricewar.scenarios.config.consistency import consistent
from pricewar.scenarios.config.load import load
from pricewar.scenarios.config.names import bundled_policies
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.run.play import play, prepare, tables_of
from pricewar.scenarios.verification.worlds import seller, world
from pricewar.sim.errors import Mistake, ScenarioMistakes, UserMistake
from pricewar.sim.kernel.clock import Clock
from pricewar.sim.market.board import Board, Move, Offer
from pricewar.sim.parameters import CHECKED, SellerId
from pricewar.sim.policy import TREASURY, PoliciesInForce
from pricewar.sim.results.run import Run
from pricewar.sim.results.tables import TABLES
from pricewar.sim.units import PricePerMtok

CHINA = load("china-2024", ["buyers.count=300", "burn_in=20", "days=70", "opening.utilisation=0.8", "supply.lump=8",
                            "supply.lead_time=10", "supply.planning=15"])  # fmt: skip
"""Fleets are nearly full, so that orders come early; sellers and open weights come in the second month."""
LATER = CHINA.start + timedelta(days=CHINA.days + 10)


@dataclass(frozen=True)
class Case:
    """A policy with an effect, the same without one, and the table in which its effect must show."""

    real: PolicySpec
    nil: PolicySpec
    shows: str


CASES = {
    "below_cost_ban": Case(BelowCostBan(share=30.0), BelowCostBan(share=0.0), "prices"),
    "capacity_subsidy": Case(CapacitySubsidy(share=0.5), CapacitySubsidy(share=0.0), "ledger"),
    "data_residency": Case(DataResidency(cost=5.0), DataResidency(cost=0.0), "segments_daily"),
    "disclosure_delay": Case(DisclosureDelay(prices=30.0), DisclosureDelay(), "prices"),
    "energy_tax": Case(EnergyTax(per_kwh=1.0), EnergyTax(per_tonne=0.0, emissions=0.5), "offers_daily"),
    "entry_licence": Case(EntryLicence(fee=1e6, wait=20.0), EntryLicence(), "prices"),
    "export_control": Case(ExportControl(chips=("h20",), regions=("cn",)),
                           ExportControl(chips=(), regions=("cn",)), "hardware"),
    "merger": Case(Merger(sellers=("alibaba", "baidu")), Merger(sellers=("alibaba",)), "offers_daily"),
    "open_weights_ban": Case(OpenWeightsBan(capability=-9.0), OpenWeightsBan(), "prices"),
    "open_weights_funding": Case(OpenWeightsFunding(lab="zhipu", yearly=1e6),
                                 OpenWeightsFunding(lab="zhipu", yearly=0.0), "ledger"),
    "open_weights_mandate": Case(OpenWeightsMandate(capability=1.0, delay=10.0, hosts=1),
                                 OpenWeightsMandate(), "prices"),
    "price_floor": Case(PriceFloor(floor=8.0), PriceFloor(floor=0.0), "prices"),
    "switching_cap": Case(SwitchingCap(left=0.0), SwitchingCap(left=1.0), "segments_daily"),
    "voucher": Case(Voucher(share=0.5), Voucher(share=0.5, budget=0.0), "segments_daily"),
}  # fmt: skip


GROUNDS = {
    # Chips of one sort, sold in China.
    "export_control": replace(CHINA, supply=replace(CHINA.supply, region="cn")),
    # Sellers who answer one another.
    "disclosure_delay": replace(
        CHINA, conduct=replace(CHINA.conduct, menu_cost=0.0), mechanisms=replace(CHINA.mechanisms, focal_prices=False)
    ),
}


def under(scenario: Scenario, **policies: PolicySpec) -> Run:
    return play(replace(scenario, policies=policies))


@cache
def base(kind: str) -> Run:
    return under(ground(kind))


def ground(kind: str) -> Scenario:
    """A market in which the policy can bite."""
    return GROUNDS.get(kind, CHINA)


def test_every_policy_is_tried() -> None:
    assert {str(spec.__dataclass_fields__["kind"].default) for spec in get_args(Policies)} == set(CASES)
    assert all(case.real.kind == case.nil.kind == kind for kind, case in CASES.items())


@pytest.mark.parametrize("kind", CASES)
def test_without_effect_or_out_of_force_it_changes_no_bit(kind: str) -> None:
    case = CASES[kind]
    without = base(kind if kind in GROUNDS else "")
    assert under(ground(kind), a=case.nil, z=replace(case.real, start=LATER)).digest == without.digest


@pytest.mark.parametrize("kind", CASES)
def test_with_its_effect_it_changes_something(kind: str) -> None:
    case = CASES[kind]
    before, after = base(kind if kind in GROUNDS else ""), under(ground(kind), policy=case.real)
    facts = ["fact", "cause"]  # a policy that begins is a fact, so that those after it are counted anew
    one, other = (run.tables[case.shows].drop(facts, strict=False) for run in (before, after))
    assert not one.equals(other)
    assert after.tables["facts"].filter(pl.col("what") == "policy policy begins").height == 1


def same_but_for_facts(one: Run, other: Run) -> None:
    """Two runs agree to the last bit in all but what is counted among facts."""
    for table in set(TABLES) & one.tables.keys() - {"facts"}:
        facts = ["fact", "cause", "began", "ended"]
        assert one.tables[table].drop(facts, strict=False).equals(other.tables[table].drop(facts, strict=False)), table


@pytest.mark.parametrize("buyers", ["sampled", "continuum"])
def test_to_leave_no_loyalty_from_before_the_first_day_is_to_have_none(buyers: str) -> None:
    short = load("china-2024", ["buyers.count=300", "burn_in=20", "days=30", f"buyers.kind={buyers}"])
    disloyal = replace(short, segments={name: replace(s, loyalty=0.0) for name, s in short.segments.items()})
    cap = SwitchingCap(left=0.0, start=date(2020, 1, 1))
    same_but_for_facts(under(short, cap=cap), under(disloyal))


def test_what_binds_buyers_is_less_from_the_day_of_the_cap_on_and_comes_back_after_it() -> None:
    start = CHINA.start + timedelta(days=10)
    cap = SwitchingCap(left=0.0, start=start, end=start + timedelta(days=9))
    table = under(replace(CHINA, days=30), cap=cap).tables["segments_daily"]
    by_day = dict(table.group_by("day").agg(pl.col("exit_cost").sum()).iter_rows())
    bound = [by_day[day] for day in range(30) if not 10 <= day < 20]
    assert all(by_day[day] < 0.6 * min(bound) for day in range(10, 20))


# Vouchers.

DUOPOLY = world([seller({"price": 1.6, "cost": 1.0, "value": 2.0}, strategy=Fixed()) for _ in range(2)], days=20)


def treasury(run: Run, side: str) -> dict[int, float]:
    ledger = run.tables["ledger"].filter(pl.col(side) == TREASURY)
    return dict(ledger.group_by("day").agg(pl.col("amount").sum()).sort("day").iter_rows())


def test_a_voucher_pays_back_its_share_of_what_buyers_paid_and_they_buy_more() -> None:
    run, free = under(DUOPOLY, voucher=Voucher(share=0.25)), under(DUOPOLY)
    sales = {row["day"]: row["revenue"] for row in run.tables["sellers_daily"].group_by("day").agg(
        pl.col("revenue").sum()).iter_rows(named=True)}  # fmt: skip
    back = treasury(run, "payer")
    assert set(back) == set(range(20))
    assert all(abs(back[day] - 0.25 * sales[day]) <= 1e-12 * sales[day] for day in back)
    tokens = [sum(each.tables["offers_daily"].filter(pl.col("day") == 19)["tokens"]) for each in (run, free)]
    q = np.exp((2.0 - np.array([0.75 * 1.6, 1.6])) / 0.25)
    assert_allclose(tokens, 1000.0 * 2 * q / (1 + 2 * q), rtol=1e-6)


def test_a_voucher_ends_with_its_budget_to_the_cent() -> None:
    daily = treasury(under(DUOPOLY, voucher=Voucher(share=0.25)), "payer")[0]
    back = treasury(under(DUOPOLY, voucher=Voucher(share=0.25, budget=3.5 * daily)), "payer")
    assert max(back) <= 4
    assert sum(back.values()) == pytest.approx(3.5 * daily, rel=1e-14)
    late = under(DUOPOLY, voucher=Voucher(share=0.25, budget=3.5 * daily)).tables["offers_daily"]
    free = under(DUOPOLY).tables["offers_daily"]
    sold, usual = (table.filter(pl.col("day") == 19)["tokens"].to_numpy() for table in (late, free))
    assert_allclose(sold, usual, rtol=1e-4)


@pytest.mark.parametrize(
    ("first", "second", "off"),
    [
        (Voucher(share=0.5), Voucher(per_mtok=0.3), 0.8 + 0.3),
        (Voucher(per_mtok=0.3), Voucher(share=0.5), 0.3 + 0.5 * 1.3),
        (Voucher(share=0.5), Voucher(share=0.25), 0.8 + 0.25 * 0.8),
    ],
    ids=["a share, then an amount", "an amount, then a share", "a share of a share"],
)
def test_two_vouchers_are_taken_off_one_after_the_other(first: Voucher, second: Voucher, off: float) -> None:
    run = under(DUOPOLY, a=first, b=second)
    offers = run.tables["offers_daily"].filter(pl.col("day") == 19)
    assert treasury(run, "payer")[19] == pytest.approx(off * float(offers["tokens"].sum()), rel=1e-12)


def test_what_buyers_spend_on_machines_of_their_own_is_not_borne() -> None:
    alone = replace(CHINA, hosts=replace(CHINA.hosts, self_appeal=3.0))
    ledger = under(alone, voucher=Voucher(share=0.5)).tables["ledger"].filter(pl.col("day") == CHINA.days - 1)
    paid = ledger.filter((pl.col("what") == "tokens") & ~pl.col("payee").str.starts_with("self-hosting"))
    own = ledger.filter((pl.col("what") == "tokens") & pl.col("payee").str.starts_with("self-hosting"))
    assert own["amount"].sum() > 0.0
    borne = ledger.filter(pl.col("payer") == TREASURY)["amount"].sum()
    assert borne == pytest.approx(0.5 * float(paid["amount"].sum()))


# Machines and power.


def test_the_treasury_bears_its_share_of_every_machine_delivered() -> None:
    ledger = under(CHINA, aid=CapacitySubsidy(share=0.4)).tables["ledger"]
    bought = ledger.filter((pl.col("what") == "accelerators") & (pl.col("day") > 10))
    aid = ledger.filter((pl.col("what") == "capacity subsidy") & (pl.col("day") > 10))
    assert bought.height > 0
    pairs = bought.join(aid, left_on=["day", "payer"], right_on=["day", "payee"], how="left")
    assert_allclose(pairs["amount_right"].to_numpy(), 0.4 * pairs["amount"].to_numpy(), rtol=1e-12)


def test_a_subsidy_is_for_the_clouds_of_its_region() -> None:
    here = replace(CHINA, supply=replace(CHINA.supply, region="cn"))
    abroad = replace(here, sellers={**here.sellers, "baidu": replace(here.sellers["baidu"], region="us")})
    ledger = under(abroad, aid=CapacitySubsidy(share=0.4, regions=("us",))).tables["ledger"]
    assert set(ledger.filter(pl.col("what") == "capacity subsidy")["payee"]) <= {"baidu"}
    cost = under(abroad, aid=CapacitySubsidy(share=0.4, regions=("us",))).tables["costs_daily"]
    free = under(abroad).tables["costs_daily"]
    on = pl.col("day") == 0
    capital = {who: [t.filter(on & (pl.col("seller") == who))["hour_capital"][0] for t in (cost, free)]
               for who in ("baidu", "alibaba")}  # fmt: skip
    assert capital["baidu"][0] == pytest.approx(0.6 * capital["baidu"][1], rel=1e-12)
    assert capital["alibaba"][0] == capital["alibaba"][1]


def test_a_second_subsidy_bears_its_share_of_what_the_first_leaves() -> None:
    policies: dict[str, PolicySpec] = {"a": CapacitySubsidy(share=0.5), "b": CapacitySubsidy(share=0.25)}
    simulation = prepare(replace(DUOPOLY, policies=policies), 1)
    simulation.world.clock.run(until=1.0)
    assert simulation.world.policies.subsidy(None) == pytest.approx(1.0 - 0.5 * 0.75, rel=1e-15)


@pytest.mark.parametrize("regions", [None, ("us",)])
def test_the_treasury_gets_the_tax_on_every_kilowatt_hour(regions: tuple[str, ...] | None) -> None:
    here = replace(CHINA, supply=replace(CHINA.supply, region="cn"))
    abroad = replace(here, sellers={**here.sellers, "baidu": replace(here.sellers["baidu"], region="us")})
    run = under(abroad, tax=EnergyTax(per_kwh=0.02, per_tonne=100.0, emissions=0.5, regions=regions))
    owed = run.tables["sellers_daily"].filter(pl.col("role").is_in(["cloud", "lab"]) & (pl.col("day") >= 0))
    if regions is not None:
        owed = owed.filter(pl.col("seller") == "baidu")
    energy = dict(owed.group_by("day").agg(pl.col("energy").sum()).iter_rows())
    got = treasury(run, "payee")
    assert set(got) == set(energy)
    assert all(abs(got[day] - 0.07 * energy[day]) <= 1e-9 * got[day] for day in got)


# Data.


def test_sensitive_data_stay_inside_where_sending_them_out_is_all_but_banned() -> None:
    sensitive = replace(CHINA, segments={n: replace(s, sensitive=0.5) for n, s in CHINA.segments.items()})
    free, ruled = (run.tables["segments_daily"].filter(pl.col("day") == CHINA.days - 1)["exposed"].sum()
                   for run in (under(sensitive), under(sensitive, rule=DataResidency(cost=50.0))))  # fmt: skip
    assert float(ruled) < 0.9 * float(free)


def test_with_regions_only_sellers_elsewhere_are_hit() -> None:
    rule = DataResidency(cost=2.0, regions=("eu",))
    offers = {region: offer(region=region) for region in ("eu", "us", None)}
    assert [rule.exposure(offers[region]) for region in ("eu", "us", None)] == [0.0, 2.0, 0.0]
    assert rule.exposure(replace(offer(region="us"), inside=True)) == 0.0
    assert at(-1, rule).exposure([offers["us"]]) is None


def at(day: int, *policies: DatedPolicy) -> PoliciesInForce:
    """What policies say together on a day of a run that begins with 2024."""
    clock = Clock(date(2024, 1, 1), day)
    return PoliciesInForce([policy.enacted(f"p{i}", clock) for i, policy in enumerate(policies)], clock)


def offer(seller: str = "a", tier: str = "x", region: str | None = None) -> Offer:
    return Offer(seller=seller, tier=tier, model="m", capability=0.0, appeal=0.0, value=0.0, open_weights=False,
                 inside=False, output_ratio=1.0, launched=0.0, region=region)  # fmt: skip


# Open weights.


def facts(run: Run, kind: str) -> list[tuple[int, str]]:
    return [(int(time), what) for time, what in
            run.tables["facts"].filter(pl.col("kind") == kind).select("time", "what").iter_rows()]  # fmt: skip


def test_a_mandate_releases_capable_models_on_their_day_and_hosts_may_sell_them() -> None:
    strong = {name: s.tiers for name, s in CHINA.sellers.items() if name in ("baidu", "zhipu")}
    run = under(CHINA, rule=OpenWeightsMandate(capability=2.0, delay=10.0, hosts=2))
    told = [(day, what) for day, what in facts(run, "policy") if "opens" in what]
    models = {name: tiers["flagship"].model or "" for name, tiers in strong.items()}
    assert (10, f"policy rule opens {models['baidu']}") in told  # it was there before the rule
    assert (25, f"policy rule opens {models['zhipu']}") in told  # launched on 16 January
    assert all(any(model in what for _, what in facts(run, "release")) for model in models.values())
    hosts = set(run.tables["prices"].filter(pl.col("seller").str.contains("rule.baidu"))["seller"])
    assert any(name.startswith("self-hosting") for name in hosts)
    opened = run.tables["offers_daily"].filter((pl.col("seller") == "zhipu") & (pl.col("tier") == "flagship"))
    assert opened.filter(pl.col("day") == CHINA.days - 1)["open_weights"].all()


def test_under_a_ban_nothing_is_released_and_a_line_that_would_open_with_it_opens_closed() -> None:
    run = under(CHINA, rule=OpenWeightsBan(capability=-9.0))
    assert facts(base(""), "release")
    assert not facts(run, "release")
    assert len(facts(run, "withheld")) == len(facts(base(""), "release"))
    assert not run.tables["prices"]["seller"].str.starts_with("host-").any()


def test_a_ban_bars_capable_models_only_and_ends_with_its_last_day() -> None:
    ban = OpenWeightsBan(capability=1.0, end=date(2024, 1, 31))
    assert [at(day, ban).withholds(q) for q, day in ((1.0, 30), (0.9, 30), (1.0, 31))] == ["p0", None, None]


def test_a_ban_holds_against_a_mandate() -> None:
    run = under(CHINA, ban=OpenWeightsBan(capability=2.0), rule=OpenWeightsMandate(capability=2.0, delay=5.0))
    assert not [what for _, what in facts(run, "release") if "baidu" in what]
    assert [what for _, what in facts(run, "withheld") if "baidu" in what]


def test_a_lab_is_paid_every_day_and_no_longer_than_the_policy_lasts() -> None:
    start = CHINA.start + timedelta(days=5)
    fund = OpenWeightsFunding(lab="zhipu", yearly=365.25e3, start=start, end=start + timedelta(days=9))
    assert treasury(under(CHINA, fund=fund), "payer") == dict.fromkeys(range(5, 15), 1e3)


# Rivals.


def scripted(path: list[tuple[float, float]], conduct: Conduct) -> Seller:
    steps = [Dated(day=day, price=price) for day, price in path]
    return seller({"tier": "main", "price": path[0][1], "cost": 0.5, "value": 2.0},
                  strategy=Replay(path={"main": steps}), conduct=conduct)  # fmt: skip


DAILY = Conduct(review_rate=1.0, regular=True, phase=0.0, menu_cost=0.0)


def follower_under(*policies: PolicySpec) -> list[tuple[float, float]]:
    follower = seller({"tier": "main", "price": 2.0, "cost": 0.5, "value": 2.0}, strategy=Follow(), conduct=DAILY)
    pair = world({"ann": scripted([(0.0, 2.0), (10.0, 1.5)], conduct=DAILY), "bob": follower}, days=40)
    moves = under(pair, **{f"p{i}": policy for i, policy in enumerate(policies)}).tables["prices"]
    return list(moves.filter((pl.col("seller") == "bob") & (pl.col("time") >= 0)).select("time", "price").iter_rows())


def test_a_rivals_cut_is_answered_later_by_as_much_as_prices_are_hidden() -> None:
    (open_time, price), *_ = follower_under()
    (secret_time, same), *_ = follower_under(DisclosureDelay(prices=12.0))
    assert price == same < 2.0
    assert open_time == 11.25  # the cut came at 10.25, and everybody reviews once a day
    assert secret_time == 10.25 + 12.0


def test_a_board_as_of_an_earlier_day_undoes_moves_launches_and_withdrawals_of_rivals() -> None:
    board = Board()
    for k, name in enumerate("abc"):
        board.put(offer(name), 1.0 + k)
    board.moves = [
        Move(0.0, 0, "a", "opening", None, 1.0, 0, False),
        Move(1.0, 1, "b", "launch", None, 4.0, 1, False),
        Move(5.0, 0, "a", "cut", 1.5, 1.0, 2, True),
        Move(6.0, 2, "c", "withdrawn", 3.0, 3.0, 3, False),
        Move(7.0, 1, "b", "cut", 4.0, 2.0, 4, True),
    ]
    board.withdraw(2)
    then = board.as_of(5.5, ())
    assert list(zip(then.price.tolist(), then.live.tolist(), strict=True)) == [(1.0, True), (4.0, True), (3.0, True)]
    long_ago = board.as_of(0.5, ("b",))
    assert long_ago.price.tolist() == [1.5, 2.0, 3.0]
    assert long_ago.live.all()
    assert board.as_of(0.5, ()).live.tolist() == [True, False, True]
    assert board.price.tolist() == [1.0, 2.0, 3.0], "the board itself stays"
    assert board.live.tolist() == [True, True, False]


def test_shares_are_published_later_by_as_much_as_they_are_held_back() -> None:
    lines = [seller({"price": 1.6, "cost": 1.0, "value": 2.0}) for _ in range(2)]
    start = DUOPOLY.start + timedelta(days=50)
    slow = {"contract": 20.0}
    pair = world(lines, LinearResponse(), days=90, segment=slow)
    held = DisclosureDelay(shares=20, start=start)
    one, other = under(pair).tables["offers_daily"], under(pair, held=held).tables["offers_daily"]
    both = one.join(other, on=["day", "seller"])
    apart = both.filter(pl.col("price") != pl.col("price_right"))["day"].min()
    assert apart is not None
    assert 50 < float(str(apart)) < 60


def test_merged_sellers_do_not_undercut_each_other() -> None:
    pair = world(
        {name: seller({"tier": "main", "price": 2.0, "cost": 0.5, "value": 2.0}, strategy=Undercut(), conduct=DAILY)
         for name in ("ann", "bob")}, days=30,
    )  # fmt: skip
    merged = under(pair, merger=Merger(sellers=("ann", "bob"))).tables["offers_daily"]
    assert (merged["price"] == 2.0).all()
    assert (under(pair).tables["offers_daily"].filter(pl.col("day") == 29)["price"] < 2.0).all()


def test_a_merger_of_all_asks_the_price_of_a_monopoly_with_their_lines() -> None:
    lines = [seller({"price": 1.6, "cost": 1.0, "value": 2.0}) for _ in range(2)]
    run = under(world(lines, days=200), merger=Merger(sellers=("seller-0", "seller-1"), start=date(2020, 1, 1)))
    last = run.tables["offers_daily"].filter(pl.col("day") == 199)
    assert_allclose(last["price"].to_numpy(), 1.924980919017762, rtol=1e-10)
    assert_allclose(last["nash_price"].to_numpy(), 1.924980919017762, rtol=1e-8)


def test_a_new_seller_pays_for_its_licence_and_waits_and_others_need_none() -> None:
    free, run = base(""), under(CHINA, licence=EntryLicence(fee=5e5, wait=15.0))
    paid = run.tables["ledger"].filter(pl.col("what") == "licence")
    assert set(paid["payer"]) == {"minimax", "moonshot"}  # tencent and zhipu have other lines
    assert set(paid.select("amount", "payee").iter_rows()) == {(5e5, TREASURY)}

    def launched(tables: dict[str, pl.DataFrame], name: str) -> float:
        moves = tables["prices"].filter((pl.col("seller") == name) & (pl.col("kind") == "launch"))
        return float(moves["time"].min())  # type: ignore[arg-type]

    for name in ("minimax", "moonshot"):
        assert launched(dict(run.tables), name) == launched(dict(free.tables), name) + 15.0
    assert launched(dict(run.tables), "zhipu") == launched(dict(free.tables), "zhipu")


# A policy that does not come with this software: one class, listed.


@dataclass_of_parameters(frozen=True, slots=True, kw_only=True, config=CHECKED)
class PriceCeiling(PolicyOnPrices):
    """No price above a ceiling."""

    kind: Literal["price_ceiling"] = "price_ceiling"
    """Which policy."""
    ceiling: PricePerMtok
    """Highest price allowed."""

    def admitted(self, price: float, unit_cost: float) -> float:
        """The price that may be posted instead of the wished one. [money/Mtok]"""
        del unit_cost
        return min(price, self.ceiling)

    def mistakes(self, key: str, setting: PolicySetting) -> Iterator[Mistake]:
        """A ceiling of nothing leaves no market."""
        del setting
        if self.ceiling == 0.0:
            yield Mistake("", f"{key}.ceiling", "is 0", "give a price")


@dataclass_of_parameters(frozen=True, slots=True, kw_only=True, config=CHECKED)
class CeilingScenario(Scenario):
    """A scenario that lists it."""

    policies: dict[SellerId, Annotated[Policies | PriceCeiling, Field(discriminator="kind")]]  # type: ignore[assignment]
    """Policies in force, by name."""


def with_ceiling(toml: str) -> CeilingScenario:
    said = {field.name: getattr(DUOPOLY, field.name) for field in fields(DUOPOLY)}
    return CeilingScenario(**{**said, "policies": tomllib.loads(toml)})


def test_a_new_policy_is_one_class_and_its_table_of_keys() -> None:
    scenario = with_ceiling("""
        ceiling = { kind = "price_ceiling", ceiling = 1.2, start = 2024-01-06, end = 2024-01-15 }
        tax = { kind = "energy_tax", per_kwh = 0.1 }
    """)
    consistent(scenario)
    simulation = prepare(scenario, 1)
    simulation.run()
    tables = tables_of(simulation)
    prices = tables["offers_daily"].group_by("day").agg(pl.col("price").max()).sort("day")
    by_day = dict(prices.iter_rows())
    begins = (scenario.policies["ceiling"].start or scenario.start) - scenario.start
    assert by_day[begins.days - 1] == 1.6
    assert by_day[begins.days] == 1.2
    assert "policy ceiling begins" in set(tables["facts"]["what"])


def test_a_new_policy_tells_what_is_wrong_with_it() -> None:
    with pytest.raises(ScenarioMistakes, match=r"policies\.ceiling\.ceiling: is 0; give a price"):
        consistent(with_ceiling('ceiling = { kind = "price_ceiling", ceiling = 0.0 }'))


def test_every_question_has_an_answer_that_changes_nothing() -> None:
    neutral = [policy for day in (0, 1) for policy in (at(day), at(day, DatedPolicy(kind="none")))]
    for policies in neutral:
        assert policies.admitted(1.5, 2.0) == 1.5
        assert not policies.bars("h20", "cn")
        assert policies.rebates([offer()]) == []
        assert (policies.subsidy("cn"), policies.energy_tax("cn"), policies.loyalty()) == (0.0, 0.0, 1.0)
        assert policies.exposure([offer()]) is None
        assert policies.owner("a") == "a"
        assert not policies.one_owner("a", "b")
        assert policies.withholds(9.0) is None
        assert (policies.licence(), policies.secrecy()) == ((0.0, 0.0), 0.0)


# Mistakes, and the library.

WRONG: dict[str, tuple[PolicySpec, str]] = {
    "unknown seller": (Merger(sellers=("east", "wset")), "sellers.1: there is no seller 'wset'; did you mean 'west'"),
    "unknown lab": (OpenWeightsFunding(lab="weast", yearly=1.0), "lab: there is no lab or seller 'weast'"),
    "unknown chip": (ExportControl(chips=("h10",), regions=("cn",)), "chips.0: there is no accelerator 'h10'"),
    "dates": (PriceFloor(floor=1.0, start=date(2024, 5, 1), end=date(2024, 4, 1)),
              "end: is 2024-04-01, before its first day; it must not lie before 2024-05-01"),
    "over before it begins": (PriceFloor(floor=1.0, end=date(2023, 4, 1)), "it must not lie before 2024-01-01"),
    "unknown region": (EnergyTax(per_kwh=1.0, regions=("cn",)), "regions.0: no seller is in 'cn'"),
    "no emissions": (EnergyTax(per_tonne=1.0), "emissions: is missing"),
    "continuum": (DataResidency(cost=1.0), "is on sensitive data, which a continuum leaves out"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_a_mistake_is_refused_with_what_to_do(what: str) -> None:
    policy, line = WRONG[what]
    with pytest.raises(ScenarioMistakes) as refused:
        consistent(replace(load("textbook"), policies={"p": policy}))
    assert line in str(refused.value)


def test_nobody_merges_twice_at_a_time_but_one_merger_may_follow_another() -> None:
    textbook = load("textbook")
    third = replace(textbook, sellers={**textbook.sellers, "mid": textbook.sellers["west"]})
    first = Merger(sellers=("east", "west"), end=date(2024, 3, 1))
    consistent(replace(third, policies={"a": first, "b": Merger(sellers=("west", "mid"), start=date(2024, 3, 2))}))
    with pytest.raises(ScenarioMistakes, match="have 'west' in two mergers at a time"):
        consistent(replace(third, policies={"a": first, "b": Merger(sellers=("west", "mid"))}))


def test_hosts_need_a_chip_for_what_a_mandate_lets_them_serve() -> None:
    bare = replace(CHINA.hosts, chip=None)
    with pytest.raises(UserMistake, match=r"hosts\.chip: is missing"):
        consistent(replace(CHINA, releases={}, hosts=bare, policies={"p": CASES["open_weights_mandate"].real}))


@pytest.mark.parametrize("name", bundled_policies())
def test_every_policy_of_the_library_can_be_laid_over_a_scenario(name: str) -> None:
    scenario = load("china-2024" if name == "export-control" else "global-2022", policies=(name,))
    assert name in scenario.policies or name == "export-control"
    assert not any(policy.nil for policy in scenario.policies.values())


def test_the_library_has_every_sort_of_policy() -> None:
    files = [tomllib.loads(path.read_text(encoding="utf-8")) for path in bundled_policies().values()]
    assert {policy["kind"] for file in files for policy in file["policies"].values()} == set(CASES)
