"""Any policy, drawn by Hypothesis."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from pricewar.agents.policies import PolicySpec
from pricewar.agents.policies.below_cost_ban import BelowCostBan
from pricewar.agents.policies.capacity_subsidy import CapacitySubsidy
from pricewar.agents.policies.data_residency import DataResidency
from pricewar.agents.policies.disclosure_delay import DisclosureDelay
from pricewar.agents.policies.energy_tax import EnergyTax
from pricewar.agents.policies.entry_licence import EntryLicence
from pricewar.agents.policies.export_control import ExportControl
from pricewar.agents.policies.merger import Merger
from pricewar.agents.policies.open_weights_ban import OpenWeightsBan
from pricewar.agents.policies.open_weights_funding import OpenWeightsFunding
from pricewar.agents.policies.open_weights_mandate import OpenWeightsMandate
from pricewar.agents.policies.price_floor import PriceFloor
from pricewar.agents.policies.switching_cap import SwitchingCap
from pricewar.agents.policies.voucher import Voucher
from pricewar.scenarios.config.schema import Scenario
from tests.property import worlds

between, maybe = worlds.between, worlds.maybe


@st.composite
def policies(draw: st.DrawFn, scenario: Scenario) -> dict[str, PolicySpec]:
    """Four policies of any kinds for a drawn world, on any dates."""
    homes = {seller.region for seller in scenario.sellers.values()} | {scenario.supply.region}
    regions = st.sampled_from([None, *((home,) for home in sorted(home for home in homes if home is not None))])
    names, some = sorted(scenario.sellers), between(0.05, 0.95)
    kinds: dict[str, st.SearchStrategy[dict[str, Any]]] = {
        "ban": st.fixed_dictionaries({"share": between(0.0, 1.5), "exempt_free": st.booleans()}),
        "capacity": st.fixed_dictionaries({"share": some, "regions": regions}),
        "delay": st.fixed_dictionaries({"prices": between(1.0, 20.0), "shares": st.integers(0, 20)}),
        "energy": st.fixed_dictionaries({"per_kwh": between(0.01, 1.0), "regions": regions}),
        "export": st.just({"chips": ("h20",), "regions": ()}),
        "floor": st.fixed_dictionaries({"floor": between(0.0, 5.0)}),
        "funding": st.fixed_dictionaries({"lab": st.sampled_from(names), "yearly": between(1e3, 1e6)}),
        "licence": st.fixed_dictionaries({"fee": between(0.0, 1e5), "wait": between(0.0, 20.0)}),
        "mandate": st.fixed_dictionaries(
            {"capability": between(0.0, 2.0), "delay": between(0.0, 20.0), "hosts": st.integers(0, 1)}
        ),
        "merger": st.fixed_dictionaries({"sellers": st.just(tuple(names[:3]))}),
        "secret": st.fixed_dictionaries({"capability": between(0.0, 2.0)}),
        "switching": st.fixed_dictionaries({"left": some}),
        "voucher": st.fixed_dictionaries(
            {"share": some, "per_mtok": between(0.0, 3.0), "budget": maybe(between(1.0, 1e6))}
        ),
    }
    if scenario.buyers.kind == "sampled":
        kinds["walls"] = st.fixed_dictionaries({"cost": between(0.0, 50.0), "regions": regions})
    specs: dict[str, Any] = {
        "ban": BelowCostBan, "capacity": CapacitySubsidy, "delay": DisclosureDelay, "energy": EnergyTax,
        "export": ExportControl, "floor": PriceFloor, "funding": OpenWeightsFunding, "licence": EntryLicence,
        "mandate": OpenWeightsMandate, "merger": Merger, "secret": OpenWeightsBan, "switching": SwitchingCap,
        "voucher": Voucher, "walls": DataResidency,
    }  # fmt: skip
    drawn: dict[str, PolicySpec] = {}
    for kind in sorted(draw(st.permutations(sorted(kinds)))[:4]):
        first, lasts = draw(st.integers(-30, scenario.days - 5)), draw(maybe(st.integers(0, 60)))
        start = worlds.START + timedelta(days=first)
        end = None if lasts is None else start + timedelta(days=lasts)
        drawn[kind] = specs[kind](**draw(kinds[kind]), start=start, end=end)
    return drawn
