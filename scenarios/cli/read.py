"""Verbs that read a finished run: wars lists its price wars, or those of recorded prices; plot draws figures again."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pricewar.scenarios.cli import options
from pricewar.scenarios.cli.options import SOME_FAILED
from pricewar.scenarios.cli.screen import print_json, print_table, say

if TYPE_CHECKING:
    import polars as pl

    from pricewar.scenarios.api.read import Answer
    from pricewar.sim.analysis.wars.settings import DetectorSettings


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


@click.command(short_help="List the price wars of a run, or of recorded prices.")
@click.argument("folder", metavar="RUN|FILE.csv", type=click.Path(path_type=Path))
@click.option("--links", type=click.Path(path_type=Path), metavar="FILE", help="Which model replaces which; CSV.")
@click.option(
    "--figure", type=click.Path(path_type=Path), metavar="FILE.png|pdf", help="Draw the prices, the wars shaded."
)
@options.as_json
def wars(folder: Path, links: Path | None, figure: Path | None, as_json: bool) -> None:
    """List the price wars of RUN, the folder of a finished run, or of FILE.csv, recorded prices, and how sure they are.

    FILE.csv has a row for each posted price: date, seller, model, and price or input and output; optional tier,
    precision (day or month) and currency (one a file). Rows with the same seller and tier are one line, whose cheapest
    model counts. --links names what a model replaces (seller, tier, model, replaces; tier "(none)" leaves it out);
    without it links are proposed, used and printed.

    \b
    Examples:
      pricewar wars outputs/china-2024-seed1
      pricewar wars prices.csv --links links.csv
      pricewar wars prices.csv --json
    """
    from pricewar.scenarios.api.read import is_a_record
    from pricewar.scenarios.record.verdict import in_words, over_dates, told
    from pricewar.sim.analysis.wars.detector import find_wars, wars_table
    from pricewar.sim.analysis.wars.sensitivity import sensitivity
    from pricewar.sim.analysis.wars.settings import DetectorSettings
    from pricewar.sim.errors import UserMistake
    from pricewar.sim.results.tables import columns

    recorded = is_a_record(folder)
    if links is not None and not recorded:
        raise UserMistake(
            "--links goes with recorded prices, as in: wars FILE.csv --links FILE; leave it out for a run"
        )
    place = _new_figure(figure) if figure is not None else None
    beside: dict[str, object] = {}
    notes: tuple[str, ...] = ()
    if recorded:
        from pricewar.scenarios.record.prices import read_record

        record, settings = read_record(folder, links), DetectorSettings()
        moves, code, until, notes = record.moves, record.currency, None, record.notes
        table = wars_table(find_wars(moves, settings))
        proposed = [asdict(link) for link in record.links]
        beside = {"currency": code or None, "links": proposed, "notes": list(notes)}
        notes = (
            *(f"Proposed link: {link.seller}, tier {link.tier}: {link.model} replaces {link.replaces}."
              for link in record.links),
            *notes,
        )  # fmt: skip
    else:
        moves, settings, table, code, until = _of_run(folder)
    varied = sensitivity(moves, settings, until=until)
    drawn = over_dates(moves, table, settings) if recorded else {}
    if place is not None:
        _draw_record(moves, table, code, place)
    if as_json:
        print_json({"wars": told(table, drawn), "sensitivity": varied.to_dicts(), **beside})
        return
    for note in notes:
        say(note)
    if table.is_empty():
        say("No price war: no run of cuts met the definition.")
    else:
        units = {column.name: column.unit for column in columns("wars")}
        heads = [f"{name} [{units[name]}]" if units[name] else name for name in COLUMNS]
        print_table(heads, table.select(COLUMNS).rows())
    for war in told(table, drawn):
        again = f", found in {war['found_in_draws']:.0%} of draws of dates" if "found_in_draws" in war else ""
        onset = f"from {war['onset_low']} to {war['onset_high']} (95 % interval, given the moves)"
        say(f"War {war['war']}: began {onset}{again}.")
        for line in in_words(varied, war["war"]):
            say(f"  {line}")
    for line in in_words(varied, None):
        say(f"  {line}")
    if place is not None:
        say(f"Figure: {place}")


def _of_run(folder: Path) -> "tuple[pl.DataFrame, DetectorSettings, pl.DataFrame, str, float]":
    """List prices of a run, settings of its detector, its wars, its currency and its last day."""
    import polars as pl

    from pricewar.sim.analysis.wars.settings import DetectorSettings
    from pricewar.sim.pages.run_folder import open_run
    from pricewar.sim.results.run import currency, who_host_for_themselves

    run = open_run(folder)
    given = run.scenario.get("detector")
    settings = DetectorSettings(**given) if isinstance(given, dict) else DetectorSettings()
    moves = run.tables["prices"].filter(~pl.col("seller").is_in(who_host_for_themselves(run.tables)))
    return moves, settings, run.tables["wars"], currency(run), float(str(run.scenario.get("days", 0)))


def _new_figure(file: Path) -> Path:
    """A file for a figure that may be written. Raises UserMistake."""
    from pricewar.sim.errors import UserMistake

    if file.suffix not in (".png", ".pdf"):
        raise UserMistake(f"a figure is FILE.png or FILE.pdf, not {file.name}")
    if file.exists():
        raise UserMistake(f"{file} exists already and stays as it is; name another file")
    if not file.absolute().parent.is_dir():
        raise UserMistake(f"there is no folder {file.parent}; make it first")
    return file


def _draw_record(moves: "pl.DataFrame", table: "pl.DataFrame", code: str, file: Path) -> None:
    from pricewar.sim.errors import UserMistake
    from pricewar.sim.figures.files import rendered
    from pricewar.sim.figures.recorded_prices import recorded_prices

    try:
        file.write_bytes(rendered(recorded_prices(moves, table, code), "pdf" if file.suffix == ".pdf" else "png"))
    except OSError as error:
        raise UserMistake(f"{file} cannot be written ({error.strerror}); name another file") from error


@click.command(short_help="Draw the figures of a run, a study or a forced price again.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--figure", "-f", multiple=True, metavar="NAME", help="Draw only this one; repeatable.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Where to; DIR/figures if not given.")
def plot(folder: Path, figure: tuple[str, ...], out: Path | None) -> None:
    """Draw the figures of the results in DIR again, as PNG and PDF: of a run, a study or a forced price.

    \b
    Examples:
      pricewar plot outputs/china-2024-seed1
      pricewar plot outputs/china-2024-compare-price-floor
      pricewar plot outputs/china-2024-seed1 --figure prices --out paper
    """
    from pricewar.scenarios.api.read import plot as draw

    drawn = draw(folder, figure, out)
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
    from pricewar.scenarios.api.read import ask as answers_of
    from pricewar.sim.errors import UserMistake

    if csv is not None and (as_json or not question):
        raise UserMistake("--csv takes the answer to one question, without --json; name one, as in: ask RUN welfare")
    if not question:
        _list(answers_of(folder), as_json)
        return
    answer = answers_of(folder, question)
    if as_json:
        rows = answer.table.to_dicts() if answer.table.is_empty() else _finite(answer.table).to_dicts()
        print_json({"name": question, "question": answer.question, "answer": answer.sentence, "units": answer.units,
                    "rows": rows})  # fmt: skip
    elif csv is not None:
        _write(answer.table, csv)
    else:
        say(f"{answer.question}\n{answer.sentence}")
        shown = in_short(answer.table, answer.run.tables["wars"])
        print_table([f"{name} [{unit}]" if unit else name for name, unit in answer.units.items()], shown.rows())
        if shown.height < answer.table.height:
            say(f"{shown.height} of {answer.table.height} rows; --csv FILE or --json gives all.")


def _list(answers: "list[Answer]", as_json: bool) -> None:
    if as_json:
        print_json(
            [{"name": one.name, "question": one.question, "answer": one.sentence, "figure": one.figure}
             for one in answers]
        )  # fmt: skip
        return
    for one in answers:
        click.echo(f"{one.name}: {one.question}\n  {one.sentence}")


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
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="On which day; the last by default.")
@click.option("--all", "everything", is_flag=True, help="Leave nothing out.")
@click.option(
    "--figure", is_flag=False, flag_value=BESIDE, metavar="[FILE.png|pdf]",
    help="Draw the tree too; without FILE into RUN/figures.",
)  # fmt: skip
@options.as_json
def why(
    folder: Path, war: int | None, price: str | None, on: datetime | None, everything: bool, figure: str | None,
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
    from pricewar.scenarios.api.read import why as causes_of
    from pricewar.sim.errors import UserMistake
    from pricewar.sim.pages.family_tree import LEGEND

    if price is not None and figure is not None:
        raise UserMistake("--price tells one price; leave WAR and --figure out")
    causes = causes_of(folder, war, price=price, on=on.date() if on else None)
    if causes is None:
        if as_json:
            print_json({"war": None, "roots": [], "steps": []})
        say("No price war: no run of cuts met the definition. --price SELLER/TIER tells the causes of one price.")
        return
    file = _file_for(figure, folder, causes.subject["war"]) if figure is not None else None
    if as_json:
        print_json(causes.as_dict())
    else:
        click.echo(causes.text(everything))
        if causes.is_of_a_war:
            say(f"\n{LEGEND}" + ("" if everything else " --all leaves nothing out."))
    if file:
        say(f"Figure: {causes.draw(file)}")


def _file_for(figure: str, folder: Path, war: int) -> Path:
    """Where the figure goes; asked before anything is drawn."""
    if figure == BESIDE:
        return folder / "figures" / f"why-{war}.png"
    return _new_figure(Path(figure))
