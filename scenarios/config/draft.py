"""A first file for somebody's own scenario: what it extends, and the simple keys, commented out."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import tomli_w

from pricewar.scenarios.config.explain import first_sentence
from pricewar.scenarios.config.keys import Tree
from pricewar.scenarios.config.names import KeyPath, is_path, join_key
from pricewar.scenarios.config.words import allowed
from pricewar.sim.errors import UserMistake

TOLD = ("title", "days", "seed", "opening", "mechanisms", "buyers", "conduct")
"""What the file shows, as far as a scenario has it: enough to begin with, and how to find the rest."""

_HEAD = """\
# A scenario of your own. It extends another, so only what differs stands here.
# What a key means:                          pricewar explain KEY
# Every mistake, and what a run would take:  pricewar check {file}
# A run:                                     pricewar run {file}

{extends}
# Below stands what the extended scenario says. Take the # before a key away and change its value.
# There is more: {more}.
"""


def draft(root: type, file: str, extends: str, said: Mapping[str, Any]) -> str:
    """Write a small commented TOML file that extends a scenario and, as it stands, changes nothing.

    root: class of parameters; file: name of the new file; said: the extended scenario's tables.
    """
    tree = Tree(root)
    more = ", ".join(key for key in tree.children(tree.at(())) if key not in TOLD)
    parts = [_HEAD.format(file=file, extends=_toml("extends", extends), more=more)]
    for path, value in _settings(said):
        node = tree.at(path, dict(said))[0]
        about = f"{first_sentence(tree, node)} ({allowed(tree, node)})".strip()
        setting = _toml(join_key(path), value).splitlines()
        parts.append("".join(f"# {line}\n" for line in (about, *setting)))
    return "\n".join(parts)


def extended_from(source: str, file: str) -> str:
    """Write the source as the new file must name it: a bundled name, or a path from the file's own folder."""
    if not is_path(source):
        return source
    return Path(os.path.relpath(source, Path(file).parent)).as_posix()


def write_new(file: Path, text: str) -> None:
    """Write a file that does not exist yet. Raises UserMistake if it does, or cannot be written."""
    try:
        with file.open("x", encoding="utf-8", newline="\n") as page:
            page.write(text)
    except FileExistsError:
        raise UserMistake(f"{file} exists already and stays as it is; name another file") from None
    except OSError as error:
        raise UserMistake(f"{file} cannot be written ({error.strerror}); name another file") from None


def _toml(key: str, value: Any) -> str:
    return f"{key} = {tomli_w.dumps({'value': value}).removeprefix('value = ')}"


def _settings(said: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Any]]:
    """Walk the keys with a single value, at the top and one table down."""
    for key in (key for key in TOLD if key in said):
        value = said[key]
        if isinstance(value, dict):
            single = {below: item for below, item in value.items() if not isinstance(item, dict | list)}
            yield from (((key, below), item) for below, item in single.items())
        else:
            yield (key,), value
