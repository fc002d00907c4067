"""Strategies that are not ours: what their class must be like, and what is checked when one decides.

Nothing here imports an author's code and nothing is registered. The classes that the command line names are handed to
the check of a scenario as its context, and an object made from one is a strategy like any other: it goes to another
process by pickling, which imports its module there by name.
"""

import importlib
import inspect
import os
import pickle
import sys
import traceback
from collections.abc import Iterable
from dataclasses import is_dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import numpy as np
import pydantic
from pydantic import SerializerFunctionWrapHandler, TypeAdapter, ValidationInfo, ValidatorFunctionWrapHandler

from pricewar.agents.mechanisms import LineState, counts
from pricewar.agents.pricing.books import Books, Decision, Strategy, View
from pricewar.sim.errors import UserMistake

CONTEXT = "strategies"
"""Key of a check's context under which the union of our strategies and the named ones stands."""

LIKE_OURS = "@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)"

_OURS = Path(__file__).parents[2]
"""The folder of the package `pricewar`."""
_BETWEEN = (
    "<frozen importlib",
    f"{_OURS}{os.sep}",
    *(f"{Path(inspect.getfile(package)).parent}{os.sep}" for package in (importlib, pydantic)),
)
"""Where the files lie that stand between us and an author's code in a traceback."""


def is_ours(strategy: object) -> bool:
    """Whether a strategy, or its class, comes with this software."""
    cls = strategy if isinstance(strategy, type) else type(strategy)
    return cls.__module__.startswith("pricewar.")


def name_of(cls: type) -> str:
    """Name a class as the command line does: `my_rules:Sticky`."""
    return f"{cls.__module__}:{cls.__qualname__}"


def label_of(strategy: Any) -> str:
    """Say which strategy it is: the kind, and of one that is not ours its class too."""
    return str(strategy.kind) if is_ours(strategy) else f"{strategy.kind} ({name_of(type(strategy))})"


def fault(cls: object) -> str | None:
    """Say in what a class is not like our strategies, None if it may be one."""
    if not isinstance(cls, type):
        return f"is {_article(type(cls).__name__)}, not a class"
    parameters = getattr(cls, "__dataclass_params__", None)
    config = getattr(cls, "__pydantic_config__", {})
    if parameters is None or not parameters.frozen or config.get("extra") != "forbid":
        return f"is not checked and frozen as ours are; write {LIKE_OURS} above it, with pydantic's dataclass"
    if kind_of(cls) is None:
        return 'needs a kind of its own, as in: kind: Literal["sticky"] = "sticky"'
    review = inspect.getattr_static(cls, "review", None)
    try:
        inspect.signature(review).bind("self", "books", "view", "luck")
    except TypeError:
        return "needs a method that can be called so: def review(self, books, view, luck) -> Decision"
    try:
        pickle.dumps(cls)
    except (pickle.PicklingError, AttributeError):
        return "cannot be found again under its own name; define it at the top of its module"
    return None


def _article(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def kind_of(cls: type) -> str | None:
    """Return the word by which a scenario names a strategy, None where a class has none."""
    field = getattr(cls, "__pydantic_fields__", {}).get("kind")
    if field is None or get_origin(field.annotation) is not Literal:
        return None
    words = get_args(field.annotation)
    return words[0] if len(words) == 1 and words[0] == field.default and isinstance(words[0], str) else None


def accept(value: Any, check: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
    """Check a strategy: ours, one that the context names, or an object that Python code has made already.

    Raises ValueError where an author's class is not as it must be, or raises something else itself.
    """
    if is_dataclass(value) and not isinstance(value, type) and not is_ours(value):
        if wrong := fault(type(value)):
            raise ValueError(f"{name_of(type(value))} {wrong}")
        return value
    union: TypeAdapter[Any] | None = (info.context or {}).get(CONTEXT)
    if union is None:
        return check(value)
    try:
        return union.validate_python(value)
    except ValueError:  # pydantic's mistakes too; what an author's __post_init__ says of a key is one of them
        raise
    except Exception as error:
        raise ValueError(f"cannot be made: {in_one_line(error)}") from error


def write(strategy: Any, ours: SerializerFunctionWrapHandler) -> Any:
    """Write a strategy as data, whosever it is."""
    return ours(strategy) if is_ours(strategy) else TypeAdapter(type(strategy)).dump_python(strategy, mode="json")


def decide(strategy: Strategy, books: Books, view: View, luck: np.random.Generator) -> Decision:
    """Let a strategy review prices; one that is not ours cannot write on the board, and is told what went wrong.

    Raises UserMistake with the seller, the day and the line where an author's code raises, or decides what cannot be
    posted.
    """
    if is_ours(strategy):
        return strategy.review(books, view, luck)
    for public in (view.board.price, view.board.live, view.board.first):
        public.setflags(write=False)  # the board itself never writes into an array, it puts another in its place
    where = f"{name_of(type(strategy))} at the review of {books.seller} on day {books.time:g}"
    try:
        decision = strategy.review(books, view, luck)
    except (Exception, SystemExit) as error:
        raise UserMistake(f"{where}: {in_one_line(error)}; --debug shows the traceback") from error
    if wrong := unfit(decision, books):
        raise UserMistake(f"{where}: {wrong}")
    return decision


def unfit(decision: object, books: Books) -> str | None:
    """Say why a decision cannot be taken, None if it can."""
    if not isinstance(decision, Decision):
        return f"review returned {_article(type(decision).__name__)}; return Decision(price, why, stance)"
    for name in ("why", "stance"):
        if not isinstance(getattr(decision, name), str):
            return f"{name} is {getattr(decision, name)!r}; it must be text"
    each = f"it must be an array with a number for each of {', '.join(books.tiers)}"
    if not counts(decision.price, books.own.size):
        return f"price is {decision.price!r}; {each}"
    if decision.state is not None:
        if not isinstance(decision.state, LineState):
            return f"state is {decision.state!r}; it must be books.state, or a changed copy of it"
        if wrong := decision.state.fault(books.own.size):
            return f"{wrong} does not fit; {each}"
    if not (np.isfinite(decision.price) & (decision.price >= 0.0)).all():
        return f"price is {decision.price.tolist()}; {each}, from zero on"
    if not np.isfinite(decision.shadow):
        return f"shadow is {decision.shadow!r}; it must be a number"
    return None


def in_one_line(error: BaseException) -> str:
    """Tell an exception in one line, with the author's own line in which it arose.

    >>> in_one_line(ValueError("no price"))
    'ValueError: no price'
    """
    what = " ".join(f"{type(error).__name__}: {error}".strip(": ").split())
    if isinstance(error, SyntaxError) and error.filename:
        return f"{Path(error.filename).name}, line {error.lineno}: {type(error).__name__}: {error.msg}"
    frames = traceback.extract_tb(error.__traceback__)
    theirs = next((frame.filename for frame in frames if not frame.filename.startswith(_BETWEEN)), None)
    lines = [frame.lineno for frame in frames if frame.filename == theirs]
    return f"{Path(theirs).name}, line {lines[-1]}: {what}" if theirs else what


def sources(strategies: Iterable[object]) -> dict[str, str]:
    """Name the classes of strategies that are not ours, each with the SHA-256 of the file that defines it, sorted."""
    classes = {name_of(type(strategy)): type(strategy) for strategy in strategies if not is_ours(strategy)}
    return {name: _digest(classes[name]) for name in sorted(classes)}


def own_code(classes: Iterable[type]) -> dict[str, str]:
    """Digest of the source of each class of an author's, by its dotted name."""
    return {name_of(cls): _digest(cls) for cls in sorted(classes, key=name_of)}


def _digest(cls: type) -> str:
    file = getattr(sys.modules.get(cls.__module__), "__file__", None)
    if file is None:
        return "source unknown"
    return f"sha256:{sha256(Path(file).read_bytes()).hexdigest()}"
