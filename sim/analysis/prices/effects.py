"""The causes of a change in price, in words: one list for sentences and figures, which loads nothing."""

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "hardware": "hardware",
    "utilisation": "planned utilisation",
    "software": "software",
    "algorithms": "algorithms",
    "energy": "energy",
    "training": "training and data",
    "margin": "margin",
    "mix": "mix of offers",
}
"""Effects of `decomposition` in words, in the order in which they are drawn."""
