"""Improvement curves against closed forms, forecast errors against exact algebra, progress on the model."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from math import exp, log, sqrt

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from pricewar.sim.economics.curves import (
    Curve,
    CurveSpec,
    DatedSteps,
    Goddard,
    Logistic,
    Moore,
    Noisy,
    Nordhaus,
    SinclairKlepperCohen,
    Step,
    Wright,
    error_scale,
    error_variance,
    learning_exponent,
    random_walk_with_drift,
    sahal_exponent,
    tail_probability,
)
from pricewar.sim.economics.progress import (
    ALGORITHMS,
    EIGHT_BITS,
    FRONTIER_NATS_PER_YEAR,
    LATENT_ATTENTION,
    MIXTURE_OF_EXPERTS,
    CompressionEvent,
    apply,
    apply_all,
    parameters_needed,
    tuned,
)
from pricewar.sim.economics.serving import Architecture, Serving, resident_bytes

START = date(2024, 1, 1)
RELEASES = DatedSteps(
    start=START,
    steps=(
        Step(date=date(2024, 7, 1), factor=0.5),
        Step(date=date(2023, 7, 1), factor=0.8),
        Step(date=date(2024, 10, 1), factor=0.9),
    ),
)
EVERY_CURVE = [
    Moore(rate=0.3),
    Wright(exponent=0.32),
    Goddard(exponent=0.1),
    SinclairKlepperCohen(scale_exponent=0.1, learning_exponent=0.3),
    Nordhaus(rate=0.2, exponent=0.1),
    Logistic(floor=0.2, steepness=2.0, midpoint=1.5),
    RELEASES,
]


@pytest.mark.parametrize("curve", EVERY_CURVE, ids=lambda curve: curve.kind)
def test_every_curve_starts_at_one_and_falls(curve: Curve) -> None:
    assert curve.factor(0.0) == 1.0
    assert curve.factor(-1.0, cumulative=0.5, current=0.5) > 1.0
    assert curve.factor(2.0, cumulative=3.0, current=2.0) < 1.0


@pytest.mark.parametrize("curve", EVERY_CURVE, ids=lambda curve: curve.kind)
def test_a_scenario_states_a_curve_by_its_kind(curve: Curve) -> None:
    adapter: TypeAdapter[Curve] = TypeAdapter(CurveSpec)
    assert adapter.validate_python(adapter.dump_python(curve)) == curve


@pytest.mark.parametrize("curve", EVERY_CURVE, ids=lambda curve: curve.kind)
def test_a_curve_says_whether_output_moves_it(curve: Curve) -> None:
    moved = curve.factor(2.0, cumulative=3.0, current=2.0) != curve.factor(2.0, cumulative=9.0, current=5.0)
    assert moved == curve.follows_output
    noisy = Noisy(curve=curve, volatility=0.2)  # type: ignore[arg-type]
    assert (curve.volatility, noisy.volatility, noisy.follows_output) == (0.0, 0.2, moved)


def test_a_misspelt_curve_is_refused() -> None:
    with pytest.raises(ValidationError, match="'moor' found using 'kind'"):
        TypeAdapter(CurveSpec).validate_python({"kind": "moor", "rate": 0.3})


def test_a_fifth_saved_per_doubling_is_an_exponent_of_a_third() -> None:
    exponent = learning_exponent(0.20)
    assert exponent == pytest.approx(0.321928094887, rel=1e-11)
    assert Wright(exponent=exponent).factor(0.0, cumulative=2.0**10) == pytest.approx(0.1073741824, rel=1e-10)


@pytest.mark.parametrize(
    ("curve", "expected"),
    [
        pytest.param(Moore(rate=0.5), exp(-1.0), id="Moore"),
        pytest.param(Wright(exponent=0.5), 1 / 3, id="Wright"),
        pytest.param(Goddard(exponent=2.0), 1 / 16, id="Goddard"),
        pytest.param(SinclairKlepperCohen(scale_exponent=2.0, learning_exponent=0.5), 1 / 48, id="SKC"),
        pytest.param(Nordhaus(rate=0.5, exponent=0.5), exp(-1.0) / 3, id="Nordhaus"),
        pytest.param(Logistic(floor=0.2, steepness=1.0, midpoint=2.0), 0.2 + 0.4 * (1 + exp(-2.0)), id="logistic"),
    ],
)
def test_curves_follow_their_closed_forms(curve: Curve, expected: float) -> None:
    assert curve.factor(2.0, cumulative=9.0, current=4.0) == pytest.approx(expected, rel=1e-14)


def test_moore_and_wright_coincide_when_output_grows_exponentially() -> None:
    rate, growth = 0.4, 1.1
    moore, wright = Moore(rate=rate), Wright(exponent=sahal_exponent(rate, growth))
    for years in (0.5, 3.0, 20.0):
        assert wright.factor(years, cumulative=exp(growth * years)) == pytest.approx(moore.factor(years), rel=1e-12)


def test_scale_and_experience_nest_each_alone() -> None:
    both, output = SinclairKlepperCohen, {"cumulative": 7.0, "current": 3.0}
    experience = both(scale_exponent=0.0, learning_exponent=0.4)
    scale = both(scale_exponent=0.4, learning_exponent=0.0)
    assert experience.factor(5.0, **output) == Wright(exponent=0.4).factor(5.0, **output)
    assert scale.factor(5.0, **output) == Goddard(exponent=0.4).factor(5.0, **output)


def test_the_clock_and_experience_nest_each_alone() -> None:
    assert Nordhaus(rate=0.3, exponent=0.0).factor(2.0, 5.0) == Moore(rate=0.3).factor(2.0, 5.0)
    assert Nordhaus(rate=0.0, exponent=0.3).factor(2.0, 5.0) == Wright(exponent=0.3).factor(2.0, 5.0)


def test_saturation_ends_at_its_floor_and_survives_any_horizon() -> None:
    curve = Logistic(floor=0.2, steepness=50.0, midpoint=30.0)
    assert curve.factor(1e4) == 0.2
    assert curve.factor(-1e4) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("years", "expected"),
    [
        pytest.param(-1.0, 1 / 0.8, id="before an earlier release"),
        pytest.param(-0.2, 1.0, id="between releases"),
        pytest.param(181 / 365.25, 1.0, id="the day before"),
        pytest.param(182 / 365.25, 0.5, id="the day itself"),
        pytest.param(5.0, 0.45, id="after all"),
    ],
)
def test_dated_steps_count_from_their_day(years: float, expected: float) -> None:
    assert RELEASES.factor(years) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize("output", [0.0, -1.0])
def test_output_that_cannot_be_is_refused(output: float) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        Wright(exponent=0.3).factor(1.0, cumulative=output)


def test_forecast_errors_have_the_tails_of_student() -> None:
    assert tail_probability(2.5, window=5) == pytest.approx(0.0668, abs=5e-5)
    assert tail_probability(0.0, window=5) == 1.0
    # Two degrees of freedom have a closed form: 1 − e/√(2 + e²).
    assert tail_probability(1.5, window=3) == pytest.approx(1.0 - 1.5 / sqrt(2.0 + 1.5**2), rel=1e-12)


def test_the_error_scale_of_farmer_and_lafond() -> None:
    assert error_scale(horizon=10.0, window=20.0, correlation=0.63) == pytest.approx(37.6485, abs=5e-5)
    assert error_scale(horizon=10.0, window=5.0, correlation=0.0) == pytest.approx(30.0)
    assert error_variance(0.24, horizon=10.0, window=5.0) == pytest.approx(0.24**2 * 30.0)


@pytest.mark.parametrize(("horizon", "window", "theta"), [(10, 20, 0.63), (1, 5, 0.25), (7, 3, -0.4), (3, 9, 0.0)])
def test_the_error_scale_is_exact_algebra(horizon: int, window: int, theta: float) -> None:
    # The error as a sum of independent shocks: changes ahead, less horizon/window of each in the window.
    weights = np.concatenate((np.full(window, -horizon / window), np.ones(horizon)))
    shocks = np.zeros(window + horizon + 1)
    shocks[1:] += weights
    shocks[:-1] += theta * weights
    assert error_scale(horizon, window, theta) == pytest.approx(float(shocks @ shocks), rel=1e-12)


def test_simulated_progress_has_the_stated_drift_spread_and_echo() -> None:
    # 20,000 changes, bounds of four standard errors: mean .0055 (with echo), sd .0036, autocorrelation .006.
    path = random_walk_with_drift(np.random.default_rng(7), 20_000.0, -0.5, 0.6, 0.4, 20_000)
    changes = np.diff(path)
    assert path.shape == (20_001,)
    assert path[0] == 0.0
    assert changes.mean() == pytest.approx(-0.5, abs=0.022)
    assert changes.std() == pytest.approx(0.6, abs=0.0145)
    centred = changes - changes.mean()
    echo = float(centred[1:] @ centred[:-1] / (centred @ centred))
    assert echo == pytest.approx(0.4 / (1 + 0.4**2), abs=0.024)


def test_finer_steps_keep_drift_and_variance_per_year() -> None:
    path = random_walk_with_drift(np.random.default_rng(3), 1_000.0, -0.3, 0.5, 0.0, 20_000)
    yearly = np.diff(path[::20])
    assert yearly.mean() == pytest.approx(-0.3, abs=4 * 0.5 / sqrt(1_000))
    assert yearly.std() == pytest.approx(0.5, abs=4 * 0.5 / sqrt(2_000))


def test_without_luck_progress_is_the_drift() -> None:
    path = random_walk_with_drift(np.random.default_rng(0), 4.0, -0.5, 0.0, 0.6, 8)
    assert path == pytest.approx(np.linspace(0.0, -2.0, 9))


LLAMA = Architecture(total=70.0, active=70.0, kv_bytes=327_680.0, context=2_000.0)
NODE = Serving(shards=8)


def test_a_capability_needs_a_third_of_the_parameters_a_year_later() -> None:
    assert ALGORITHMS.factor(1.0) == pytest.approx(1 / 3)
    assert parameters_needed(175.0, years=2.0) == pytest.approx(175.0 / 9.0)
    assert parameters_needed(10.0, years=0.0, nats=log(4.0)) == pytest.approx(20.0)


def test_the_frontier_hardly_grows_in_parameters() -> None:
    assert parameters_needed(1.0, years=1.0, nats=FRONTIER_NATS_PER_YEAR) == pytest.approx(1.05, abs=0.01)


def test_tuning_divides_machine_time_until_the_data_sheet_is_reached() -> None:
    better = tuned(NODE, 0.5)
    assert better.eta_prefill == 2 * NODE.eta_prefill
    assert better.eta_decode == 2 * NODE.eta_decode
    assert better.eta_flops == 2 * NODE.eta_flops
    assert tuned(NODE, 0.01).eta_decode == 1.0
    assert tuned(NODE, 1.0) == NODE


def test_eight_bits_halve_the_weights_and_change_the_arithmetic() -> None:
    model, serving = apply(EIGHT_BITS, LLAMA, NODE)
    assert resident_bytes(model, serving) == 0.5 * resident_bytes(LLAMA, NODE)
    assert serving == replace(NODE, precision="fp8")


def test_experts_cut_the_active_parameters_only() -> None:
    model, serving = apply(MIXTURE_OF_EXPERTS, replace(LLAMA, total=671.0, active=671.0), NODE)
    assert model.total == 671.0
    assert model.active == pytest.approx(37.0)
    assert serving == NODE


def test_latent_attention_cuts_the_cache_only() -> None:
    model, _ = apply(LATENT_ATTENTION, LLAMA, NODE)
    assert model == replace(LLAMA, kv_bytes=LLAMA.kv_bytes * 0.067)


def test_the_latest_format_holds() -> None:
    four_bits = replace(EIGHT_BITS, name="FP4", date=date(2025, 6, 1), precision="fp4")
    assert apply_all((four_bits, EIGHT_BITS), date(2026, 1, 1), LLAMA, NODE)[1].precision == "fp4"


DISTILLED = CompressionEvent(name="distilled", date=date(2025, 1, 20), total=0.1, active=0.1, source="a test")


@pytest.mark.parametrize(
    "events", [(DISTILLED, EIGHT_BITS), (EIGHT_BITS, DISTILLED)], ids=["late first", "early first"]
)
def test_events_hold_from_their_day_whatever_their_order(events: Sequence[CompressionEvent]) -> None:
    before, _ = apply_all(events, date(2024, 11, 3), LLAMA, NODE)
    between, _ = apply_all(events, date(2024, 11, 4), LLAMA, NODE)
    after, _ = apply_all(events, date(2025, 1, 20), LLAMA, NODE)
    assert before == LLAMA
    assert (between.weight_bytes, between.total) == (1.0, 70.0)
    assert after.weight_bytes == 1.0
    assert after.total == pytest.approx(7.0)
