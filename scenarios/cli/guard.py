"""One clear sentence instead of a riddle when another project's package stands before ours."""

import sys
from importlib.util import find_spec
from pathlib import Path

OURS = Path(__file__).resolve().parents[2]
"""The folder in which our packages lie."""

PACKAGES = ("sim", "agents", "scenarios")
"""Plain names, which other projects use too: `agents` is one of them."""


def collision(ours: Path = OURS) -> str | None:
    """Say which of our packages is missing or another project's, or None; imports none of them."""
    for name in PACKAGES:
        try:
            spec = find_spec(name)
        except ValueError:
            spec = None
        places = [Path(place).resolve() for place in (spec.submodule_search_locations or ())] if spec else []
        if ours / name not in places[:1]:
            return _sentence(name, str(places[0]) if places else (spec.origin if spec else None), ours)
    return None


def _sentence(name: str, found: str | None, ours: Path) -> str:
    if found is None:
        return f"the package '{name}' of llm-pricewar is missing from {ours}; install llm-pricewar again"
    return (
        f"'{name}' is imported from {found}, which belongs to another project; "
        f"give llm-pricewar an environment of its own, or take that folder off PYTHONPATH"
    )


def stand() -> None:
    """End with exit code 2 if a package is not ours."""
    if sentence := collision():
        sys.stderr.write(f"Error: {sentence}.\n")
        raise SystemExit(2)
