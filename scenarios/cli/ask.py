"""The verb that asks a finished run what it means."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pricewar.scenarios.cli import options
from pricewar.scenarios.cli.read import folder_of_a_run
from pricewar.scenarios.cli.screen import print_json, print_table, say

if TYPE_CHECKING:
    import polars as pl

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
    from pricewar.scenarios.config.draft import write_new

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
