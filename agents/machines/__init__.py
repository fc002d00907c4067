"""Accelerators: what they cost today (`economy`), who makes, owns, lets and rents them."""
