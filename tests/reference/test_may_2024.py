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
from pricewar.sim.analysis.wars.detector import find_wars
from pricewar.sim.analysis.wars.panel import panels
from pricewar.sim.analysis.wars.sensitivity import drawn_dates, sensitivity
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
    assert (war.start_low_date, war.start_high_date) == (date(2024, 5, 11), date(2024, 5, 11))
    assert (war.n_cuts, war.n_entries, war.launches_below_median, war.floored) == (5, 0, 2, 2)
    assert war.drop == pytest.approx(0.85, abs=0.05)
    assert war.depth == pytest.approx(0.42, abs=0.05)
    assert war.strength > 5 * war.bound


def test_answers_come_within_four_hours_to_six_days(linked: pl.DataFrame) -> None:
    (war,) = find_wars(linked)
    assert war.answers == "zhipu +5.0 d, alibaba +5.9 d, baidu +0.2 d, iflytek +0.9 d, tencent +0.0 d"
    assert war.median_lag == pytest.approx(22 / 24)
    assert war.share_answering == pytest.approx(4 / 5)
    assert war.p_value is not None
    assert war.p_value < 0.05


@pytest.mark.parametrize("d_min", [0.25, 0.5, 0.75, 1.0, 1.5])
@pytest.mark.parametrize("horizon", [10.0, 15.0, 30.0, 45.0, 60.0, 120.0])
def test_it_is_the_same_whatever_the_settings(linked: pl.DataFrame, horizon: float, d_min: float) -> None:
    (war,) = find_wars(linked, DetectorSettings(horizon=horizon, d_min=d_min, min_panel=90 / horizon))
    assert (war.start_date, war.end_date) == (date(2024, 5, 11), date(2024, 5, 22))


def test_it_begins_ten_days_later_only_where_ten_days_without_a_cut_end_a_war(linked: pl.DataFrame) -> None:
    """Zhipu cut on 11 May, the next seller in the morning of the 21st, 9.9 days later."""
    (war,) = find_wars(linked, DetectorSettings(horizon=9.5, min_panel=9))
    assert (war.start_date, war.end_date) == (date(2024, 5, 21), date(2024, 5, 22))


def test_it_is_gone_only_where_a_war_must_be_deeper_than_those_who_moved_went(linked: pl.DataFrame) -> None:
    """They cut by 85 per cent on average, which is 1.87 log points."""
    assert find_wars(linked, DetectorSettings(d_min=1.8)) != []
    assert find_wars(linked, DetectorSettings(d_min=1.9)) == []


def test_neither_free_prices_nor_silent_sellers_nor_one_seller_decide(linked: pl.DataFrame) -> None:
    table = sensitivity(linked).filter(pl.col("varied").is_in(["free", "silent", "left_out"]))
    assert table.height == 8 + 3 + 5
    assert table["found"].all()
    assert table["end_date"].unique().to_list() == [date(2024, 5, 22)]
    later = table.filter(pl.col("start_date") != date(2024, 5, 11))
    assert later.select("value", "start_date").rows() == [("zhipu", date(2024, 5, 21))]


def test_dates_known_to_the_month_do_not_decide(linked: pl.DataFrame) -> None:
    drawn = [find_wars(one, DetectorSettings(permutations=0)) for one in drawn_dates(linked)]
    of_may = [[w for w in wars if w.end_date == date(2024, 5, 22)] for wars in drawn]
    assert len(drawn) == 100
    assert sum(bool(wars) for wars in of_may) == 100
    assert sum(wars[0].start_date == date(2024, 5, 11) for wars in of_may) >= 70  # 74; else a cut of April or May joins


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
    recorded = {(row["seller"], row["model"]): row["price"] for row in last.iter_rows(named=True)}
    assert {key: recorded[key] for key in standing} == pytest.approx(standing)
    (tier,) = (panel for panel in panels(record) if panel.tier == "flagship")
    assert set(tier.sellers) >= {"baidu", "zhipu", "alibaba", "tencent", "baichuan"}


def test_the_record_is_in_order_and_ends_with_2024(record: pl.DataFrame) -> None:
    assert record["time"].is_sorted()
    assert record["date"].max() == date(2024, 12, 31)
    assert set(record["kind"]) == {"launch", "cut"}
    assert record.filter(pl.col("price") == 0).select("seller").unique().height >= 4
