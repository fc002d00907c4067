"""What released weights cost on rented machines: for hosts, and for buyers who host themselves."""

from pricewar.agents.models.spec import HostTerms, Release
from pricewar.agents.sellers.context import Context
from pricewar.agents.serving_cost import GivenCost, even
from pricewar.sim.economics.ownership import CostParts, stated
from pricewar.sim.economics.serving import TokenSeconds
from pricewar.sim.errors import UserMistake


def machine_time(release: Release, terms: HostTerms, context: Context) -> TokenSeconds:
    """Machine time of released weights on the hosts' chip, before software progress.

    Raises UserMistake where no chip is named or the model does not fit it.
    """
    if isinstance(release.cost, GivenCost):
        return even(release.cost.seconds)
    if terms.chip is None:
        raise UserMistake("hosts.chip: hosts of served models need a chip; name one of the catalogue")
    return release.cost.seconds_on(context.economy.catalogue[terms.chip], context.public)


class Hosting:
    """What one release costs on rented machines."""

    def __init__(self, release: Release, terms: HostTerms, context: Context) -> None:
        """Work out the machine time. Raises UserMistake where the model does not fit."""
        self.release, self.terms, self.context = release, terms, context
        self._taken, self._base = len(context.public), machine_time(release, terms, context)

    @property
    def base(self) -> TokenSeconds:
        """Machine time before software progress, with every public step in compression so far."""
        if len(self.context.public) > self._taken:
            self._taken, self._base = len(self.context.public), machine_time(self.release, self.terms, self.context)
        return self._base

    def seconds(self) -> float:
        """Accelerator-seconds per Mtok today."""
        return self.base.blended * self.context.economy.software()

    def output_ratio(self) -> float:
        """Output over input price, as their costs. [1]"""
        return self.base.decode / self.base.prefill

    def rental(self) -> float:
        """Price of a rented hour today, power included. [money/accelerator-hour]"""
        return self.terms.rental * self.context.economy.rents_with_power()

    def kilowatts(self) -> float:
        """Power of an accelerator at work, zero where costs are given outright. [kW]"""
        if isinstance(self.release.cost, GivenCost) or self.terms.chip is None:
            return 0.0
        return self.context.economy.kilowatts(self.terms.chip)

    @property
    def key(self) -> str:
        """Key of the release, by which luck of its own is drawn: the same for all who serve it."""
        return f"releases.{self.release.model}"

    def parts(self, utilisation: float) -> CostParts:
        """Cost of a million tokens at a utilisation, in its parts; rent has power inside."""
        given, economy = self.release.cost, self.context.economy
        if isinstance(given, GivenCost):
            return stated(given.marginal, given.full_cost, given.seconds, economy.given(given, self.key))
        return CostParts(
            capital=self.rental(),
            energy=0.0,
            upkeep=0.0,
            utilisation=utilisation,
            software=economy.software(),
            machine_time=self.base.blended,
        )

    def cost(self, utilisation: float) -> float:
        """Cost of a million tokens at a utilisation. [money/Mtok]"""
        given = self.release.cost
        if isinstance(given, GivenCost):
            return given.full_cost * self.context.economy.given(given, self.key)
        return self.rental() * self.seconds() / (3600.0 * utilisation)
