"""A model that is released is the same model wherever it is sold, and `check` tells what is said of one model twice."""

import warnings
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest

from pricewar.agents.models.spec import Release
from pricewar.agents.policies.open_weights_ban import OpenWeightsBan
from pricewar.agents.sellers.spec import Seller, Tier, Upgrade
from pricewar.agents.serving_cost import GivenCost, ServedCost
from pricewar.scenarios.api.prepare import explain
from pricewar.scenarios.config.consistency import consistent
from pricewar.scenarios.config.explain import Entry
from pricewar.scenarios.config.load import load, to_toml
from pricewar.scenarios.config.names import bundled
from pricewar.scenarios.config.references import stated_apart
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.config.source import Source
from pricewar.scenarios.run.play import play, prepare
from pricewar.sim.economics.serving import Architecture
from pricewar.sim.errors import ScenarioMistakes, StatedTwice
from pricewar.sim.parameters import Range

FAR = 60
"""Days of the small market."""
WIDE = Range(low=0.0, high=5.0)
CHEAP = GivenCost(marginal=0.5)


def market(tier: Tier, others: dict[str, Tier] | None = None, **release: Any) -> Scenario:
    """Textbook with a newcomer whose line is `tier`, and weights that are out on 20 January."""
    base = load("textbook", [f"days={FAR}", "burn_in=5", "mechanisms.open_release=true"])
    given: dict[str, Any] = {
        "date": date(2024, 1, 20), "lab": "new", "model": "Open-1", "tier": "main", "capability": WIDE, "hosts": 0,
        "cost": CHEAP,
    }  # fmt: skip
    sellers = {**base.sellers, "new": Seller(tiers={"main": tier, **(others or {})})}
    made = replace(base, start=date(2024, 1, 1), sellers=sellers, releases={"open-1": Release(**{**given, **release})})
    consistent(made)
    return made


def offers(scenario: Scenario, seed: int = 3) -> pl.DataFrame:
    return play(scenario, seed=seed).tables["offers_daily"]


def test_a_released_model_has_one_capability_wherever_it_is_sold() -> None:
    sold = offers(market(Tier(release="open-1", value=2.0))).filter(pl.col("model") == "Open-1")
    assert set(sold["seller"]) == {"new", "self-hosting-open-1"}
    assert sold["capability"].n_unique() == 1
    assert 0.0 < sold["capability"][0] < 5.0


def test_a_line_of_one_name_that_does_not_refer_draws_its_own() -> None:
    apart = Tier(model="Open-1", launch=date(2024, 1, 20), capability=WIDE, value=2.0, cost=CHEAP)
    assert offers(market(apart)).filter(pl.col("model") == "Open-1")["capability"].n_unique() == 2


@pytest.mark.parametrize(("seller", "tier", "release"), [("deepseek", "cheap", "deepseek-v2")])
def test_the_lab_of_the_bundled_scenarios_sells_the_model_that_it_releases(
    seller: str, tier: str, release: str
) -> None:
    for name in ("china-2024", "global-2022"):
        simulation = prepare(load(name, ["buyers.count=50"]), 1)
        line = next(firm for firm in simulation.firms if firm.name == seller).lines[tier]
        out = simulation.scenario.releases[release]
        assert (line.model, line.capability, line.cost) == (out.model, out.capability, out.cost)
        assert f"sellers.{seller}.tiers.{tier}.capability" not in simulation.drawn


def test_a_successor_that_is_a_release_comes_with_it_and_because_of_it() -> None:
    old = Tier(model="Old", price=2.0, capability=0.0, value=2.0, cost=CHEAP, upgrades={"o": Upgrade(release="open-1")})
    run = play(market(old), seed=3)
    sold = run.tables["offers_daily"].filter((pl.col("seller") == "new") & (pl.col("day") >= 20))
    hosted = run.tables["offers_daily"].filter(pl.col("seller").str.starts_with("self-hosting"))
    assert set(sold["model"]) == {"Open-1"}
    assert set(sold["capability"]) == set(hosted["capability"])
    assert sold["open_weights"].all()
    renewal = run.tables["prices"].filter(pl.col("kind") == "renewal")
    facts = {row["fact"]: row for row in run.tables["facts"].to_dicts()}
    assert facts[facts[renewal["fact"].item()]["cause"]]["kind"] == "release"


def test_without_the_release_its_line_and_its_successor_do_not_come() -> None:
    old = Tier(model="Old", price=2.0, value=2.0, cost=CHEAP, upgrades={"o": Upgrade(release="open-1")})
    sold = offers(market(old, {"other": Tier(release="open-1", value=2.0)}, enabled=False))
    assert set(sold.filter(pl.col("seller") == "new")["model"]) == {"Old"}


@pytest.mark.parametrize("banned", [False, True], ids=["allowed", "banned"])
def test_a_line_may_open_after_its_release_and_is_open_unless_the_law_forbids_it(banned: bool) -> None:
    later = market(Tier(model="Sold under a name of its own", release="open-1", launch=date(2024, 1, 25), value=2.0))
    if banned:
        later = replace(later, policies={"ban": OpenWeightsBan(capability=-9.0)})
    sold = offers(later).filter(pl.col("seller") == "new")
    assert (sold["day"].min(), sold["model"][0]) == (24, "Sold under a name of its own")
    assert set(sold["open_weights"]) == {not banned}


WRONG = {
    "main.capability: is taken from release 'open-1'; leave it out here": Tier(release="open-1", capability=1.0),
    "main.cost: is taken from release 'open-1'": Tier(release="open-1", cost=CHEAP),
    "main.open_weights: is taken from release 'open-1'": Tier(release="open-1", open_weights=True),
    "main.release: there is no release 'open-2'; did you mean 'open-1'?": Tier(release="open-2"),
    "main.cost: is missing; give it, or the release whose model it is": Tier(model="m", launch=date(2024, 1, 9)),
    "main.model: is missing": Tier(cost=CHEAP, launch=date(2024, 1, 9)),
    "main.launch: is 2024-01-19, before release 'open-1'": Tier(release="open-1", launch=date(2024, 1, 19)),
    "main.upgrades.u.date: is taken from release 'open-1'": Tier(
        model="m", price=1.0, cost=CHEAP, upgrades={"u": Upgrade(release="open-1", date=date(2024, 1, 20))}
    ),
    "main.upgrades.u.capability: is missing": Tier(
        model="m", price=1.0, cost=CHEAP, upgrades={"u": Upgrade(model="n", date=date(2024, 1, 20))}
    ),
}


@pytest.mark.parametrize("told", WRONG)
def test_what_a_release_gives_is_not_stated_again_and_what_it_does_not_give_is(told: str) -> None:
    with pytest.raises(ScenarioMistakes) as caught:
        market(WRONG[told])
    assert f"sellers.new.tiers.{told}" in str(caught.value)


def test_a_seller_without_a_chip_cannot_take_over_a_served_model() -> None:
    served = ServedCost(architecture=Architecture(total=10.0, active=10.0, kv_bytes=1000.0, context=1000.0))
    old = Tier(model="Old", price=2.0, cost=CHEAP, upgrades={"o": Upgrade(release="open-1")})
    with pytest.raises(ScenarioMistakes, match=r"sellers\.new\.fleet\.chip: is missing"):
        market(old, cost=served)


def model_of(capability: float | Range, total: float = 10.0) -> Tier:
    cost = ServedCost(architecture=Architecture(total=total, active=10.0, kv_bytes=1000.0, context=1000.0))
    return Tier(model="Twin", launch=date(2024, 1, 20), capability=capability, cost=cost)


@pytest.mark.parametrize(
    ("one", "two", "told"),
    [
        (model_of(1.0), model_of(1.0), []),
        (model_of(1.0), model_of(2.0), ["capability: differs from"]),
        (model_of(WIDE), model_of(WIDE), ["capability: is drawn apart from"]),
        (model_of(1.0), model_of(1.0, total=20.0), ["cost.architecture: differs from"]),
    ],
    ids=["the-same", "two-values", "one-range-drawn-twice", "two-sizes"],
)
def test_two_lines_of_one_model_that_are_not_one_are_told(one: Tier, two: Tier, told: list[str]) -> None:
    scenario = load("textbook")
    scenario = replace(scenario, sellers={**scenario.sellers, "a": Seller(tiers={"x": one, "y": two})})
    sentences = [str(each) for each in stated_apart(scenario)]
    assert len(sentences) == len(told)
    for sentence, expected in zip(sentences, told, strict=True):
        assert f"sellers.a.tiers.y.{expected} sellers.a.tiers.x." in sentence
        assert sentence.endswith("and both are of 'Twin'; say it once, or give the models two names")


def test_check_names_the_file_and_the_reference_to_write(tmp_path: Any) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(
        'extends = "china-2024"\n[sellers.baidu.tiers.other]\nmodel = "DeepSeek-V2"\nlaunch = 2024-06-01\n'
        'capability = { low = 1.9, high = 2.4 }\ncost.kind = "given"\ncost.marginal = 1.0\n'
    )
    with pytest.warns(StatedTwice) as caught:
        assert Source(str(mine)).built.releases
    (sentence,) = [str(warning.message) for warning in caught]
    assert "mine.toml: sellers.baidu.tiers.other.capability: is drawn apart from releases.deepseek-v2" in sentence
    assert "write release = 'deepseek-v2' in sellers.baidu.tiers.other" in sentence


def test_no_bundled_scenario_says_one_thing_twice() -> None:
    names = sorted(bundled())
    assert names
    with warnings.catch_warnings():
        warnings.simplefilter("error", StatedTwice)
        assert all(Source(name).built.title for name in names)


def test_explain_gives_what_a_line_takes_from_its_release() -> None:
    (entry,) = explain("sellers.deepseek.tiers.cheap.capability", "china-2024")
    assert isinstance(entry, Entry)
    assert entry.value == "1.9 to 2.4, drawn by each seed (taken from releases.deepseek-v2.capability)"
    (entry,) = explain("sellers.deepseek.tiers.cheap.upgrades.v3.cost.architecture.active", "china-2024")
    assert isinstance(entry, Entry)
    assert entry.source == "DeepSeek-V3 model card: 37 of 671 billion active"


def test_a_scenario_with_references_reads_back_as_it_was(tmp_path: Any) -> None:
    made = load("china-2024")
    (tmp_path / "again.toml").write_text(to_toml(made))
    assert load(str(tmp_path / "again.toml")) == made
