"""Recorded prices: read from a file, judged by the definition of a war that simulated prices are judged by."""
