"""Where results come from: the versions that made them, and a digest of what they say.

The digest is of *content*: two runs with the same tables have the same digest, whatever order the rows and
columns are in, whichever program wrote the files, and wherever they were made. Nothing about time or machine
enters it.
"""

import platform
import re
from collections.abc import Mapping
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

DISTRIBUTION = "llm-pricewar"
PACKAGES = ("numpy", "polars", "pydantic", "scipy", "simpy")
"""The packages that numbers depend on; how figures look depends on others too."""


def versions() -> dict[str, str]:
    """Versions of Python, of this distribution and of the packages that numbers depend on, by name.

    In a checkout the commit is added: the one that is checked out, whether or not files were edited since.
    """
    by_name = {"python": platform.python_version(), DISTRIBUTION: _version(DISTRIBUTION)}
    by_name |= {name: _version(name) for name in PACKAGES}
    commit = checked_out_commit(Path(__file__).resolve().parents[2])
    return by_name | ({"commit": commit} if commit else {})


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def checked_out_commit(root: Path) -> str | None:
    """Return the commit that a checkout stands at, or None where there is no telling.

    Reads git's own files rather than asking git, which may be missing, slow, or refuse another user's folder.
    """
    git = root / ".git"
    try:
        head = (git / "HEAD").read_text(encoding="ascii").strip()
        if head.startswith("ref: "):
            head = _commit_of(git, head.removeprefix("ref: "))
    except (OSError, UnicodeDecodeError):
        return None
    return head if re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", head) else None


def _commit_of(git: Path, branch: str) -> str:
    """Look a branch up: in a file of its own, or among the packed ones."""
    if (git / branch).is_file():
        return (git / branch).read_text(encoding="ascii").strip()
    packed = (git / "packed-refs").read_text(encoding="ascii").splitlines()
    return next((line.split()[0] for line in packed if line.endswith(f" {branch}")), "")


def content_digest(tables: "Mapping[str, pl.DataFrame]") -> str:
    """SHA-256 of what the tables say, in hexadecimal.

    Columns are taken by name, rows sorted by all their values; numbers enter by their bytes, least
    significant first, so one bit of one number changes the digest. Minus zero is zero, and there is one
    not-a-number.

    >>> import polars as pl
    >>> one = pl.DataFrame({"seller": ["acme", "bolt"], "price": [2.0, 1.0]})
    >>> other = pl.DataFrame({"price": [1.0, 2.0], "seller": ["bolt", "acme"]})
    >>> content_digest({"prices": one}) == content_digest({"prices": other})
    True
    >>> content_digest({"prices": one}) == content_digest({"prices": one.with_columns(pl.col("price") + 1)})
    False
    """
    total = sha256()
    for name in sorted(tables):
        total.update(f"{name}\0{_table_digest(tables[name])}\n".encode())
    return total.hexdigest()


def _table_digest(table: "pl.DataFrame") -> str:
    digest = sha256(f"{table.height} rows".encode())
    ordered = table.select(sorted(table.columns))
    if ordered.width:
        ordered = normal(ordered).sort(ordered.columns)
    for column in ordered:
        digest.update(f"\0{column.name}\0{column.dtype}\0".encode())
        digest.update(column.is_null().to_numpy().astype("u1").tobytes())
        digest.update(_values(column.drop_nulls()))
    return digest.hexdigest()


def normal(table: "pl.DataFrame") -> "pl.DataFrame":
    """Return the table with one zero and one not-a-number: numbers that are equal have equal bytes."""
    import polars as pl
    from polars import selectors

    floats = selectors.float()
    return table.with_columns(pl.when(floats.is_nan()).then(float("nan")).otherwise(floats + 0.0).name.keep())


def _values(column: "pl.Series") -> bytes:
    """Bytes of a column without nulls. Raises TypeError for a column of lists or other nested values."""
    import polars as pl

    if column.dtype == pl.String:
        texts = [text.encode() for text in column]
        lengths: NDArray[np.int64] = np.array([len(text) for text in texts], dtype="<i8")
        return lengths.tobytes() + b"".join(texts)
    if column.dtype == pl.Date or column.dtype.is_integer() or column.dtype == pl.Boolean:
        return column.cast(pl.Int64).to_numpy().astype("<i8").tobytes()
    if column.dtype.is_float():
        return column.cast(pl.Float64).to_numpy().astype("<f8").tobytes()
    raise TypeError(f"column {column.name!r} holds {column.dtype}, which has no digest")
