"""Who the buyers of a segment are: drawn once, each trait from a stream of its own."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pricewar.agents.buyers.spec import Segment
from pricewar.sim.kernel.streams import Streams, own_keys
from pricewar.sim.market.demand import Floats, Ints


@dataclass(frozen=True, slots=True)
class Traits:
    """What does not change about N buyers."""

    size: Floats
    """Tokens at the reference price on the first day, shape (N,). [Mtok/day]"""
    sensitivity: Floats
    """Price sensitivity, shape (N,). [1]"""
    need: Floats
    """Capability beyond which a buyer gains nothing, shape (N,). [nat]"""
    pace: Floats
    """Mean time between choices, shape (N,). [day]"""
    stay: Floats
    """Factor by which loyalty raises the odds of one's supplier, shape (N,). [1]"""
    privacy: Floats
    """What it costs in utility when data leave a buyer's walls, shape (N,). [util]"""
    tied: Floats
    """Whether a buyer's data are sensitive, and how far a price may rise before it leaves, shape (2, N)."""
    homes: tuple[str, ...]
    """Clouds on which other workloads run."""
    home: Ints
    """Position of the home cloud in `homes`, len(homes) for none, shape (N,)."""
    keys: NDArray[np.uint64]
    """Keys of each buyer's draws of choices and of contracts, shape (2, N)."""


def draw(name: str, segment: Segment, count: int, homes: Mapping[str, float], luck: Streams) -> Traits:
    """Draw the buyers of a segment. homes: share of buyers by home cloud."""
    weight = np.exp(segment.size_spread * luck(name, "size").standard_normal(count))
    differing = np.hypot(segment.sensitivity_spread, segment.response.spread)
    spread = differing * luck(name, "sensitivity").standard_normal(count)
    sensitivity = segment.response.sensitivity * np.exp(spread)
    behind = luck(name, "gateway").random(count) < segment.gateway
    private = luck(name, "privacy").random(count) < segment.sensitive
    clouds = tuple(sorted(homes))
    share = np.cumsum([homes[seller] for seller in clouds])
    who = np.arange(count, dtype=np.uint64)
    return Traits(
        size=weight * (segment.potential / weight.sum()),
        sensitivity=sensitivity,
        need=segment.need + segment.need_spread * luck(name, "need").standard_normal(count),
        pace=np.where(behind, segment.gateway_contract, segment.contract),
        stay=np.where(behind, 1.0, np.exp(segment.loyalty)),
        privacy=np.where(private, segment.privacy, 0.0),
        tied=np.stack([private, segment.response.hold(np.where(behind, 0.0, segment.loyalty), sensitivity)]),
        homes=clouds,
        home=np.searchsorted(share, luck(name, "home").random(count), side="right"),
        keys=np.stack([own_keys(luck.key(name, purpose), who) for purpose in ("choice", "contract")]),
    )
