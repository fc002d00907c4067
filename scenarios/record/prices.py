"""A file of recorded prices: read, checked row by row, put into lines, and turned into a table of moves."""

import csv
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby
from math import isfinite
from pathlib import Path
from typing import Literal

import polars as pl

from pricewar.sim.errors import UserMistake
from pricewar.sim.market.board import blended
from pricewar.sim.text import day_month_year, figures

NEEDED = ("date", "seller", "model")
PRICES = ("price", "input", "output")
OPTIONAL = ("tier", "precision", "currency")
LINKS = ("seller", "tier", "model", "replaces")
EVERY_TIER = "all"
"""Tier of a record that names none."""
NO_LINE = "(none)"
"""Tier by which prices or links leave a model out."""
NOON = 0.5
"""When a price known to the day is taken to be posted. [day]"""
VERSIONS = re.compile(r"v?\d+(\.\d+)*|latest|preview|beta|new|turbo-?\d+")


@dataclass(frozen=True, slots=True)
class Quote:
    """One row of the file."""

    row: int
    """Line of the file, the heads being line 1."""
    date: date
    seller: str
    tier: str
    line: str
    """Product within the tier; empty where a seller has one there."""
    model: str
    price: float
    """Blended. [currency/Mtok]"""
    precision: Literal["day", "month"]


@dataclass(frozen=True, slots=True)
class Link:
    """A model that takes the place of another in a seller's line."""

    seller: str
    tier: str
    model: str
    replaces: str
    """Empty where the link only says in which tier a model is."""


@dataclass(frozen=True, slots=True)
class Record:
    """Recorded prices, ready to be judged."""

    moves: pl.DataFrame
    """As `find_wars` takes them, with dates; day 0 is the first date of the record."""
    currency: str
    links: tuple[Link, ...] = ()
    """Links that were proposed, in the order of the lines; none where they were given."""
    notes: tuple[str, ...] = field(default=())
    """What the reader should know of how rows were taken, one sentence each."""


def read_record(file: Path, links: Path | None = None) -> Record:
    """Read a file of recorded prices.

    file: CSV with columns date, seller, model, and price or input and output [currency/Mtok]; optional tier, precision
        (day or month) and currency (one a file). Other columns are not read.
    links: CSV with columns seller, tier, model, replaces: which model takes the place of which. Without it links are
        proposed. A tier "(none)", here or among the prices, leaves a model out.
    Raises UserMistake with every wrong row, by its line.
    """
    heads, rows = _table(file, NEEDED)
    if "price" in heads and {"input", "output"} & set(heads):
        raise UserMistake(
            f"{file} has both a column price and columns input or output; keep price, or input and output"
        )
    if "price" not in heads and not {"input", "output"} <= set(heads):
        raise UserMistake(f"{file} has no prices; give a column price, or columns input and output")
    if not rows:
        raise UserMistake(f"{file} has no row below its heads; give a row for each posted price")
    wrong: list[str] = []
    quotes = [quote for row, cells in rows if (quote := _quote(row, cells, "tier" in heads, wrong)) is not None]
    currencies = {cells["currency"]: row for row, cells in reversed(rows) if cells.get("currency")}
    if len(currencies) > 1:
        named = ", ".join(f"{code} in line {row}" for code, row in sorted(currencies.items()))
        wrong.append(f"there is more than one currency ({named}): give one file a currency")
    wrong += _twice(quotes)
    if wrong:
        raise UserMistake(f"{file} has {'a wrong row' if len(wrong) == 1 else 'wrong rows'}:\n  " + "\n  ".join(wrong))
    quotes.sort(key=lambda quote: (quote.date, quote.row))
    notes: list[str] = []
    if left_out := sum(quote.tier == NO_LINE for quote in quotes):
        notes.append(f"{_are(left_out, 'row')} in no line, as the tier says.")
        quotes = [quote for quote in quotes if quote.tier != NO_LINE]
        if not quotes:
            raise UserMistake(f"no row of {file} is in a line; give at least one model a tier")
    if links is not None:
        quotes, given = _linked(quotes, _links(links), "tier" in heads, notes)
        if not quotes:
            raise UserMistake(f"{links} leaves no row of {file} in a line; give at least one model a tier")
        proposed: list[Link] = []
    else:
        given = proposed = _proposals(quotes, "tier" in heads)
    if "tier" not in heads and links is None:
        quotes = _in_lines(quotes, given)
    notes += _cheaper(quotes, given)
    return Record(_moves(quotes, given), next(iter(currencies), ""), tuple(proposed), tuple(notes))


def _table(file: Path, needed: Iterable[str]) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """Heads and rows of a CSV file, each row with its line. Raises UserMistake where it cannot be read."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.DictReader(opened)
            heads = [head.strip().lower() for head in reader.fieldnames or []]
            reader.fieldnames = heads
            rows = [
                (reader.line_num, {key: (value or "").strip() for key, value in row.items() if isinstance(key, str)})
                for row in reader
            ]
    except OSError as error:
        raise UserMistake(f"{file} cannot be read ({error.strerror}); name a CSV file") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserMistake(f"{file} is no CSV file in UTF-8; save it as one") from error
    if missing := [name for name in needed if name not in heads]:
        raise UserMistake(
            f"{file} lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}; add it to its first line"
        )
    return heads, rows


def _quote(row: int, cells: Mapping[str, str], tiers: bool, wrong: list[str]) -> Quote | None:
    """Read one row; what is wrong with it is added to `wrong`."""
    named = (*NEEDED[1:], *(["tier"] if tiers else []))
    faults = [f"{name} is empty; give one" for name in named if not cells.get(name)]
    precision = cells.get("precision") or "day"
    if precision not in ("day", "month"):
        faults.append(f"precision is '{precision}'; it is day or month")
    text = cells.get("date", "")
    day = _date(f"{text}-01" if precision == "month" and re.fullmatch(r"\d{4}-\d\d", text) else text)
    if day is None:
        faults.append(f"date is '{text}'; write YYYY-MM-DD")
    numbers = []
    for name in PRICES:
        if name in cells:
            number = _number(cells[name])
            if number is None:
                faults.append(f"{name} is '{cells[name]}'; it is a number of at least zero")
            else:
                numbers.append(number)
    if faults or day is None:
        wrong.append(f"line {row}: " + "; ".join(faults))
        return None
    price = blended(*numbers) if len(numbers) == 2 else numbers[0]
    dated_to: Literal["day", "month"] = "month" if precision == "month" else "day"
    return Quote(row, day, cells["seller"], cells.get("tier") or EVERY_TIER, "", cells["model"], price, dated_to)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        return None


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) and number >= 0 else None


def _twice(quotes: list[Quote]) -> list[str]:
    """Rows that give one model two prices on one day."""
    first: dict[tuple[date, str, str, str], Quote] = {}
    wrong = []
    for quote in quotes:
        before = first.setdefault((quote.date, quote.seller, quote.tier, quote.model), quote)
        if before.price != quote.price:
            wrong.append(
                f"line {quote.row}: {quote.seller}'s {quote.model} has another price on {quote.date} in line "
                f"{before.row}; keep one"
            )
    return wrong


def _links(file: Path) -> list[Link]:
    """Read a file of links. Raises UserMistake with every wrong row."""
    _, rows = _table(file, LINKS)
    wrong = [
        f"line {row}: {name} is empty; give one" for row, cells in rows for name in LINKS[:3] if not cells.get(name)
    ]
    wrong += [
        f"line {row}: {cells['model']} replaces itself; leave replaces empty"
        for row, cells in rows
        if cells.get("replaces") and cells["replaces"] == cells["model"]
    ]
    if wrong:
        raise UserMistake(f"{file} has {'a wrong row' if len(wrong) == 1 else 'wrong rows'}:\n  " + "\n  ".join(wrong))
    return [Link(*(cells[name] for name in LINKS)) for _, cells in rows]


def _are(number: int, what: str) -> str:
    return f"1 {what} is" if number == 1 else f"{number} {what}s are"


def _linked(quotes: list[Quote], links: list[Link], tiers: bool, notes: list[str]) -> tuple[list[Quote], list[Link]]:
    """Put quotes into the tiers that links name; those that no link names keep theirs."""
    tiers_of: dict[tuple[str, str], list[str]] = {}
    for link in links:
        named = tiers_of.setdefault((link.seller, link.model), [])
        if link.tier not in named:
            named.append(link.tier)
    placed = []
    for quote in quotes:
        named = tiers_of.get((quote.seller, quote.model), [quote.tier])
        if tiers and quote.tier in named:
            named = [quote.tier]
        placed += [replace(quote, tier=tier) for tier in named if tier != NO_LINE]
    there = {(quote.seller, quote.model) for quote in quotes}
    if left_out := len({(q.seller, q.model) for q in quotes if tiers_of.get((q.seller, q.model)) == [NO_LINE]}):
        notes.append(f"{_are(left_out, 'model')} in no line, as the links say.")
    if strangers := sum((link.seller, link.model) not in there for link in links):
        notes.append(f"Of models that the links name the prices lack {strangers}.")
    if not tiers and (
        loose := sorted({f"{seller}'s {model}" for seller, model in there if (seller, model) not in tiers_of})
    ):
        notes.append(
            f"No link names {', '.join(loose[:5])}{' and others' * (len(loose) > 5)}; they stay in their tier."
        )
    return placed, [link for link in links if link.replaces and link.tier != NO_LINE]


def _proposals(quotes: list[Quote], tiers: bool) -> list[Link]:
    """Links that suggest themselves: a model that comes when nothing more is heard of the one before it.

    Where the record has tiers, any model of the seller in the tier; else one whose name differs only in its version.
    """
    key: Callable[[Quote], tuple[str, str, str]] = lambda q: (q.seller, q.tier, "" if tiers else family(q.model))  # noqa: E731
    links = []
    for (seller, tier, _), group in groupby(sorted(quotes, key=key), key=key):
        own = list(group)
        first = {quote.model: quote.date for quote in reversed(own)}
        last = {quote.model: quote.date for quote in own}
        standing: list[str] = []
        for model in sorted(first, key=lambda name: (first[name], name)):
            gone = [old for old in standing if last[old] < first[model]]
            if gone:
                latest = max(gone, key=lambda old: (last[old], old))
                links.append(Link(seller, tier, model, latest))
                standing.remove(latest)
            standing.append(model)
    return links


def family(model: str) -> str:
    """Name of a model without its version, for finding its successors.

    >>> family("Qwen-Turbo-0919"), family("claude-3.5-sonnet"), family("llama-3-70b")
    ('qwen turbo', 'claude sonnet', 'llama 70b')
    """
    parts = re.split(r"[\s\-_/()@]+", model.lower())
    return " ".join(part for part in parts if part and not VERSIONS.fullmatch(part)) or model.lower()


def _in_lines(quotes: list[Quote], links: list[Link]) -> list[Quote]:
    """Of a record without tiers, each model in the line of the first that it goes back to."""
    before = {(link.seller, link.model): link.replaces for link in links}

    def origin(seller: str, model: str) -> str:
        while (seller, model) in before:
            model = before[seller, model]
        return model

    return [replace(quote, line=origin(quote.seller, quote.model)) for quote in quotes]


def _cheaper(quotes: list[Quote], links: list[Link]) -> list[str]:
    """Say where two models of one line have a price on one day, for the cheaper counts."""
    replaced = {(link.seller, link.tier, link.model, link.replaces) for link in links}
    notes = []
    key: Callable[[Quote], tuple[date, str, str, str]] = lambda q: (q.date, q.seller, q.tier, q.line)  # noqa: E731
    for (day, seller, tier, _), group in groupby(sorted(quotes, key=key), key=key):
        prices = {quote.model: quote.price for quote in group}
        live = [m for m in prices if not any((seller, tier, other, m) in replaced for other in prices)]
        if len(live) > 1:
            named = " and ".join(f"{model} at {figures(prices[model])}" for model in sorted(live))
            notes.append(f"{seller}, tier {tier}, {day_month_year(day)}: {named} are one line; the cheaper counts.")
    return notes


def _bare(name: str) -> str:
    """A name without what sellers write differently: capitals, spaces, hyphens.

    >>> _bare("Mixtral 8x7B")
    'mixtral8x7b'
    """
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _moves(quotes: list[Quote], links: list[Link]) -> pl.DataFrame:
    """The table of moves: a row a quote, and one for each model that its successor takes off sale."""
    origin = min(quote.date for quote in quotes)
    replaces = {(link.seller, link.tier, link.model): link.replaces for link in links}
    rows: list[tuple[object, ...]] = []
    seen: set[tuple[str, str, str]] = set()
    for quote in quotes:
        model = (quote.seller, quote.tier, quote.model)
        product = _bare(quote.tier) if _bare(quote.tier) in _bare(quote.model) else _bare(quote.line or quote.model)
        when = ((quote.date - origin).days + NOON, quote.date, quote.seller, quote.tier, quote.line)
        kind = "cut" if model in seen else "launch"
        rows.append((*when, quote.model, kind, quote.price, quote.precision, product))
        old = (quote.seller, quote.tier, replaces.get(model, ""))
        if model not in seen and old in seen:
            rows.append((*when, old[2], "withdrawn", None, quote.precision, None))
        seen.add(model)
    schema = {
        "time": pl.Float64, "date": pl.Date, "seller": pl.String, "tier": pl.String, "line": pl.String,
        "model": pl.String, "kind": pl.String, "price": pl.Float64, "precision": pl.String,
        "product": pl.String,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")
