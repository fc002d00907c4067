"""Verbs that read a finished run: wars lists its price wars, plot draws its figures again."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pricewar.scenarios.cli import options
from pricewar.scenarios.cli.options import SOME_FAILED
from pricewar.scenarios.cli.screen import print_json, print_table, say

if TYPE_CHECKING:
    import polars as pl

    from pricewar.sim.analysis.wars.family_tree import Family, Step
    from pricewar.sim.results.run import Run


COLUMNS = (
    "tier",
    "start_date",
    "end_date",
    "begun_by",
    "depth",
    "n_sellers",
    "n_cuts",
    "share_answering",
    "median_lag",
    "class",
)
"""What `wars` prints for people; programs get every column."""

folder_of_a_run = click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))


@click.command(short_help="List the price wars of a run.")
@folder_of_a_run
@options.as_json
def wars(folder: Path, as_json: bool) -> None:
    """List the price wars of RUN, the folder of a finished run.

    \b
    Examples:
      pricewar wars outputs/china-2024-seed1
      pricewar wars outputs/china-2024-seed1 --json
    """
    from pricewar.sim.pages.run_folder import open_run
    from pricewar.sim.results.tables import columns

    found = open_run(folder).tables["wars"]
    if as_json:
        print_json(found.to_dicts())
    elif found.is_empty():
        say("No price war: no run of cuts met the definition.")
    else:
        units = {column.name: column.unit for column in columns("wars")}
        heads = [f"{name} [{units[name]}]" if units[name] else name for name in COLUMNS]
        print_table(heads, found.select(COLUMNS).rows())


@click.command(short_help="Draw the figures of a run, a study or a shock again.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--figure", "-f", "names", multiple=True, metavar="NAME", help="Draw only this one; repeatable.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Where to; DIR/figures if not given.")
def plot(folder: Path, names: tuple[str, ...], out: Path | None) -> None:
    """Draw the figures of the results in DIR again, as PNG and PDF: of a run, a study or a shock.

    \b
    Examples:
      pricewar plot outputs/china-2024-seed1
      pricewar plot outputs/china-2024-compare-price-floor
      pricewar plot outputs/china-2024-seed1 --figure prices --out paper
    """
    from pricewar.scenarios.studies.pages.folders import open_results
    from pricewar.sim.errors import UserMistake
    from pricewar.sim.figures.catalogue import draw

    figures = open_results(folder).figures
    if not figures:
        raise UserMistake(f"{folder} has nothing to draw yet; give the command that made it again, to its end")
    drawn = draw(figures, out or folder / "figures", names or None)
    for file in drawn.files:
        click.echo(file)
    if drawn.failed:
        click.get_current_context().exit(SOME_FAILED)


MOST = 40
"""Rows that a terminal is shown; files and programs get all."""


@click.command(short_help="Ask what a run means: quality, welfare, profits, ...")
@folder_of_a_run
@click.argument("question", default="")
@click.option("--csv", metavar="FILE", help="Write the whole answer as CSV; - for standard output.")
@options.as_json
def ask(folder: Path, question: str, csv: str | None, as_json: bool) -> None:
    """Ask RUN, the folder of a finished run, a QUESTION; without one, list them all with short answers.

    A terminal is shown a few days: the first, around wars, the last. --json and --csv give every row; in JSON null
    stands for what is not known or has no bound. A file that exists stays as it is.

    \b
    Examples:
      pricewar ask outputs/china-2024-seed1
      pricewar ask outputs/china-2024-seed1 welfare
      pricewar ask outputs/china-2024-seed1 profits --csv profits.csv
    """
    from pricewar.scenarios.config.names import suggestion
    from pricewar.sim.analysis.questions.registry import QUESTIONS
    from pricewar.sim.errors import UserMistake
    from pricewar.sim.pages.run_folder import open_run
    from pricewar.sim.results.run import currency

    if question and question not in QUESTIONS:
        raise UserMistake(f"no question called '{question}'; {suggestion(question, list(QUESTIONS))}")
    if csv is not None and (as_json or not question):
        raise UserMistake("--csv takes the answer to one question, without --json; name one, as in: ask RUN welfare")
    run = open_run(folder)
    code = currency(run)
    if not question:
        _list(run.tables, code, as_json)
        return
    asked = QUESTIONS[question]
    answer, sentence = asked.table(run.tables), asked.sentence(run.tables, code)
    units = {name: unit.replace("money", code) for name, unit in asked.units.items()}
    if as_json:
        rows = answer.to_dicts() if answer.is_empty() else _finite(answer).to_dicts()
        print_json({"name": question, "question": asked.words, "answer": sentence, "units": units, "rows": rows})
    elif csv is not None:
        _write(answer, csv)
    else:
        say(f"{asked.words}\n{sentence}")
        shown = in_short(answer, run.tables["wars"])
        print_table([f"{name} [{unit}]" if unit else name for name, unit in units.items()], shown.rows())
        if shown.height < answer.height:
            say(f"{shown.height} of {answer.height} rows; --csv FILE or --json gives all.")


def _list(tables: "Mapping[str, pl.DataFrame]", code: str, as_json: bool) -> None:
    from pricewar.sim.analysis.questions.registry import QUESTIONS

    answers = [(name, one, one.sentence(tables, code)) for name, one in QUESTIONS.items()]
    if as_json:
        print_json(
            [{"name": name, "question": one.words, "answer": said, "figure": one.figure} for name, one, said in answers]
        )
        return
    for name, one, said in answers:
        click.echo(f"{name}: {one.words}\n  {said}")


def _write(answer: "pl.DataFrame", file: str) -> None:
    from pricewar.scenarios.config.explain import write_new

    text = answer.write_csv()
    if file == "-":
        click.echo(text, nl=False)
        return
    write_new(Path(file), text)
    say(f"Wrote {answer.height} rows to {file}.")


def _finite(answer: "pl.DataFrame") -> "pl.DataFrame":
    """JSON has no infinities."""
    import polars as pl

    numbers = pl.selectors.float()
    return answer.with_columns(pl.when(numbers.is_finite()).then(numbers))


def in_short(answer: "pl.DataFrame", wars: "pl.DataFrame") -> "pl.DataFrame":
    """Rows of the first day, of the days around wars and of the last day; only the ends where that is too much."""
    import polars as pl

    begun = answer.filter(pl.col("day") >= 0)
    if begun.height <= MOST:
        return begun
    days = begun["day"]
    low, high = int(str(days.min())), int(str(days.max()))
    edges = [
        edge for start, end in wars.select("start_time", "end_time").iter_rows() for edge in (start - 1, end or high)
    ]
    wanted = sorted({low, high, *(min(max(int(edge), low), high) for edge in edges)})
    shown = begun.filter(pl.col("day").is_in(wanted))
    if shown.height > MOST:
        shown = begun.filter(pl.col("day").is_in([low, high]))
    return shown if shown.height <= MOST else pl.concat([shown.head(MOST // 2), shown.tail(MOST // 2)])


BESIDE = "beside the run's other figures"


@click.command(short_help="Say why a war broke out, or why a price fell: causes, back to the roots.")
@folder_of_a_run
@click.argument("war", type=click.IntRange(min=1), required=False)
@click.option("--price", metavar="SELLER/TIER", help="Tell why this price is what it is instead.")
@click.option(
    "--on", "day", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="On which day; the last by default."
)
@click.option("--all", "everything", is_flag=True, help="Leave nothing out.")
@click.option(
    "--figure", is_flag=False, flag_value=BESIDE, metavar="[FILE.png|pdf]",
    help="Draw the tree too; without FILE into RUN/figures.",
)  # fmt: skip
@options.as_json
def why(
    folder: Path, war: int | None, price: str | None, day: datetime | None, everything: bool, figure: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Tell the family tree of causes of a WAR in RUN, the folder of a finished run: its roots, every answer, every lag.

    WAR is a number from `pricewar wars`; without one it is the deepest. With --price, tell one price instead: the move
    in force on a day, what it answered, and so on back to the root. --json gives every step.

    \b
    Examples:
      pricewar why outputs/china-2024-seed1
      pricewar why outputs/china-2024-seed1 2 --figure war.pdf
      pricewar why outputs/china-2024-seed1 --price baidu/cheap --on 2024-06-01
    """  # fmt: skip
    from pricewar.sim.errors import UserMistake
    from pricewar.sim.pages.run_folder import open_run

    if price is None and day is not None:
        raise UserMistake("--on goes with --price, as in: why RUN --price SELLER/TIER --on DATE")
    if price is not None and (war is not None or figure is not None):
        raise UserMistake("--price tells one price; leave WAR and --figure out")
    run = open_run(folder)
    if price is not None:
        _tell_price(run, price, day.date() if day else None, everything, as_json)
        return
    told = _chosen(run, war)
    if told is None:
        if as_json:
            print_json({"war": None, "roots": [], "steps": []})
        say("No price war: no run of cuts met the definition. --price SELLER/TIER tells the causes of one price.")
        return
    file = _file_for(figure, folder, told["war"]) if figure is not None else None
    _tell_war(run, told, everything, as_json)
    if file:
        _draw(run, told, file)
        say(f"Figure: {file}")


def _chosen(run: "Run", number: int | None) -> dict[str, Any] | None:
    """Row of the war that is asked for, the deepest if none is; None if there is no war at all."""
    from pricewar.sim.errors import UserMistake

    rows = run.tables["wars"].sort("war").to_dicts()
    if number is None:
        return max(rows, key=lambda row: (row["depth"], -row["war"]), default=None)
    found = next((row for row in rows if row["war"] == number), None)
    if found is None:
        there = f"wars 1 to {len(rows)}" if len(rows) > 1 else "war 1 only" if rows else "none"
        raise UserMistake(f"no war {number} in this run; it has {there}")
    return found


def _family(run: "Run", war: Mapping[str, Any]) -> "Family":
    from pricewar.sim.analysis.wars.family_tree import family_of
    from pricewar.sim.analysis.wars.settings import DetectorSettings

    said = run.scenario.get("detector")
    return family_of(run.tables, war, DetectorSettings(**said) if isinstance(said, dict) else None)


def _tell_war(run: "Run", war: Mapping[str, Any], everything: bool, as_json: bool) -> None:
    from pricewar.sim.pages.family_tree import LEGEND, overview, tree
    from pricewar.sim.pages.war_story import on
    from pricewar.sim.results.run import currency

    family = _family(run, war)
    if as_json:
        roots = [{"step": root, "cuts": cuts} for root, cuts in family.counted().items()]
        print_json(
            {"war": war["war"], "tier": war["tier"], "start": war["start_date"], "end": war["end_date"],
             "roots": roots, "steps": [_plain(step) for step in family.steps]}
        )  # fmt: skip
        return
    length = f"{on(war['start_date'])} to {on(war['end_date'])}"
    click.echo(
        f"War {war['war']}, {war['tier']} tier, {length}, {war['depth']:.2f} log points deep; prices in "
        f"{currency(run)}/Mtok."
    )
    click.echo("\n".join([*overview(family), "", *tree(family, everything)]))
    say(f"\n{LEGEND}" + ("" if everything else " --all leaves nothing out."))


def _plain(step: "Step") -> dict[str, Any]:
    """Make a step plain for JSON, its moves with their changes."""
    moves = [asdict(move) | {"change": move.change} for move in step.moves]
    return asdict(step) | {"moves": moves, "origin": step.origin if step.parent is None else None}


def _file_for(figure: str, folder: Path, war: int) -> Path:
    """Where the figure goes; asked before anything is drawn."""
    from pricewar.sim.errors import UserMistake

    if figure == BESIDE:
        return folder / "figures" / f"why-{war}.png"
    file = Path(figure)
    if file.suffix not in (".png", ".pdf"):
        raise UserMistake(f"a figure is FILE.png or FILE.pdf, not {file.name}")
    if file.exists():
        raise UserMistake(f"{file} exists already and stays as it is; name another file")
    if not file.absolute().parent.is_dir():
        raise UserMistake(f"there is no folder {file.parent}; make it first")
    return file


def _draw(run: "Run", war: dict[str, Any], file: Path) -> None:
    from pricewar.sim.errors import UserMistake
    from pricewar.sim.figures.family_tree import family_tree
    from pricewar.sim.figures.files import rendered

    drawn = family_tree(_family(run, war), war, run.tables["market_daily"])
    try:
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(rendered(drawn, "pdf" if file.suffix == ".pdf" else "png"))
    except OSError as error:
        raise UserMistake(f"{file} cannot be written ({error.strerror}); name another file") from error


def _tell_price(run: "Run", price: str, day: date | None, everything: bool, as_json: bool) -> None:
    from pricewar.sim.analysis.wars.family_tree import line_of
    from pricewar.sim.pages.family_tree import way_back
    from pricewar.sim.results.run import currency
    from pricewar.sim.text import counted, day_month_year, figures, percent

    history, day = _history(run, price, day)
    row = history[-1]
    family = line_of(run.tables, row["fact"])
    if as_json:
        print_json(
            {"seller": row["seller"], "tier": row["tier"], "on": day, "price": row["price"], "since": row["date"],
             "steps": [_plain(step) for step in family.steps]}
        )  # fmt: skip
        return
    first, moves, gone = history[0], len(history) - 1, row["kind"] == "withdrawn"
    stood = "was off sale" if gone else f"stood at {figures(row['price'])} {currency(run)}/Mtok"
    said = f"{price} {stood} on {day_month_year(day)}, since {day_month_year(row['date'])}"
    if moves and first["price"] > 0 and not gone:
        change = row["price"] / first["price"] - 1
        word = "down" if change < 0 else "up"
        said += f": {word} {percent(abs(change))} from {figures(first['price'])} on {day_month_year(first['date'])}"
        said += f", in {counted(moves, 'move')}" + ("; the last one" if moves > 1 else "")
    click.echo(f"{said}:")
    click.echo("\n".join(way_back(family, everything)))


def _history(run: "Run", price: str, day: date | None) -> tuple[list[dict[str, Any]], date]:
    """Moves of one price up to a day, and the day. Raises UserMistake where there is none."""
    import polars as pl

    from pricewar.scenarios.config.names import suggestion
    from pricewar.sim.errors import UserMistake
    from pricewar.sim.text import day_month_year

    moves, days = run.tables["prices"].sort("time", "fact"), run.tables["market_daily"].sort("day")["date"]
    known = {f"{seller}/{tier}" for seller, tier in moves.select("seller", "tier").unique().iter_rows()}
    if price not in known:
        raise UserMistake(f"no price called '{price}'; {suggestion(price, sorted(known))}")
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
