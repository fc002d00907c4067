"""Buyers: what a scenario says of them (`spec`), the `population`, and how it chooses (`sampled`, `continuous`)."""
