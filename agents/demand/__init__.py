"""Demand systems, one file each: what a scenario says of buyers' response, and the demand that sellers see behind it.

A new one: write the file, name it in `ResponseSpec`. `sim` knows only the interfaces `Response` and `Demand`.
"""

from typing import Annotated

from pydantic import Field

from agents.demand.linear_logit import LinearResponse
from agents.demand.log_logit import LogResponse
from agents.demand.mixed_logit import MixedResponse
from agents.demand.nested_logit import NestedResponse

ResponseSpec = Annotated[LinearResponse | LogResponse | MixedResponse | NestedResponse, Field(discriminator="kind")]
"""A segment's price response; all segments of a scenario have the same kind."""
