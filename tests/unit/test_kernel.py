"""Time, chance, memory and money."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from scipy.stats import kstest

from pricewar.sim.errors import BooksDoNotClose
from pricewar.sim.kernel.clock import Clock, Phase, Process, next_review
from pricewar.sim.kernel.facts import Facts
from pricewar.sim.kernel.ledger import Ledger
from pricewar.sim.kernel.recorder import Recorder
from pricewar.sim.kernel.streams import Streams, counted


def test_days_count_from_the_scenarios_first_and_are_negative_before_it() -> None:
    clock = Clock(date(2024, 1, 1), -10)
    assert clock.day == -10
    assert clock.date_of(-0.5) == date(2023, 12, 31)
    assert clock.day_of(date(2024, 5, 6)) == 126


@pytest.mark.parametrize("order", ["abc", "cba", "bca"])
def test_what_waits_for_the_end_of_an_instant_comes_after_all_else_in_it(order: str) -> None:
    clock, log = Clock(date(2024, 1, 1), 0), []

    def act(name: str) -> Process:
        yield clock.at(1, Phase.REVIEWS)
        log.append(name)
        clock.process(publish())

    def publish() -> Process:
        yield clock.last_of_instant()
        log.append("published")

    for name in order:
        clock.process(act(name))
    clock.run(until=3)
    assert log[:3] == list(order)
    assert log[3:] == ["published"] * 3


def test_reviews_fall_on_five_instants_of_a_day() -> None:
    instants = {next_review(t) % 1 for t in np.linspace(5.0, 6.0, 997)}
    assert instants == {0.25, 0.375, 0.5, 0.625, 0.75}
    assert next_review(5.75) == 5.75
    assert next_review(5.76) == 6.25


def test_a_stream_belongs_to_its_name_and_an_extra_draw_moves_no_other() -> None:
    one, other = Streams(7), Streams(7)
    one("acme", "review").random(3)
    assert one("beta", "review").random() == other("beta", "review").random()
    assert one("acme", "price").random() == other("acme", "price").random()
    assert Streams(8)("beta", "review").random() != Streams(7)("beta", "review").random()


def test_names_of_the_same_letters_cut_elsewhere_have_luck_of_their_own() -> None:
    luck = Streams(7)
    assert luck("acme", "review").random() != luck("acm", "ereview").random()
    assert luck.key("acme", "review") != luck.key("acmereview")


def test_rows_are_dated_by_the_day_of_their_instant() -> None:
    clock = Clock(date(2024, 2, 28), -2)
    recorder = Recorder(clock)
    for at in (-1.5, 0.25, 2.75):
        clock.run(until=at)
        recorder.write("table", 1, price=[at])
    frame = recorder.frame("table", {"day": pl.Int32, "date": pl.Date, "time": pl.Float64, "price": pl.Float64})
    assert frame["day"].to_list() == [-2, 0, 2]
    assert frame["date"].to_list() == [date(2024, 2, 26), date(2024, 2, 28), date(2024, 3, 1)]
    assert frame["time"].to_list() == frame["price"].to_list()


def test_counted_draws_depend_on_buyer_and_number_only_and_are_uniform() -> None:
    key, who = Streams(7).key("language", "choice"), np.arange(200_000, dtype=np.uint64)
    draws = counted(key, who, np.zeros_like(who))
    some = who[1000:1010]
    assert np.array_equal(counted(key, some, np.zeros_like(some)), draws[1000:1010])
    later = counted(key, who, np.ones_like(who))
    # Kolmogorov-Smirnov at an error rate of 1e-4 for each; the square of a uniform is the control.
    assert kstest(draws, "uniform").pvalue > 1e-4
    assert kstest(later, "uniform").pvalue > 1e-4
    assert kstest(draws**2, "uniform").pvalue < 1e-4
    for one, two in ((draws[:-1], draws[1:]), (draws, later)):
        assert abs(np.corrcoef(one, two)[0, 1]) < 3.9 / np.sqrt(one.size)


def test_a_cause_lies_in_the_past_and_leads_to_a_root() -> None:
    facts = Facts()
    release = facts.add(1.0, "lab", "release", "a release")
    cut = facts.add(2.0, "acme", "cut", "a cut", release)
    answer = facts.add(3.0, "beta", "cut", "an answer", cut)
    assert [fact.fact for fact in facts.roots(answer)] == [answer, cut, release]
    with pytest.raises(ValueError, match="cannot be caused by"):
        facts.add(4.0, "beta", "cut", "from the future", 9)


def ledger() -> Ledger:
    return Ledger(Recorder(Clock(date(2024, 1, 1), 0)))


def test_what_one_account_pays_another_gets_and_the_books_close() -> None:
    books = ledger()
    books.post("buyers", "acme", "tokens", 3.0)
    books.post("acme", "utilities", "energy", 1.0)
    assert books.balance("acme") == 2.0
    assert books.balance("nobody") == 0.0
    books.close(books.sold_today(), 3.0)
    assert sum(books.balances.values()) == 0.0


def test_books_in_which_takings_are_not_tokens_times_price_do_not_close() -> None:
    books = ledger()
    books.post("buyers", "acme", "tokens", 3.0)
    with pytest.raises(BooksDoNotClose, match="miss"):
        books.close(books.sold_today(), 3.0001)


@pytest.mark.parametrize("amount", [-1.0, float("nan")])
def test_no_amount_is_negative_or_missing(amount: float) -> None:
    with pytest.raises(BooksDoNotClose, match="was to pay"):
        ledger().post("buyers", "acme", "tokens", amount)
