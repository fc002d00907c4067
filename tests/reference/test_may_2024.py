"""The price war of May 2024 in China, found in the recorded list prices.

The record is one row a posted price. `tier` and `link` are a link by hand: `cheap` is a seller's main general
model, `flagship` its best one if that asked 20 yuan or more, `other` whatever is neither (small, middle,
long-context, vision and hosted open models, and what was superseded early), which is no column. `link` names
the model that a row replaces in its column.
"""

from datetime import date

import polars as pl
import pytest

from pricewar.scenarios.verification.detection import linked, record_of_china
from pricewar.sim.analysis.wars.detector import find_wars, sensitivity
from pricewar.sim.analysis.wars.panel import panels
from pricewar.sim.analysis.wars.settings import DetectorSettings


@pytest.fixture(scope="module")
def record() -> pl.DataFrame:
    return record_of_china()


@pytest.fixture(scope="module", name="linked")
def linked_record(record: pl.DataFrame) -> pl.DataFrame:
    return linked(record)


def test_the_war_of_may_2024_is_the_only_one_in_the_linked_record(linked: pl.DataFrame) -> None:
    (war,) = find_wars(linked)
    assert war.tier == "cheap"
    assert (war.start_date, war.end_date) == (date(2024, 5, 11), date(2024, 5, 22))
    assert (war.begun_by, war.trigger, war.end_reason) == ("zhipu", "deepseek -5.0 d", "quiet")
    assert war.sellers == "alibaba,baidu,iflytek,tencent,zhipu"
    assert (war.n_cuts, war.launches_below_median, war.floored) == (5, 2, 2)
    assert war.drop == pytest.approx(1.2, abs=0.05)
    assert war.depth == pytest.approx(1.2, abs=0.05)
    assert war.depth > 5 * war.bound


def test_answers_come_within_four_hours_to_six_days(linked: pl.DataFrame) -> None:
    (war,) = find_wars(linked)
    assert war.answers == "zhipu +5.0 d, alibaba +5.9 d, baidu +0.2 d, iflytek +0.9 d, tencent +0.9 d"
    assert war.median_lag == pytest.approx(22 / 24)
    assert war.share_answering == pytest.approx(4 / 5)
    assert war.p_value is not None
    assert war.p_value < 0.05


def test_raw_rows_are_not_enough_to_see_it(record: pl.DataFrame) -> None:
    by_model = record.with_columns(seller=pl.concat_str("seller", "model", separator="/"))
    assert find_wars(by_model) == []
    assert find_wars(by_model.with_columns(tier=pl.lit("all"))) == []


@pytest.mark.parametrize("floor", [0.05, 0.02, 0.01, 0.005])
def test_it_is_found_whatever_free_is_taken_for(linked: pl.DataFrame, floor: float) -> None:
    (war,) = find_wars(linked, DetectorSettings(floor_share=floor))
    assert 0.9 < war.depth < 1.4
    assert war.n_sellers == 5


def test_it_is_found_whatever_the_settings_within_reason(linked: pl.DataFrame) -> None:
    table = sensitivity(linked, horizon=(0.5, 1.0))
    assert (table["wars"] >= 1).all()
    assert table["first_start"].unique().to_list() == [131.5]


def test_flagships_did_not_go_to_war(linked: pl.DataFrame) -> None:
    assert find_wars(linked.filter(pl.col("tier") == "flagship")) == []


def test_every_link_names_an_earlier_model_of_the_same_column(record: pl.DataFrame) -> None:
    column = ["seller", "tier"]
    links = record.filter(pl.col("link").is_not_null())
    earlier = record.select(*column, link="model", before="time").unique(maintain_order=True)
    matched = links.join(earlier, on=[*column, "link"]).filter(pl.col("before") < pl.col("time"))
    assert links.height >= 15
    assert set(matched["model"]) == set(links["model"])


def test_prices_of_the_first_day_of_2024_are_those_on_record(record: pl.DataFrame) -> None:
    """The prices that stood on 1 January 2024, in yuan per million tokens."""
    standing = {
        ("alibaba", "qwen-plus"): 20, ("alibaba", "qwen-turbo"): 8, ("baidu", "ERNIE-Bot (3.5)"): 12,
        ("baidu", "ERNIE-Bot-turbo"): 8, ("baidu", "ERNIE-4.0-8K"): 120, ("zhipu", "chatglm_lite"): 2,
        ("zhipu", "chatglm_std"): 5, ("zhipu", "chatglm_pro"): 10, ("iflytek", "SparkDesk"): 18,
        ("tencent", "hunyuan"): 100, ("baichuan", "Baichuan2-53B"): 20, ("baichuan", "Baichuan2-Turbo"): 8,
    }  # fmt: skip
    last = record.filter(pl.col("time") < 0).sort("time").group_by("seller", "model").last()
    found = {(row["seller"], row["model"]): row["price"] for row in last.iter_rows(named=True)}
    assert {key: found[key] for key in standing} == pytest.approx(standing)
    (tier,) = (panel for panel in panels(record) if panel.tier == "flagship")
    assert set(tier.sellers) >= {"baidu", "zhipu", "alibaba", "tencent", "baichuan"}


def test_the_record_is_in_order_and_ends_with_2024(record: pl.DataFrame) -> None:
    assert record["time"].is_sorted()
    assert record["date"].max() == date(2024, 12, 31)
    assert set(record["kind"]) == {"launch", "cut"}
    assert record.filter(pl.col("price") == 0).select("seller").unique().height >= 4
