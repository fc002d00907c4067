"""The static Nash prices of a run: a benchmark that only its record knows."""

import numpy as np

from pricewar.agents.demand.given_shares import SharedOut
from pricewar.agents.games.static_nash import StaticNash
from pricewar.sim.market.demand import Floats
from pricewar.sim.world import World


def nash_prices(world: World, benchmark: StaticNash) -> Floats:
    """Static Nash prices of everybody on the board, shape (K,); nan where there are none. [money/Mtok]

    Of true demand (`World.true_demand`), at avoidable cost. What buyers host for themselves keeps its price.
    benchmark: what was solved the last time.
    """
    demand = world.true_demand()
    if isinstance(demand, SharedOut) and not demand.smooth:
        return np.full(world.board.price.size, np.nan)  # where demand jumps, prices chase one another for ever
    return benchmark.prices(demand, world.board.price, world.owned(), world.per_offer("avoidable_cost"))
