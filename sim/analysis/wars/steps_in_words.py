"""Steps of a family tree in words: how large a move was, what was done and why, what a root is."""

from pricewar.sim.analysis.wars.family_tree import Move, Step
from pricewar.sim.text import figures, percent

LEAST = 1e-4
"""Smallest change that is told with its size. [share of the price]"""
TOGETHER = str.maketrans(" ", "\N{NO-BREAK SPACE}")
"""Keeps a number and its unit, or a day and its month, on one line; undone when the line is written."""


def size(move: Move) -> str:
    """Say how large a move was: "−54 %", "launched at 1.25"."""
    if move.kind == "withdrawn":
        return "withdrawn"
    if move.previous is None:
        return f"{'opens' if move.kind == 'opening' else 'launched'} at {figures(move.price)}"
    if move.change is None:
        return f"up from nothing to {figures(move.price)}"
    if move.change == 0.0:
        return f"successor model at {figures(move.price)}"
    much = percent(abs(move.change)) if abs(move.change) >= LEAST else f"under {percent(LEAST)}"
    return f"{'−' if move.change < 0 else '+'}{much}".translate(TOGETHER)


def deed(step: Step, tier: str, *, prices: bool = True) -> str:
    """Say what a step did: moves with sizes, those of other tiers in brackets; its own sentence if it moved no price.

    tier: of the war; if empty, every tier is named. prices: whether to say to what prices moved.
    """
    if not step.moves:
        return step.what.rstrip(".")
    told = []
    for move in step.moves:
        words = size(move)
        if prices and move.change and (not tier or move.tier == tier):
            words += f" to {figures(move.price)}"
        told.append(words if move.tier == tier else f"[{move.tier} {words}]" if tier else f"{move.tier} {words}")
    return f"{step.actor} {', '.join(told)}"


def reason(step: Step) -> str:
    """Why a price moved, in the seller's own words: the end of its sentence."""
    return step.what.rpartition(", ")[2].rstrip(".")


def root_words(root: Step, tier: str) -> str:
    """Name a root as what it is."""
    if not root.moves:
        return f"{root.what.rstrip('.')} ({root.origin})"
    return plain(f"{deed(root, tier)} ({reason(root)}; {root.origin})")


def plain(text: str) -> str:
    """Write text with ordinary spaces."""
    return text.replace("\N{NO-BREAK SPACE}", " ")
