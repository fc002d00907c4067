"""Figures say what they show, in units, and nothing in them collides, whatever the run."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import combinations, pairwise
from typing import Literal, TypeAlias

import matplotlib as mpl
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Annotation, Text

from pricewar.sim.errors import UserMistake
from pricewar.sim.figures.catalogue import FIGURES, draw, figure
from pricewar.sim.figures.files import rendered
from pricewar.sim.figures.market import utilisation
from pricewar.sim.figures.prices import prices, who_cut_when
from pricewar.sim.figures.questions import _by_seller
from pricewar.sim.figures.style import (
    BURN_IN_SHOWN,
    LABEL_GAP,
    Look,
    Span,
    date_axis,
    height_in_points,
    house_style,
    looks,
    looks_of_sellers,
    spread,
)
from pricewar.sim.pages.run_folder import contents
from pricewar.sim.results.run import Json, Run
from pricewar.sim.results.tables import columns

RunMaker: TypeAlias = Callable[..., Run]
Tables: TypeAlias = Mapping[str, pl.DataFrame]

RUNS = {
    "fifteen-sellers": {"sellers": 15, "wars": 1, "days": 365},
    "three-wars": {"sellers": 7, "wars": 3, "days": 500},
    "two-sellers-at-peace": {"sellers": 2, "wars": 0, "days": 365},
    "thirty-days": {"sellers": 6, "wars": 1, "days": 30},
    "large-numbers": {"sellers": 6, "wars": 1, "days": 365},
}

OVER_TIME = [name for name in FIGURES if name != "waterfall"]
"""Figures with dates on their axis."""


@pytest.fixture(params=RUNS, scope="module")
def run(request: pytest.FixtureRequest, make_run: RunMaker) -> Run:
    run = make_run(**RUNS[request.param])
    return in_large_numbers(run) if request.param == "large-numbers" else run


def in_large_numbers(run: Run) -> Run:
    """The run in a currency whose unit is worth little, with buyers who use ten thousand times as many tokens."""
    times = {"money/Mtok": 1e4, "Mtok/day": 1e4, "money/day": 1e8, "money": 1e8}
    larger = {
        name: table.with_columns(
            pl.col(column.name) * times[column.unit] for column in columns(name) if column.unit in times
        )
        for name, table in run.tables.items()
    }
    return replace(run, tables=larger)


@pytest.fixture(scope="module")
def drawn(run: Run) -> dict[str, Figure]:
    return {name: figure(run, name) for name in FIGURES}


def look_of(tables: Tables) -> dict[str, Look]:
    return looks(tables["sellers_daily"]["seller"])


def shown_axes(drawn: Figure) -> list[Axes]:
    return [axes for axes in drawn.axes if axes.get_visible()]


def texts(drawn: Figure) -> Iterator[Text]:
    """Every text that is drawn: tick labels within the axes, labels, titles, annotations, notes, keys."""
    ticks: set[Text] = set()
    for axes in shown_axes(drawn):
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
                ticks |= {tick.label1, tick.label2}
                if low <= tick.get_loc() <= high and tick.label1.get_visible() and tick.label1.get_text():
                    yield tick.label1
    hidden = {text for axes in drawn.axes if not axes.get_visible() for text in axes.findobj(Text)}
    for text in drawn.findobj(Text):
        assert isinstance(text, Text)
        if text not in ticks | hidden and text.get_visible() and text.get_text().strip():
            yield text


@pytest.mark.parametrize("name", FIGURES)
def test_no_two_texts_overlap_and_none_leaves_the_page(drawn: dict[str, Figure], name: str) -> None:
    page = drawn[name]
    with house_style():
        FigureCanvasAgg(page)
        page.draw_without_rendering()
        boxes = [(t.get_text(), t.get_window_extent()) for t in texts(page)]
        width, height = page.bbox.width, page.bbox.height
        assert len(boxes) > 5
        for text, box in boxes:
            inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= width + 1 and box.y1 <= height + 1
            assert inside, f"{text!r} leaves the page"
        for (one, box), (other, second) in combinations(boxes, 2):
            across = min(box.x1, second.x1) - max(box.x0, second.x0)
            along = min(box.y1, second.y1) - max(box.y0, second.y0)
            # Boxes include the room of letters' tails, so touching boxes are not touching letters.
            assert across < 1 or along < 3, f"{one!r} and {other!r} overlap"


def test_names_of_wars_that_follow_at_once_stand_side_by_side(make_run: RunMaker) -> None:
    tables = make_run(**RUNS["three-wars"]).tables
    wars = tables["wars"].with_columns(start_time=3.0 * pl.col("war"), end_time=3.0 * pl.col("war") + 2)
    panel = shown_axes(who_cut_when({**tables, "wars": wars}, look_of(tables)))[0]
    named = [text for text in panel.texts if text.get_text() in ("burn-in", "war 1", "war 2", "war 3")]
    boxes = sorted([float(edge) for edge in text.get_window_extent().extents] for text in named)
    assert len(boxes) == 4
    assert all(one[2] < other[0] for one, other in pairwise(boxes))


def test_a_line_that_moves_by_rounding_alone_is_drawn_flat(make_run: RunMaker) -> None:
    run = make_run(**RUNS["thirty-days"])
    wobble = 3.0 + 1e-13 * (pl.col("day") % 3)
    offers = run.tables["offers_daily"].with_columns(capability=wobble)
    top = shown_axes(figure(replace(run, tables={**run.tables, "offers_daily": offers}), "quality_per_dollar"))[0]
    low, high = top.get_ylim()
    assert (low, high) == pytest.approx((2.85, 3.15))
    assert top.yaxis.get_major_formatter().get_offset() == ""


@pytest.mark.parametrize("name", FIGURES)
def test_letters_are_at_least_eight_points_and_pages_seven_inches_wide(drawn: dict[str, Figure], name: str) -> None:
    assert min(float(text.get_fontsize()) for text in texts(drawn[name])) >= 8.0
    assert drawn[name].get_figwidth() == 7.0


@pytest.mark.parametrize("name", OVER_TIME)
def test_every_quantity_on_an_axis_carries_its_unit(drawn: dict[str, Figure], name: str) -> None:
    page = drawn[name]
    labels = {axes.get_ylabel() for axes in shown_axes(page)} | {text.get_text() for text in page.texts}
    labels |= {page.get_supylabel()}
    quantities = {label for label in labels if label and label != "seller"}
    assert any(axes.get_xlabel() == "date" for axes in shown_axes(page))
    if name == "who_cut_when":
        assert "seller" in labels
    else:
        unit = r"\[(1|share.*|CNY/Mtok|Mtok/day|nat|day|(billion |million |thousand )?CNY(/day)?)\]"
        assert any(re.search(unit, label) for label in quantities)
        assert all("[" in axes.get_ylabel() for axes in shown_axes(page) if axes.get_ylabel())


@pytest.mark.parametrize("name", OVER_TIME)
def test_at_most_sixty_days_of_the_burn_in_are_shown(drawn: dict[str, Figure], run: Run, name: str) -> None:
    start = run.tables["market_daily"].filter(pl.col("day") == 0)["date"].cast(pl.Int32)[0]
    for axes in shown_axes(drawn[name]):
        assert start - BURN_IN_SHOWN <= axes.get_xlim()[0] < axes.get_xlim()[1]


def test_the_waterfall_leads_from_the_first_price_to_the_last(run: Run, drawn: dict[str, Figure]) -> None:
    panels = shown_axes(drawn["waterfall"])
    assert len(panels) == 1 + bool(run.tables["wars"].height)
    assert panels[-1].get_xlabel() == "list price, weighted by tokens [CNY/Mtok]"
    for axes in panels:
        first, *effects, last = [(float(bar.get_x()), float(bar.get_width())) for bar in bars(axes)]
        assert len(effects) == 8
        assert first[0] == last[0] == 0.0
        assert first[1] + sum(width for _, width in effects) == pytest.approx(last[1], rel=1e-12)
        for (x, width), (nx, _) in pairwise([(0.0, first[1]), *effects]):
            assert nx == pytest.approx(x + width, abs=1e-12)


def bars(axes: Axes) -> list[Rectangle]:
    return [patch for patch in axes.patches if isinstance(patch, Rectangle)]


def test_each_war_is_named_once_on_the_first_panel_of_the_raster(run: Run, drawn: dict[str, Figure]) -> None:
    first = shown_axes(drawn["who_cut_when"])[0]
    named = [text.get_text() for text in first.texts if text.get_text().startswith("war ")]
    assert named == [f"war {war}" for war in run.tables["wars"]["war"]]


def test_the_raster_has_a_mark_a_move(make_run: RunMaker) -> None:
    run = make_run()
    moves = run.tables["prices"].filter(
        (pl.col("time") >= -BURN_IN_SHOWN) & pl.col("kind").is_in(["cut", "rise", "launch"])
    )
    panel = shown_axes(who_cut_when(run.tables, look_of(run.tables)))[0]
    marks = [c for c in panel.collections if isinstance(c, PathCollection)]
    assert sum(len(np.asarray(mark.get_offsets())) for mark in marks) == moves.height


def test_sellers_stand_in_the_order_of_their_first_cuts_in_the_war(make_run: RunMaker) -> None:
    panel = shown_axes(figure(make_run(), "who_cut_when"))[0]
    rows = [label.get_text() for label in panel.get_yticklabels()]
    assert rows[:6] == ["zhipu", "bytedance", "alibaba", "baidu", "tencent", "iflytek"]


def test_free_offers_are_drawn_at_a_stated_price(make_run: RunMaker) -> None:
    page = prices(make_run().tables, look_of(make_run().tables), currency="CNY", free_at=0.02)
    small = shown_axes(page)[-1]
    page.draw_without_rendering()
    heights = {float(y) for line in small.lines for y in np.asarray(line.get_ydata()) if y == y and y > 0}
    assert 0.02 in heights
    assert "free" in [label.get_text() for label in small.get_yticklabels()]
    assert any("Free offers are drawn at 0.02 CNY/Mtok" in text.get_text() for text in page.texts)


def test_where_nothing_is_free_no_axis_says_so(make_run: RunMaker) -> None:
    page = figure(make_run(**RUNS["two-sellers-at-peace"]), "prices")
    page.draw_without_rendering()
    assert not any("free" in text.get_text().lower() for text in texts(page))


def test_the_cause_of_a_war_is_named_with_its_date(make_run: RunMaker) -> None:
    page = figure(make_run(), "prices")
    notes = " ".join(text.get_text() for text in page.texts)
    assert "War 1, dotted line: 30 Apr 2024, deepseek releases the weights of V2." in notes


def test_the_target_is_drawn_in_every_panel_and_hosts_without_limit_have_none(make_run: RunMaker) -> None:
    panels = shown_axes(utilisation(make_run().tables, look_of(make_run().tables), target=0.75))
    assert {panel.get_title(loc="left") for panel in panels} & {"siliconflow", "host-1-deepseek-v2"} == set()
    assert len(panels) == 13
    assert all([0.75, 0.75] in [np.asarray(line.get_ydata()).tolist() for line in panel.lines] for panel in panels)


def test_what_buyers_host_for_themselves_is_no_list_price(make_run: RunMaker) -> None:
    tables = make_run(**RUNS["thirty-days"]).tables
    role = pl.when(pl.col("seller") == "baidu").then(pl.lit("buyers")).otherwise(pl.col("role"))
    tables = {**tables, "sellers_daily": tables["sellers_daily"].with_columns(role=role)}
    for page in (prices(tables, look_of(tables), currency="CNY"), who_cut_when(tables, look_of(tables))):
        written = {text.get_text() for text in texts(page)}
        assert "alibaba" in written
        assert "baidu" not in written


def test_the_target_is_that_of_the_scenario(make_run: RunMaker) -> None:
    page = figure(make_run(**RUNS["thirty-days"]), "utilisation")
    assert "target (80%)" in [text.get_text() for text in texts(page)]


@pytest.mark.parametrize("kind", ["png", "pdf"])
def test_the_same_tables_give_the_same_bytes_whatever_the_reader_has_set(
    make_run: RunMaker, kind: Literal["png", "pdf"]
) -> None:
    run = make_run(**RUNS["thirty-days"])
    one = rendered(figure(run, "shares"), kind)
    with mpl.rc_context({"font.size": 14, "axes.facecolor": "red", "pdf.fonttype": 3}):
        other = rendered(figure(run, "shares"), kind)
    assert one == other
    assert b"CreationDate" not in one


def test_drawing_starts_no_window_system() -> None:
    code = (
        "import sys, pricewar.sim.figures.catalogue, pricewar.sim.pages.run_page, pricewar.sim.results.tables\n"
        "assert not {'matplotlib', 'polars'} & set(sys.modules)\n"
        "from pricewar.sim.figures.style import page, house_style\n"
        "with house_style(): page(2.0)\n"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_an_unknown_figure_is_refused_before_any_is_drawn(
    make_run: RunMaker, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("drawn") / "figures"
    with pytest.raises(UserMistake, match="no figure called 'price'; did you mean 'prices'"):
        draw(contents(make_run(**RUNS["thirty-days"])).figures, folder, ["adoption", "price"])
    assert not folder.exists()


SELLERS_IN = ("prices", "who_cut_when", "utilisation", "shares", "margins", "profits_and_runway")
"""Figures that tell sellers apart."""


def colours_in(drawn: Figure, sellers: Sequence[str]) -> Iterator[tuple[str, str, str | None]]:
    """Each seller's colour, and its marker where it has one, wherever a figure names it."""
    for axes in shown_axes(drawn):
        markers = {tuple(np.asarray(line.get_xydata()).ravel()): line for line in axes.lines}
        for text in axes.texts:
            if text.get_text() in sellers and isinstance(text, Annotation):
                line = markers[tuple(map(float, text.xy))]
                yield text.get_text(), to_hex(str(line.get_color())), str(line.get_marker())
        if (seller := axes.get_title(loc="left")) in sellers:
            (line,) = (line for line in axes.lines if line.get_marker() != "None")
            yield seller, to_hex(str(line.get_color())), str(line.get_marker())
        rows = [label.get_text() for label in shown_axes(drawn)[0].get_yticklabels()]
        for marks in axes.collections:
            if isinstance(marks, PathCollection) and rows[0] in sellers and len(np.asarray(marks.get_offsets())):
                face, edge = np.asarray(marks.get_facecolor()), np.asarray(marks.get_edgecolor())
                own = edge if to_hex(face[0]) == "#ffffff" else face
                for (_, row), colour in zip(np.asarray(marks.get_offsets()), own, strict=True):
                    yield rows[int(row)], to_hex(colour), None


def test_a_seller_has_one_colour_and_one_marker_in_every_figure(run: Run, drawn: dict[str, Figure]) -> None:
    wanted = looks_of_sellers(run.scenario, run.tables["sellers_daily"]["seller"])
    for name, page in drawn.items():
        shown = list(colours_in(page, list(wanted)))
        assert bool(shown) == (name in SELLERS_IN), name
        for seller, colour, marker in shown:
            assert colour == wanted[seller].colour.lower(), (name, seller)
            assert marker in (wanted[seller].marker, None), (name, seller)


def test_hosts_who_come_and_sellers_who_are_left_out_change_no_look() -> None:
    scenario: Mapping[str, Json] = {"sellers": {"west": {}, "east": {}, "north": {}}}
    alone = looks_of_sellers(scenario)
    assert list(alone) == ["east", "north", "west"]
    assert looks_of_sellers(scenario, ["west"]) == alone
    with_hosts = looks_of_sellers(scenario, ["host-1", "east", "a-host"])
    assert {name: with_hosts[name] for name in alone} == alone
    assert len(set(with_hosts.values())) == 5


@pytest.mark.parametrize("name", FIGURES)
def test_names_stand_where_their_lines_end(drawn: dict[str, Figure], name: str) -> None:
    """As near as labels that need room beside one another can."""
    for axes in shown_axes(drawn[name]):
        leads = [text for text in axes.texts if isinstance(text, Annotation) and not text.get_text()]
        height = height_in_points(axes)
        for lead in leads:
            end = axes.transAxes.inverted().transform(axes.transData.transform(lead.xy))[1]
            assert abs(end - lead.xyann[1]) * height <= LABEL_GAP * (len(axes.texts) + 1)


def test_sellers_differ_without_colour() -> None:
    many = looks([f"seller{i:02}" for i in range(28)])
    assert len({(look.dash, look.marker) for look in many.values()}) == 28
    neighbours = list(many.values())
    assert all(one.dash != other.dash for one, other in pairwise(neighbours))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 100), max_size=12))
def test_spread_labels_stand_apart_within_bounds_and_in_order(wanted: list[float]) -> None:
    places = spread(wanted, 5.0, 0.0, 100.0)
    assert all(-1e-9 <= place <= 100 + 1e-9 for place in places)
    assert all(b - a >= 5.0 - 1e-9 for a, b in pairwise(sorted(places)))
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    assert [places[i] for i in order] == sorted(places)


def test_places_that_are_apart_stay() -> None:
    assert spread([10.0, 40.0, 90.0], 5.0, 0.0, 100.0) == [10.0, 40.0, 90.0]


def test_a_span_starts_in_the_burn_in_and_ends_on_the_last_day() -> None:
    daily = pl.DataFrame({"day": [-90, 0, 9]}, schema={"day": pl.Int32}).with_columns(
        date=pl.date(2024, 3, 1) + pl.duration(days=pl.col("day"))
    )
    span = Span.of(daily)
    assert (span.start - span.first, span.last - span.start) == (9.0, 9.0)


def test_wars_that_begin_together_are_named_together(make_run: RunMaker) -> None:
    tables = make_run(**RUNS["three-wars"]).tables
    together = {**tables, "wars": tables["wars"].with_columns(start_time=3.0)}
    panel = shown_axes(who_cut_when(together, look_of(tables)))[0]
    assert [text.get_text() for text in panel.texts if text.get_text().startswith("war")] == ["wars 1, 2, 3"]


def test_where_cash_lasts_a_note_stands_for_the_runway(make_run: RunMaker) -> None:
    """The made-up sellers lose nothing; then one loses a tenth of its cash a day."""
    run = make_run(**RUNS["thirty-days"])
    page = figure(run, "profits_and_runway")
    assert len(shown_axes(page)) == 1
    assert any("no cloud or lab had cash for less than 10 years" in text.get_text() for text in page.texts)
    loss = run.tables["ledger"].with_columns(payer=pl.lit("zhipu"), payee=pl.lit("x"), amount=pl.lit(1e5))
    poorer = replace(run, tables={**run.tables, "ledger": loss})
    panels = shown_axes(figure(poorer, "profits_and_runway"))
    assert [panel.get_ylabel() for panel in panels][1] == "runway [day]"
    assert len(panels) == 2


def test_a_panel_in_which_every_line_ends_early_is_not_said_to_be_empty() -> None:
    days = pl.DataFrame({"date": [date(2024, 1, 1), date(2024, 1, 2)], "seller": ["ada"] * 2, "runway": [9.0, 8.0]})
    page = Figure()
    with house_style():
        axes = page.subplots()
        span = Span(*[float((date(2024, 1, day) - date(1970, 1, 1)).days) for day in (1, 1, 31)])
        date_axis(axes, span)
        _by_seller(axes, days, "runway", ["ada"], looks(["ada"]), span)
    assert [text.get_text() for text in axes.texts] == ["ada"]


def test_applications_have_a_panel_where_they_spread(make_run: RunMaker) -> None:
    run = make_run(**RUNS["thirty-days"])
    segments = run.tables["segments_daily"].with_columns(applications=pl.lit(2.0), ceiling=pl.lit(8.0))
    spread_out = shown_axes(figure(replace(run, tables={**run.tables, "segments_daily": segments}), "saturation"))
    assert spread_out[0].get_ylabel() == "applications [share of ceiling]"
    assert len(spread_out) == 2
    flat = segments.with_columns(applications=pl.lit(1.0), ceiling=pl.lit(1.0))
    alone = figure(replace(run, tables={**run.tables, "segments_daily": flat}), "saturation")
    assert len(shown_axes(alone)) == 1
    assert any("do not spread" in text.get_text() for text in alone.texts)
