"""Chance, named: a stream of random numbers for every (agent, purpose).

Two runs that differ in a policy then differ by the policy and not by the draw (common random numbers), and an
extra draw of one agent changes nobody else's.
"""

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)


def digest(*names: str) -> int:
    """A 64-bit digest of a name that is the same in every process (Python's own `hash` is not)."""
    return int.from_bytes(blake2b("\x1f".join(names).encode(), digest_size=8).digest(), "little")


class Streams:
    """Independent random generators by name, all from one seed.

    >>> Streams(1)("acme", "release").random() == Streams(1)("acme", "release").random()
    True
    """

    def __init__(self, seed: int) -> None:
        """Keep the seed; a generator is made when its name is first asked for."""
        self.seed = seed
        self._made: dict[tuple[str, ...], np.random.Generator] = {}

    def __call__(self, *names: str) -> np.random.Generator:
        """Return the generator of a name: the same object at every call, so that its draws go on."""
        if names not in self._made:
            sequence = np.random.SeedSequence(self.seed, spawn_key=(digest(*names),))
            self._made[names] = np.random.Generator(np.random.PCG64(sequence))
        return self._made[names]

    def key(self, *names: str) -> np.uint64:
        """Return the key under which `counted` draws for a population of that name."""
        sequence = np.random.SeedSequence(self.seed, spawn_key=(digest(*names),))
        return np.uint64(sequence.generate_state(1, np.uint64)[0])


def _mixed(state: U64) -> U64:
    """SplitMix64's finaliser (Steele, Lea & Flood 2014), in place."""
    state ^= state >> np.uint64(30)
    state *= _MIX1
    state ^= state >> np.uint64(27)
    state *= _MIX2
    state ^= state >> np.uint64(31)
    return state


def own_keys(key: np.uint64, who: U64) -> U64:
    """Every buyer's own key, from which its counted draws follow; kept, it halves their cost.

    key: of the population and purpose, from `Streams.key`. who: number of each buyer. Returns the shape of `who`.
    """
    return _mixed((who + np.uint64(1)) * _GAMMA + key)


def counted(key: np.uint64, who: U64, draw: U64) -> NDArray[np.float64]:
    """Uniform draws in (0, 1) from counters: the number depends on (key, who, draw) and on nothing else.

    key: of the population and purpose, from `Streams.key`. who: number of each buyer, shape (N,).
    draw: how many draws that buyer has had, shape (N,). Returns shape (N,).

    A population can then be served in any batches, in any order, without one buyer's draw shifting another's.
    """
    return counted_from(own_keys(key, who), draw)


def counted_from(own: U64, draw: U64) -> NDArray[np.float64]:
    """The draws of `counted` for buyers whose own keys are known; own: shape (..., N), draw: shape (N,)."""
    state = _mixed(own + draw * _GAMMA)
    state >>= np.uint64(11)
    uniform = state.astype(np.float64)
    uniform += 0.5
    uniform *= 2.0**-53
    return uniform
