"""Demand systems, one file each: what a scenario says of buyers' response, and the demand that sellers see behind it.

A new one: write the file, name it in `ResponseSpec`. `sim` knows only the interfaces `Response` and `Demand`.
"""

from typing import Annotated

from pydantic import Field

from pricewar.agents.demand.homogeneous import HomogeneousResponse
from pricewar.agents.demand.hotelling import HotellingResponse
from pricewar.agents.demand.linear_logit import LinearResponse
from pricewar.agents.demand.log_logit import LogResponse
from pricewar.agents.demand.mixed_logit import MixedResponse
from pricewar.agents.demand.nested_logit import NestedResponse
from pricewar.agents.demand.sales import SalesResponse

ResponseSpec = Annotated[
    HomogeneousResponse
    | HotellingResponse
    | LinearResponse
    | LogResponse
    | MixedResponse
    | NestedResponse
    | SalesResponse,
    Field(discriminator="kind"),
]
"""A segment's price response; all segments of a scenario have the same kind."""
