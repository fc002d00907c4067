"""A file of recorded prices as moves: what takes the place of what."""

from pathlib import Path

from pricewar.scenarios.record.prices import read_record

PRICES = """date,seller,tier,model,price
2024-01-01,ada,small,a1,8
2024-01-01,bob,small,b1,9
2024-02-10,ada,small,a2,6
2024-03-01,ada,small,a2,3
"""


def test_a_successor_takes_the_model_that_it_replaces_off_sale_on_its_first_day(tmp_path: Path) -> None:
    prices, links = tmp_path / "prices.csv", tmp_path / "links.csv"
    prices.write_text(PRICES)
    links.write_text("seller,tier,model,replaces\nada,small,a2,a1\n")
    for record in (read_record(prices, links), read_record(prices)):  # the link is proposed where it is not given
        rows = record.moves.select("time", "model", "kind", "price").rows()
        assert rows == [
            (0.5, "a1", "launch", 8.0),
            (0.5, "b1", "launch", 9.0),
            (40.5, "a2", "launch", 6.0),
            (40.5, "a1", "withdrawn", None),
            (60.5, "a2", "cut", 3.0),
        ]


def test_a_blended_price_is_three_parts_input_to_one_part_output(tmp_path: Path) -> None:
    prices = tmp_path / "prices.csv"
    prices.write_text("date,seller,model,output,input\n2024-01-01,ada,a1,5,1\n")
    assert read_record(prices).moves["price"].to_list() == [0.75 * 1.0 + 0.25 * 5.0]
