"""The family tree of a war as lines for a terminal: date, days since the cause, then the tree."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from pricewar.sim.analysis.wars.family_tree import Family, Step
from pricewar.sim.analysis.wars.steps_in_words import TOGETHER, deed, plain, reason, root_words
from pricewar.sim.text import counted, day_month_year, names

ROOTS = 6
"""Roots that the overview names; of more, those with the most cuts."""
LEAVES = 3
"""Answers that nobody answered which are told one by one; more of them share a line."""
LINKS = 6
"""Links of a chain in which each has one answer; of a longer one the middle is left out."""
FORKS = 4
"""Forks one below the other; what lies deeper is summed up."""
WIDE = 118
"""Columns after which a line is wrapped."""
MARGIN = 22
"""Columns of date and lag."""
LEGEND = (
    "Each line answers the one from which its branch hangs, ↳ the one just above, after so many days (+). In brackets: "
    "other tiers. A seller's cause is the rival's cut since its last review that costs it most customers, else its own "
    "news: what it answered, not what would have happened without."
)


def overview(family: Family) -> list[str]:
    """Say from which roots the cuts of a war come, in how many generations, and how soon they answered."""
    by_root, lags, generations = family.counted(), family.lags(), family.generations()
    roots = sorted(
        (root for root in family.roots if by_root[root.number]), key=lambda root: (-by_root[root.number], root.number)
    )
    told = [f"Its {counted(sum(generations), 'cut')} go back to {counted(len(roots), 'root')}:"]
    shown = roots if len(roots) <= ROOTS + 1 else roots[:ROOTS]
    told += [
        f"{by_root[root.number]:>4}  {day_month_year(root.date):>11}  {root_words(root, family.tier)}" for root in shown
    ]
    if rest := roots[len(shown) :]:
        told.append(f"{sum(by_root[root.number] for root in rest):>4}  {'':>11}  {len(rest)} other roots")
    last = max((number for number, many in enumerate(generations) if many), default=0)
    by_generation = ", ".join(map(str, generations[: last + 1]))
    told.append(f"Cuts by generation, roots first: {by_generation}.")
    if lags:
        told[-1] += f" Answers came after {median(lags):.1f} days at the median, {lags[-1]:.1f} at most."
    return list(map(plain, told))


@dataclass(frozen=True, slots=True)
class _Branch:
    """What stands at one place of the tree."""

    item: Step | str
    """A step, or what sums several up."""
    stem: str
    """What is drawn before it."""
    hanging: str
    """What is drawn before all that hangs below it."""
    forks: int
    """Forks above it."""
    below: bool = True
    """Whether what answers it is still to be told."""


def tree(family: Family, everything: bool = False) -> list[str]:
    """Draw the family as lines, a tree after another by the date of its root.

    Unless everything is wanted, answers that nobody answered share a line, long chains lose their middle, and what
    lies below several forks, trees without a cut of the war and branches in other tiers alone are summed up.
    """
    counted_by_root = family.counted()
    grower = _Grower(family, everything)
    lines: list[str] = []
    alone: list[Step] = []
    for root in family.roots:
        if not everything and root.moves and not grower.answered(root):
            alone += [root] if counted_by_root[root.number] else []
        elif everything or counted_by_root[root.number]:
            lines += [*([""] if lines else []), *grower.grown(root)]
    if alone:
        alone_in_words = "; ".join(f"{deed(step, family.tier, prices=False)} ({_day(step)})" for step in alone)
        text = f"Cuts that answered nothing and drew no answer in the tier: {alone_in_words}."
        lines += ["", *map(plain, textwrap.wrap(text, WIDE))]
    others = 0 if everything else sum(counted_by_root[step.root] == 0 for step in family.steps)
    if others:
        where = "a tree" if others == 1 else "trees"
        lines += ["", f"{counted(others, 'more step')}, in {where} without a cut of the war."]
    return lines


class _Grower:
    """Writes trees of one family; with a stack, as chains may be longer than Python's own."""

    def __init__(self, family: Family, everything: bool) -> None:
        self.tier, self.everything = family.tier, everything
        self.answers = family.answers()
        self.matters = [any(move.here for move in step.moves) for step in family.steps]
        """Whether a step, or one below it, is a move of the war."""
        for step in reversed(family.steps):
            if step.parent is not None and self.matters[step.number]:
                self.matters[step.parent] = True

    def grown(self, root: Step) -> Iterator[str]:
        """Write one tree."""
        yield from _lines(root, "", "", root_words(root, self.tier))
        waiting = self.below(root, "", 0)[::-1]
        while waiting:
            branch = waiting.pop()
            if isinstance(branch.item, str):
                yield from _lines(None, branch.stem, branch.hanging, branch.item)
                continue
            yield from _lines(branch.item, branch.stem, branch.hanging, self.told(branch.item))
            if branch.below:
                waiting += self.below(branch.item, branch.hanging, branch.forks)[::-1]

    def told(self, step: Step) -> str:
        """A step in words; a launch with its reason."""
        launched = any(move.kind in ("launch", "opening") for move in step.moves)
        return deed(step, self.tier) + (f" ({reason(step)})" if launched else "")

    def below(self, step: Step, hanging: str, forks: int) -> list[_Branch]:
        """What stands below a step, in order."""
        children = self.answers[step.number]
        if len(children) == 1 and (self.everything or self.matters[children[0].number]):
            return self.chain(children[0], hanging, forks)
        if not self.everything and forks >= FORKS and len(children) > 1:
            return [_Branch(self.summed(children, "… "), f"{hanging}↳ ", hanging, forks)]
        items: list[Step | str] = [*children] if self.everything else self.folded(children)
        branches = [_Branch(item, f"{hanging}├─ ", f"{hanging}│  ", forks + 1) for item in items]
        return [*branches[:-1], *(_Branch(item, f"{hanging}└─ ", f"{hanging}   ", forks + 1) for item in items[-1:])]

    def answered(self, step: Step) -> bool:
        """Whether a step has an answer that is a move of the war, or leads to one."""
        return any(self.matters[answer.number] for answer in self.answers[step.number])

    def folded(self, children: Sequence[Step]) -> list[Step | str]:
        """Answers to one step, with those that drew none on one line, and other tiers' summed up."""
        told = [child for child in children if self.matters[child.number]]
        leaves = [child for child in told if not self.answered(child)]
        items: list[tuple[float, Step | str]] = [(child.time, child) for child in told]
        if len(leaves) > LEAVES:
            leaves_in_words = "; ".join(f"{deed(step, self.tier, prices=False)} ({_day(step)})" for step in leaves)
            text = f"{len(leaves)} steps that drew no answer in the tier: {leaves_in_words}"
            items = [(leaves[0].time, text), *((child.time, child) for child in told if child not in leaves)]
        elsewhere = [child for child in children if not self.matters[child.number]]
        if len(elsewhere) == 1 and not self.answers[elsewhere[0].number]:
            items.append((elsewhere[0].time, elsewhere.pop()))
        # sorting is stable, and only times are compared: what shares an instant keeps its order
        in_order = [item for _, item in sorted(items, key=lambda pair: pair[0])]
        return [*in_order, self.summed(elsewhere, "in other tiers alone: ")] if elsewhere else in_order

    def chain(self, step: Step, hanging: str, forks: int) -> list[_Branch]:
        """Follow single answers; unless everything is wanted, a long chain loses its middle."""
        links = [step]
        while not self.everything and len(self.answers[links[-1].number]) == 1:
            links.append(self.answers[links[-1].number][0])
        if len(links) <= LINKS:
            return [_Branch(step, f"{hanging}↳ ", hanging, forks)]
        middle = self.summed_up(links[1:-1], "… ", "each answering the one before")
        return [
            _Branch(step, f"{hanging}↳ ", hanging, forks, below=False),
            _Branch(middle, f"{hanging}↳ ", hanging, forks),
            _Branch(links[-1], f"{hanging}↳ ", hanging, forks),
        ]

    def summed(self, children: Sequence[Step], before: str) -> str:
        """Sum up some steps and everything below them."""
        below, waiting = [], list(children)
        while waiting:
            below.append(waiting.pop())
            waiting += self.answers[below[-1].number]
        deep = max(step.generation for step in below) - children[0].generation + 1
        return self.summed_up(below, before, f"in {counted(deep, 'generation')}" if deep > 1 else "")

    def summed_up(self, steps: Sequence[Step], before: str, how: str) -> str:
        """Sum up some steps: how many, when, by whom, with how many cuts of the war."""
        first, last = min(step.date for step in steps), max(step.date for step in steps)
        when = f"on {day_month_year(first)}" if first == last else f"{day_month_year(first)} to {day_month_year(last)}"
        cuts = sum(step.counted for step in steps)
        parts = [
            f"{before}{counted(len(steps), 'step')}", how, when,
            f"by {names(','.join(sorted({step.actor for step in steps})))}",
            f"{counted(cuts, 'cut')} of the war" if cuts else "",
        ]  # fmt: skip
        return ", ".join(part for part in parts if part)


def _lines(step: Step | None, stem: str, hanging: str, text: str) -> Iterator[str]:
    """Write a line of the tree, wrapped under itself: date, days since the cause, place in the tree, what was done."""
    date = day_month_year(step.date) if step else ""
    lag = "" if step is None or step.lag is None else f"{'+' * (step.lag > 0)}{step.lag:.1f} d"
    first, *more = textwrap.wrap(text, max(WIDE - MARGIN - len(stem), 40))
    yield plain(f"{date:>11} {lag:>8}  {stem}{first}")
    for rest in more:
        yield plain(f"{'':>{MARGIN}}{hanging}  {rest}")


def _day(step: Step) -> str:
    return day_month_year(step.date).rpartition(" ")[0].translate(TOGETHER)


def way_back(family: Family, everything: bool = False) -> list[str]:
    """Tell a line of causes from the last step back to its root; a long one loses its middle unless all is wanted."""
    steps = family.steps[::-1]
    told = []
    for step, answer in zip(steps, [None, *steps], strict=False):
        lag = "" if answer is None or answer.lag is None else f"{'−' * (answer.lag > 0)}{answer.lag:.1f} d"
        what = deed(step, "") if step.parent is not None else root_words(step, "")
        why = f" ({reason(step)})" if step.moves and step.parent is not None else ""
        text = f"{what}{why}" if answer is None else f"because {what}{why}"
        told.append(plain(f"{day_month_year(step.date):>11} {lag:>8}  {text}"))
    left_out = 0 if everything else max(len(told) - 2 * LINKS, 0)
    if left_out:
        told[LINKS:-LINKS] = [f"{'':>{MARGIN}}… {counted(left_out, 'step')} left out"]
    return told
