"""Whatever a cell says, it stays one cell of one row in every form of a table; numbers end where their error begins."""

import csv
import html
import io
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricewar.sim.pages.table import Estimate, Head, Table, heads
from pricewar.sim.text import figures

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    [
        "a|b",
        "a\\|b",
        "a\\",
        "a^b",
        "[a](b)",
        "*a*",
        "_a_",
        "a_b",
        "<b>a</b>",
        "&amp;",
        "[1]",
        "**",
        "`a|b`",
        "a\nb",
        "\x1b[31m",
    ]
)
ROWS = st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=4)


def table(rows: list[tuple[str, str, str]]) -> Table:
    return Table([Head(rows[0][0]), Head("price", "USD/Mtok"), Head("c|d^e")], rows)


def cells(line: str) -> int:
    """Cells of a row as GitHub parts them: a mark after a backslash is text, whatever stands before."""
    return len(re.sub(r"\\.", "", line).strip().strip("|").split("|"))


@given(ROWS)
def test_any_text_is_one_cell_of_markdown(rows: list[tuple[str, str, str]]) -> None:
    lines = table(rows).markdown().split("\n")
    assert len(lines) == 2 + len(rows)
    assert len(table(rows).markdown().splitlines()) == len(lines)
    assert [cells(line) for line in lines] == [3] * len(lines)
    # Renderers that part cells before they look at escapes see as many.
    assert [len(re.split(r"(?<!\\)\|", line)) for line in lines] == [5] * len(lines)


LEGAL = re.compile(
    r"\\(textbackslash|textasciitilde|textasciicircum|textless|textgreater|textbar|textquotedbl)\{\}"
    r"|\\[&%$#_{}]|\$(\\times|\\infty|-|\\to)\$|\{[\[*]\}"
)


@given(ROWS)
def test_any_text_is_one_cell_of_latex_with_legal_escapes_alone(rows: list[tuple[str, str, str]]) -> None:
    lines = table(rows).latex().split("\n")
    begin, top, *body, bottom, end = lines
    assert (begin, top, bottom, end) == (r"\begin{tabular}{lrr}", r"\toprule", r"\bottomrule", r"\end{tabular}")
    body.remove(r"\midrule")
    assert len(body) == 1 + len(rows)
    for line in body:
        assert line.endswith(r" \\")
        assert not re.match(r"\s*[\[*]", line), "it would be an argument of the row before"
        bare = LEGAL.sub("", line.removesuffix(r" \\"))
        assert bare.count("&") == 2
        assert not set(bare) & set('\\%$#_{}~^<>|"\n\r\x00')


class Parsed(HTMLParser):
    """Cells of a table, and every tag that is met."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, _: object) -> None:
        self.tags.add(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        if self.cells and data.strip("\n"):
            self.cells[-1] += data


@given(ROWS)
def test_any_text_is_one_cell_of_html_and_no_mark(rows: list[tuple[str, str, str]]) -> None:
    page = table(rows).html()
    parsed = Parsed(page)
    assert parsed.tags == {"table", "thead", "tbody", "tr", "th", "td"}
    assert len(parsed.cells) == 3 * (1 + len(rows))
    assert html.escape("<b>") in Table(heads("a"), [["<b>"]]).html()


@given(ROWS)
def test_csv_gives_any_text_back(rows: list[tuple[str, str, str]]) -> None:
    read = list(csv.reader(io.StringIO(table(rows).csv(), newline="")))
    assert read[0] == [rows[0][0], "price [USD/Mtok]", "c|d^e"]
    assert [tuple(row) for row in read[1:]] == rows


@given(ROWS)
def test_any_text_is_one_row_of_a_terminal_and_steers_nothing(rows: list[tuple[str, str, str]]) -> None:
    shown = table(rows).terminal()
    assert len(shown.split("\n")) == 1 + len(rows)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown)


def test_csv_keeps_numbers_in_full_and_an_estimate_in_three_columns() -> None:
    page = Table([Head("arm"), Head("price", "USD")], [["a", Estimate(1.23456789, 1.0, 1.5)], ["b", None]]).csv()
    assert page == "arm,price [USD],low,high\na,1.23456789,1.0,1.5\nb,,,\n"


def test_numbers_end_at_the_second_figure_of_their_error() -> None:
    assert str(Estimate(4.0, 1.524, 6.476)) == "4.0 [1.5, 6.5]"
    assert str(Estimate(0.123456, 0.1230, 0.1239, plus=True)) == "+0.12346 [+0.12300, +0.12390]"
    assert str(Estimate(123_456.0, 120_000.0, 127_000.0, runs=12)) == "123,500 [120,000, 127,000] (12)"
    assert str(Estimate(1.5, float("nan"), float("nan"))) == "1.5"
    assert str(Estimate(float("nan"), float("nan"), float("nan"), runs=0)) == "none (0)"
    assert figures(1.23456789, 1e-12) == "1.23457", "an error may be small, six figures are enough"
    assert figures(-0.001, 0.5) == "0.00"


@pytest.mark.parametrize("form", ["markdown", "latex", "html", "csv", "terminal"])
def test_a_table_without_rows_has_its_heads(form: str) -> None:
    assert "price" in getattr(Table([Head("arm"), Head("price", "USD")], []), form)()


def test_notes_stand_below() -> None:
    with_note = Table(heads("a"), [["b"]], ["50 % & more"])
    assert with_note.markdown().endswith("\n\n50 % & more")
    assert with_note.latex().endswith(r"\par{\footnotesize 50 \% \& more}")
    assert with_note.html().endswith("<p>50 % &amp; more</p>")
