"""Compute, time and capability of a training run against their closed forms."""

from datetime import date, timedelta
from math import exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from pricewar.sim.economics.curves import Moore
from pricewar.sim.economics.training import (
    HALVING,
    Training,
    compute_optimal,
    copied_from,
    flop_of,
    machine_days,
    training_flop,
)

TERMS = Training()
FLOPS = st.floats(1e20, 1e28)
DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))
NATS = st.floats(-5.0, 10.0)


@pytest.mark.parametrize(
    ("parameters", "tokens", "flop"),
    [
        (175.0, 300.0, 3.14e23),  # GPT-3: Brown et al. 2020, appendix D
        (405.0, 15_600.0, 3.8e25),  # Llama 3 405B: arXiv 2407.21783
        (37.0, 14_800.0, 3.3e24),  # DeepSeek-V3, active parameters: arXiv 2412.19437
    ],
)
def test_six_flop_per_parameter_and_token_give_the_published_compute(
    parameters: float, tokens: float, flop: float
) -> None:
    assert_allclose(training_flop(parameters, tokens), flop, rtol=0.01)


@given(FLOPS, st.floats(1.0, 200.0))
def test_the_compute_optimal_model_takes_the_whole_budget_in_its_proportion(flop: float, ratio: float) -> None:
    parameters, tokens = compute_optimal(flop, ratio)
    assert_allclose(training_flop(parameters, tokens), flop, rtol=1e-12)
    assert_allclose(tokens / parameters, ratio, rtol=1e-12)


def test_chinchilla_is_its_own_optimum() -> None:
    assert_allclose(compute_optimal(5.76e23), (70.0, 1400.0), rtol=0.02)


def test_llama_3_took_about_the_machine_days_that_its_makers_tell() -> None:
    # 30.84 million H100-hours for 405B, at 40 % of 989 TFLOP/s (model card; arXiv 2407.21783).
    assert_allclose(24 * machine_days(3.8e25, 989e12, 0.4), 30.84e6, rtol=0.2)


@given(FLOPS, st.floats(1e13, 1e16), st.floats(0.05, 1.0))
def test_machine_days_and_compute_are_inverse(flop: float, rate: float, mfu: float) -> None:
    assert_allclose(flop_of(machine_days(flop, rate, mfu), rate, mfu), flop, rtol=1e-12)


def test_the_reference_model_has_no_capability_on_its_day_and_half_the_compute_does_eight_months_later() -> None:
    assert TERMS.capability(2.6e24, TERMS.since) == 0.0
    later = TERMS.since + timedelta(days=round(HALVING * 365.25))
    assert_allclose(TERMS.capability(1.3e24, later), 0.0, atol=2e-3)  # whole days
    assert_allclose(TERMS.capability(2.6e25, TERMS.since), log(10.0), rtol=1e-12)


@given(FLOPS, DAYS)
def test_capability_and_compute_are_inverse(flop: float, today: date) -> None:
    assert_allclose(TERMS.flop_for(TERMS.capability(flop, today), today), flop, rtol=1e-9)


@given(FLOPS, st.floats(1.001, 100.0), DAYS)
def test_more_compute_and_later_algorithms_make_better_models(flop: float, more: float, today: date) -> None:
    assert TERMS.capability(flop * more, today) > TERMS.capability(flop, today)
    assert TERMS.capability(flop, today + timedelta(days=30)) > TERMS.capability(flop, today)


@given(FLOPS, DAYS)
def test_without_progress_of_algorithms_compute_is_all(flop: float, today: date) -> None:
    still = Training(algorithms=Moore(rate=0.0))
    assert still.capability(flop, today) == log(flop / 2.6e24)
    assert_allclose(exp(still.capability(flop, today)) * 2.6e24, flop, rtol=1e-12)


@given(NATS, NATS, st.floats(0.0, 1.0))
def test_copying_closes_its_share_of_the_gap_and_never_opens_one(own: float, best: float, share: float) -> None:
    after = own + copied_from(own, best, share)
    assert_allclose(max(best - after, 0.0), (1.0 - share) * max(best - own, 0.0), atol=1e-12)
    assert after >= own
    assert copied_from(own, None, share) == 0.0
