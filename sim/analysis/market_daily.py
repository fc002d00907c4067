"""What the indices of `market_daily` are: unit and meaning of each, for the table, its dictionary and the measures."""

from collections.abc import Mapping

MARKET_DAILY: Mapping[str, tuple[str, str]] = {
    "tokens": ("Mtok/day", "Tokens served, those of who hosts for itself included."),
    "price_level": ("money/Mtok", "Mean list price, weighted by tokens."),
    "price_median": ("money/Mtok", "Median list price over offers, self-hosting left out."),
    "constant_quality": (
        "money/Mtok",
        "Cheapest offer at or above the opening's best capability, self-hosting left out.",
    ),
    "chained_index": ("1", "Chained price index, 1 on day 0."),
    "dispersion": ("1", "Coefficient of variation of list prices over offers, self-hosting left out."),
    "hhi": ("1", "Herfindahl-Hirschman index of token shares, self-hosting as a seller, 0 to 1."),
    "lerner": ("1", "Lerner index at list prices over all tokens served, self-hosting included."),
    "below_cost_share": ("share, 0-1", "Share of all tokens served at a list price below full unit cost."),
    "utilisation": ("share, 0-1", "Share of all fleets' serving capacity in use."),
    "adoption": ("share, 0-1", "Share of all buyers who use a model."),
}
"""By name, in the order of the columns; `money` stands for the currency."""
