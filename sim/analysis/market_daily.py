"""What the indices of `market_daily` are: unit and meaning of each, for the table, its dictionary and the measures."""

from collections.abc import Mapping

LERNER: Mapping[str, str] = {
    "lerner_energy": "marginal_cost",
    "lerner_avoidable": "avoidable_cost",
    "lerner_full": "unit_cost",
}
"""Lerner indices by name, and the cost of a token over which each is taken (columns of `offers_daily`)."""

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
    "lerner_energy": ("1", "(Revenue - marginal cost)/revenue, at list prices over all tokens, self-hosting too."),
    "lerner_avoidable": ("1", "(Revenue - avoidable cost)/revenue, at list prices over all tokens, self-hosting too."),
    "lerner_full": ("1", "(Revenue - full cost)/revenue, at list prices over all tokens, self-hosting too."),
    "below_cost_share": ("share, 0-1", "Share of all tokens served at a list price below full unit cost."),
    "utilisation": ("share, 0-1", "Share of all fleets' serving capacity in use."),
    "adoption": ("share, 0-1", "Share of all buyers who use a model."),
}
"""By name, in the order of the columns; `money` stands for the currency."""
