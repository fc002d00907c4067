"""The roofline against a published fleet, fleets it was not fitted to, and laws that any roofline obeys."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricewar.sim.economics.accelerators import Accelerator, read_catalogue
from pricewar.sim.economics.ownership import Ownership, annuity, hour_cost
from pricewar.sim.economics.serving import (
    MEMORY_SHARE,
    Architecture,
    Serving,
    ServingMistake,
    TokenSeconds,
    cost_per_mtok,
    decode_seconds_per_mtok,
    largest_batch,
    prefill_seconds_per_mtok,
    resident_bytes,
    step_time,
    token_seconds,
)

CATALOGUE = read_catalogue(Path(__file__).parents[2] / "scenarios/library/tables/accelerators.csv")
H100, H800 = CATALOGUE["h100-sxm5"], CATALOGUE["h800-sxm5"]

# DeepSeek-V3: 58 × 256 routed experts of 3·7,168·2,048 are spread, the other 17.1e9 are everywhere.
# Cache: 61 layers × 576 × 2 bytes. Attention: 2·61·128·(192 + 128) = 5.0e6, of which a new token sees 0.8.
DEEPSEEK = Architecture(
    total=671.0,
    active=37.0,
    weight_bytes=1.0,
    kv_bytes=70_272.0,
    context=4_989.0,
    attention_flops=4.0e6,
    replicated=17.1 / 671.0,
)
FLEET = Serving(precision="fp8", shards=144, speed=21.0)

LLAMA = Architecture(total=70.0, active=70.0, kv_bytes=327_680.0, context=2_000.0)
NODE = Serving(shards=8)


def test_the_fleet_of_deepseek_decodes_at_its_published_speed() -> None:
    batch = largest_batch(DEEPSEEK, FLEET, H800)
    assert resident_bytes(DEEPSEEK, FLEET) == pytest.approx(21.7e9, rel=0.01)
    assert batch == pytest.approx(88, rel=0.01)
    assert step_time(DEEPSEEK, FLEET, H800, batch) == pytest.approx(0.0476, rel=0.01)
    assert step_time(DEEPSEEK, FLEET, H800, 88.0) == pytest.approx(0.0476, rel=0.01)
    assert 1e6 / decode_seconds_per_mtok(DEEPSEEK, FLEET, H800) == pytest.approx(1_851, rel=0.01)


def test_a_third_of_the_bandwidth_is_what_the_published_step_uses() -> None:
    read = resident_bytes(DEEPSEEK, FLEET) + 88 * DEEPSEEK.context * DEEPSEEK.kv_bytes
    assert read == pytest.approx(52.5e9, rel=0.01)
    assert read / (0.0476 * H800.bandwidth) == pytest.approx(0.33, rel=0.01)


def test_the_fleet_of_deepseek_costs_what_it_published() -> None:
    seconds = token_seconds(DEEPSEEK, FLEET, H800)
    output, uncached = cost_per_mtok(2.0, seconds.decode), cost_per_mtok(2.0, seconds.prefill)
    assert output == pytest.approx(0.300, rel=0.01)
    assert uncached == pytest.approx(0.1378, rel=0.01)
    with_hits = (1.0 - 342.0 / 608.0) * uncached
    assert with_hits == pytest.approx(0.0603, rel=0.01)
    assert 608_000 * with_hits + 168_000 * output == pytest.approx(87_072, rel=0.01)


def test_prefill_of_another_team_on_the_same_model_is_underrated_by_27_percent() -> None:
    # SGLang, 96 H100, May 2025: prompts of 2,000 tokens from scratch, so that a new token sees half of them.
    prompts = replace(DEEPSEEK, context=2_000.0, attention_flops=2.5e6)
    predicted = 8e6 / prefill_seconds_per_mtok(prompts, FLEET, H100)
    assert predicted / 52_300 - 1.0 == pytest.approx(-0.27, abs=0.005)


def test_decode_of_another_team_is_within_the_stated_factor_of_one_and_a_half() -> None:
    # SGLang's 22,300 tokens/s a node come without batch or speed: DeepSeek's 20-22 tokens/s are assumed.
    prompts = replace(DEEPSEEK, context=2_000.0)
    for speed in (20.0, 21.0, 22.0):
        nine_nodes = replace(FLEET, shards=72, speed=speed)
        assert 1.0 < 8e6 / decode_seconds_per_mtok(prompts, nine_nodes, H100) / 22_300 < 1.5


def test_expert_parallel_serving_beats_a_single_node_by_the_published_two_to_four() -> None:
    # Both at ten tokens/s to a user, where memory is the limit.
    fleet, h200 = replace(FLEET, speed=10.0), CATALOGUE["h200-sxm"]
    node = replace(fleet, shards=8)
    ratio = decode_seconds_per_mtok(DEEPSEEK, node, h200) / decode_seconds_per_mtok(DEEPSEEK, fleet, h200)
    assert 2.0 < ratio < 4.0


@pytest.mark.parametrize(
    ("chip", "hyperscaler", "neocloud"),
    [
        pytest.param("h100-sxm5", 1.30, 1.69, id="H100"),
        pytest.param("h200-sxm", 1.41, 1.74, id="H200"),
        pytest.param("b200-sxm", 1.95, 2.34, id="B200"),
        pytest.param("gb200-nvl72", 2.21, 2.75, id="GB200"),
        pytest.param("mi355x", 1.48, 1.90, id="MI355X"),
    ],
)
def test_an_owned_hour_costs_what_analysts_say_to_thirty_percent(
    chip: str, hyperscaler: float, neocloud: float
) -> None:
    # SemiAnalysis, InferenceX constants. Mid prices of the catalogue, default ownership, 0.07 USD/kWh.
    cost = hour_cost(Ownership(electricity=0.07), CATALOGUE[chip], CATALOGUE[chip].price_usd())
    assert cost.total == pytest.approx((hyperscaler + neocloud) / 2, rel=0.30)
    assert cost.energy < 0.2 * cost.total


def test_the_annuity_repays_the_loan_exactly() -> None:
    debt, payment = 1.0, annuity(0.10, 5.0)
    for _ in range(5):
        debt = debt * 1.10 - payment
    assert debt == pytest.approx(0.0, abs=1e-12)
    assert annuity(1e-9, 5.0) == pytest.approx(annuity(0.0, 5.0), rel=1e-6)


def test_the_parts_of_an_hour_add_up_by_hand() -> None:
    ownership = Ownership(markup=0.5, interest=0.0, life=5.0, pue=2.0, electricity=0.10, upkeep=0.25)
    cost = hour_cost(ownership, CATALOGUE["h800-sxm5"], price=43_800.0)
    assert cost.capital == pytest.approx(43_800 * 1.5 / 5 / 8_760)
    assert cost.energy == pytest.approx(1.82 * 0.7 * 2.0 * 0.10)
    assert cost.variable == cost.energy + 0.25
    assert cost.total == pytest.approx(cost.capital + cost.variable)


def test_published_all_in_power_gets_no_second_facility_overhead() -> None:
    wasteful, lean = Ownership(electricity=0.1, pue=1.6), Ownership(electricity=0.1, pue=1.0)
    assert hour_cost(wasteful, H100, 1.0).energy == hour_cost(lean, H100, 1.0).energy == 1.73 * 0.1
    assert hour_cost(wasteful, H800, 1.0).energy == pytest.approx(1.6 * hour_cost(lean, H800, 1.0).energy)


@pytest.mark.parametrize("scale", [2.0**-10, 0.5, 8.0, 2.0**20])
def test_another_currency_changes_costs_exactly(scale: float) -> None:
    def cost(unit: float) -> tuple[float, float, float]:
        ownership = Ownership(electricity=0.07 * unit, upkeep=0.11 * unit)
        hour = hour_cost(ownership, H800, 33_333.0 * unit)
        seconds = token_seconds(DEEPSEEK, FLEET, H800)
        return hour.total, hour.variable, cost_per_mtok(hour.total, seconds.blended, 0.37)

    assert cost(scale) == tuple(scale * part for part in cost(1.0))


def test_blended_is_three_parts_input_to_one_part_output() -> None:
    assert TokenSeconds(prefill=100.0, decode=1_000.0).blended == 325.0


def test_accepted_drafts_make_tokens_cheaper_and_answers_faster() -> None:
    patient, drafted = replace(FLEET, speed=5.0), replace(FLEET, accepted=1.7)
    ratio = decode_seconds_per_mtok(DEEPSEEK, patient, H800) / decode_seconds_per_mtok(
        DEEPSEEK, replace(patient, accepted=1.7), H800
    )
    assert ratio == pytest.approx(1.7)  # where memory limits the batch, which drafts do not change
    batch = largest_batch(DEEPSEEK, drafted, H800)
    assert drafted.accepted / step_time(DEEPSEEK, drafted, H800, batch) >= FLEET.speed * (1 - 1e-12)
    assert decode_seconds_per_mtok(DEEPSEEK, drafted, H800) < decode_seconds_per_mtok(DEEPSEEK, FLEET, H800)


def test_speed_costs_more_than_proportionally() -> None:
    slow, fast = (decode_seconds_per_mtok(DEEPSEEK, replace(FLEET, speed=speed), H800) for speed in (20.0, 40.0))
    assert fast > 2.0 * slow


def test_where_arithmetic_binds_a_bigger_batch_saves_nothing() -> None:
    short = replace(LLAMA, context=50.0)
    times = [step_time(short, NODE, H100, batch) / batch for batch in (1_000.0, 2_000.0)]
    assert times[0] == pytest.approx(2 * 70e9 / (NODE.eta_flops * 989e12))
    assert times[0] == pytest.approx(times[1])


def test_weights_that_do_not_fit_are_refused_with_advice() -> None:
    with pytest.raises(ServingMistake, match=r"140 GB of weights .* spread the model over more than 1 accel"):
        largest_batch(LLAMA, replace(NODE, shards=1), H100)


def test_a_speed_out_of_reach_is_refused_with_the_best_one_and_that_one_works() -> None:
    with pytest.raises(ServingMistake, match=r"at most 60.9 tokens/s to a user, not 500; promise a lower"):
        largest_batch(LLAMA, replace(NODE, speed=500.0), H100)
    assert largest_batch(LLAMA, replace(NODE, speed=60.8), H100) >= 1.0
    with pytest.raises(ServingMistake):
        largest_batch(LLAMA, replace(NODE, speed=61.0), H100)


def test_a_model_cannot_use_more_parameters_than_it_has() -> None:
    with pytest.raises(ValueError, match=r"active \(8\.0\) must not exceed total \(7\.0\)"):
        Architecture(total=7.0, active=8.0, kv_bytes=1.0, context=1.0)


models = st.builds(
    Architecture,
    total=st.floats(70, 700),
    active=st.floats(1, 70),
    weight_bytes=st.sampled_from([0.5, 1.0, 2.0]),
    kv_bytes=st.floats(1e4, 5e5),
    context=st.floats(100, 20_000),
)
deployments = st.builds(Serving, shards=st.floats(32, 256), speed=st.floats(1, 25), accepted=st.floats(1, 3))
chips = st.sampled_from([H100, H800, CATALOGUE["h200-sxm"], CATALOGUE["b200-sxm"], CATALOGUE["mi300x"]])


@given(model=models, serving=deployments, chip=chips)
def test_the_largest_batch_obeys_both_limits_and_touches_one(
    model: Architecture, serving: Serving, chip: Accelerator
) -> None:
    batch = largest_batch(model, serving, chip)
    held = resident_bytes(model, serving) + batch * model.context * model.kv_bytes
    memory = held / (MEMORY_SHARE * chip.memory)
    haste = step_time(model, serving, chip, batch) * serving.speed / serving.accepted
    assert max(memory, haste) == pytest.approx(1.0, rel=1e-9)


@given(model=models, serving=deployments, chip=chips, share=st.floats(0.01, 0.99))
def test_no_smaller_batch_is_cheaper(model: Architecture, serving: Serving, chip: Accelerator, share: float) -> None:
    batch = largest_batch(model, serving, chip)
    smaller = share * batch
    cheapest = step_time(model, serving, chip, batch) / batch
    assert step_time(model, serving, chip, smaller) / smaller >= cheapest * (1 - 1e-12)


@given(model=models, serving=deployments, chip=chips, gain=st.floats(1.01, 4.0))
def test_tokens_get_cheaper_with_bandwidth_and_with_utilisation(
    model: Architecture, serving: Serving, chip: Accelerator, gain: float
) -> None:
    wider = replace(chip, bandwidth_tbs=gain * chip.bandwidth / 1e12, bf16_tflops=gain * chip.flops("bf16") / 1e12)
    seconds = token_seconds(model, serving, chip)
    better = token_seconds(model, serving, wider)
    assert better.decode < seconds.decode
    assert better.prefill < seconds.prefill
    assert cost_per_mtok(2.0, seconds.decode, gain / 4.01) < cost_per_mtok(2.0, seconds.decode, 1.0 / 4.01)
