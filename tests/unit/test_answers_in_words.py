"""What the newer questions say: known answers, and no more claimed than is known."""

from collections.abc import Sequence
from datetime import date, timedelta
from math import exp, log

import polars as pl
import pytest

from pricewar.sim.analysis.prices.decomposition import WORDS
from pricewar.sim.analysis.questions import buyers, prices
from pricewar.sim.analysis.questions.registry import QUESTIONS

START = date(2024, 1, 1)
MONTHS = [date(2024, month, 1) for month in range(1, 13)]


def split(before: float, after: float, **effects: float) -> pl.DataFrame:
    """An answer to what made it cheaper."""
    row = {"day": 9, "date": START, "from": START, "price_before": before, "price_after": after}
    return pl.DataFrame([row | dict.fromkeys(WORDS, 0.0) | effects])


def test_causes_come_by_size_with_true_signs_and_none_that_rounds_to_nothing() -> None:
    said = prices.say_cheaper(split(9.0, 3.0, margin=-7.0, mix=0.99, software=0.01, energy=0.004), "CNY")
    assert "fell from 9 to 3 CNY/Mtok: margin −7, mix of offers +0.99, software +0.01 (" in said
    assert "energy" not in said
    assert "stood at 3 CNY/Mtok" in prices.say_cheaper(split(3.0, 3.0), "CNY")


def index(levels: Sequence[float], spread: float = 0.1, every: int = 1) -> pl.DataFrame:
    """An answer about unchanged quality: levels at the first of months."""
    rows = [
        {"day": (when - START).days, "date": when, "offers": 9.0, "index": level, "low": level * exp(-spread),
         "high": level * exp(spread), "weighted": level, "matched": level}
        for when, level in zip(MONTHS[::every], levels, strict=False)
    ]  # fmt: skip
    return pl.DataFrame(rows)


def test_a_fall_is_told_a_year_where_the_run_is_long_enough() -> None:
    """Eleven months at a steady rate: the rate a year is that rate, whatever the length."""
    levels = [0.5 ** ((when - START).days / prices.YEAR) for when in MONTHS]
    said = prices.say_hedonic(index(levels), "CNY")
    assert "list prices fell by 50 % a year (95 % interval −55 % to −44 %;" in said
    assert said.endswith("the index of matched models fell by 50 % a year.")
    assert "between the first month and the last of 3" in prices.say_hedonic(index([1.0, 0.9, 0.8]), "CNY")


def test_a_rise_is_no_fall_and_no_change_is_neither() -> None:
    assert "list prices rose by 20 % between" in prices.say_hedonic(index([1.0, 1.2]), "CNY")
    assert "interval +9 % to +33 %" in prices.say_hedonic(index([1.0, 1.2]), "CNY")
    said = prices.say_hedonic(index([1.0, 1.0], spread=0.0), "CNY")
    assert "list prices stood still between" in said
    assert "interval 0 % to 0 %" in said


def test_the_answer_on_unchanged_quality_is_the_regression_beside_matched_models() -> None:
    """Prices halve at once at the end of January; capability explains all other differences."""
    rows: list[dict[str, object]] = []
    market = []
    for day in range(90):
        when = START + timedelta(days=day)
        level = 1.0 if day < 31 else 0.5
        market.append({"day": day, "date": when, "chained_index": level})
        rows += [
            {"day": day, "date": when, "seller": f"s{i}", "tier": "cheap", "open_weights": False,
             "capability": 0.3 * i, "price": level * exp(0.4 * i), "tokens": 1.0}
            for i in range(8)
        ]  # fmt: skip
    typed = pl.col("day").cast(pl.Int32)
    tables = {"offers_daily": pl.DataFrame(rows).with_columns(typed), "market_daily": pl.DataFrame(market)}
    tables["market_daily"] = tables["market_daily"].with_columns(typed)
    answer = prices.like_with_like(tables)
    assert answer["day"].to_list() == [0, 31, 60]
    assert answer["index"].to_list() == pytest.approx([1.0, 0.5, 0.5], rel=1e-9)
    assert answer["matched"].to_list() == [1.0, 0.5, 0.5]
    few = {**tables, "offers_daily": tables["offers_daily"].filter(pl.col("seller") == "s0")}
    assert prices.like_with_like(few).is_empty()
    assert QUESTIONS["hedonic"].sentence(few) == prices.TOO_FEW_OFFERS
    month = {name: table.filter(pl.col("day") < 31) for name, table in tables.items()}
    assert prices.like_with_like(month).is_empty()


def segments(names: Sequence[str], adoption: Sequence[float], uses: Sequence[float], ceiling: float) -> pl.DataFrame:
    """Eighty days of segments whose prices fall by a half in the middle."""
    rows = [
        {"day": day, "date": START + timedelta(days=day), "segment": name, "adoption": share, "buyers": 100.0,
         "adopters": 100.0 * share, "applications": use, "ceiling": ceiling, "exogenous": 1.0,
         "demand": 10.0 * (1 + (day >= 40)), "tokens": 10.0 * (1 + (day >= 40)), "price_paid": 2.0 / (1 + (day >= 40))}
        for day in range(80)
        for name, share, use in zip(names, adoption, uses, strict=True)
    ]  # fmt: skip
    return pl.DataFrame(rows).with_columns(pl.col("day").cast(pl.Int32))


def test_the_fullest_segment_is_told_with_its_assumed_ceiling() -> None:
    told = segments(["chat", "vision"], [0.6, 0.2], [3.0, 6.0], 12.0)
    said = QUESTIONS["saturation"].sentence({"segments_daily": told})
    assert said.startswith("60 % of buyers in chat used a model at last and 20 % in vision, the extremes;")
    assert "an adopter in vision, the fullest, had 6 applications, 6 at first, 50 % of a ceiling that is" in said
    alone = QUESTIONS["saturation"].sentence({"segments_daily": segments(["chat"], [0.6], [1.0], 1.0)})
    assert alone.startswith("60 % of buyers in chat used a model at last; applications of an adopter do not spread")


def test_volume_that_doubles_as_prices_halve_has_elasticity_one() -> None:
    told = segments(["chat"], [0.5], [1.0], 1.0)
    sellers = told.select("day", "date", role=pl.lit("lab"))
    tables = {"segments_daily": told, "sellers_daily": sellers}
    answer = buyers.elasticity(tables)
    assert answer["segment"].to_list() == ["all", "chat"] or answer["segment"].to_list() == ["chat", "all"]
    assert answer["elasticity"].to_list() == pytest.approx([-1.0, -1.0])
    assert answer["price_change"][0] == pytest.approx(-log(2.0))
    assert answer["day"].to_list() == [79, 79]
    sentence = QUESTIONS["volume_elasticity"].sentence(tables)
    assert sentence.startswith("A price lower by 1 % went with 1.00 % more volume, from the first 30 days")
    assert sentence.endswith("no structural elasticity.")
    still = {**tables, "segments_daily": told.with_columns(price_paid=1.0)}
    assert "moved by less than 5 %" in QUESTIONS["volume_elasticity"].sentence(still)
    short = {name: table.filter(pl.col("day") < 50) for name, table in tables.items()}
    assert "shorter than 60 days" in QUESTIONS["volume_elasticity"].sentence(short)
