"""Wars whose history is known, found in the bundled price histories, with the points where the answer changes."""

from datetime import date
from itertools import product

import polars as pl
import pytest

from pricewar.scenarios.config.tables import FOLDER
from pricewar.scenarios.record.prices import Record, read_record
from pricewar.scenarios.record.verdict import over_dates
from pricewar.sim.analysis.wars.detector import War, find_wars, wars_table
from pricewar.sim.analysis.wars.sensitivity import sensitivity
from pricewar.sim.analysis.wars.settings import DetectorSettings

HORIZONS = (15.0, 30.0, 45.0, 60.0)


def record(name: str, links: str | None = None) -> Record:
    return read_record(FOLDER / f"{name}.csv", FOLDER / f"{links}.csv" if links else None)


def found(moves: pl.DataFrame, horizon: float = 30.0, d_min: float = 0.5) -> list[War]:
    return find_wars(moves, DetectorSettings(horizon=horizon, d_min=d_min, min_panel=90 / horizon, permutations=0))


def days(war: War) -> tuple[date | None, date | None]:
    return war.start_date, war.end_date


def decisive(moves: pl.DataFrame) -> list[tuple[str, str]]:
    """What changes the verdict among the readings of `sensitivity` other than the depth: what is varied, its value."""
    changed = sensitivity(moves).filter(~pl.col("found") & (pl.col("varied") != "d_min"))
    return changed.select("varied", "value").rows()


class TestCloudStorage2014:
    moves = record("cloud_storage_2006_2016").moves
    war = (date(2014, 3, 25), date(2014, 4, 1))

    @pytest.mark.parametrize(("horizon", "d_min"), list(product(HORIZONS, (0.25, 0.5, 1.0))))
    def test_it_is_the_only_war_in_ten_years(self, horizon: float, d_min: float) -> None:
        (one,) = found(self.moves, horizon, d_min)
        assert days(one) == self.war
        assert (one.begun_by, one.sellers) == ("google", "aws,azure,google")
        assert one.answers == "azure +6.0 d, aws +1.0 d"

    def test_it_is_none_where_more_is_asked_than_their_cuts_beyond_the_usual_come_to(self) -> None:
        """C is 2.09, for Google had cut before at a pace of its own; they cut by 66 per cent or 1.09 log points."""
        assert found(self.moves, d_min=1.04) != []
        assert found(self.moves, d_min=1.05) == []

    def test_nothing_else_decides(self) -> None:
        assert decisive(self.moves) == []

    def test_the_cuts_of_the_end_of_2012_are_too_shallow(self) -> None:
        before = self.moves.filter(pl.col("date") < date(2014, 1, 1))
        assert found(before) == []


class TestAirlines1992:
    moves = record("airline_fares_1992").moves

    @pytest.mark.parametrize(("horizon", "d_min"), list(product(HORIZONS, (0.25, 0.5, 0.65))))
    def test_it_lasts_from_26_to_28_may(self, horizon: float, d_min: float) -> None:
        (one,) = found(self.moves, horizon, d_min)
        assert days(one) == (date(1992, 5, 26), date(1992, 5, 28))
        assert one.sellers == "alaska,american,delta,northwest,united,usair"
        assert one.end_reason == "half_undone"

    def test_a_half_price_is_no_fall_by_three_quarters_of_a_log_point(self) -> None:
        assert found(self.moves, d_min=0.75) == []

    @pytest.mark.parametrize("horizon", HORIZONS)
    def test_it_is_a_war_also_if_all_matches_are_dated_alike(self, horizon: float) -> None:
        day = date(1992, 5, 27)
        late = (pl.col("date") == date(1992, 5, 28)) | (pl.col("date") == date(1992, 5, 26))
        shift = pl.when(late).then((pl.lit(day) - pl.col("date")).dt.total_days()).otherwise(0)
        alike = self.moves.with_columns(time=pl.col("time") + shift, date=pl.when(late).then(day).otherwise("date"))
        alike = alike.filter(~((pl.col("seller") == "northwest") & (pl.col("price") == 300)))
        (one,) = found(alike, horizon)
        assert days(one) == (day, day)
        assert one.n_sellers == 6
        assert one.answers.count("+0.0 d") == 5

    def test_nothing_else_decides(self) -> None:
        assert decisive(self.moves) == []


class TestHosts:
    recorded = record("hosts_2023_2024")

    def wars(self, d_min: float = 0.5) -> list[War]:
        return found(self.recorded.moves, d_min=d_min)

    def test_hosts_of_mixtral_undercut_one_another_in_december_2023(self) -> None:
        one = self.wars()[0]
        assert days(one) == (date(2023, 12, 11), date(2023, 12, 13))
        assert (one.sellers, one.n_cuts, one.n_entries) == ("deepinfra,together", 0, 2)

    def test_hosts_of_llama_405b_undercut_one_another_in_july_2024(self) -> None:
        one = self.wars()[1]
        assert days(one) == (date(2024, 7, 18), date(2024, 7, 25))
        assert one.sellers == "deepinfra,fireworks"

    def test_both_are_weak(self) -> None:
        """Two sellers each: none beyond .6 log points, none without one of them, none where H is less than a week."""
        assert [len(self.wars(d_min)) for d_min in (0.1, 0.25, 0.5, 0.6, 0.7)] == [2, 2, 2, 1, 0]
        assert {what for what, _ in decisive(self.recorded.moves)} == {"left_out", "horizon"}

    def test_llama_405b_alone_is_one_quote_below_another_and_no_war(self) -> None:
        """It takes the hosts of Mixtral-8x22B, who undercut a week before: a record pooled over models."""
        alone = self.recorded.moves.filter(pl.col("model") != "mixtral-8x22b")
        assert [war.start_date for war in found(alone, d_min=0.25)] == [date(2023, 12, 11)]

    def test_dates_known_to_the_month_leave_the_day_open(self) -> None:
        moves, settings = self.recorded.moves, DetectorSettings(permutations=0)
        of_wars = over_dates(moves, wars_table(find_wars(moves, settings)), settings)
        assert [0 < one["found_in_draws"] < 0.7 for one in of_wars.values()] == [True, True]  # .07 and .58
        assert all((one["onset_high"] - one["onset_low"]).days >= 14 for one in of_wars.values())


class TestTheWestIn2024:
    moves = record("western_list_prices_2023_2024", "western_links_2023_2024").moves

    @pytest.mark.parametrize("d_min", [0.25, 0.5, 1.0])
    @pytest.mark.parametrize("horizon", HORIZONS)
    def test_cuts_of_august_and_september_are_too_far_apart(self, horizon: float, d_min: float) -> None:
        """Google on 12 August, Cohere on 30 August, Mistral on 17 September: 18 days each."""
        wars = found(self.moves, horizon, d_min)
        assert [war for war in wars if date(2024, 8, 1) <= (war.start_date or date.max) <= date(2024, 9, 30)] == []

    def test_where_two_sellers_cut_within_days_one_left_out_decides(self) -> None:
        assert [war.n_sellers for war in found(self.moves)] == [2, 2]
        assert {what for what, _ in decisive(self.moves)} == {"left_out"}
