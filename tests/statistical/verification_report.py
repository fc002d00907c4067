"""Write docs/verification.md: what is known and what this program finds, with the time that it took.

python tests/statistical/verification_report.py > docs/verification.md      (takes minutes)
"""

import sys
from itertools import groupby

from pricewar.scenarios.verification.answers import Row, rows
from pricewar.scenarios.verification.catalogue import checks, waiting
from pricewar.sim.pages.table import Head, Table, heads

PAGE = """# Known answers

What theory, exact computation or the record says, and what this program obtains, through the sellers, buyers and
markets that real scenarios run. `pricewar verify` asks what is quick, `pricewar verify --slow` all of it; exit code 1
if an answer is missed, `--only price` for a subject, `--json` for programs. Chance has fixed seeds, so the numbers are
always these.

Rows of the kind *known* have a closed form, a printed number or an exact computation apart from the program on the
side of what is expected. Those of the kind *consistency* have another part of this program there, or what was put in:
they show that two parts agree, and both may be wrong alike. No row would be passed by a program that obtains zero, or a
number that is none.

*Error* is the distance from what is expected, zero where an inequality holds; *tolerance* what passes: 1e-10 relative
for closed forms, half the last digit of printed numbers, and for stochastic numbers 3.89 standard errors, which chance
exceeds once in ten thousand. CI asks the quick ones (`tests/theory/test_known_answers.py`) and plants wrong signs in
every term of a seller's price, each of which some row must notice (`tests/theory/test_mutations.py`); by night wrong
lines are planted in every room (`tests/mutations`), and a row here or a test must notice each. Two more programs
stand beside this one in `tests/reference`: a slow twin of the whole market in plain Python, compared event by event,
and the exact transition probabilities of the buyers.

"""


def main() -> None:
    """Ask everything and print the page."""
    tables, seconds, every = [], 0.0, list[Row]()
    asked = checks(slow=True)
    if waiting(asked):
        sys.exit("install the extra fast first: without it this takes hours")
    for subject, group in groupby(asked, key=lambda check: check.name.partition(".")[0]):
        answered: list[Row] = []
        for check in group:
            print(check.name, file=sys.stderr, flush=True)
            answers = rows(check)
            seconds += answers[0].seconds
            answered += answers
        every += answered
        tables.append(f"## {subject.replace('_', ' ')}\n\n" + table(answered))
    passed = sum(row.passes for row in every)
    apart = sum(row.kind == "known" for row in every)
    counted = (
        f"{passed} of {len(every)} rows pass, {apart} of them of known answers, in {seconds:.0f} s of one core.\n\n"
    )
    print(PAGE + counted + "\n".join(tables))


def table(answers: list[Row]) -> str:
    """Make the rows of a subject a table of Markdown; what a check has in common stands in its first row."""
    columns = [Head("check"), Head("what", left=True), Head("kind", left=True), Head("source", left=True),
               *heads("expected", "obtained", "error", "tolerance"), Head("", left=True), Head("s")]  # fmt: skip
    lines = []
    before = None
    for row in answers:
        first, before = row.check != before, row.check
        relation = "" if row.relation == "=" else f"{row.relation} "
        lines.append((
            row.check if first else "", row.what, row.kind, row.source if first else "",
            f"{relation}{row.expected:.12g}", f"{row.obtained:.12g}", f"{row.error:.1e}", f"{row.tolerance:.1e}",
            "pass" if row.passes else "FAIL", f"{row.seconds:.1f}" if first else "",
        ))  # fmt: skip
    return Table(columns, lines).markdown() + "\n"


if __name__ == "__main__":
    main()
