"""The tables a run leaves: each column's type, unit and meaning, in one place.

The recorder builds its frames from here (`schema`), saved runs are checked against it (`faults`), and the
data dictionary beside every run is printed from it. `money` in a unit stands for the scenario's currency.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pricewar.sim.analysis.market_daily import LERNER, MARKET_DAILY

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    name: str
    dtype: str
    """Name of its polars type."""
    unit: str
    """Its unit; empty where it has none (names, sentences), `1` for a pure number."""
    meaning: str
    """One sentence; says so where null has a meaning."""
    optional: bool = False
    """Whether a table may lack it; the recorder does not ask for it."""

    def unit_in(self, currency: str) -> str:
        """Unit with the currency's code for money.

        >>> Column("price", "Float64", "money/Mtok", "List price.").unit_in("CNY")
        'CNY/Mtok'
        """
        return self.unit.replace("money", currency)


def _text(name: str, meaning: str) -> Column:
    return Column(name, "String", "", meaning)


def _number(name: str, unit: str, meaning: str) -> Column:
    return Column(name, "Float64", unit, meaning)


def _count(name: str, unit: str, meaning: str) -> Column:
    return Column(name, "Int32", unit, meaning)


def _whole(name: str, unit: str, meaning: str) -> Column:
    return Column(name, "Int64", unit, meaning)


TIME = _number("time", "day", "Instant, in days since the scenario's first; negative in the burn-in.")
DAY = _count("day", "day", "Day, 0 on the scenario's first; negative in the burn-in.")
DATE = Column("date", "Date", "", "Calendar date of the day or instant.")
SELLER = _text("seller", "Identifier of the seller.")
TIER = _text("tier", "Class of capability in which offers compete.")
MODEL = _text("model", "Identifier of the model that is sold.")
FACT = Column("fact", "Int64", "", "Number of the fact that records it, in the order of happening.")
CAUSE = Column("cause", "Int64", "", "Number of the fact that it answers; null if none.")
UNIT_COST = _number("unit_cost", "money/Mtok", "Full cost of serving: hardware, energy, operations.")
MARGINAL_COST = _number("marginal_cost", "money/Mtok", "Energy and variable cost of serving, hardware aside.")

TABLES: Mapping[str, tuple[Column, ...]] = {
    "prices": (
        TIME, DATE, SELLER, TIER, MODEL,
        _text("kind", "opening, launch, cut, rise, renewal (new model, same price) or withdrawn."),
        _number("price", "money/Mtok", "List price, blended 3 input : 1 output."),
        _number("price_in", "money/Mtok", "List price of input tokens."),
        _number("price_out", "money/Mtok", "List price of output tokens."),
        _number("previous", "money/Mtok", "Blended list price until then; null if there was none."),
        UNIT_COST, MARGINAL_COST, FACT, CAUSE,
    ),
    "offers_daily": (
        DAY, DATE, SELLER, TIER, MODEL,
        Column("open_weights", "Boolean", "", "Whether the model's weights are public."),
        _number("capability", "nat", "Effective training compute; 0 is GPT-3.5 of November 2022."),
        _number("price", "money/Mtok", "List price at the day's close, blended 3 input : 1 output."),
        UNIT_COST, MARGINAL_COST,
        _number("avoidable_cost", "money/Mtok", "Marginal cost, rent forgone and shadow price of its machine time."),
        _number("nash_price", "money/Mtok", "Static Nash price, true demand, avoidable cost; null if none is found."),
        _number("tokens", "Mtok/day", "Tokens sold."),
        _number("revenue", "money/day", "Takings from tokens."),
    ),
    "costs_daily": (
        DAY, DATE, SELLER, TIER, MODEL,
        _number("price", "money/Mtok", "List price at the day's close, blended 3 input : 1 output."),
        _number("hour_capital", "money/accelerator-hour", "Annuity or rent; of given costs: all but the marginal."),
        _number("hour_energy", "money/accelerator-hour", "Power; of given costs: the marginal cost."),
        _number("hour_upkeep", "money/accelerator-hour", "Staff, repairs and space."),
        _number("utilisation", "share, 0-1", "Utilisation that the seller plans with, not the one observed."),
        _number("software", "1", "Machine time over the first day's, by software; given outright: the cost's curve."),
        _number("machine_time", "s/Mtok", "Accelerator-seconds at full utilisation, before software progress."),
        _number("training", "money/Mtok", "Training and data, spread over the tokens sold."),
    ),
    "sellers_daily": (
        DAY, DATE, SELLER,
        _text("role", "cloud, lab, host or buyers (who host for themselves)."),
        _number("fleet", "accelerator", "Accelerators owned or rented for serving."),
        _number("on_order", "accelerator", "Accelerators ordered and not yet delivered."),
        _number("utilisation", "share, 0-1", "Share of its serving capacity in use; zero without a limit."),
        _number("demand", "Mtok/day", "Tokens asked for, served or not."),
        _number("tokens", "Mtok/day", "Tokens sold."),
        _number("revenue", "money/day", "Takings from tokens."),
        _number("operating_cost", "money/day", "Energy, operations and rent paid."),
        _number("cash", "money", "Cash at the day's close."),
        _number("share", "share, 0-1", "Share of all tokens served, self-hosting included."),
        *(
            _number(name, "1", f"(Takings - {words})/takings over its sales; nan without takings.")
            for name, words in zip(LERNER, ("marginal cost", "avoidable cost", "full cost"), strict=True)
        ),
        _number("delay", "day", "Delay that buyers meet when the fleet is full."),
        _number("shadow_price", "money/accelerator-second", "Shadow price of capacity at the last review."),
        _text("stance", "How it prices now: focal, best_response, short, or a strategy's word; gone once it left."),
        _number("energy", "kWh/day", "Power that tokens and training took; zero where costs are given outright."),
        _number("rented_out", "accelerator", "Accelerators let to others."),
        _number("rent_income", "money/day", "Rent taken for them, less power and upkeep where those are in the rent."),
        _number("training", "accelerator", "Accelerators that training keeps from serving."),
    ),
    "segments_daily": (
        DAY, DATE,
        _text("segment", "Segment of buyers."),
        _number("buyers", "buyer", "Buyers in the segment."),
        _number("adopters", "buyer", "Buyers who use a model."),
        _number("adoption", "share, 0-1", "Adopters over buyers."),
        _number("demand", "Mtok/day", "Tokens asked for, served or not."),
        _number("tokens", "Mtok/day", "Tokens bought."),
        _number("unmet", "Mtok/day", "Tokens asked for and not served."),
        _number("price_paid", "money/Mtok", "Mean price over the tokens bought; nan if none were."),
        _number("applications", "1", "Mean number of applications of an adopter; nan without adopters."),
        _number("ceiling", "1", "Applications beyond which a buyer has no use; 1 where they do not spread."),
        _number("potential", "Mtok/day", "Tokens if all bought at the reference price, with today's applications."),
        _number("exogenous", "1", "Factor in the potential by growth that the scenario gives; 1 on day 0."),
        _number("exposed", "Mtok/day", "Tokens of sensitive buyers that leave their walls."),
        _number("renewals", "buyer", "Choices so far by buyers who had a supplier."),
        _number("switches", "buyer", "Of these, choices of another supplier, withdrawn ones left included."),
        _number("exit_cost", "money/day", "What buyers would pay not to lose their suppliers."),
        _number("surplus", "money/day", "Consumer surplus of what was chosen and served, over buying nothing."),
    ),
    "market_daily": (
        DAY, DATE,
        *(_number(name, unit, meaning) for name, (unit, meaning) in MARKET_DAILY.items()),
        Column("closing_error", "Float64", "1", "Error of the books at the close, over turnover.", True),
    ),
    "hardware": (
        DAY, DATE, SELLER,
        _text("chip", "Identifier of the accelerator."),
        _text("event", "opening, order, delivery, scrap or released (by a firm that leaves)."),
        _number("accelerators", "accelerator", "How many."),
        _number("price", "money/accelerator", "Price of one; null where none was paid."),
        _count("due", "day", "Day on which an order is due; null otherwise."),
    ),
    "rentals": (
        DAY, DATE,
        _number("price", "money/accelerator-hour", "Rent that clears the market, power included."),
        _number("supply", "accelerator", "Idle accelerators that owners could let."),
        _number("demand", "accelerator", "Accelerators rented, by the rest of the world too."),
        _number("utilisation", "share, 0-1", "Demand over supply; below one the rent is at running cost."),
    ),
    "training": (
        DAY, DATE, SELLER,
        _text("project", "Identifier of the project."),
        _text("stage", "data, processing, design, training, evaluation, deployment, feedback; or stopped."),
        _text("event", "begins or ends; stops for a project that is given up."),
        _number("accelerators", "accelerator", "Accelerators that it holds, rented ones included."),
        _number("spent", "money", "What it has cost so far."),
        _number("capability", "nat", "Capability of its model; null before evaluation ends."),
    ),
    "ledger": (
        DAY, DATE,
        _text("payer", "Who paid."),
        _text("payee", "Who was paid."),
        _text("what", "What for."),
        _number("amount", "money", "How much that day."),
    ),
    "facts": (
        FACT, TIME, DATE,
        _text("actor", "Who did it."),
        _text("kind", "What sort of happening: opening, launch, cut, rise, withdrawn, order, delivery, ..."),
        _text("what", "One sentence about it."),
        CAUSE,
    ),
    "wars": (
        _whole("war", "", "Number of the war, in the order of start and tier."),
        _text("tier", "Tiers in which it was fought, parted by commas."),
        _number("start_time", "day", "Instant of the first cut; of the first entry where nobody cut."),
        Column("start_date", "Date", "", "Date of it."),
        _number("start_low", "day", "Earliest start that the moves leave likely (95 %)."),
        Column("start_low_date", "Date", "", "Date of it."),
        _number("start_high", "day", "Latest start that the moves leave likely (95 %)."),
        Column("start_high_date", "Date", "", "Date of it."),
        _number("end_time", "day", "Instant of the last move that took prices further than usual."),
        Column("end_date", "Date", "", "Date of the end."),
        _text("end_reason", "quiet, half_undone or end_of_record (it may go on after the run)."),
        _text("begun_by", "Seller who cut, or entered, first; several of one instant are parted by commas."),
        Column("first_fact", "Int64", "", "Number of the fact of the first cut."),
        _text("trigger", "Latest launch below the tier's median before the first cut; empty if none."),
        _number("depth", "share, 0-1", "Share of yesterday's bill that those who stay where they are save."),
        _number("drop", "share, 0-1", "Mean fall of the prices of those who moved."),
        _number("strength", "1", "Highest C: midpoint changes of prices beyond those that were usual."),
        _number("bound", "1", "What C had to reach: max(2 D_min, ln(n/alpha)/theta)."),
        _number("trend", "1/day", "Midpoint changes a day that were usual: the drift of C."),
        _number("duration", "day", "From start to end."),
        _text("sellers", "Sellers who cut or entered, sorted, parted by commas."),
        _whole("n_sellers", "seller", "How many sellers cut or entered."),
        _whole("n_cuts", "cut", "How many cuts were made."),
        _whole("n_entries", "entry", "Lines opened below every rival's price for the product."),
        _text("answers", "Moves that follow a rival's move or low launch within H, in order, with lags."),
        _number("median_lag", "day", "Median of those lags; null without answers."),
        _number("share_answering", "share, 0-1", "Share of the moves that follow a rival's move of the war within H."),
        _number("answers_per_cut", "1", "Answers per move in the war's first generations."),
        _whole("launches_below_median", "launch", "Launches below the tier's median price."),
        _number("p_value", "1", "Permutation p-value of the tier's reactions, at least 1/(permutations + 1), which "
                "stands for any less; null where not computed."),
        _text("class", "A below the static Nash price, B eroding above it, C avoidable cost fell; or null."),
        _whole("floored", "cut", "Cuts to a price of zero."),
    ),
}  # fmt: skip
"""Every table by name, its columns in order."""


def columns(table: str) -> tuple[Column, ...]:
    """Columns of a table, in order. Raises KeyError, with the names there are, for an unknown table."""
    if table not in TABLES:
        raise KeyError(f"no table called {table!r}; there are {', '.join(TABLES)}")
    return TABLES[table]


def schema(table: str) -> "dict[str, type[pl.DataType]]":
    """Polars types of a table's columns, in order and by name, optional ones left out."""
    import polars as pl

    return {column.name: getattr(pl, column.dtype) for column in columns(table) if not column.optional}


def faults(table: str, frame: "pl.DataFrame") -> list[str]:
    """Say what is wrong with a frame that should be this table: a sentence a fault, none if it is right."""
    import polars as pl

    if table not in TABLES:
        return [f"there is no table called {table!r}"]
    expected = {column.name: column for column in TABLES[table]}
    wrong = [f"table {table} has an unknown column {name!r}" for name in frame.columns if name not in expected]
    for name, column in expected.items():
        if name not in frame.columns:
            wrong += [] if column.optional else [f"table {table} lacks its column {name!r}"]
        elif frame.schema[name] != getattr(pl, column.dtype):
            wrong.append(f"column {name!r} of table {table} holds {frame.schema[name]}, not {column.dtype}")
    return wrong
