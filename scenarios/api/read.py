"""Verbs that read finished runs: their wars, what they mean, why prices fell, and how two of them differ."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, overload

import polars as pl

from pricewar.scenarios.config.names import suggestion
from pricewar.sim.analysis.questions.base import Question
from pricewar.sim.analysis.questions.registry import QUESTIONS
from pricewar.sim.analysis.wars.family_tree import Family, Step, family_of, line_of
from pricewar.sim.analysis.wars.settings import DetectorSettings
from pricewar.sim.errors import UserMistake
from pricewar.sim.figures.files import Drawn
from pricewar.sim.pages.family_tree import overview, tree, way_back
from pricewar.sim.pages.run_folder import open_run
from pricewar.sim.pages.war_story import of_the_bill
from pricewar.sim.pages.war_story import on as on_day
from pricewar.sim.results.run import Run, currency
from pricewar.sim.text import counted, day_month_year, names_of_tiers, percent
from pricewar.sim.text import figures as rounded


def opened(run: Run | Path | str) -> Run:
    """Return a run, read from its folder if it is not one already. Raises ResultMistake."""
    return run if isinstance(run, Run) else open_run(run)


def is_a_record(path: Path) -> bool:
    """Whether a path names recorded prices, not the folder of a run."""
    return path.is_file() or path.suffix == ".csv"


def wars(run: Run | Path | str, links: Path | str | None = None) -> pl.DataFrame:
    """List the price wars of a run, or of recorded prices: a row a war.

    run: a Run, the folder of a finished one, or a CSV file of recorded prices. links: of recorded prices, a CSV file
    that says which model replaces which; proposed if not given (see `scenarios.record.prices.read_record`).
    Raises ResultMistake for a folder that is no run, and UserMistake with every wrong row of a file.
    """
    if isinstance(run, Run) or not is_a_record(Path(run)):
        if links is not None:
            raise UserMistake(
                "links go with recorded prices, as in: wars FILE.csv --links FILE; leave them out for a run"
            )
        return opened(run).tables["wars"]
    from pricewar.scenarios.record.prices import read_record
    from pricewar.sim.analysis.wars.detector import find_wars, wars_table

    return wars_table(find_wars(read_record(Path(run), Path(links) if links is not None else None).moves))


@dataclass(frozen=True)
class Answer:
    """What a run answers to a question."""

    name: str
    asked: Question = field(repr=False)
    run: Run = field(repr=False)

    @property
    def question(self) -> str:
        """The question in words."""
        return self.asked.words

    @property
    def figure(self) -> str | None:
        """Name of the figure that shows the answer, if one does."""
        return self.asked.figure

    @property
    def units(self) -> dict[str, str]:
        """Unit of each column of the table, in the run's money."""
        return {name: unit.replace("money", currency(self.run)) for name, unit in self.asked.units.items()}

    @cached_property
    def sentence(self) -> str:
        """The answer in one sentence, or what it cannot be told for want of."""
        return self.asked.sentence(self.run.tables, currency(self.run))

    @cached_property
    def table(self) -> pl.DataFrame:
        """The whole answer."""
        return self.asked.table(self.run.tables)


@overload
def ask(run: Run | Path | str) -> list[Answer]: ...


@overload
def ask(run: Run | Path | str, question: str) -> Answer: ...


def ask(run: Run | Path | str, question: str = "") -> Answer | list[Answer]:
    """Ask what a run means: quality, welfare, profits, ...; without a question, all of them.

    run: a Run, or the folder of a finished one. question: its name, such as "welfare".
    Returns the answer: a sentence, a table and its units. Raises UserMistake for a question that there is not.
    """
    if question and question not in QUESTIONS:
        raise UserMistake(f"no question called '{question}'; {suggestion(question, list(QUESTIONS))}")
    of = opened(run)
    return Answer(question, QUESTIONS[question], of) if question else [Answer(n, q, of) for n, q in QUESTIONS.items()]


@dataclass(frozen=True)
class Causes:
    """Why a war broke out, or why a price is what it is: the causes, back to the roots."""

    subject: Mapping[str, Any]
    """Of a war its number, tier, start and end; of a price its seller, tier and day, the price and since when."""
    family: Family
    """Every step, each after its cause."""
    run: Run = field(repr=False)
    row: dict[str, object] = field(repr=False)
    """Of the table of wars, or of prices."""
    heading: str = field(repr=False)

    @property
    def is_of_a_war(self) -> bool:
        """Whether it tells of a war, not of one price."""
        return "war" in self.subject

    def text(self, everything: bool = False) -> str:
        """Tell it as lines for a terminal; everything: leave nothing out."""
        family = self.family
        lines = [*overview(family), "", *tree(family, everything)] if self.is_of_a_war else way_back(family, everything)
        return "\n".join([self.heading, *lines])

    def as_dict(self) -> dict[str, Any]:
        """Return subject, roots (of a war) and steps, for JSON."""
        roots = [{"step": root, "cuts": cuts} for root, cuts in self.family.counted().items()]
        steps = [_plain(step) for step in self.family.steps]
        return {**self.subject, **({"roots": roots} if self.is_of_a_war else {}), "steps": steps}

    def draw(self, file: Path | str) -> Path:
        """Draw the tree of a war into a PNG or a PDF. Raises UserMistake where it cannot be written."""
        from pricewar.sim.figures.family_tree import family_tree
        from pricewar.sim.figures.files import rendered

        if not self.is_of_a_war:
            raise UserMistake("only the tree of a war is drawn; ask why without a price")
        path = Path(file)
        drawn = family_tree(self.family, self.row, self.run.tables["market_daily"])
        try:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(rendered(drawn, "pdf" if path.suffix == ".pdf" else "png"))
        except OSError as error:
            raise UserMistake(f"{path} cannot be written ({error.strerror}); name another file") from error
        return path

    def __str__(self) -> str:
        """Tell it in short."""
        return self.text()


def why(
    run: Run | Path | str, war: int | None = None, *, price: str | None = None, on: date | None = None
) -> Causes | None:
    """Say why a war broke out, or why a price fell: causes, back to the roots.

    run: a Run, or the folder of a finished one. war: its number; the deepest if not given. price: "seller/tier", to
    tell one price instead, on a day (the last if not given).
    Returns the causes, which print as text; None where the run has no war. Raises UserMistake.
    """
    if price is None and on is not None:
        raise UserMistake("--on goes with --price, as in: why RUN --price SELLER/TIER --on DATE")
    if price is not None and war is not None:
        raise UserMistake("--price tells one price; leave WAR and --figure out")
    of = opened(run)
    if price is not None:
        return _why_price(of, price, on)
    row = _war(of, war)
    if row is None:
        return None
    subject = {"war": row["war"], "tier": row["tier"], "start": row["start_date"], "end": row["end_date"]}
    settings = of.scenario.get("detector")
    family = family_of(of.tables, row, DetectorSettings(**settings) if isinstance(settings, dict) else None)
    heading = (
        f"War {row['war']}, {names_of_tiers(row['tier'])}, {on_day(row['start_date'])} to {on_day(row['end_date'])}, "
        f"{of_the_bill(row['depth'])}; prices in {currency(of)}/Mtok."
    )
    return Causes(subject, family, of, row, heading)


def _war(run: Run, number: int | None) -> dict[str, Any] | None:
    """Row of the war that is asked for, the deepest if none is; None if there is no war at all."""
    rows = run.tables["wars"].sort("war").to_dicts()
    if number is None:
        return max(rows, key=lambda row: (row["depth"], -row["war"]), default=None)
    row = next((row for row in rows if row["war"] == number), None)
    if row is None:
        there = f"wars 1 to {len(rows)}" if len(rows) > 1 else "war 1 only" if rows else "none"
        raise UserMistake(f"no war {number} in this run; it has {there}")
    return row


def _plain(step: Step) -> dict[str, Any]:
    """Make a step plain for JSON, its moves with their changes."""
    moves = [asdict(move) | {"change": move.change} for move in step.moves]
    return asdict(step) | {"moves": moves, "origin": step.origin if step.parent is None else None}


def _why_price(run: Run, price: str, day: date | None) -> Causes:
    history, day = _history(run, price, day)
    first, row, moves = history[0], history[-1], len(history) - 1
    gone = row["kind"] == "withdrawn"
    stood = "was off sale" if gone else f"stood at {rounded(row['price'])} {currency(run)}/Mtok"
    heading = f"{price} {stood} on {day_month_year(day)}, since {day_month_year(row['date'])}"
    if moves and first["price"] > 0 and not gone:
        change = row["price"] / first["price"] - 1
        word = "down" if change < 0 else "up"
        heading += f": {word} {percent(abs(change))} from {rounded(first['price'])} on {day_month_year(first['date'])}"
        heading += f", in {counted(moves, 'move')}" + ("; the last one" if moves > 1 else "")
    subject = {
        "seller": row["seller"], "tier": row["tier"], "on": day, "price": row["price"], "since": row["date"],
    }  # fmt: skip
    return Causes(subject, line_of(run.tables, row["fact"]), run, row, f"{heading}:")


def _history(run: Run, price: str, day: date | None) -> tuple[list[dict[str, Any]], date]:
    """Moves of one price up to a day, and the day. Raises UserMistake where there is none."""
    moves, days = run.tables["prices"].sort("time", "fact"), run.tables["market_daily"].sort("day")["date"]
    names = {f"{seller}/{tier}" for seller, tier in moves.select("seller", "tier").unique().iter_rows()}
    if price not in names:
        raise UserMistake(f"no price called '{price}'; {suggestion(price, sorted(names))}")
    first, last = days[0], days[-1]
    day = day or last
    if not first <= day <= last:
        raise UserMistake(f"the run has no {day_month_year(day)}: it goes from {day_month_year(first)} to "
                          f"{day_month_year(last)}")  # fmt: skip
    seller, _, tier = price.rpartition("/")
    of_it = moves.filter((pl.col("seller") == seller) & (pl.col("tier") == tier))
    until = of_it.filter(pl.col("date") <= day)
    if until.is_empty():
        begun = day_month_year(of_it["date"][0])
        raise UserMistake(f"{price} was not on sale on {day_month_year(day)}; it came on {begun}")
    return until.to_dicts(), day


def plot(folder: Path | str, figure: Sequence[str] = (), out: Path | str | None = None) -> Drawn:
    """Draw the figures of a run, a study or a forced price, as PNG and PDF.

    folder: of results. figure: names of those to be drawn; all if none is named. out: folder for them; figures/ in the
    results' own if not given.
    Returns the files, and which figures failed and why. Raises UserMistake.
    """
    from pricewar.scenarios.studies.pages.folders import open_results
    from pricewar.sim.figures.catalogue import draw

    figures = open_results(folder).figures
    if not figures:
        raise UserMistake(f"{folder} has nothing to draw yet; give the command that made it again, to its end")
    return draw(figures, Path(out) if out is not None else Path(folder) / "figures", tuple(figure) or None)
