"""Whole economies: drawn worlds with rents, research, applications, policies, cut links, and all that `worlds` has."""

from dataclasses import replace

from hypothesis import strategies as st

from pricewar.agents.buyers.applications import Applications
from pricewar.agents.buyers.spec import Segment
from pricewar.agents.demand.log_logit import LogResponse
from pricewar.agents.mechanisms import Chain
from pricewar.scenarios.config.schema import Scenario
from tests.property.policies import policies
from tests.property.test_compute_laws import rented
from tests.property.test_laws_research import with_research
from tests.property.worlds import between, maybe, scenarios


@st.composite
def whole_worlds(draw: st.DrawFn) -> Scenario:
    """A small world in which everything that a scenario may switch on is on somewhere."""
    scenario = rented(draw, with_research(draw, draw(scenarios())))
    links = {link: draw(st.sampled_from([True, True, True, False])) for link in Chain.names()}

    homes = sorted({seller.region for seller in scenario.sellers.values() if seller.region is not None})
    far = st.fixed_dictionaries({}, optional={region: between(0.0, 5.0) for region in homes})

    def used(segment: Segment) -> Segment:
        uses = st.builds(
            Applications,
            start=st.integers(1, 3),
            begun=between(0.0, 1.0),
            ceiling=st.integers(3, 20),
            imitation=between(0.0, 20.0),
            spread=between(0.0, 1.0),
            affordability=between(0.0, 2.0) if isinstance(segment.response, LogResponse) else st.just(0.0),
        )
        return replace(segment, applications=draw(maybe(uses)), abroad=draw(far))

    return replace(
        scenario,
        chain=Chain(**links),
        segments={name: used(segment) for name, segment in scenario.segments.items()},
        policies={**scenario.policies, **draw(policies(scenario))},
    )
