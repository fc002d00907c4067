"""Known answers about buyers are watched: with a wrong line in how contracts end or bind, one is no longer found."""

import pytest

from tests.theory.test_mutations import Mutation, found, planted

MUTATIONS = (
    Mutation(
        "contracts a tenth longer", "pricewar.agents.buyers.sampled", "segment.gateway_contract, segment.contract)",
        "segment.gateway_contract, 1.1 * segment.contract)", ("buyers.renewals",),
    ),
    Mutation(
        "loyalty a fifth weaker", "pricewar.agents.buyers.sampled", "np.where(behind, 1.0, np.exp(segment.loyalty))",
        "np.where(behind, 1.0, np.exp(0.8 * segment.loyalty))", ("buyers.aggregate",),
    ),
    Mutation(
        "choices that favour the first", "pricewar.agents.buyers.sampled",
        "<= luck * reached[-1]", "<= luck**1.05 * reached[-1]",
        ("buyers.aggregate",),
    ),
    Mutation(
        "a flow without compounding", "pricewar.agents.buyers.continuous",
        "-np.expm1(-self.segment.renewal_rate() * passed / steps)",
        "self.segment.renewal_rate() * passed / steps", ("buyers.continuum",),
    ),
)  # fmt: skip


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_wrong_buyer_is_noticed(mutation: Mutation) -> None:
    with planted(mutation) as places:
        assert places == 1
        assert not found(mutation.watched_by)


@pytest.mark.parametrize("name", sorted({name for mutation in MUTATIONS for name in mutation.watched_by}))
def test_right_buyers_are_found(name: str) -> None:
    assert found((name,))
