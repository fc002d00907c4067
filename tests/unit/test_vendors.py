"""Vendors ration by quarter, and sell where they may."""

from dataclasses import replace
from datetime import date
from itertools import groupby

import polars as pl
import pytest
from numpy.testing import assert_allclose

from pricewar.agents.machines.economy import Economy
from pricewar.agents.machines.spec import ChipSupply, Supply
from pricewar.agents.machines.vendors import Order, Vendors
from pricewar.agents.policies import PolicySpec
from pricewar.agents.policies.export_control import ExportControl
from pricewar.scenarios.config.load import load
from pricewar.scenarios.run.play import play, prepare

CHINA = load("china-2024", ["buyers.count=300", "burn_in=20", "days=150", "opening.utilisation=0.7", "supply.lump=8"])
"""Fleets are nearly full, so that orders come early."""


def shop(quarterly: float | None) -> Vendors:
    supply = Supply(chips={"h20": ChipSupply(quarterly=quarterly)})
    return Vendors(supply, prepare(replace(CHINA, days=1), 1).world)


def sold(vendors: Vendors, *orders: tuple[float, float]) -> list[Order]:
    """Orders of one instant: how many, due when."""
    placed = [vendors.order("h20", count, due) for count, due in orders]
    clock = vendors.world.clock
    clock.process(vendors.settled())
    clock.run(until=clock.now + 0.5)
    return placed


def test_an_order_that_fits_comes_when_it_is_due() -> None:
    placed = sold(shop(1000.0), (600.0, 40.0), (400.0, 50.0))
    assert [order.parts for order in placed] == [[(40.0, 600.0)], [(50.0, 400.0)]]


def test_orders_of_one_instant_share_a_quarter_in_proportion_and_the_rest_comes_later() -> None:
    vendors = shop(1000.0)
    one, other = sold(vendors, (1500.0, 40.0), (500.0, 50.0))
    second_quarter = 91.0  # 1 April 2024
    assert one.parts == [(40.0, 750.0), (second_quarter, 750.0)]
    assert other.parts == [(50.0, 250.0), (second_quarter, 250.0)]
    late = sold(vendors, (10.0, 45.0))[0]  # who comes later waits behind those who came first
    assert late.parts == [(182.0, 10.0)]


def test_the_order_in_which_those_of_one_instant_are_told_does_not_matter() -> None:
    orders = ((900.0, 40.0), (300.0, 60.0))
    told, turned = sold(shop(1000.0), *orders), sold(shop(1000.0), *orders[::-1])
    assert [order.parts for order in told] == [order.parts for order in turned[::-1]]


def test_no_more_comes_in_a_quarter_than_vendors_make_and_all_comes_that_was_ordered() -> None:
    chips = {"h20": ChipSupply(quarterly=100.0), "ascend-910b": ChipSupply(quarterly=100.0)}
    scenario = replace(CHINA, supply=replace(CHINA.supply, chips=chips))
    free = replace(CHINA, supply=replace(CHINA.supply, chips={chip: ChipSupply() for chip in chips}))
    hardware, unlimited = (play(each).tables["hardware"] for each in (scenario, free))
    for (chip, _, _), group in groupby(
        sorted(hardware.filter(pl.col("event") == "delivery").select("chip", "date", "accelerators").iter_rows()),
        key=lambda row: (row[0], row[1].year, (row[1].month - 1) // 3),
    ):
        assert sum(row[2] for row in group) <= 100.0 * (1 + 1e-9), chip

    def longest(table: pl.DataFrame) -> int:
        orders = table.filter(pl.col("event") == "order")
        return max(int(due - day) for due, day in orders.select("due", "day").iter_rows())

    assert longest(hardware) > 1.5 * longest(unlimited)


def test_a_quota_that_never_binds_changes_nothing() -> None:
    plenty = {chip: replace(terms, quarterly=1e9) for chip, terms in CHINA.supply.chips.items()}
    one = play(CHINA).tables
    other = play(replace(CHINA, supply=replace(CHINA.supply, chips=plenty))).tables
    assert one["hardware"].filter(pl.col("event") == "order").height > 0
    for name in ("prices", "offers_daily", "sellers_daily", "hardware", "ledger"):
        assert one[name].equals(other[name]), name


def economy(supply: Supply, *controls: ExportControl) -> Economy:
    policies: dict[str, PolicySpec] = {f"p{i}": control for i, control in enumerate(controls)}
    simulation = prepare(replace(CHINA, days=1, policies=policies), 1)
    return replace(simulation.firms[0].context.economy, supply=supply)


def test_a_chip_is_sold_where_it_may_be() -> None:
    chips = {"h20": ChipSupply(regions=("cn",)), "h100-sxm5": ChipSupply(barred={"cn": date(2023, 12, 1)})}
    on_sale = economy(Supply(chips=chips)).on_sale
    assert on_sale("cn") == ["h20"]
    assert on_sale("america") == ["h100-sxm5"]
    assert on_sale() == ["h100-sxm5", "h20"]  # where a firm is, is not known
    assert economy(Supply(chips=chips, region="cn")).on_sale() == ["h20"]
    later = {"h100-sxm5": ChipSupply(barred={"cn": date(2023, 12, 13)})}
    assert economy(Supply(chips=later)).on_sale("cn") == ["h100-sxm5"]  # the burn-in begins on 12 December


@pytest.mark.parametrize(("start", "end", "open_"), [
    (date(2022, 10, 7), None, False),
    (date(2022, 10, 7), date(2023, 11, 1), True),
    (date(2024, 6, 1), None, True),
])  # fmt: skip
def test_an_export_control_bars_its_chips_from_its_regions_while_it_is_in_force(
    start: date, end: date | None, open_: bool
) -> None:
    control = ExportControl(chips=("h100-sxm5",), regions=("cn",), start=start, end=end)
    on_sale = economy(Supply(chips={"h100-sxm5": ChipSupply(), "h20": ChipSupply()}), control).on_sale
    assert ("h100-sxm5" in on_sale("cn")) == open_
    assert on_sale("america") == ["h100-sxm5", "h20"]


def test_an_export_control_of_nothing_is_no_policy() -> None:
    nil = ExportControl(chips=(), regions=("cn",))
    assert nil.nil
    short = replace(CHINA, days=5)
    assert play(replace(short, policies={"nil": nil})).digest == play(short).digest


def test_the_recorded_export_controls_keep_chips_out_of_china() -> None:
    chips = {chip: ChipSupply() for chip in ("a100-sxm-80gb", "a800-sxm-80gb", "h100-sxm5", "h20")}
    controls = load("china-2024", policies=("export-control",)).policies
    for policies, expected in (({}, sorted(chips)), (controls, ["h20"])):
        scenario = replace(CHINA, days=1, policies=policies, supply=Supply(chips=chips, region="cn"))
        assert prepare(scenario, 1).firms[0].context.economy.on_sale() == expected


def test_large_orders_are_paid_at_their_discount() -> None:
    supply = replace(CHINA.supply, discount=0.2, lump=1.0)
    tables = play(replace(CHINA, supply=supply)).tables
    hardware = tables["hardware"]
    free = play(replace(CHINA, days=80, supply=replace(supply, discount=0.0))).tables["hardware"]
    orders, listed = (t.filter(pl.col("event") == "order").row(0, named=True) for t in (hardware, free))
    assert orders["accelerators"] > 1.0
    assert (orders["day"], orders["seller"]) == (listed["day"], listed["seller"])
    assert_allclose(orders["price"] / listed["price"], max(0.7, orders["accelerators"] ** -0.2), rtol=1e-12)
    paid = tables["ledger"].filter(pl.col("what") == "accelerators")
    bought = paid.join(
        hardware.filter(pl.col("event") == "order"), left_on=["payer", "day"], right_on=["seller", "due"]
    )
    assert bought.height == paid.height > 0
    assert bought["accelerators"].max() != 1.0
    assert_allclose(bought["amount"], bought["accelerators"] * bought["price"], rtol=1e-12)
