"""Profits, welfare, dependence, privacy and energy: few payments, known answers, and sums that close."""

from collections.abc import Sequence
from datetime import date
from math import fsum, inf

import numpy as np
import polars as pl
import pytest

from pricewar.sim.analysis.questions.buyers import dependence, privacy
from pricewar.sim.analysis.questions.energy import CHINA, WORLD, energy
from pricewar.sim.analysis.questions.profits import BESIDE, COSTS, INCOME, SETTLEMENT, profits
from pricewar.sim.analysis.questions.registry import QUESTIONS
from pricewar.sim.analysis.questions.welfare import GROUPS, groups_of, payments, welfare

START = date(2024, 1, 1)
THREE = (0.5, 0.5, 0.5)
"""Lerner indices."""
Tables = dict[str, pl.DataFrame]


def dated(rows: Sequence[tuple[object, ...]], names: str) -> pl.DataFrame:
    table = pl.DataFrame(rows, schema=["day", *names.split()], orient="row", strict=False)
    return table.with_columns(pl.col("day").cast(pl.Int32), date=pl.lit(START) + pl.duration(days=pl.col("day")))


POSTINGS = [
    (0, "buyers:language", "acme", "tokens", 60.0),
    (0, "buyers:language", "lab", "tokens", 30.0),
    (0, "buyers:vision", "lab", "tokens", 10.0),
    (0, "buyers:language", "own", "tokens", 10.0),
    (0, "own", "landlords", "own machines", 10.0),
    (0, "acme", "suppliers", "energy and variable cost", 4.0),
    (0, "lab", "acme", "rent", 50.0),
    (0, "lab", "staff", "research", 30.0),
    (0, "lab", "data vendors", "data", 20.0),
    (1, "acme", "vendors", "accelerators", 500.0),
    (1, "sponsors", "lab", "funding", 70.0),
    (1, "sponsors", "openlab", "funding", 5.0),
    (1, "lab", "suppliers", "energy of training", 3.0),
    (1, "lab", "public purse", "fine", 7.0),
    (1, "chat", "lab", "gift", 1.0),
]


@pytest.fixture
def tables() -> Tables:
    """Two days of a cloud, a lab that rents from it and one who hosts for itself."""
    ledger = dated(POSTINGS, "payer payee what amount")
    cash = {("acme", 0): 1106.0, ("acme", 1): 606.0, ("lab", 0): 140.0, ("lab", 1): 201.0, ("own", 0): 0.0}
    roles = {"acme": "cloud", "lab": "lab", "own": "buyers"}
    rows: list[tuple[object, ...]] = [
        (day, name, roles[name], held, *THREE, 100.0, takings, cost, rent, 40.0)
        for (name, day), held in cash.items()
        for takings, cost, rent in [
            {("acme", 0): (60.0, 4.0, 50.0), ("lab", 0): (40.0, 50.0, 0.0)}.get((name, day), (0.0,) * 3)
        ]
    ]
    sellers = dated(
        rows,
        "seller role cash lerner_energy lerner_avoidable lerner_full tokens revenue operating_cost rent_income energy",
    )
    offers = dated([(0, "acme", 1.0, 2.0, 30.0), (0, "acme", 3.0, 2.0, 10.0)], "seller price unit_cost tokens")
    segments = dated(
        [(0, "language", 50.0, 20.0, 45.0, 12.0), (1, "language", 50.0, 10.0, 0.0, 24.0)],
        "segment tokens exposed exit_cost surplus",
    )
    return {"ledger": ledger, "sellers_daily": sellers, "offers_daily": offers, "segments_daily": segments}


def test_cash_changes_by_what_the_ledger_moved(tables: Tables) -> None:
    """Opening cash and all flows make closing cash; a payment left out would leave a gap."""
    answer = profits(tables).sort("seller", "day")
    assert answer["seller"].to_list() == ["acme", "acme", "lab", "lab"]
    assert answer["gap"].to_list() == [None, 0.0, None, 0.0]
    assert answer["cash_flow"].to_list() == [106.0, -500.0, -60.0, -9.0]
    short = {**tables, "ledger": tables["ledger"].filter(pl.col("what") != "fine")}
    assert profits(short).sort("seller", "day")["gap"].to_list() == [None, 0.0, None, -7.0]


def test_every_payment_has_its_column(tables: Tables) -> None:
    acme, _, lab, later = profits(tables).sort("seller", "day").rows(named=True)
    assert (acme["tokens"], acme["rent_income"], acme["operating"], acme["profit"]) == (60.0, 50.0, 4.0, 106.0)
    assert (lab["operating"], lab["training"], lab["profit"]) == (50.0, 50.0, -60.0)
    assert (later["funding"], later["training"], later["other_costs"], later["other_income"]) == (70.0, 3.0, 7.0, 1.0)
    assert acme["below_cost"] == pytest.approx(0.75)


def test_all_money_that_sellers_got_and_paid_is_in_some_column(tables: Tables) -> None:
    answer, ledger = profits(tables), tables["ledger"]
    named = ["acme", "lab"]
    got = fsum(ledger.filter(pl.col("payee").is_in(named))["amount"])
    paid = fsum(ledger.filter(pl.col("payer").is_in(named))["amount"])
    assert fsum(answer.select(*INCOME, *BESIDE).sum().row(0)) == got
    assert fsum(answer.select(COSTS).sum().row(0)) == paid


def test_what_is_paid_while_a_seller_is_away_is_in_the_row_of_its_return(tables: Tables) -> None:
    """A lab trains for a week without an offer: its cash falls, and no day of the market shows it."""
    back = tables["sellers_daily"].filter((pl.col("seller") == "lab") & (pl.col("day") == 1))
    back = back.with_columns(day=pl.lit(9, pl.Int32), date=pl.date(2024, 1, 10), cash=pl.col("cash") - 41.0)
    training = dated(
        [(5, "lab", "staff", "research", 40.0), (9, "lab", "staff", "research", 1.0)], "payer payee what amount"
    )
    more = {
        **tables,
        "sellers_daily": pl.concat([tables["sellers_daily"], back]),
        "ledger": pl.concat([tables["ledger"], training]),
    }
    last = profits(more).row(-1, named=True)
    assert (last["day"], last["seller"], last["training"], last["gap"]) == (9, "lab", 41.0, 0.0)


def test_runway_is_cash_over_the_mean_loss_of_the_last_ninety_days(tables: Tables) -> None:
    runway = profits(tables).sort("seller", "day")["runway"].to_list()
    assert runway == pytest.approx([inf, 606.0 / 197.0, 140.0 / 60.0, 201.0 / 34.5])


MONEY_OF_EVERY_KIND = [
    (0, SETTLEMENT, "owners", "lab", 40.0, "settlement", 40.0),
    (0, SETTLEMENT, "lab", "owners", 40.0, "settlement", -40.0),
    (1, "funding", "investors", "lab", 70.0, "funding", 70.0),
    (1, "funding", "sponsors", "lab", 5.0, "funding", 5.0),
    (1, "default", "creditors", "lab", 9.0, "written_off", 9.0),
    (1, "entry", "lab", "suppliers", 8.0, "training", 8.0),
    (1, "data", "lab", "data vendors", 7.0, "training", 7.0),
    (1, "research", "lab", "staff", 6.0, "training", 6.0),
    (1, "energy of training", "lab", "suppliers", 5.0, "training", 5.0),
    (1, "rent for training", "lab", "landlords", 4.0, "training", 4.0),
    (1, "rent for training", "other", "lab", 4.0, "rent_income", 4.0),
    (1, "rent", "lab", "landlords", 3.0, "operating", 3.0),
    (1, "rent", "rest of world", "lab", 3.0, "rent_income", 3.0),
    (1, "power and upkeep of machines let", "lab", "suppliers", 2.0, "operating", 2.0),
    (1, "wages", "lab", "staff", 2.0, "operating", 2.0),
    (1, "royalties", "host", "lab", 2.0, "royalties", 2.0),
    (1, "royalties", "lab", "other", 2.0, "operating", 2.0),
    (1, "accelerators", "lab", "vendors", 2.0, "chips", 2.0),
]


@pytest.mark.parametrize(("day", "what", "payer", "payee", "amount", "column", "sign"), MONEY_OF_EVERY_KIND)
def test_money_of_every_kind_stands_in_its_own_column_and_only_there(
    day: int, what: str, payer: str, payee: str, amount: float, column: str, sign: float
) -> None:
    """Funding, debts written off and the settlement move cash, and are neither flows of business nor in a runway."""
    moved = amount if payee == "lab" else -amount
    cash = [(-1, "lab", "lab", 100.0, *THREE), *((d, "lab", "lab", 100.0 + moved * (d >= day), *THREE) for d in (0, 1))]
    answer = profits(
        {
            "sellers_daily": dated(cash, "seller role cash lerner_energy lerner_avoidable lerner_full"),
            "ledger": dated([(day, payer, payee, what, amount)], "payer payee what amount"),
            "offers_daily": dated([(0, "lab", 1.0, 2.0, 30.0)], "seller price unit_cost tokens"),
        }
    ).row(by_predicate=pl.col("day") == day, named=True)
    assert {name: answer[name] for name in (*INCOME, *COSTS, *BESIDE) if answer[name]} == {column: sign}
    assert answer["gap"] == 0.0
    business = 0.0 if column in BESIDE else moved
    assert answer["cash_flow"] == business
    assert (answer["runway"] == inf) == (business >= 0.0)


def test_what_owners_settle_is_nobodys_payment(tables: Tables) -> None:
    settled = dated([(0, "acme", "owners", SETTLEMENT, 1e6)], "payer payee what amount")
    more = {**tables, "ledger": pl.concat([tables["ledger"], settled])}
    assert payments(more).equals(payments(tables))
    assert dict(groups_of(more).rows())["owners"] == "investors"


def test_royalties_are_a_cost_of_hosts_and_income_of_labs(tables: Tables) -> None:
    """So what moves from one to the other is not lost to producers."""
    paid = dated([(1, "acme", "lab", "royalties", 5.0)], "payer payee what amount")
    before = welfare(tables).row(1, named=True)
    after = welfare({**tables, "ledger": pl.concat([tables["ledger"], paid])}).row(1, named=True)
    assert after["labs"] - before["labs"] == 5.0
    assert after["producer_surplus"] - before["producer_surplus"] == 5.0


def test_runway_forgets_what_is_older_than_ninety_days() -> None:
    days = range(120)
    sellers = dated(
        [(d, "a", "lab", 1000.0, *THREE) for d in days], "seller role cash lerner_energy lerner_avoidable lerner_full"
    )
    # A loss of 50 a day for a month, then of 10.
    postings: list[tuple[object, ...]] = [(d, "a", "staff", "wages", 50.0 if d < 30 else 10.0) for d in days]
    ledger = dated(postings, "payer payee what amount")
    offers = dated([(0, "a", 1.0, 2.0, 30.0)], "seller price unit_cost tokens")
    runway = profits({"sellers_daily": sellers, "ledger": ledger, "offers_daily": offers})["runway"].to_list()
    assert runway[0] == pytest.approx(20.0)
    assert runway[118] == pytest.approx(1000.0 * 90 / (50.0 + 89 * 10.0))
    assert runway[119] == 100.0


def test_every_account_belongs_to_one_group(tables: Tables) -> None:
    groups = dict(groups_of(tables).rows())
    assert set(groups) == {name for row in POSTINGS for name in row[1:3]}
    assert set(groups.values()) <= set(GROUPS)
    assert groups["buyers:vision"] == "buyers"
    assert (groups["acme"], groups["own"], groups["openlab"]) == ("clouds", "self-hosting", "labs")
    assert (groups["chat"], groups["sponsors"], groups["public purse"]) == ("others", "investors", "public purse")


def test_payments_close_every_day(tables: Tables) -> None:
    answer = payments(tables)
    by_day = answer.group_by("day").agg(pl.col("received", "paid", "net").sum()).sort("day")
    assert by_day["net"].to_list() == [0.0, 0.0]
    assert by_day["received"].to_list() == by_day["paid"].to_list() == [224.0, 586.0]


def test_whatever_is_paid_closes_to_rounding() -> None:
    chance = np.random.default_rng(1)
    names = ["acme", "lab", "landlords", "buyers:x", "treasury", "nobody", "vendors"]
    pairs = [chance.choice(names, 2, replace=False) for _ in range(500)]
    amounts = np.exp(chance.normal(0.0, 8.0, 500))
    rows = [(0, str(a), str(b), "tokens", float(m)) for (a, b), m in zip(pairs, amounts, strict=True)]
    sellers = dated([(0, "acme", "cloud"), (0, "lab", "lab")], "seller role")
    answer = payments({"ledger": dated(rows, "payer payee what amount"), "sellers_daily": sellers})
    assert abs(fsum(answer["net"])) <= 1e-14 * fsum(amounts)
    assert fsum(answer["received"]) == pytest.approx(fsum(amounts), rel=1e-14)


def test_producer_surplus_is_takings_and_rent_less_operating_cost(tables: Tables) -> None:
    first, second = welfare(tables).rows(named=True)
    assert (first["clouds"], first["labs"], first["hosts"], first["producer_surplus"]) == (106.0, -10.0, 0.0, 96.0)
    assert (first["consumer_surplus"], first["total"]) == (12.0, 108.0)
    assert (second["consumer_change"], second["producer_change"], second["total_change"]) == (12.0, -96.0, -84.0)


def test_without_consumer_surplus_the_sentence_says_that_it_is_not_known(tables: Tables) -> None:
    bare = {**tables, "segments_daily": tables["segments_daily"].drop("surplus")}
    assert welfare(bare)["producer_surplus"].to_list() == [96.0, 0.0]
    assert welfare(bare)["total"].to_list() == [None, None]
    assert "consumer surplus is not known" in QUESTIONS["welfare"].sentence(bare, "CNY")
    assert "Consumer surplus went from 12 to 24 CNY a day" in QUESTIONS["welfare"].sentence(tables, "CNY")


def test_dependence_is_the_concentration_of_spend_on_others(tables: Tables) -> None:
    language, vision = dependence(tables).rows(named=True)
    assert (language["spend"], language["suppliers"], language["largest"]) == (100.0, 2.0, "acme")
    assert language["hhi"] == pytest.approx((60**2 + 30**2) / 90**2)
    assert language["largest_share"] == pytest.approx(2 / 3)
    assert (language["cloud_share"], language["own_share"]) == pytest.approx((0.6, 0.1))
    assert (language["exit_cost"], language["exit_share"]) == (45.0, pytest.approx(1 / 3))
    assert (vision["hhi"], vision["largest"], vision["exit_cost"]) == (1.0, "lab", None)


def test_privacy_is_the_share_of_tokens_that_leave_the_walls(tables: Tables) -> None:
    assert privacy(tables)["exposed_share"].to_list() == [0.4, 0.2]
    said = QUESTIONS["privacy"].sentence(tables)
    assert said.startswith("20 % of tokens (10 Mtok a day)")
    assert said.endswith("40 % (20) at first.")


def test_energy_is_summed_and_its_carbon_follows_the_stated_intensity(tables: Tables) -> None:
    first = energy(tables).row(0, named=True)
    assert (first["energy"], first["cost"]) == (120.0, 4.0)
    assert first["per_mtok"] == pytest.approx(120.0 / 300.0)
    assert first["cost_share"] == pytest.approx(4.0 / 54.0)
    assert first["carbon"] == pytest.approx(120.0 * WORLD)
    assert energy(tables, intensity=CHINA)["carbon"][0] == pytest.approx(120.0 * CHINA)
    assert "assumed" in QUESTIONS["energy"].sentence(tables)
