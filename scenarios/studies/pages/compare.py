"""What a comparison leaves for people: a page, tables and figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pricewar.scenarios.studies.compare import Claim
from pricewar.scenarios.studies.outcomes import OUTCOMES
from pricewar.scenarios.studies.pages import compare_figures as drawn
from pricewar.scenarios.studies.parts import KINDS
from pricewar.scenarios.studies.store import Results, units
from pricewar.sim.text import counted, figures

METHOD = """\
Every difference is arm less baseline, on the same seeds: the same luck wherever both worlds ask for it. Seeds are
independent and all that a seed draws is common to its runs, so a seed is the cluster, and intervals are over seeds:
Student's t for means, Tango's (1998) score interval with McNemar's exact p for probabilities. `p (Holm)` is adjusted
for all rows of the table. `variance ratio` is measured: the variance that the difference would have with seeds of each
arm's own, over the one that it has; at 4, pairing is worth four times the seeds; at ∞ the difference never varies.
An interval of a mean without width says that these seeds do not differ, not that none could. Welfare is consumer
surplus, operating profit, transfers between the public purse and sellers that are in no operating profit, and the
public purse; what sellers pay for machines and research is in no part."""


@dataclass(frozen=True)
class Comparison:
    """All that is said of a comparison."""

    results: Results
    asked: Sequence[str]
    differences: pl.DataFrame
    gains: pl.DataFrame
    regrets: pl.DataFrame
    paths: pl.DataFrame
    precision: Sequence[Mapping[str, object]] = ()
    """Half-widths asked for, reached, and the seeds that they need; empty if none was asked for."""
    claims: Sequence[Claim] = ()

    @property
    def asked_for(self) -> pl.DataFrame:
        """The differences that were asked for."""
        return self.differences.filter(pl.col("asked"))


def write_comparison(said: Comparison) -> Path:
    """Write tables, figures and `summary.md` into the folder of the study; returns the page."""
    folder = said.results.folder
    tables = {"differences": said.differences, "gains": said.gains, "regrets": said.regrets, "trajectories": said.paths}
    for name, table in tables.items():
        table.write_parquet(folder / f"{name}.parquet")
    for name in ("differences", "gains", "regrets"):
        tables[name].write_csv(folder / f"{name}.csv")
    (folder / "figures").mkdir(exist_ok=True)
    made = {
        "forest": ("Differences in standard deviations of the baseline", drawn.forest(said.asked_for)),
        "gains": ("Who gains and who loses", drawn.gains(said.gains, said.results.manifest.currency)),
        "trajectories": ("Differences day by day", drawn.trajectories(said.paths, said.results.manifest.currency)),
    }
    shown = []
    for name, (title, figure) in made.items():
        (folder / "figures" / f"{name}.png").unlink(missing_ok=True)
        if figure is not None:
            figure.savefig(folder / "figures" / f"{name}.png", dpi=150, metadata={"Software": None})
            shown.append(f"![{title}](figures/{name}.png)")
    page = folder / "summary.md"
    page.write_text("\n\n".join([*_sections(said), *shown]) + "\n", encoding="utf-8", newline="\n")
    return page


def _sections(said: Comparison) -> list[str]:
    manifest, runs = said.results.manifest, said.results.runs
    failed = f", {said.results.failed.height} of them failed" if said.results.failed.height else ""
    title = f"# {manifest.title}: {counted(len(manifest.arms) - 1, 'arm')} against the baseline, {runs.height} runs"
    parts = [f"{title}{failed}", manifest.made]
    parts += [f"**{one.said}**: {'met' if one.met(said.differences) else 'not met'}." for one in said.claims]
    parts += [*verdicts(said), "## Differences", _differences(said), METHOD]
    if said.precision:
        parts += ["## Precision", _precision(said)]
    parts += ["## Who gains and who loses", _gains(said)]
    if said.regrets.height:
        parts += ["## Regret", _regrets(said)]
    return parts


def verdicts(said: Comparison) -> list[str]:
    """A sentence an arm: which of what was asked for moves, and which does not."""
    found = []
    for arm in said.asked_for["arm"].unique(maintain_order=True).to_list():
        group = said.asked_for.filter(pl.col("arm") == arm)
        clear = [
            f"{row['outcome']} by {signed(row['difference'])} ({signed(row['low'])} to {signed(row['high'])})"
            for row in group.iter_rows(named=True)
            if row["p_holm"] is not None and row["p_holm"] < 0.05
        ]
        if clear:
            found.append(f"**{arm}** moves " + "; ".join(clear) + ".")
        elif (group["difference"].drop_nans() == 0.0).all():
            found.append(f"**{arm}** changes nothing of what was asked for, in any run.")
        else:
            found.append(f"**{arm}**: no difference that {max(group['pairs'].to_list())} seeds tell from luck.")
    return found


def signed(value: float) -> str:
    """Write a difference with its sign.

    >>> signed(0.0512), signed(-12.0), signed(0.0)
    ('+0.0512', '-12', '0')
    """
    return f"+{figures(value)}" if value > 0.0 else figures(value)


def ratio(value: float) -> str:
    """Write a number without unit; nothing where there is none.

    >>> ratio(3.14159), ratio(float("inf")), ratio(float("nan"))
    ('3.14', '∞', '')
    """
    return "" if value != value else "∞" if value == float("inf") else f"{value:.3g}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---", *["--:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _differences(said: Comparison) -> str:
    known = units(said.results.manifest)
    heads = ("arm: outcome", "unit", "baseline", "difference", "95 % interval", "%", "p (Holm)", "variance ratio",
             "pairs")  # fmt: skip
    rows = [
        (f"{row['arm']}: {row['outcome']}", known[row["outcome"]], figures(row["baseline"]), signed(row["difference"]),
         f"{signed(row['low'])} to {signed(row['high'])}", ratio(row["percent"]), ratio(row["p_holm"]),
         ratio(row["variance_ratio"]), str(row["pairs"]))
        for row in said.asked_for.iter_rows(named=True)
    ]  # fmt: skip
    meant = [f"- {name}: {OUTCOMES[name].meaning}" for name in said.asked]
    others = "Other outcomes, unadjusted, are in `differences.csv`."
    return "\n\n".join([_table(heads, rows), "\n".join(meant), others])


def _precision(said: Comparison) -> str:
    heads = ("arm: outcome", "half-width asked", "reached", "seeds", "seeds needed")
    rows = [
        (f"{row['arm']}: {row['outcome']}", *(_number(row[name]) for name in ("asked", "reached")), str(row["seeds"]),
         str(row["seeds_needed"] or "not known"))
        for row in said.precision
    ]  # fmt: skip
    how = (
        "Seeds were added in batches of 20 until every interval was as narrow as asked, or the most seeds were "
        "reached. Stopping by width makes intervals cover a little less than they say; the error vanishes as they "
        "narrow (Chow & Robbins 1965). Seeds needed are (1.96 sd / half-width)² with the deviation found so far."
    )
    return f"{_table(heads, rows)}\n\n{how}"


def _number(value: object) -> str:
    return figures(value) if isinstance(value, float) else str(value)


def _gains(said: Comparison) -> str:
    heads = ("arm: whom", "part", "baseline", "difference", "95 % interval")
    rows = []
    for row in said.gains.iter_rows(named=True):
        between = f"{signed(row['low'])} to {signed(row['high'])}"
        rows.append((f"{row['arm']}: {row['whom']}", row["kind"], figures(row["baseline"]), signed(row["difference"]),
                     between))  # fmt: skip
    sums = []
    for arm in said.gains["arm"].unique(maintain_order=True).to_list():
        group = said.gains.filter(pl.col("arm") == arm)
        by_kind = {kind: float(group.filter(pl.col("kind") == kind)["difference"].sum()) for kind in KINDS}
        told = ", ".join(f"{kind} {signed(value)}" for kind, value in by_kind.items())
        sums.append(f"- {arm}: welfare {signed(sum(by_kind.values()))} {said.results.manifest.currency} = {told}")
    return f"{_table(heads, rows)}\n\n" + "\n".join(sums)


def _regrets(said: Comparison) -> str:
    heads = ("outcome: arm", "worst regret", "in seed", "mean regret", "best in")
    rows = [
        (f"{row['outcome']}: {row['arm']}", figures(row["worst"]), str(row["worst_seed"]), figures(row["mean"]),
         f"{100 * row['best']:.0f} % of seeds")
        for (_,), group in said.regrets.group_by(["outcome"], maintain_order=True)
        if group["worst"].max() != 0.0
        for row in group.iter_rows(named=True)
    ]  # fmt: skip
    return f"{_table(heads, rows)}\n\nRegret is what an arm falls short of the best arm of the same seed."
