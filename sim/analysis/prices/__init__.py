"""Prices over time: indices, hedonic regression, decomposition, adoption."""
