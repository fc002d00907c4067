"""What the world asks of those who act in it. `sim` names no agent; it says what it needs of one here."""

from collections.abc import Mapping
from typing import Protocol

from pricewar.sim.economics.ownership import CostParts
from pricewar.sim.market.board import Board
from pricewar.sim.market.demand import Demand, Floats


class Seller(Protocol):
    """Somebody with offers on the board."""

    @property
    def name(self) -> str:
        """Identifier, unique and sortable."""

    @property
    def role(self) -> str:
        """cloud, lab, host or buyers (who host for themselves)."""

    @property
    def reviews(self) -> tuple[float, float]:
        """Reviews of prices a day when nothing happens, and those that a rival's cut adds which takes all it loses.

        Publicly known; zero for hosts, who follow their cost. [1/day]
        """

    @property
    def fleet(self) -> float:
        """Accelerators in service. [accelerator]"""

    @property
    def on_order(self) -> float:
        """Accelerators ordered and not yet delivered. [accelerator]"""

    @property
    def training(self) -> float:
        """Accelerators that training keeps from serving. [accelerator]"""

    @property
    def training_energy(self) -> float:
        """Power that these take. [kWh/day]"""

    @property
    def cash(self) -> float:
        """What the firm has. [money]"""

    @property
    def shadow_price(self) -> float:
        """Shadow price of capacity at the last review. [money per accelerator-second]"""

    @property
    def stance(self) -> str:
        """How it prices at the moment: focal, best_response, ..."""

    @property
    def rented_out(self) -> float:
        """Accelerators let to others. [accelerator]"""

    @property
    def rent_income(self) -> float:
        """Rent taken today less what running the machines let cost. [money/day]"""

    def kilowatts(self, tier: str) -> float:
        """Power of an accelerator at work on a tier, zero where costs are given outright. [kW]"""

    def capacity(self) -> float:
        """Accelerator-seconds a day that can be served, inf without limit. [s/day]"""

    def whole_capacity(self) -> float:
        """Accelerator-seconds a day at full utilisation, inf without limit. [s/day]"""

    def seconds(self, tier: str) -> float:
        """Accelerator-seconds per Mtok of a tier. [s/Mtok]"""

    def marginal_cost(self, tier: str) -> float:
        """Energy and other variable cost of a tier. [money/Mtok]"""

    def avoidable_cost(self, tier: str) -> float:
        """What it would save by not serving: marginal cost, and what the machine time is worth elsewhere. [money/Mtok]

        That is the rent forgone on machines that could be let, and their shadow price at the last review.
        """

    def energy_tax(self, tier: str) -> float:
        """Taxes on power within the marginal cost, which it pays to the treasury. [money/Mtok]"""

    def unit_cost(self, tier: str) -> float:
        """Full serving cost of a tier, capital included. [money/Mtok]"""

    def cost_parts(self, tier: str) -> CostParts:
        """What the unit cost of a tier is made of: the same number, taken apart."""

    def pay(self, variable: float, takings: float, taxes: float) -> float:
        """Pay the day's variable cost and whatever else is due, through the ledger; returns the sum. [money]

        taxes: what of the variable cost are taxes on power. [money]
        """

    def settle_up(self) -> None:
        """Leave the market if it cannot pay: withdraw its offers, give up its machines."""


class Buyers(Protocol):
    """The buyer population."""

    @property
    def segments(self) -> tuple[str, ...]:
        """Names of the segments, sorted, S of them."""

    @property
    def heads(self) -> Floats:
        """Buyers in each segment, shape (S,)."""

    def look(self, board: Board, delay: Floats, exposure: Floats | None = None) -> None:
        """See the board as it now is; delay: days of waiting at each offer, shape (K,).

        exposure: what policies make buying each offer cost buyers with sensitive data, shape (K,). [util]
        """

    def bind(self, share: float) -> None:
        """Let only a share of everybody's loyalty bind from now on. [1]"""

    def open(self, now: float) -> None:
        """First choice of everybody."""

    def renew(self, until: float) -> None:
        """Let all contracts that end before `until` be signed anew under the board last seen."""

    def shares(self) -> Floats:
        """Share of each offer in the segment's tokens at reference volumes, shape (S, K). [1]"""

    def adopters(self) -> Floats:
        """Buyers with a supplier, shape (S,)."""

    def demand(self, time: float) -> Floats:
        """Tokens asked for at the prices last seen, shape (S, K). [Mtok/day]"""

    def bound(self, time: float, days: float) -> Floats:
        """Volume at the reference price of customers whose contracts outlast so many days, shape (S, K). [Mtok/day]"""

    def potential(self, time: float) -> Floats:
        """Tokens if everybody bought at the reference price, with today's applications, shape (S,). [Mtok/day]"""

    def expected_growth(self, time: float) -> Floats:
        """Growth of volume at constant prices, as outsiders can tell it, shape (S,). [1/year]"""

    def true_demand(self, board: Board, time: float, exposure: Floats | None = None) -> Demand:
        """Demand at what buyers pay if everybody chose anew: nobody bound, loyal, waiting or drawn by lot.

        exposure: as `look`.
        """

    def exposed(self, time: float) -> Floats:
        """Tokens that sensitive buyers ask for outside their walls, shape (S, K). [Mtok/day]"""

    def figures(self, time: float, served: Floats | None = None) -> Mapping[str, Floats]:
        """What `segments_daily` tells of buyers beyond choices and tokens, by column, each of shape (S,).

        served: share of what was asked for that each offer served, shape (S, K); left out, all of it. [1]

        These are applications, ceiling, potential, exogenous, renewals, switches, exit_cost and surplus.
        """
