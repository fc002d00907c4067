"""Laws of research in drawn worlds: machines, money, memory, luck and order."""

from dataclasses import replace
from datetime import timedelta
from math import fsum
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pricewar.agents.finance import Round
from pricewar.agents.models.spec import STAGES, OpenLab, Project, Release, Research, Stages
from pricewar.agents.serving_cost import GivenCost
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.run.play import play
from pricewar.sim.results.tables import TABLES
from tests.property import worlds

LAW, between, lived = worlds.LAW, worlds.between, worlds.lived

ROUNDING = 1e-9
WHATS = ("data", "research", "energy of training", "rent for training")
"""What projects pay for."""


@st.composite
def researching(draw: st.DrawFn) -> Scenario:
    """A small world whose sellers have projects, with a lab that only releases."""
    return with_research(draw, draw(worlds.scenarios()))


def with_research(draw: st.DrawFn, scenario: Scenario) -> Scenario:
    """A drawn scenario with projects and an open lab."""
    sellers = {
        name: replace(seller, research=draw(st.none() | _research(scenario.days, sorted(seller.tiers))))
        for name, seller in scenario.sellers.items()
    }
    release = Release(
        lab="yak", model="open-2", tier="cheap", hosts=1, cost=GivenCost(marginal=0.5, seconds=50.0),
        teaches=draw(st.sampled_from([None, worlds.LATENT])),
        licence=draw(st.sampled_from(["permissive", "research"])),
    )  # fmt: skip
    lab = OpenLab(
        research=draw(_research(scenario.days, [], "made")),
        accelerators=draw(between(0.5, 20.0)),
        owned=draw(st.booleans()),
        cash=draw(between(0.0, 5000.0)),
        yearly=draw(between(0.0, 1e5)),
        rounds={"a": Round(date=worlds.START + timedelta(days=10), amount=draw(between(0.0, 1e4)))},
    )
    return replace(scenario, sellers=sellers, releases={**scenario.releases, "made": release}, labs={"yak": lab})


@st.composite
def _research(draw: st.DrawFn, days: int, tiers: list[str], release: str | None = None) -> Research:
    names = ["p1"] if release else draw(st.lists(st.sampled_from(["p1", "p2", "p3"]), unique=True))
    return Research(
        projects={name: draw(_project(days, tiers, release)) for name in names},
        stages=Stages(**{stage: draw(between(0.5, 8.0)) for stage in STAGES}),
        spread=draw(st.sampled_from([0.0, 0.5])),
        flops=draw(between(1e17, 1e20)),
        reserve=draw(between(0.05, 0.9)),
        least=draw(between(0.0, 1.0)),
        staff=draw(between(0.0, 50.0)),
        copied=draw(between(0.0, 1.0)),
        feedback=draw(st.sampled_from([0.0, 0.1])),
        life=draw(between(5.0, 50.0)),
    )


@st.composite
def _project(draw: st.DrawFn, days: int, tiers: list[str], release: str | None) -> Project:
    size: dict[str, Any] = draw(
        st.fixed_dictionaries({"compute": between(1e23, 1e26)})
        | st.fixed_dictionaries({"accelerators": between(0.5, 30.0), "days": between(0.5, 12.0)})
    )
    return Project(
        start=worlds.START + timedelta(days=draw(st.integers(0, days))),
        model="new",
        tier=draw(st.sampled_from(tiers)) if tiers else None,
        rented=draw(st.sampled_from([0.0, 2.0])),
        data_cost=draw(between(0.0, 1000.0)),
        release=release,
        **size,
    )


@LAW
@given(researching())
def test_training_never_takes_what_is_kept_for_serving_and_gives_all_back(scenario: Scenario) -> None:
    life = lived(scenario)
    for firm in life.simulation.firms:
        rows = life.tables["sellers_daily"].filter((pl.col("seller") == firm.name) & (pl.col("day") >= 0))
        if firm.pipeline is None or firm.machines.unlimited:
            assert (rows["training"] == 0.0).all()
            continue
        assert firm.spec.research is not None
        assert (rows["training"] >= 0.0).all()
        assert firm.training <= (1.0 - firm.spec.research.reserve) * firm.machines.work * (1.0 + ROUNDING)
        projects = firm.pipeline.projects
        assert firm.machines.training == sum(projects[name].own for name in sorted(projects))
    busy = life.tables["sellers_daily"].filter(pl.col("day") >= 0)["utilisation"]
    assert (busy <= scenario.max_utilisation * (1.0 + ROUNDING)).all()


@LAW
@given(researching())
def test_what_projects_have_spent_is_what_the_ledger_paid_for_them(scenario: Scenario) -> None:
    life = lived(scenario)
    ledger = life.simulation.world.ledger
    assert max(ledger.errors.values(), default=0.0) <= ROUNDING
    assert abs(fsum(ledger.balances.values())) <= ROUNDING * ledger.turnover
    posted = life.tables["ledger"].filter(pl.col("what").is_in(WHATS))
    paid = dict(posted.group_by("payer").agg(pl.col("amount").sum()).iter_rows())
    spent = {
        firm.name: fsum(work.spent for work in firm.pipeline.projects.values())
        for firm in life.simulation.firms
        if firm.pipeline is not None
    }
    # The lab is in nobody's list of sellers: its table has only what it had spent when its last stage began or ended.
    told = life.tables["training"].filter(pl.col("seller") == "yak")["spent"].max()
    assert told is None or told <= paid.get("yak", 0.0) * (1.0 + ROUNDING)
    for name, amount in spent.items():
        assert abs(amount - paid.get(name, 0.0)) <= ROUNDING * max(amount, 1.0)
    lab = scenario.labs["yak"]
    assert isinstance(lab.cash, float)
    assert lab.cash + ledger.balance("yak") >= -ROUNDING * ledger.turnover


@LAW
@given(researching())
def test_stages_come_in_order_and_every_cause_lies_in_the_past(scenario: Scenario) -> None:
    tables = lived(scenario).tables
    facts = tables["facts"]
    for fact, cause in facts.select("fact", "cause").drop_nulls().iter_rows():
        assert cause < fact
    expected = [(stage, event) for stage in STAGES for event in ("begins", "ends")]
    for _, rows in tables["training"].group_by("seller", "project", maintain_order=True):
        told = rows.select("stage", "event").rows()
        given_up = told[-1:] == [("stopped", "stops")]  # its firm has left, or could not pay
        done = told[:-1] if given_up else told
        assert done == expected[: len(done)]
        assert rows["spent"].is_sorted()
        assert rows["capability"].head(len(done)).is_null().to_list() == [place in expected[:9] for place in done]


@LAW
@given(researching(), st.sampled_from([0.25, 8.0]))
def test_another_currency_changes_amounts_of_money_and_nothing_else(scenario: Scenario, factor: float) -> None:
    tables, other = lived(scenario).tables, lived(worlds.rescaled(scenario, factor)).tables
    for name, table in tables.items():
        money = [column.name for column in TABLES[name] if column.unit.startswith("money")]
        scaled = table.with_columns(pl.col(column) * factor for column in money if column in table.columns)
        assert [c.name for c in scaled if not c.equals(other[name][c.name], check_dtypes=True)] == [], name


@LAW
@given(researching())
def test_neither_order_nor_repetition_changes_a_bit(scenario: Scenario) -> None:
    turned = worlds.reversed_order(scenario)
    assert play(scenario, seed=3).digest == play(turned, seed=3).digest
