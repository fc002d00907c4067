"""Buyers against their plain twins: same draws, same choice of every buyer, also when sellers leave."""

import ast
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricewar.agents.buyers.sampled import SampledBuyers
from pricewar.agents.buyers.spec import Segment
from pricewar.agents.demand.log_logit import LogResponse
from pricewar.sim.kernel.streams import Streams, counted
from pricewar.sim.market.board import Board
from pricewar.sim.market.board import Offer as FastOffer
from tests.reference import plain_buyers
from tests.reference.plain_buyers import Offer, Tastes
from tests.reference.plain_twin import luck_of, prices_of

LINES = [("a", "x"), ("a", "y"), ("b", "x"), ("c", "x"), ("own", "m")]
"""Four offers of three sellers, and one way of hosting open weights oneself."""
FIRST = [8.0, 20.0, 7.0, 12.0, 15.0]


def fast_board(prices: list[float], gone: set[int]) -> Board:
    board = Board()
    for k, (seller, tier) in enumerate(LINES):
        board.put(
            FastOffer(
                seller=seller,
                tier=tier,
                model=f"m{k}",
                capability=0.4 * k,
                appeal=0.3 - 0.2 * k,
                value=0.0,
                open_weights=seller == "own",
                inside=seller == "own",
                output_ratio=1.0,
                launched=0.0,
            ),
            prices[k],
        )
    for k in sorted(gone):
        board.withdraw(k)
    return board


def plain_board() -> list[Offer]:
    return [
        Offer(seller, tier, FIRST[k], capability=0.4 * k, appeal=0.3 - 0.2 * k, inside=seller == "own")
        for k, (seller, tier) in enumerate(LINES)
    ]


price_lists = st.lists(st.just(0.0) | st.floats(0.1, 40.0), min_size=5, max_size=5)


@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(
    seed=st.integers(0, 2**32),
    boards=st.lists(st.tuples(price_lists, st.sets(st.integers(0, 3), max_size=2)), min_size=1, max_size=3),
    delay=st.floats(0.0, 2.0),
    adoption=st.none() | st.floats(0.1, 0.8),
)
def test_every_buyer_chooses_as_its_plain_twin_does(
    seed: int, boards: list[tuple[list[float], set[int]]], delay: float, adoption: float | None
) -> None:
    response = LogResponse(eta=2.0, epsilon=0.3, own_cost=0.5, reference=10.0)
    segment = Segment(
        potential=100.0, response=response, sensitivity_spread=0.3, size_spread=1.0, worth=1.5, need=0.8,
        need_spread=0.5, contract=20.0, loyalty=1.5, gateway=0.3, gateway_contract=5.0, home=0.7, sensitive=0.4,
        privacy=2.0, delay_aversion=0.8, adoption=adoption,
    )  # fmt: skip
    tastes = Tastes(
        prices=prices_of(response), potential=100.0, sensitivity_spread=0.3, size_spread=1.0, theta=1.5, need=0.8,
        need_spread=0.5, contract=20.0, loyalty=1.5, gateway=0.3, gateway_contract=5.0, home=0.7, sensitive=0.4,
        privacy=2.0, delta=0.8, adoption=adoption,
    )  # fmt: skip
    homes = {"a": 0.3, "c": 0.2}
    sampled = SampledBuyers("all", segment, 60, homes, Streams(seed))
    plain = plain_buyers.Segment("all", tastes, homes, luck_of("all", 60, Streams(seed)))
    sampled.look(fast_board(FIRST, set()), np.zeros(5))
    sampled.open(-1.0)
    offers = plain_board()
    plain.open(-1.0, offers)
    for number, (prices, gone) in enumerate(boards):
        now = 15.0 * (number + 1)
        sampled.look(fast_board(prices, gone), np.array([delay, delay, 0.0, 0.5, 0.0]))
        sampled.renew(now)
        for k, offer in enumerate(offers):
            offer.price, offer.for_sale = prices[k], k not in gone
        plain.renew(now, offers, {"a": delay, "c": 0.5})
        signed = [0 if buyer.supplier is None else offers.index(buyer.supplier) + 1 for buyer in plain.buyers]
        assert sampled.choice.tolist() == signed
        assert sampled.drawn.tolist() == [buyer.drawn for buyer in plain.buyers]
        assert np.allclose(sampled.ends, [buyer.ends for buyer in plain.buyers], rtol=1e-12)
        stock = [plain.stock(offer) for offer in [None, *offers]]
        assert np.allclose(sampled.stock, stock, rtol=0.0, atol=1e-10)


def test_the_plain_twin_draws_the_same_numbers() -> None:
    who, draw = np.arange(5, dtype=np.uint64), np.arange(5, dtype=np.uint64)
    numbers = counted(np.uint64(12345), who, draw)
    assert numbers.tolist() == [plain_buyers.uniform(12345, i, i) for i in range(5)]


PARTS = ("prices", "buyers", "beliefs", "firms", "focal", "pricing", "clock", "day", "market", "population")
PLAIN = [f"plain_{part}" for part in PARTS]


@pytest.mark.parametrize("name", PLAIN)
def test_the_plain_market_knows_only_the_standard_library(name: str) -> None:
    tree = ast.parse((Path(__file__).parent / f"{name}.py").read_text(encoding="utf-8"))
    modules = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    foreign = {module for module in modules if module.partition(".")[0] not in sys.stdlib_module_names}
    assert foreign <= {f"tests.reference.{other}" for other in PLAIN} | {"tests.reference"}
    assert modules
