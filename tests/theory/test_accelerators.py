"""The catalogue of accelerators is plausible, complete where a scenario needs it, and refuses nonsense."""

from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from pricewar.sim.economics.accelerators import Accelerator, available, read_catalogue
from pricewar.sim.errors import ScenarioMistakes, UserMistake

TABLE = Path(__file__).parents[2] / "scenarios/library/tables/accelerators.csv"
CATALOGUE = read_catalogue(TABLE)
HEADER = "id,name,vendor,launched,bf16_tflops,hbm_gb,bandwidth_tbs,tdp_w,price_low_usd,price_high_usd,confidence,source"


def test_the_catalogue_is_there() -> None:
    assert len(CATALOGUE) == 37
    assert list(CATALOGUE) == [chip.id for chip in CATALOGUE.values()]


@pytest.mark.parametrize(
    ("name", "bf16", "fp8", "gigabytes", "terabytes_per_second", "watts"),
    [
        pytest.param("a100-sxm-80gb", 312, 624, 80, 2.039, 400, id="A100"),
        pytest.param("h800-sxm5", 989, 1979, 80, 3.35, 700, id="H800"),
        pytest.param("h20", 148, 296, 96, 4.0, 400, id="H20"),
        pytest.param("h200-sxm", 989, 1979, 141, 4.8, 700, id="H200"),
        pytest.param("mi300x", 1307, 2615, 192, 5.3, 750, id="MI300X"),
    ],
)
def test_data_sheets_are_transcribed(
    name: str, bf16: float, fp8: float, gigabytes: float, terabytes_per_second: float, watts: float
) -> None:
    chip = CATALOGUE[name]
    assert (chip.flops("bf16"), chip.flops("fp8")) == pytest.approx((bf16 * 1e12, fp8 * 1e12))
    assert (chip.memory, chip.bandwidth) == pytest.approx((gigabytes * 1e9, terabytes_per_second * 1e12))
    assert chip.tdp_w == watts


def test_export_variants_differ_from_their_models_in_what_the_rules_limited() -> None:
    for model, variant in (("a100-sxm-80gb", "a800-sxm-80gb"), ("h100-sxm5", "h800-sxm5")):
        ours, theirs = CATALOGUE[model], CATALOGUE[variant]
        assert (ours.bf16_tflops, ours.hbm_gb, ours.bandwidth_tbs) == (
            theirs.bf16_tflops,
            theirs.hbm_gb,
            theirs.bandwidth_tbs,
        )
        assert ours.launched < theirs.launched


@pytest.mark.parametrize("chip", CATALOGUE.values(), ids=lambda chip: chip.id)
def test_each_row_is_plausible(chip: Accelerator) -> None:
    assert chip.source
    assert date(2016, 1, 1) < chip.launched < date(2027, 1, 1)
    rates = [rate for rate in (chip.bf16_tflops, chip.fp8_tflops, chip.fp4_tflops) if rate]
    # Halving the bits at most quadruples the rate (Groq, Trainium3) and never lowers it.
    assert all(narrow / wide == 1 or 1.8 < narrow / wide < 4.1 for wide, narrow in pairwise(rates))
    if chip.tdp_w and chip.bf16_tflops:
        assert 0.05 < chip.bf16_tflops / chip.tdp_w < 4
    if chip.all_in_kw and chip.tdp_w:
        assert 1.4 < 1000 * chip.all_in_kw / chip.tdp_w < 3
    if chip.price_low_usd and chip.price_high_usd:
        assert chip.price_low_usd <= chip.price_usd(0.3) <= chip.price_high_usd


def test_narrow_weights_run_at_the_next_wider_rate_that_a_chip_has() -> None:
    assert CATALOGUE["h100-sxm5"].flops("fp4") == 1979e12
    assert CATALOGUE["ascend-910b"].flops("fp8") == 376e12
    assert CATALOGUE["b200-sxm"].flops("fp4") == 9000e12


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        pytest.param("cerebras-wse-3", lambda chip: chip.flops("bf16"), id="no rate"),
        pytest.param("ascend-920", lambda chip: chip.memory, id="no memory"),
        pytest.param("trainium2", lambda chip: chip.price_usd(), id="not sold"),
        pytest.param("trainium1", lambda chip: chip.grid_kilowatts(1.3), id="no power"),
    ],
)
def test_what_nobody_published_is_asked_for_in_a_sentence(name: str, needed: object) -> None:
    assert callable(needed)
    with pytest.raises(UserMistake, match=rf"gives no \w+ for '{name}'; fill it in"):
        needed(CATALOGUE[name])


def test_the_server_share_agrees_with_published_all_in_power() -> None:
    h800 = CATALOGUE["h800-sxm5"].grid_kilowatts(1.3)
    assert h800 == pytest.approx(1.73, rel=0.05)


def test_prices_lie_between_their_bounds() -> None:
    h800 = CATALOGUE["h800-sxm5"]
    assert (h800.price_usd(0), h800.price_usd(), h800.price_usd(1)) == (33_800, 39_275, 44_750)


def test_a_chip_is_available_from_its_launch() -> None:
    assert "h20" not in available(CATALOGUE, date(2023, 11, 8))
    assert "h20" in available(CATALOGUE, date(2023, 11, 9))
    assert set(available(CATALOGUE, date(2030, 1, 1))) == set(CATALOGUE)


def test_every_mistake_of_a_table_is_reported_at_once(tmp_path: Path) -> None:
    table = tmp_path / "chips.csv"
    table.write_text(
        f"{HEADER}\n"
        "good,Good,Us,2024-01-01,100,80,2,400,1,2,high,a test\n"
        "bad,Bad,Us,yesterday,-5,80,2,400,1,2,high,a test\n"
        "good,Again,Us,2024-01-01,100,80,2,400,1,2,certain,a test\n"
        "good,Twice,Us,2024-01-01,100,80,2,400,1,2,high,a test\n"
        "short,Short,Us,2024-01-01\n",
        encoding="utf-8",
    )
    with pytest.raises(ScenarioMistakes) as refusal:
        read_catalogue(table)
    keys = {mistake.key for mistake in refusal.value.mistakes}
    assert {"line 3, launched", "line 3, bf16_tflops", "line 4, confidence", "line 5, id"} <= keys
    assert "line 6, source" in keys


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match=r"no table of accelerators at .*nowhere\.csv"):
        read_catalogue(tmp_path / "nowhere.csv")
