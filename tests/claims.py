"""What a page of a run may claim: no day beyond the run, no price that nobody asked, no end that did not come."""

import re
from datetime import date, datetime

import polars as pl

from pricewar.sim.pages.run_page import summary
from pricewar.sim.results.run import Run, currency
from pricewar.sim.text import figures


def dates_of(page: str) -> list[date]:
    told = re.findall(r"\b\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4}\b", page)
    return [datetime.strptime(one, "%d %b %Y").date() for one in told]


def check_days(run: Run) -> None:
    days = run.tables["market_daily"].filter(pl.col("day") >= 0)["date"]
    told = dates_of(summary(run))
    assert told
    assert max(told) <= days.max()  # type: ignore[operator]


def check_prices(run: Run) -> None:
    """A price stands in the table of prices, unless the sentence says that it is a mean, a median or a total."""
    asked = {figures(price) for price in run.tables["prices"]["price"].drop_nulls().to_list()}
    code = currency(run)
    clauses = [part for part in re.split(r"\n|; |\. ", summary(run)) if f"{code}/Mtok" in part and "|" not in part]
    for clause in clauses:
        numbers = re.findall(rf"(\d[\d.,]*)(?= {code}/Mtok| to \d[\d.,]* {code}/Mtok)", clause)
        assert numbers
        assert "mean" in clause.lower() or set(numbers) <= asked, clause


def check_wars(run: Run) -> None:
    page, ends = summary(run), run.tables["wars"]["end_reason"].to_list()
    if "end_of_record" in ends:
        assert "after the last" not in page
        assert "after the war" not in page
        assert "war had not ended" in page
    elif ends:
        assert "had not ended" not in page
    assert "set it off" not in page


CHECKS = (check_days, check_prices, check_wars)
"""Every check, for any run."""
