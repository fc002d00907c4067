"""`pricewar wars FILE.csv`: recorded prices in, wars with their sensitivity out, wrong rows told all at once."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pricewar.scenarios.cli import cli
from pricewar.scenarios.config.tables import FOLDER
from pricewar.sim.errors import UserMistake

AIRLINES = str(FOLDER / "airline_fares_1992.csv")
KEYS = {"onset_date", "onset_low", "onset_high", "end_date", "tiers", "movers", "depth", "answers", "class"}


def call(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["wars", *arguments])


def written(folder: Path, text: str, name: str = "prices.csv") -> str:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return str(file)


def record_of(*rows: str, heads: str = "date,seller,model,price") -> str:
    return "\n".join([heads, *rows]) + "\n"


def test_a_recorded_war_is_told_with_its_sensitivity() -> None:
    ended = call(AIRLINES, "--json")
    assert ended.exit_code == 0, ended.output
    told = json.loads(ended.stdout)
    (war,) = told["wars"]
    assert set(war) >= KEYS
    assert (war["onset_date"], war["onset_low"], war["onset_high"]) == ("1992-05-26",) * 3
    assert (war["end_date"], war["tiers"]) == ("1992-05-28", ["all"])
    assert war["movers"] == ["alaska", "american", "delta", "northwest", "united", "usair"]
    assert told["currency"] == "USD"
    varied = {row["varied"] for row in told["sensitivity"]}
    assert varied == {"horizon", "d_min", "silent", "left_out"}  # no fare is free


def test_python_lists_the_same_wars() -> None:
    import pricewar

    (war,) = pricewar.wars(AIRLINES).to_dicts()
    assert (str(war["start_date"]), str(war["end_date"])) == ("1992-05-26", "1992-05-28")
    with pytest.raises(UserMistake, match="links go with recorded prices"):
        pricewar.wars("no-such-run", links=AIRLINES)


def test_people_read_where_the_answer_changes() -> None:
    ended = call(AIRLINES)
    assert "1992-05-26" in ended.stdout
    assert "D_min [log points]: found at 0.1, 0.25, 0.5; not at 0.75, 1, 1.25, 1.5, 2, 3" in ended.stderr


def test_links_are_proposed_used_and_printed(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        record_of(
            "2023-01-01,ada,big-1,10", "2023-01-01,bob,chat,10", "2024-01-01,ada,big-2,2", "2024-01-04,bob,chat,2",
        ),
    )  # fmt: skip
    ended = call(file)
    assert "Proposed link: ada, tier all: big-2 replaces big-1." in ended.stderr
    told = json.loads(call(file, "--json").stdout)
    assert told["links"] == [{"seller": "ada", "tier": "all", "model": "big-2", "replaces": "big-1"}]
    assert [(war["onset_date"], war["movers"]) for war in told["wars"]] == [("2024-01-01", ["ada", "bob"])]
    links = written(
        tmp_path, "seller,tier,model,replaces\nada,one,big-1,\nada,other,big-2,\nbob,one,chat,\n", "links.csv"
    )
    assert json.loads(call(file, "--links", links, "--json").stdout)["wars"] == []


def test_links_name_tiers_and_leave_models_out(tmp_path: Path) -> None:
    file = written(tmp_path, record_of("2023-01-01,ada,old,10", "2024-01-01,ada,odd,1", "2024-01-01,ada,new,9"))
    links = written(
        tmp_path, "seller,tier,model,replaces\nada,cheap,old,\nada,cheap,new,old\nada,(none),odd,\n", "links.csv"
    )
    told = json.loads(call(file, "--links", links, "--json").stdout)
    assert (told["wars"], told["links"]) == ([], [])
    assert told["notes"] == ["1 model is in no line, as the links say."]


def test_prices_may_leave_models_out_themselves(tmp_path: Path) -> None:
    rows = ("2023-01-01,ada,cheap,a,4", "2023-02-01,ada,(none),b,3")
    file = written(tmp_path, record_of(*rows, heads="date,seller,tier,model,price"))
    assert json.loads(call(file, "--json").stdout)["notes"] == ["1 row is in no line, as the tier says."]


def test_of_two_models_of_a_line_on_a_day_the_cheaper_counts_and_that_is_said(tmp_path: Path) -> None:
    rows = ("2023-01-01,ada,cheap,a,4", "2023-01-01,ada,cheap,b,3", "2023-06-01,ada,cheap,b,2")
    ended = call(written(tmp_path, record_of(*rows, heads="date,seller,tier,model,price")))
    assert "ada, tier cheap, 1 Jan 2023: a at 4 and b at 3 are one line; the cheaper counts." in ended.stderr


def test_input_and_output_are_blended(tmp_path: Path) -> None:
    rows = [
        f"{day},{seller},m,{price},{price}" for seller in "ab" for day, price in (("2023-01-01", 8), ("2024-01-01", 1))
    ]
    heads = "date,seller,model,input,output"
    (war,) = json.loads(call(written(tmp_path, record_of(*rows, heads=heads)), "--json").stdout)["wars"]
    assert war["drop"] == pytest.approx(7 / 8)


def test_every_wrong_row_is_told_with_its_line_at_once(tmp_path: Path) -> None:
    rows = (
        "2023-01-01,ada,m,8,day,USD", "yesterday,ada,m,8,day,USD", "2023-02-30,ada,m,-1,week,USD",
        "2023-03-01,,m,8,day,EUR",
        "2023-01-01,ada,m,7,day,USD", "2023-04-01,ada,m,nan,day,USD",
    )  # fmt: skip
    ended = call(written(tmp_path, record_of(*rows, heads="date,seller,model,price,precision,currency")))
    assert ended.exit_code == 2
    for part in (
        "line 3: date is 'yesterday'; write YYYY-MM-DD", "line 4: precision is 'week'", "date is '2023-02-30'",
        "price is '-1'; it is a number of at least zero", "line 5: seller is empty", "more than one currency",
        "line 6: ada's m has another price on 2023-01-01 in line 2", "line 7: price is 'nan'",
    ):  # fmt: skip
        assert part in ended.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("date,seller\n", "lacks the column model", id="no model"),
        pytest.param("date,seller,model\n2023-01-01,a,m\n", "has no prices; give a column price", id="no price"),
        pytest.param("date,seller,model,price,input\n", "keep price, or input and output", id="two prices"),
        pytest.param("date,seller,model,price\n", "has no row below its heads", id="empty"),
    ],
)
def test_a_file_that_cannot_be_a_record_is_refused(tmp_path: Path, text: str, says: str) -> None:
    ended = call(written(tmp_path, text))
    assert ended.exit_code == 2
    assert says in ended.stderr


def test_a_missing_file_and_links_for_a_run_are_refused(tmp_path: Path) -> None:
    assert call(str(tmp_path / "none.csv")).exit_code == 2
    ended = call(str(tmp_path), "--links", AIRLINES)
    assert (ended.exit_code, "--links goes with recorded prices" in ended.stderr) == (2, True)


def test_dates_known_to_the_month_widen_the_onset(tmp_path: Path) -> None:
    rows = ("2023-01-01,ada,m,8,day", "2023-01-01,bob,m,8,day", "2024-05-03,ada,m,1,month", "2024-05-05,bob,m,1,month")
    heads = "date,seller,model,price,precision"
    (war,) = json.loads(call(written(tmp_path, record_of(*rows, heads=heads)), "--json").stdout)["wars"]
    assert war["onset_low"] < war["onset_date"] < war["onset_high"]
    assert 0.5 < war["found_in_draws"] < 1


def test_the_figure_is_drawn(tmp_path: Path) -> None:
    for kind in ("png", "pdf"):
        file = tmp_path / f"wars.{kind}"
        assert call(AIRLINES, "--figure", str(file)).exit_code == 0
        assert file.stat().st_size > 5000
    assert call(AIRLINES, "--figure", str(tmp_path / "wars.png")).exit_code == 2
