"""Names: dotted keys as TOML writes them, the nearest valid name, and what is bundled."""

import difflib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from pricewar.sim.errors import UserMistake

KeyPath = tuple[str, ...]
"""A dotted key taken apart: ("sellers", "alibaba", "cash"); list items are counted from "0"."""

LIBRARY = Path(__file__).parents[1] / "library"
"""Where the bundled scenarios lie; the policies are in a folder of their own below."""

_PART = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^\s."'=\[\]]+))\s*(\.|$)""")
_BARE = re.compile(r"[A-Za-z0-9_*?-]+")


def split_key(text: str) -> KeyPath:
    """Take a dotted key apart, quotes respected. Raises UserMistake on anything else.

    >>> split_key('releases."deepseek-v2.5".date')
    ('releases', 'deepseek-v2.5', 'date')
    """
    parts, position = [], 0
    while match := _PART.match(text, position):
        parts.append(match[1] or match[2] or match[3] or "")
        position = match.end()
        if match[4] == "" and position == len(text) and all(parts):
            return tuple(parts)
    raise UserMistake(f"{text!r} is no dotted key; write it like sellers.acme.cash")


def join_key(path: Iterable[str | int]) -> str:
    """Write a dotted key as TOML wants it.

    >>> join_key(("releases", "deepseek-v2.5", "date"))
    'releases."deepseek-v2.5".date'
    """
    return ".".join(part if _BARE.fullmatch(part) else f'"{part}"' for part in map(str, path))


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the name most like the one given, or None if none is like it."""
    lowered = {each.lower(): each for each in sorted(names)}
    matches = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.6)
    return lowered[matches[0]] if matches else None


def suggestion(name: str, names: Sequence[str]) -> str:
    """Say what the reader may have meant, or what there is.

    >>> suggestion("opning", ["days", "opening"])
    "did you mean 'opening'?"
    """
    near = nearest(name, names)
    if near is not None:
        return f"did you mean '{near}'?"
    return f"there is {listing(names)}" if names else "there is none"


def listing(names: Sequence[str], most: int = 12) -> str:
    """Name some, in their order, and say how many more there are.

    >>> listing(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    head = ", ".join(names[:most])
    return head if len(names) <= most else f"{head} and {len(names) - most} more"


def bundled(folder: Path = LIBRARY) -> dict[str, Path]:
    """Name the bundled scenarios (or policies, given their folder) and where each lies, sorted."""
    return {path.stem: path for path in sorted(folder.glob("*.toml")) if path.stem != "sources"}


def bundled_policies() -> dict[str, Path]:
    """Name the bundled policies and where each lies, sorted."""
    return bundled(LIBRARY / "policies")


def is_path(source: str) -> bool:
    """Tell a file from a bundled name: a file has a separator or ends in .toml."""
    return source.endswith(".toml") or "/" in source or "\\" in source


def find(source: str, what: str, choices: dict[str, Path], beside: Path | None = None) -> Path:
    """Find a bundled thing by name, or a file by its path, relative to the folder `beside`.

    Raises UserMistake with the nearest name.
    """
    if source in choices:
        return choices[source]
    if is_path(source):
        return (beside or Path()) / Path(source).expanduser()
    if Path(source).is_file() or Path(f"{source}.toml").is_file():
        file = f"./{source}" if Path(source).is_file() else f"{source}.toml"
        raise UserMistake(f"no {what} called '{source}'; did you mean the file {file}?")
    raise UserMistake(f"no {what} called '{source}'; {suggestion(source, list(choices))}")
