"""Golden run: the price path of `textbook`, seed 1, as it was when its end was checked against the closed form.

The theory tests say where prices must end. This one says by which way, so that a change of the order of events, of
the review calendar, of lagged shares or of the solver cannot pass unnoticed. Prices are kept to ten digits, for
the solver's last ones may differ between machines. Renew it, when the way is meant to change, by

    python tests/regression/test_textbook_golden.py

and read the difference before you keep it.
"""

import csv
from io import StringIO
from pathlib import Path

import polars as pl

from pricewar.scenarios.config.load import load
from pricewar.scenarios.run.play import play

GOLDEN = Path(__file__).with_name("textbook_golden.csv")
FIRST_DAYS = 60
NASH = 1.472926660030623
"""Nash price of the symmetric logit duopoly with a = 2, c = 1, mu = 1/4, a0 = 0."""


def told() -> str:
    """Every move of the first days, then the state of the last day, as comma-separated lines."""
    tables = play(load("textbook"), seed=1).tables
    page = StringIO()
    writer = csv.writer(page, lineterminator="\n")
    writer.writerow(("time", "seller", "kind", "price"))
    moves = tables["prices"].filter(pl.col("time") < FIRST_DAYS)
    for time, seller, kind, price in moves.select("time", "seller", "kind", "price").iter_rows():
        writer.writerow((f"{time:.3f}", seller, kind, f"{price:.10g}"))
    last = tables["offers_daily"].filter(pl.col("day") == pl.col("day").max())
    for day, seller, price, tokens in last.select("day", "seller", "price", "tokens").iter_rows():
        writer.writerow((f"{day:.3f}", seller, "last price", f"{price:.10g}"))
        writer.writerow((f"{day:.3f}", seller, "last tokens", f"{tokens:.10g}"))
    return page.getvalue()


def test_the_textbook_takes_the_way_that_it_took() -> None:
    golden = GOLDEN.read_text(encoding="utf-8")
    assert told().splitlines() == golden.splitlines()


def test_the_golden_run_moves_and_ends_at_the_nash_price() -> None:
    rows = list(csv.DictReader(StringIO(GOLDEN.read_text(encoding="utf-8"))))
    assert sum(row["kind"] == "cut" for row in rows) > 5
    last = [float(row["price"]) for row in rows if row["kind"] == "last price"]
    assert len(last) == 2
    assert all(abs(price / NASH - 1.0) < 1e-8 for price in last)


if __name__ == "__main__":
    GOLDEN.write_text(told(), encoding="utf-8", newline="\n")
