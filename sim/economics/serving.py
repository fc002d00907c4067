r"""How many accelerator-seconds a million tokens take: the roofline of prefill and of decode.

    prefill   1e6·(2·N_active + a·L) / (eta_p·F)                           compute-bound
    t_step  = max[ (W + B·L·k)/(eta_d·BW), 2·N_active·B/(eta_f·F) ]
    decode    1e6·t_step / (sigma·B)                       bandwidth-bound until the batch saturates
    B       ≤ (0.9·HBM − W)/(L·k)   and   t_step ≤ sigma/v
    cost    = G·seconds / (3600·U)                                         [money/Mtok]

Seconds are at full utilisation; utilisation U and the price of the hour G come in last, since a rented, an
owned and an idle machine differ in nothing else. Checked against DeepSeek's fleet of February 2025 (github
deepseek-ai/open-infra-index, day 6), whose three efficiencies are the defaults: 1,850 tokens/s per H800 in
decode, 4,030 in prefill. Trust it to about a factor 1.5 for large fleets; serving from a single node is two
to four times dearer.

Simplifications, named:
- *whole weights*: every step reads all resident weights, though a small batch does not wake every expert;
- *mean fleet*: the batch is a mean and need not be whole, so that cost has no jumps;
- *free drafts*: rejected draft tokens cost no FLOP; *free links*: the interconnect is never the bottleneck.
"""

from dataclasses import dataclass as plain_dataclass
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.sim.economics.accelerators import Accelerator, Precision
from pricewar.sim.errors import UserMistake
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import Accelerators, Billions, Bytes, Share, Tokens, TokensPerSecond, Unit, Utilisation

MEMORY_SHARE = 0.9
"""Share of the memory that weights and cache may fill; the rest is activations and fragmentation. Assumed."""

INPUT_SHARE = 0.75
"""A blended token is three parts input to one part output."""


class ServingMistake(UserMistake):
    """This model cannot be served in this way on this accelerator; the message says what may help."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Architecture:
    """What a model asks of the machine that serves it."""

    total: Billions
    """Parameters that must be held in memory."""
    active: Billions
    """N_active, parameters that a token passes through; equal to `total` in a dense model."""
    weight_bytes: Annotated[float, Field(gt=0), Unit("byte/parameter")] = 2.0
    """Stored size of a parameter: 2 for BF16, 1 for FP8, 0.5 for FP4."""
    kv_bytes: Annotated[Bytes, Unit("byte/context token")]
    """k, key-value cache per token of context: 327,680 for Llama-2-70B in BF16, 70,272 for DeepSeek-V3."""
    context: Tokens
    """L, mean length of the context that a token sees."""
    attention_flops: Annotated[float, Field(ge=0), Unit("FLOP/(token·context token)")] = 1.3e6
    """a, attention work in prefill per token of input and of context.

    2·layers·heads·(d_qk + d_v) times the share of L that a new token sees: 1/2 for a prompt from scratch,
    (1+h)/2 when a share h of it is cached. The default is Llama-2-70B, 4·80·8,192/2; it grows like the 2/3
    power of size. DeepSeek-V3: 5.0e6 × 0.8 = 4.0e6 at 56 % cache hits, 20 GFLOP at its 4,989 tokens."""
    replicated: Share = 0.0
    """Share of the parameters that every accelerator holds although the rest is spread (attention, shared
    experts). 0 under tensor parallelism; 17.1 of 671 for DeepSeek-V3 under expert parallelism."""

    def __post_init__(self) -> None:
        """Refuse more active than total parameters. Raises ValueError."""
        if self.active > self.total:
            raise ValueError(f"active ({self.active}) must not exceed total ({self.total})")


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Serving:
    """How a model is served: on how many accelerators, how fast to each user, how well used."""

    precision: Precision = "bf16"
    """Number format of the arithmetic."""
    shards: Annotated[Accelerators, Field(ge=1)] = 1.0
    """Accelerators over which the weights are spread."""
    speed: TokensPerSecond = 20.0
    """v, tokens per second that each user must see; DeepSeek's fleet: 20-22."""
    accepted: Annotated[float, Field(ge=1), Unit("token/step")] = 1.0
    """sigma, tokens that a decoding step yields; above 1 with speculative decoding."""
    eta_prefill: Utilisation = 0.1914
    """Share of peak FLOP/s reached in prefill: 4,030 tokens/s × 94 GFLOP of 1,979 TFLOP/s. DeepSeek's
    fleet."""
    eta_decode: Utilisation = 0.33
    """Share of the memory bandwidth reached in decode: 52.5 GB in 47.6 ms of 3.35 TB/s. DeepSeek's fleet."""
    eta_flops: Utilisation = 0.4
    """Share of peak FLOP/s reached in decode when compute binds. Assumed, between prefill (0.19) and the
    0.55 of MLPerf Llama-2-70B offline on H100 (3,903 tokens/s × 280 GFLOP, input as long as output)."""


@plain_dataclass(frozen=True, slots=True)
class TokenSeconds:
    """Machine time per million tokens at full utilisation. [accelerator-second/Mtok]"""

    prefill: float
    """Per million input tokens that are not in the cache."""
    decode: float
    """Per million output tokens."""

    @property
    def blended(self) -> float:
        """Per million tokens, three parts input to one part output. [accelerator-second/Mtok]"""
        return INPUT_SHARE * self.prefill + (1.0 - INPUT_SHARE) * self.decode


def resident_bytes(architecture: Architecture, serving: Serving) -> float:
    """W: weights on each accelerator, the replicated part whole and the rest in equal shards. [byte]"""
    spread = (1.0 - architecture.replicated) / serving.shards
    return 1e9 * architecture.total * architecture.weight_bytes * (architecture.replicated + spread)


def prefill_seconds_per_mtok(architecture: Architecture, serving: Serving, accelerator: Accelerator) -> float:
    """Time to read uncached input, 1e6·(2·N_active + a·L)/(eta_p·F). [accelerator-second/Mtok]

    Raises UserMistake if the catalogue does not know the accelerator's rate.
    """
    work = 2e9 * architecture.active + architecture.attention_flops * architecture.context
    return 1e6 * work / (serving.eta_prefill * accelerator.flops(serving.precision))


def step_time(architecture: Architecture, serving: Serving, accelerator: Accelerator, batch: float) -> float:
    """Time of one decoding step, the slower of memory and arithmetic. [second]

    batch: B, sequences per accelerator. [1]
    t_step = max[(W + B·L·k)/(eta_d·BW), 2·N_active·B/(eta_f·F)], increasing in the batch and, per sequence,
    falling until arithmetic binds and constant after. Raises UserMistake if the catalogue lacks bandwidth
    or rate.
    """
    read = resident_bytes(architecture, serving) + batch * architecture.context * architecture.kv_bytes
    compute = 2e9 * architecture.active * batch
    return max(
        read / (serving.eta_decode * accelerator.bandwidth),
        compute / (serving.eta_flops * accelerator.flops(serving.precision)),
    )


def largest_batch(architecture: Architecture, serving: Serving, accelerator: Accelerator) -> float:
    """B: most sequences per accelerator that fit in memory and still give each user the promised speed. [1]

    It is also the cheapest batch, since the time per sequence never rises with the batch.
    Raises ServingMistake if weights and one sequence do not fit, or one sequence alone is too slow.
    """
    weights = resident_bytes(architecture, serving)
    cache = architecture.context * architecture.kv_bytes
    room = MEMORY_SHARE * accelerator.memory - weights
    if room < cache:
        raise ServingMistake(
            f"{weights / 1e9:.3g} GB of weights and {cache / 1e9:.3g} GB of cache for one sequence do not "
            f"fit into {MEMORY_SHARE:.0%} of the memory of '{accelerator.id}'; spread the model over more "
            f"than {serving.shards:g} accelerators, or shorten the context"
        )
    longest_step = serving.accepted / serving.speed
    readable = longest_step * serving.eta_decode * accelerator.bandwidth - weights
    arithmetic = longest_step * serving.eta_flops * accelerator.flops(serving.precision)
    computable = arithmetic / (2e9 * architecture.active)
    batch = min(room / cache, readable / cache, computable)
    if batch < 1.0:
        fastest = serving.accepted / step_time(architecture, serving, accelerator, batch=1.0)
        raise ServingMistake(
            f"'{accelerator.id}' gives at most {fastest:.3g} tokens/s to a user, not {serving.speed:g}; "
            f"promise a lower speed, or spread the model over more than {serving.shards:g} accelerators"
        )
    return batch


def decode_seconds_per_mtok(architecture: Architecture, serving: Serving, accelerator: Accelerator) -> float:
    """Time to write a million tokens at the largest batch, 1e6·t_step/(sigma·B). [accelerator-second/Mtok]

    Raises ServingMistake if the model does not fit or the speed cannot be reached.
    """
    batch = largest_batch(architecture, serving, accelerator)
    return 1e6 * step_time(architecture, serving, accelerator, batch) / (serving.accepted * batch)


def token_seconds(architecture: Architecture, serving: Serving, accelerator: Accelerator) -> TokenSeconds:
    """Machine time per million tokens, of input and of output. Raises what the two functions raise."""
    return TokenSeconds(
        prefill=prefill_seconds_per_mtok(architecture, serving, accelerator),
        decode=decode_seconds_per_mtok(architecture, serving, accelerator),
    )


def cost_per_mtok(hour: float, seconds: float, utilisation: Utilisation = 1.0) -> float:
    """Cost of a million tokens, G·seconds/(3600·U). [money/Mtok]

    hour: price of an accelerator-hour, owned or rented, or only its variable part. [money/accelerator-hour]
    seconds: machine time at full utilisation. [accelerator-second/Mtok]
    utilisation: share of the time in use, above 0. [1]

    >>> cost_per_mtok(hour=2.0, seconds=900.0, utilisation=0.5)
    1.0
    """
    return hour * seconds / (3600.0 * utilisation)
