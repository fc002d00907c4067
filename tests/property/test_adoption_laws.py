"""Laws of adoption and applications: they never fall, they end at a ceiling, tokens follow, and nil is nil."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricewar.agents.buyers.applications import BEGIN, Applications
from pricewar.agents.buyers.population import ContinuousPopulation, SampledPopulation
from pricewar.agents.buyers.sampled import SampledBuyers
from pricewar.agents.buyers.spec import Segment
from pricewar.agents.demand.linear_logit import LinearResponse
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.run.play import Simulation, play, prepare, tables_of
from pricewar.sim.kernel.clock import Process
from pricewar.sim.kernel.streams import Streams
from pricewar.sim.market.board import Board, Offer
from pricewar.sim.market.demand import Floats
from pricewar.sim.results.tables import TABLES
from tests.property import worlds

LAW = worlds.LAW
BUYERS = settings(max_examples=worlds.tried(15), deadline=None, derandomize=True, database=None)

shares = st.floats(0.0, 1.0)
specs = st.builds(
    lambda start, room, **other: Applications(start=start, ceiling=start + room, **other),
    start=st.integers(1, 3),
    room=st.integers(0, 5),
    begun=shares,
    innovation=st.floats(0.0, 3.0),
    imitation=st.floats(0.0, 5.0),
    affordability=st.floats(0.0, 2.0),
    spread=shares,
    step=st.floats(0.5, 10.0),
)
SEGMENTS = {
    name: Segment(
        potential=100.0 * (k + 1), contract=20.0, loyalty=k, gateway=0.2, sensitive=0.3, privacy=1.0, size_spread=0.5,
        sensitivity_spread=0.3, home=0.5, adoption=0.4,
    )
    for k, name in enumerate(("talk", "view"))
}  # fmt: skip


def board_of(prices: dict[str, float], gone: set[str]) -> Board:
    """An offer of each seller, of which some are no longer for sale; the last seller keeps data inside."""
    board = Board()
    for name, price in sorted(prices.items()):
        offer = Offer(
            seller=name, tier="x", model="m", capability=0.0, appeal=0.0, value=0.0, open_weights=False,
            inside=name == "own", output_ratio=1.0, launched=0.0,
        )  # fmt: skip
        k = board.put(offer, price)
        if name in gone:
            board.withdraw(k)
    return board


def look(buyers: SampledPopulation | ContinuousPopulation, board: Board) -> None:
    """What the world does when it publishes."""
    buyers.look(board, np.zeros(len(board.offers)))


def opened(spec: Applications | None, **switches: bool) -> tuple[SampledPopulation, ContinuousPopulation]:
    segments = {name: replace(segment, applications=spec) for name, segment in SEGMENTS.items()}
    both = (
        SampledPopulation(segments, 300, {"a": 0.5}, Streams(1), **switches),
        ContinuousPopulation(segments, 300, None, **switches),
    )
    for buyers in both:
        look(buyers, board_of({"a": 5.0, "b": 9.0, "own": 20.0}, set()))
        buyers.open(-30.0)
    return both


markets = st.lists(
    st.tuples(
        st.fixed_dictionaries({name: st.floats(0.0, 30.0) for name in ("a", "b", "own")}),
        st.sets(st.sampled_from(["a", "b", "own"])),
        st.floats(0.1, 40.0),
    ),
    min_size=1,
    max_size=6,
)
Market = tuple[dict[str, float], set[str], float]


def lived_through(
    buyers: SampledPopulation | ContinuousPopulation, history: list[Market], each: Callable[[], None]
) -> None:
    """Publish one board after another, and look at the buyers after each wait."""
    now = -30.0
    for prices, gone, wait in history:
        look(buyers, board_of(prices, gone))
        buyers.renew(now)
        now += wait
        buyers.renew(now)
        each()


def sums_of(sampled: SampledBuyers) -> tuple[Floats, Floats]:
    """The running sums of a segment, added up anew."""
    rows = sampled.stock.size
    assert sampled.uses is not None
    parts = (sampled.uses.number, sampled.volume * sampled.traits.sensitive)
    carried: Floats = np.stack([np.bincount(sampled.choice, part, rows).astype(float) for part in parts])
    stock: Floats = np.bincount(sampled.choice, sampled.volume, rows).astype(float)
    return stock, carried


@BUYERS
@given(specs, markets)
def test_applications_never_fall_and_never_pass_their_ceiling(spec: Applications, history: list[Market]) -> None:
    buyers, _ = opened(spec)
    uses = [sampled.uses.number for sampled in buyers.members if sampled.uses is not None]
    before = [number.copy() for number in uses]

    def check() -> None:
        for number, last in zip(uses, before, strict=True):
            assert (number >= last).all()
            assert (number <= spec.ceiling).all()
            last[:] = number

    lived_through(buyers, history, check)


@BUYERS
@given(specs, markets)
def test_tokens_of_a_buyer_follow_its_applications_and_every_sum_is_kept(
    spec: Applications, history: list[Market]
) -> None:
    buyers, _ = opened(spec)

    def check() -> None:
        for sampled in buyers.members:
            assert sampled.uses is not None
            assert np.allclose(
                sampled.volume, sampled.traits.size * sampled.uses.number / sampled.uses.first, rtol=1e-13
            )
            stock, carried = sums_of(sampled)
            assert np.allclose(sampled.stock, stock, rtol=0.0, atol=1e-9)
            assert np.allclose(sampled.carried().by_choice, carried, rtol=1e-12, atol=1e-8)
            assert np.isclose(sampled.scale() * sampled.segment.potential, sampled.volume.sum(), rtol=1e-12)

    lived_through(buyers, history, check)


@BUYERS
@given(specs, markets)
def test_the_continuum_keeps_its_shares_and_its_ceiling(spec: Applications, history: list[Market]) -> None:
    _, buyers = opened(spec)
    before = np.ones(2)

    def check() -> None:
        assert np.allclose([continuum.stock.sum() for continuum in buyers.members], 1.0)
        assert np.allclose(
            [continuum.volume.sum() for continuum in buyers.members],
            [continuum.scale() for continuum in buyers.members],
        )
        mean = [
            continuum.first * continuum.volume / np.where(continuum.stock > 1e-9, continuum.stock, np.inf)
            for continuum in buyers.members
        ]
        assert (np.array(mean) <= spec.ceiling * (1.0 + 1e-6)).all()
        scale = np.array([continuum.scale() for continuum in buyers.members])
        assert (scale >= before - 1e-12).all()
        before[:] = scale

    lived_through(buyers, history, check)


@BUYERS
@given(specs, markets, st.booleans())
def test_without_the_switch_applications_stay_as_they_began(
    spec: Applications, history: list[Market], adoption: bool
) -> None:
    for buyers in opened(spec, applications=False, adoption=adoption):
        first = buyers.potential(0.0)
        lived_through(buyers, history, lambda: None)
        assert np.array_equal(buyers.potential(0.0), first)
        assert np.array_equal(buyers.expected_growth(50.0), np.zeros(2))


@BUYERS
@given(specs, markets)
def test_without_adoption_the_buyers_of_the_first_day_are_those_of_every_day(
    spec: Applications, history: list[Market]
) -> None:
    for buyers in opened(spec, adoption=False):
        buyers.renew(0.0)
        first, names = buyers.adopters(), ("a", "b", "own")
        now = 0.0
        for prices, gone, wait in history:
            look(buyers, board_of(prices, gone))
            buyers.renew(now)
            left = buyers.shares()[:, [k for k, name in enumerate(names) if name in gone]]
            assert np.allclose(left, 0.0, atol=1e-12)
            assert np.array_equal(buyers.adopters(), first * (len(gone) < 3))
            now += wait
            buyers.renew(now)
            assert np.array_equal(buyers.adopters(), first * (len(gone) < 3))


@BUYERS
@given(markets)
def test_without_adoption_nobody_begins_who_did_not_buy(history: list[Market]) -> None:
    buyers, _ = opened(None, adoption=False)
    buyers.renew(0.0)
    strangers = [sampled.choice == 0 for sampled in buyers.members]

    def check() -> None:
        for sampled, out in zip(buyers.members, strangers, strict=True):
            assert not sampled.choice[out].any()

    lived_through(buyers, [(prices, gone, wait + 30.0) for prices, gone, wait in history], check)


@BUYERS
@given(specs, markets, st.lists(st.floats(-30.0, 60.0), max_size=10), st.booleans())
def test_renewals_and_steps_may_be_cut_anywhere(
    spec: Applications, history: list[Market], cuts: list[float], adoption: bool
) -> None:
    (whole, _), (parts, _) = opened(spec, adoption=adoption), opened(spec, adoption=adoption)
    now = -30.0
    for prices, gone, wait in history:
        for buyers in (whole, parts):
            look(buyers, board_of(prices, gone))
            buyers.renew(now)
        for cut in sorted(cut for cut in cuts if now < cut < now + wait):
            parts.renew(cut)
        now += wait
        whole.renew(now)
        parts.renew(now)
    for one, other in zip(whole.members, parts.members, strict=True):
        assert one.uses is not None
        assert other.uses is not None
        assert np.array_equal(one.choice, other.choice)
        assert np.array_equal(one.ends, other.ends)
        assert np.array_equal(one.uses.number, other.uses.number)


@BUYERS
@given(specs, st.floats(0.5, 30.0), st.floats(0.05, 0.95))
def test_a_choice_is_worth_something_and_more_where_the_price_of_what_was_chosen_falls(
    spec: Applications, price: float, part: float
) -> None:
    for buyers in opened(spec):
        worth = []
        for asked, signs in ((price, True), (part * price, False)):
            look(buyers, board_of({"a": asked, "b": 9.0, "own": 20.0}, set()))
            if signs:
                buyers.open(0.0)
            worth.append(buyers.figures(0.0)["surplus"])
        assert (worth[0] > 0.0).all()
        assert (worth[1] > worth[0]).all()


def with_applications(scenario: Scenario, spec: Applications | None) -> Scenario:
    segments = {
        name: replace(
            segment,
            applications=replace(spec, affordability=0.0)
            if spec and isinstance(segment.response, LinearResponse)
            else spec,
        )
        for name, segment in scenario.segments.items()
    }
    return replace(scenario, segments=segments)


LIVELY = Applications(begun=0.2, ceiling=4, innovation=3.0, imitation=5.0, spread=0.3, step=3.0)
NIL = {
    "one application": Applications(ceiling=1),
    "two from the start": Applications(start=2, ceiling=2),
    "no hazard": Applications(ceiling=5, innovation=0.0, imitation=0.0),
}


def differences(one: dict[str, pl.DataFrame], other: dict[str, pl.DataFrame]) -> list[str]:
    assert one.keys() == other.keys()
    return [name for name in one if not one[name].equals(other[name], null_equal=True)]


def without_figures(tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The tables but for what counts applications themselves."""
    segments = tables["segments_daily"].drop("applications", "ceiling")
    return {**tables, "segments_daily": segments}


@pytest.mark.parametrize("nil", NIL.values(), ids=NIL)
@LAW
@given(worlds.scenarios())
def test_applications_that_cannot_move_change_no_bit(nil: Applications, scenario: Scenario) -> None:
    plain = worlds.lived(with_applications(scenario, None)).tables
    other = worlds.lived(with_applications(scenario, nil)).tables
    assert differences(without_figures(plain), without_figures(other)) == []
    if nil.start == 1:
        assert plain["segments_daily"]["applications"].equals(other["segments_daily"]["applications"])


@LAW
@given(worlds.scenarios())
def test_applications_that_move_do_change_the_run(scenario: Scenario) -> None:
    longer = replace(scenario, days=45)
    plain = worlds.lived(with_applications(longer, None)).tables["segments_daily"]
    other = worlds.lived(with_applications(longer, LIVELY)).tables["segments_daily"]
    early = pl.col("day") < 1
    assert plain.filter(early)["tokens"].equals(other.filter(early)["tokens"])
    # So few buyers may have no customer at all.
    assert other["potential"].sum() > plain["potential"].sum() or not other["adopters"].sum()


@LAW
@given(worlds.scenarios())
def test_the_order_of_segments_does_not_matter(scenario: Scenario) -> None:
    lively = with_applications(scenario, LIVELY)
    one, other = play(lively, seed=7), play(worlds.reversed_order(lively), seed=7)
    assert differences(dict(one.tables), dict(other.tables)) == []


@LAW
@given(worlds.scenarios(), st.sampled_from([2.0**-7, 2.0**20]))
def test_another_currency_leaves_applications_as_they_are(scenario: Scenario, factor: float) -> None:
    lively = with_applications(scenario, LIVELY)
    tables, other = worlds.lived(lively).tables, worlds.lived(worlds.rescaled(lively, factor)).tables
    for name, table in tables.items():
        money = [column.name for column in TABLES[name] if column.unit.startswith("money")]
        tables[name] = table.with_columns(pl.col(column) * factor for column in money if column in table.columns)
    assert differences(tables, other) == []


@LAW
@given(worlds.scenarios())
def test_what_leaves_the_walls_is_part_of_what_is_bought_outside_them(scenario: Scenario) -> None:
    table = worlds.lived(with_applications(scenario, LIVELY)).tables["segments_daily"]
    for column in ("exposed", "exit_cost"):  # a surplus under contract may fall below zero
        assert (table[column] >= 0.0).all(), column
    slack = 1e-9 * max(1.0, float(table["tokens"].to_numpy().max()))
    assert (table["exposed"] <= table["tokens"] + slack).all()


@LAW
@given(worlds.scenarios(), st.lists(st.floats(0.0, 60.0), min_size=1, max_size=20).map(sorted))
def test_a_run_may_renew_its_contracts_in_any_batches(scenario: Scenario, instants: list[float]) -> None:
    lively = with_applications(replace(scenario, buyers=replace(scenario.buyers, kind="sampled")), LIVELY)

    def cutting(simulation: Simulation) -> Process:
        for instant in instants:
            yield simulation.world.clock.until(instant - scenario.burn_in)
            simulation.world.buyers.renew(simulation.world.clock.now)

    whole = worlds.lived(lively)
    simulation = prepare(lively, seed=1)
    simulation.world.clock.process(cutting(simulation))
    simulation.run()
    parts = tables_of(simulation)
    for column in ("applications", "potential", "adopters"):
        ours, theirs = (t["segments_daily"][column].to_numpy() for t in (whole.tables, parts))
        assert np.allclose(ours, theirs, rtol=1e-9, equal_nan=True), column


def test_the_rest_point_of_the_opening_lasts_to_the_close_of_the_first_day() -> None:
    buyers, _ = opened(Applications(ceiling=9, innovation=50.0, imitation=0.0, step=1.0))
    buyers.renew(BEGIN)
    assert np.array_equal(buyers.figures(BEGIN)["applications"], np.ones(2))
    buyers.renew(BEGIN + 1.0)
    assert (buyers.figures(BEGIN + 1.0)["applications"] > 1.0).all()
