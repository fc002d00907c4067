"""Energy: electricity that tokens took, what it costs and, at a stated intensity, its carbon."""

import polars as pl

from pricewar.sim.analysis.base import Ends, Tables, number, summed
from pricewar.sim.analysis.prices.indices import ratio
from pricewar.sim.analysis.questions.base import Columns, Needs, Question, in_order, part
from pricewar.sim.text import figures

ENERGY_NEEDS: Needs = {"sellers_daily": ("energy", "tokens")}
WORLD, CHINA = 0.481, 0.582
"""Carbon per electricity generated in 2023. [kg CO2-eq/kWh] Ember, Yearly Electricity Data 2024."""
ENERGY_COLUMNS: Columns = {
    "day": ("day", "Day, 0 on the scenario's first; negative in the burn-in."),
    "date": ("", "Calendar date of the day."),
    "energy": ("kWh/day", "Electricity of tokens and training."),
    "per_mtok": ("kWh/Mtok", "Electricity over tokens."),
    "cost": ("money/day", "Energy and variable cost, as the ledger has them together."),
    "cost_share": ("share, 0-1", "Energy and variable cost over operating cost."),
    "carbon": ("kg/day", "Electricity at the stated intensity of carbon."),
}


def energy(tables: Tables, *, intensity: float = WORLD) -> pl.DataFrame:
    """Electricity, its cost and its carbon, a row a day; columns of ENERGY_COLUMNS.

    intensity: carbon of electricity [kg CO2-eq/kWh]; the world's mean unless given, whatever the scenario's country.
    Cost is what suppliers got for `energy and variable cost`; rented machines' power is in their rent, not here.
    Sellers whose costs are given outright are recorded without energy; their tokens count in `per_mtok` all the same.
    """
    sellers = number(tables["sellers_daily"], "energy")
    table = summed(
        sellers, ["day", "date"], pl.col("energy", "tokens").sum(), pl.col("operating_cost").sum().alias("operating")
    )
    paid = tables["ledger"].filter(pl.col("what") == "energy and variable cost")
    table = table.join(summed(paid, ["day"], pl.col("amount").sum().alias("cost")), on="day", how="left")
    table = table.with_columns(pl.col("cost").fill_null(0.0)).with_columns(
        per_mtok=ratio(pl.col("energy"), pl.col("tokens")),
        cost_share=ratio(pl.col("cost"), pl.col("operating")),
        carbon=pl.col("energy") * intensity,
    )
    return in_order(table.sort("day"), ENERGY_COLUMNS)


def say_energy(table: pl.DataFrame, code: str) -> str:
    """Say how much power tokens took, at first and at last."""
    del code
    ends = Ends.of(table)
    (was, now), (each, less) = ends.means("energy"), ends.means("per_mtok")
    (_, paid), (_, carbon) = ends.means("cost_share"), ends.means("carbon")
    if not was and not now:
        return "No electricity is on record: costs are given outright, or nothing was served."
    if less != less:
        return f"Nothing was served at last; serving and training took {figures(was)} kWh a day at first."
    return (
        f"Serving and training took {figures(now)} kWh a day at last ({figures(was)} at first) and {figures(less)} "
        f"kWh/Mtok ({figures(each)}); energy and variable cost were {part(paid)} of operating cost, and carbon "
        f"{figures(carbon / 1000)} t a day at the world's mean of {WORLD} kg/kWh (assumed here; Ember, 2023)."
    )


ENERGY = Question(
    words="How much electricity does it take?",
    ask=energy,
    say=say_energy,
    columns=ENERGY_COLUMNS,
    needs=ENERGY_NEEDS,
)
