"""A price fall is split among its causes so that nothing is left over, whatever the numbers."""

from dataclasses import replace
from datetime import date
from itertools import permutations
from math import fsum, log, nan

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricewar.agents.machines.spec import Technology
from pricewar.agents.pricing.fixed import Fixed
from pricewar.agents.sellers.spec import Fleet, Seller, Tier, Upgrade
from pricewar.agents.serving_cost import GivenCost, ServedCost
from pricewar.scenarios.config.load import load
from pricewar.scenarios.run.play import play
from pricewar.sim.analysis.prices.decomposition import (
    EFFECTS,
    MARKET,
    decompose,
    decompose_market,
    decompose_run,
    decompose_wars,
    decompose_years,
    in_logs,
)
from pricewar.sim.analysis.prices.indices import logarithmic_mean, split_product
from pricewar.sim.economics.curves import Moore
from pricewar.sim.economics.ownership import CostParts, Ownership
from pricewar.sim.economics.serving import Architecture, Serving
from pricewar.sim.results.run import Run
from pricewar.sim.results.tables import schema

POSITIVE = st.floats(1e-6, 1e6)
OR_ZERO = st.one_of(st.just(0.0), POSITIVE)
ANY = st.one_of(st.just(0.0), POSITIVE, POSITIVE.map(lambda x: -x))
STANDING = st.fixed_dictionaries(
    {
        "price": OR_ZERO, "hour_capital": ANY, "hour_energy": OR_ZERO, "hour_upkeep": OR_ZERO,
        "utilisation": st.floats(0.01, 1.0), "software": POSITIVE, "machine_time": POSITIVE, "training": OR_ZERO,
    }
)  # fmt: skip
STEADY = {
    "price": 5.0, "hour_capital": 2.0, "hour_energy": 0.5, "hour_upkeep": 0.25,
    "utilisation": 0.5, "software": 1.0, "machine_time": 900.0, "training": 0.5,
}  # fmt: skip
START = date(2024, 1, 1)


def costs(*days: dict[str, dict[str, float]]) -> pl.DataFrame:
    """A table of costs: for each day, sellers and their numbers."""
    rows = [
        {"day": day, "date": date(2024, 1, 1 + day), "seller": seller, "tier": "cheap", "model": "m", **parts}
        for day, sellers in enumerate(days)
        for seller, parts in sellers.items()
    ]
    return pl.DataFrame(rows, schema=schema("costs_daily"))


def tokens(*days: dict[str, float]) -> pl.DataFrame:
    rows = [
        {"day": day, "seller": seller, "tier": "cheap", "tokens": sold}
        for day, sellers in enumerate(days)
        for seller, sold in sellers.items()
    ]
    return pl.DataFrame(rows, schema={"day": pl.Int32, "seller": pl.String, "tier": pl.String, "tokens": pl.Float64})


def error(row: dict[str, float], scale: float) -> float:
    """What the effects miss of the change, over the largest number that went in."""
    missing = fsum([row["price_after"], -row["price_before"], *(-row[effect] for effect in EFFECTS)])
    return abs(missing) / scale


def serving(parts: dict[str, float]) -> float:
    hour = abs(parts["hour_capital"]) + parts["hour_energy"] + parts["hour_upkeep"]
    return hour * parts["software"] * parts["machine_time"] / (3600 * parts["utilisation"])


def size(*standing: dict[str, float]) -> float:
    return max(1e-300, *(max(serving(parts), parts["price"], parts["training"]) for parts in standing))


def test_the_logarithmic_mean_lies_between_the_geometric_and_the_arithmetic() -> None:
    assert logarithmic_mean(1.0, 4.0) == pytest.approx(3.0 / log(4.0), rel=1e-15)
    assert 2.0 < logarithmic_mean(1.0, 4.0) < 2.5
    assert logarithmic_mean(3.0, 3.0) == 3.0
    assert logarithmic_mean(1.0, 1.0 + 1e-12) == pytest.approx(1.0 + 5e-13, abs=1e-15)
    with pytest.raises(ValueError, match="zero or more"):
        logarithmic_mean(-1.0, 1.0)


def test_a_factor_that_comes_from_zero_is_the_limit_of_ever_smaller_ones() -> None:
    # Ang & Liu (2007): put 1e-300 for zero, and look whether it goes where the rule says.
    tiny = split_product({"a": 1e-300, "b": 2.0}, {"a": 3.0, "b": 1.0})
    rule = split_product({"a": 0.0, "b": 2.0}, {"a": 3.0, "b": 1.0})
    assert rule == {"a": 3.0, "b": 0.0}
    assert tiny["a"] == pytest.approx(rule["a"], rel=5e-3)
    several = split_product({"a": 0.0, "b": 0.0, "c": 1.0}, {"a": 3.0, "b": 1.0, "c": 2.0})
    assert several == {"a": 3.0, "b": 3.0, "c": 0.0}


@pytest.mark.parametrize("order", list(permutations("abc")))
def test_no_factor_is_favoured_by_its_place(order: tuple[str, ...]) -> None:
    before, after = {"a": 2.0, "b": 0.3, "c": 7.0}, {"a": 1.0, "b": 0.9, "c": 5.0}
    shuffled = split_product({name: before[name] for name in order}, {name: after[name] for name in order})
    for name, part in split_product(before, after).items():
        assert shuffled[name] == pytest.approx(part, rel=1e-14)


@given(STANDING, STANDING)
def test_effects_sum_to_the_change_whatever_the_numbers(before: dict[str, float], after: dict[str, float]) -> None:
    (row,) = decompose(costs({"acme": before}, {"acme": after}), 0, 1).iter_rows(named=True)
    assert error(row, size(before, after)) < 1e-12
    assert row["mix"] == 0.0


def test_a_part_left_out_would_show() -> None:
    (row,) = decompose(costs({"acme": STEADY}, {"acme": {**STEADY, "software": 0.5}}), 0, 1).iter_rows(named=True)
    assert error({**row, "software": 0.0}, 5.0) > 0.1


@pytest.mark.parametrize(
    ("change", "effect"),
    [
        ({"hour_capital": 1.0}, "hardware"), ({"hour_upkeep": 0.0}, "hardware"), ({"hour_energy": 0.1}, "energy"),
        ({"utilisation": 0.8}, "utilisation"), ({"software": 0.7}, "software"), ({"machine_time": 300.0}, "algorithms"),
        ({"training": 0.0}, "training"),
    ],
)  # fmt: skip
def test_what_alone_changed_has_all_the_effect(change: dict[str, float], effect: str) -> None:
    after = {**STEADY, **change}
    dearer = serving(STEADY) + STEADY["training"] - serving(after) - after["training"]
    after["price"] = STEADY["price"] - dearer  # passed on in full
    (row,) = decompose(costs({"acme": STEADY}, {"acme": after}), 0, 1).iter_rows(named=True)
    assert row[effect] == pytest.approx(-dearer, rel=1e-12)
    assert [row[other] for other in EFFECTS if other != effect] == pytest.approx([0.0] * 7, abs=1e-15)


def test_a_price_that_fell_on_steady_costs_fell_by_margin_even_below_cost() -> None:
    (row,) = decompose(costs({"acme": STEADY}, {"acme": {**STEADY, "price": 0.0}}), 0, 1).iter_rows(named=True)
    assert row["margin"] == -5.0
    assert row["hardware"] == row["algorithms"] == 0.0


SALES = st.lists(st.tuples(STANDING, OR_ZERO), min_size=2, max_size=4)


@given(SALES, SALES)
def test_effects_sum_in_a_whole_market_with_entry_and_exit(
    before: list[tuple[dict[str, float], float]], after: list[tuple[dict[str, float], float]]
) -> None:
    first = {f"s{i}": parts for i, (parts, _) in enumerate(before)}
    last = {f"s{i + 1}": parts for i, (parts, _) in enumerate(after)}  # s0 leaves, the last may be new
    sold = tokens({f"s{i}": q for i, (_, q) in enumerate(before)}, {f"s{i + 1}": q for i, (_, q) in enumerate(after)})
    table = decompose_market(costs(first, last), sold, 0, 1)
    if any(q for _, q in before) and any(q for _, q in after):
        (row,) = table.iter_rows(named=True)
        assert error(row, size(*first.values(), *last.values())) < 1e-12
    else:
        assert table.is_empty()


def test_tokens_that_move_to_a_cheaper_offer_are_mix() -> None:
    both = {"dear": {**STEADY, "price": 9.0}, "cheap": {**STEADY, "price": 3.0}}
    sold = tokens({"dear": 3.0, "cheap": 1.0}, {"dear": 1.0, "cheap": 3.0})
    (row,) = decompose_market(costs(both, both), sold, 0, 1).iter_rows(named=True)
    assert (row["seller"], row["price_before"], row["price_after"]) == (MARKET, 7.5, 4.5)
    assert row["mix"] == pytest.approx(-3.0, rel=1e-14)
    assert row["margin"] == 0.0


def test_log_shares_sum_to_the_log_of_the_ratio_and_a_free_price_has_none() -> None:
    half = {**STEADY, "price": 2.5, "software": 0.5}
    table = decompose(costs({"a": STEADY, "b": STEADY}, {"a": half, "b": {**STEADY, "price": 0.0}}), 0, 1)
    a, b = in_logs(table).iter_rows(named=True)
    assert fsum(a[effect] for effect in EFFECTS) == pytest.approx(log(0.5), rel=1e-12)
    assert b["margin"] is None


SMALL = ServedCost(
    architecture=Architecture(total=14, active=14, kv_bytes=204_800, context=1500), serving=Serving(shards=4)
)


@pytest.fixture(scope="module")
def ran() -> Run:
    """A cloud, a lab and a seller whose costs are given, with progress of every sort and a successor."""
    upgrade = Upgrade(date=date(2024, 3, 1), model="m2", capability=1.0)
    served = Tier(model="m", price=4.0, value=4.0, capability=1.0, cost=SMALL, upgrades={"next": upgrade})
    given_cost = Tier(model="g", price=2.0, cost=GivenCost(marginal=0.5, full=1.0, seconds=7, curve=Moore(rate=0.5)))
    fleet = Fleet(chip="a100-sxm-80gb")
    sellers = {
        "cloud": Seller(role="cloud", fleet=fleet, invests=False, tiers={"main": served}),
        "lab": Seller(strategy=Fixed(), fleet=fleet, invests=False, tiers={"main": served}),
        "plain": Seller(strategy=Fixed(), invests=False, tiers={"main": given_cost}),
    }
    technology = Technology(
        ownership=Ownership(electricity=0.1, upkeep=0.05), rental=2.0, hardware=Moore(rate=0.3), rents=Moore(rate=0.2),
        software=Moore(rate=0.4),
    )  # fmt: skip
    scenario = replace(load("textbook"), sellers=sellers, technology=technology, days=120, burn_in=30, sources={})
    return play(replace(scenario, start=date(2023, 12, 1)))


def test_the_recorded_parts_are_the_recorded_unit_cost(ran: Run) -> None:
    parts, offers = (ran.tables[name].sort("day", "seller", "tier") for name in ("costs_daily", "offers_daily"))
    assert parts.height == offers.height > 400
    hour = pl.col("hour_capital") + pl.col("hour_energy") + pl.col("hour_upkeep")
    rebuilt = parts.select(cost=hour * pl.col("software") * pl.col("machine_time") / (3600 * pl.col("utilisation")))[
        "cost"
    ]
    assert ((rebuilt / offers["unit_cost"] - 1.0).abs() < 1e-12).all()
    assert (parts["price"] == offers["price"]).all()
    one = parts.row(0, named=True)
    part = CostParts(
        one["hour_capital"], one["hour_energy"], one["hour_upkeep"], one["utilisation"], one["software"],
        one["machine_time"],
    )  # fmt: skip
    assert part.serving == pytest.approx(offers["unit_cost"][0], rel=1e-12)


def test_a_year_of_a_run_is_split_by_seller_and_for_the_market(ran: Run) -> None:
    years = decompose_years(ran.tables)
    assert years["year"].unique().sort().to_list() == [2023, 2024]
    assert set(years["seller"]) == {"cloud", "lab", "plain", MARKET}
    for row in years.iter_rows(named=True):
        assert error(row, row["price_before"]) < 1e-12
    late = {row["seller"]: row for row in years.filter(pl.col("year") == 2024).iter_rows(named=True)}
    assert late["lab"]["algorithms"] < 0.0  # the successor is smaller
    assert late["lab"]["hardware"] < 0.0
    assert late["lab"]["margin"] > 0.0  # its price stood still
    assert late["lab"]["energy"] == 0.0
    assert late["plain"]["algorithms"] == 0.0
    assert late["plain"]["software"] < 0.0
    whole = decompose_run(ran.tables)
    assert whole.height == 1
    assert error(whole.row(0, named=True), 4.0) < 1e-12


def test_twice_the_money_doubles_every_effect_to_the_last_bit(ran: Run) -> None:
    money = ("price", "hour_capital", "hour_energy", "hour_upkeep", "training")
    dear = {**ran.tables, "costs_daily": ran.tables["costs_daily"].with_columns(pl.col(name) * 8 for name in money)}
    once, eight = decompose_years(ran.tables), decompose_years(dear)
    for effect in (*EFFECTS, "price_before", "price_after"):
        assert (once[effect] * 8).to_list() == eight[effect].to_list()


def test_a_war_is_split_from_the_evening_before_it_to_its_end(ran: Run) -> None:
    wars = pl.DataFrame(
        [{"war": 1, "tier": "main", "start_time": 40.5, "end_time": 60.25, "sellers": "cloud,lab"}],
        schema={name: schema("wars")[name] for name in ("war", "tier", "start_time", "end_time", "sellers")},
    )
    split = decompose_wars({**ran.tables, "wars": wars})
    assert split["seller"].to_list() == ["cloud", "lab", MARKET]
    assert split["from"].unique().to_list() == [date(2024, 1, 9)]
    assert split["to"].unique().to_list() == [date(2024, 1, 30)]
    for row in split.iter_rows(named=True):
        assert error(row, row["price_before"]) < 1e-12
    assert decompose_wars({**ran.tables, "wars": wars.clear()}).is_empty()


def test_numbers_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        split_product({"a": nan}, {"a": 1.0})
