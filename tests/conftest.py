"""A made-up run that looks like a real one, for tests of what reads runs; its numbers mean nothing."""

import os
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from importlib.util import find_spec
from math import exp
from typing import TypeAlias

import numpy as np
import polars as pl
import pytest
from hypothesis import settings
from hypothesis.internal.conjecture import providers
from numpy.typing import NDArray

from pricewar.sim.analysis.market_daily import LERNER
from pricewar.sim.results.run import Run
from pricewar.sim.results.tables import TABLES, schema

# Hypothesis mixes numbers that it reads in our modules into what it draws, and which modules are loaded depends on the
# tests that ran before: the same law would be tried on other worlds in every process. Without them it is not.
providers._get_local_constants = lambda: providers._local_constants

settings.register_profile("night")  # `make nightly` asks for it: laws are tried on more worlds

OPTIONAL = {"numba"}
"""What a test may lack in CI too: an extra that `make nightly` installs, too large for every change."""


def needs(name: str) -> pytest.MarkDecorator:
    """Mark a test that needs a program or a package: where it is absent the test is skipped aloud, in CI it fails.

    name: of a command on the path or of a package that can be imported.
    """
    return pytest.mark.needs(name)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test that lacks what it needs, or fail it where everything ought to be there (CI=true)."""
    for name in (str(mark.args[0]) for mark in item.iter_markers("needs")):
        if shutil.which(name) or find_spec(name):
            continue
        if os.environ.get("CI", "").lower() in ("1", "true") and name not in OPTIONAL:
            pytest.fail(f"needs {name}, which CI must have: install it", pytrace=False)
        pytest.skip(f"needs {name}: install it to run this test")


START = date(2024, 3, 1)
NAMES = ["deepseek", "zhipu", "bytedance", "alibaba", "baidu", "iflytek", "tencent", "minimax"]
NAMES += ["moonshot", "baichuan", "stepfun", "01ai", "siliconflow", "sensetime", "host-1-deepseek-v2"]
TIERS = {"flagship": (90.0, 9.0), "middle": (16.0, 1.6), "small": (5.0, 0.25)}
"""Opening price and unit cost of each tier. [CNY/Mtok]"""
ANSWERS = ((0.0, 1, 1.6), (4.0, 2, 1.8), (10.25, 3, 1.9), (10.5, 4, None), (11.25, 6, 1.1), (11.5, 5, None))
"""A war like that of May 2024: days since the first cut, who, by how many log points (None: to nothing)."""

Costs: TypeAlias = dict[tuple[str, str], NDArray[np.float64]]
RunMaker: TypeAlias = Callable[..., Run]


class MadeUp:
    """Builds the tables of a run from a script of price moves."""

    def __init__(self, sellers: int, wars: int, days: int, seed: int) -> None:
        self.chance = np.random.default_rng(seed)
        self.days, self.first = days, -90
        self.sellers = NAMES[:sellers]
        self.rows: dict[str, list[dict[str, object]]] = {name: [] for name in TABLES}
        self.offers = [
            (seller, tier)
            for i, seller in enumerate(self.sellers)
            for j, tier in enumerate(TIERS)
            if tier == "small" or i in (3, 4, 6) or (2 * i + j) % 5 == 0
        ]
        scale = {seller: exp(self.chance.normal(0, 0.3)) for seller in self.sellers}
        self.now = {(s, t): TIERS[t][0] * scale[s] for s, t in self.offers}
        self.path = {offer: np.full(days - self.first, np.nan) for offer in self.offers}
        for offer in self.offers:
            if offer[0] != "deepseek":
                self.move(float(self.first), offer, self.now[offer], "opening", None)
        moves = self.quiet_moves() + [m for war in range(wars) for m in self.war_moves(war, wars)]
        for time, make in sorted(moves, key=lambda move: move[0]):
            make(time)
        self.daily()

    def quiet_moves(self) -> list[tuple[float, Callable[[float], None]]]:
        """A few small moves that no one answers."""

        def drift(offer: tuple[str, str], by: float) -> Callable[[float], None]:
            def make(time: float) -> None:
                if self.now[offer] > 0:
                    self.move(time, offer, self.now[offer] * exp(by), "cut" if by < 0 else "rise", None)

            return make

        offers = [offer for offer in self.offers if offer[0] != "deepseek"]
        times = sorted(self.chance.choice(np.arange(self.first + 5, self.days - 1), 12, replace=False))
        return [
            (float(t) + 0.375, drift(offers[self.chance.integers(len(offers))], float(by)))
            for t, by in zip(times, self.chance.choice([-0.15, -0.08, 0.06], 12), strict=True)
        ]

    def war_moves(self, war: int, wars: int) -> list[tuple[float, Callable[[float], None]]]:
        """A release, a launch, then cuts that answer it and one another."""
        start = self.days * (war + 0.2) // (wars + 0.2) + 0.25
        moves: list[tuple[float, Callable[[float], None]]] = []
        cause: list[int] = []

        def launch(time: float) -> None:
            cause.append(self.fact(time, "deepseek", "release", "deepseek releases the weights of V2.", None))
            cause.append(
                self.move(time, ("deepseek", "small"), 1.25 / (war + 1), "launch" if war == 0 else "cut", cause[0])
            )

        def cut(who: str, tier: str, by: float | None) -> Callable[[float], None]:
            def make(time: float) -> None:
                if self.now[(who, tier)] == 0:
                    return
                price = 0.0 if by is None else self.now[(who, tier)] * exp(-by / (war + 1))
                cause.append(self.move(time, (who, tier), price, "cut", cause[-1]))

            return make

        moves.append((start, launch))
        cutters = [a for a in ANSWERS if a[1] < len(self.sellers)]
        moves += [
            (start + 5.25 + lag, cut(self.sellers[who], tier, by))
            for lag, who, by in cutters
            for tier in ("small", "middle")
            if (self.sellers[who], tier) in self.offers and (tier == "small" or by is not None)
        ]
        self.war_row(war, start + 5.25, [self.sellers[who] for _, who, _ in cutters], cutters[-1][0])
        return moves

    def war_row(self, war: int, start: float, sellers: list[str], duration: float) -> None:
        end = min(start + duration, self.days - 1.0)
        over = end + 30 < self.days
        self.rows["wars"].append(
            {"war": war + 1, "tier": "small", "start_time": start, "start_date": self.date(start),
             "start_low": start, "start_low_date": self.date(start), "start_high": start + 2.0,
             "start_high_date": self.date(start + 2.0),
             "end_time": end, "end_date": self.date(end), "end_reason": "quiet" if over else "end_of_record",
             "begun_by": sellers[0], "first_fact": None, "trigger": "deepseek -5.3 d",
             "depth": 0.42 / (war + 1), "drop": 0.84 / (war + 1), "strength": 6.9 / (war + 1),
             "bound": 1.0, "trend": 1 / 14,
             "duration": end - start, "sellers": ",".join(sorted(sellers)), "n_sellers": len(sellers),
             "n_cuts": len(sellers), "n_entries": 0, "answers": "bytedance +4.0 d", "median_lag": 3.1,
             "share_answering": 0.83, "answers_per_cut": 1.4, "launches_below_median": 1,
             "p_value": 0.013, "class": "B", "floored": 2 * (len(sellers) > 4)}
        )  # fmt: skip

    def date(self, time: float) -> date:
        return START + timedelta(days=int(time // 1))

    def fact(self, time: float, actor: str, kind: str, what: str, cause: int | None) -> int:
        number = len(self.rows["facts"])
        self.rows["facts"].append(
            {"fact": number, "time": time, "date": self.date(time), "actor": actor, "kind": kind,
             "what": what, "cause": cause}
        )  # fmt: skip
        return number

    def move(self, time: float, offer: tuple[str, str], price: float, kind: str, cause: int | None) -> int:
        seller, tier = offer
        previous = None if kind in ("opening", "launch") else self.now[offer]
        what = f"{seller} {kind}: its {tier} model now costs {price:.3g} CNY/Mtok."
        fact = self.fact(time, seller, kind, what, cause)
        unit_cost = TIERS[tier][1]
        self.rows["prices"].append(
            {"time": time, "date": self.date(time), "seller": seller, "tier": tier,
             "model": f"{seller}-{tier}", "kind": kind, "price": price, "price_in": price / 1.5,
             "price_out": 2 * price, "previous": previous, "unit_cost": unit_cost,
             "marginal_cost": unit_cost / 2, "fact": fact, "cause": cause}
        )  # fmt: skip
        self.now[offer] = price
        self.path[offer][int(time // 1) - self.first :] = price
        return fact

    def daily(self) -> None:
        """Series that hang together well enough to be looked at."""
        days = np.arange(self.first, self.days)
        growth = 400 * np.exp(2.5 * (days - self.first) / 365)
        paths = {offer: path for offer, path in self.path.items() if not np.isnan(path).all()}
        pull = {o: np.nan_to_num(np.maximum(p, 0.2) ** -0.5 * TIERS[o[1]][0] ** 0.5) for o, p in paths.items()}
        total = np.sum(list(pull.values()), axis=0)
        tokens = {offer: growth * pull[offer] / total for offer in paths}
        cost = {o: TIERS[o[1]][1] * np.exp(-0.5 * days / 365) for o in paths}
        for k, day in enumerate(days.tolist()):
            when = {"day": day, "date": self.date(day)}
            sold = {o: float(tokens[o][k]) for o in paths if not np.isnan(paths[o][k])}
            self.rows["offers_daily"] += [
                {**when, "seller": o[0], "tier": o[1], "model": f"{o[0]}-{o[1]}", "open_weights": False,
                 "capability": 3.0, "price": paths[o][k], "unit_cost": cost[o][k],
                 "marginal_cost": cost[o][k] / 2, "avoidable_cost": cost[o][k] / 2,
                 "nash_price": cost[o][k] * 2, "tokens": sold[o],
                 "revenue": sold[o] * paths[o][k]} for o in sold
            ]  # fmt: skip
            self.rows["costs_daily"] += [
                {**when, "seller": o[0], "tier": o[1], "model": f"{o[0]}-{o[1]}", "price": paths[o][k],
                 "hour_capital": 9.0, "hour_energy": 1.0, "hour_upkeep": 0.0, "utilisation": 0.5,
                 "software": float(np.exp(-0.5 * day / 365)), "machine_time": 180 * TIERS[o[1]][1], "training": 0.0}
                for o in sold
            ]  # fmt: skip
            self.sellers_day(when, k, sold, cost)
            self.market_day(when, k, sold, {o: float(paths[o][k]) for o in sold}, cost)

    def sellers_day(
        self,
        when: dict[str, object],
        k: int,
        sold: dict[tuple[str, str], float],
        cost: Costs,
    ) -> None:
        for i, seller in enumerate(self.sellers):
            mine = {o: q for o, q in sold.items() if o[0] == seller}
            tokens = sum(mine.values())
            revenue = sum(q * float(self.path[o][k]) for o, q in mine.items())
            paid = sum(q * float(cost[o][k]) / 2 for o, q in mine.items())
            host = seller in ("siliconflow", "host-1-deepseek-v2")
            wave = 0.3 + 0.02 * i + 0.15 * np.sin(k / 60 + i) + self.chance.normal(0, 0.01)
            self.rows["sellers_daily"].append(
                {**when, "seller": seller,
                 "role": "host" if host else "cloud" if i in (2, 3, 4, 6) else "lab",
                 "fleet": 1000.0 * (i + 1), "on_order": 0.0, "utilisation": 0.0 if host else wave,
                 "demand": tokens, "tokens": tokens, "revenue": revenue, "operating_cost": paid,
                 "cash": 1e6, "share": tokens / sum(sold.values()),
                 **dict.fromkeys(LERNER, (revenue - paid) / revenue if revenue else float("nan")), "delay": 0.0,
                 "shadow_price": 0.1, "stance": "focal", "training": 0.0}
            )  # fmt: skip
            if revenue:
                self.rows["ledger"].append(
                    {**when, "payer": "chat", "payee": seller, "what": "tokens", "amount": revenue}
                )

    def market_day(
        self,
        when: dict[str, object],
        k: int,
        sold: dict[tuple[str, str], float],
        price: dict[tuple[str, str], float],
        cost: Costs,
    ) -> None:
        total = sum(sold.values())
        level = sum(q * price[o] for o, q in sold.items()) / total
        shares = [sum(q for o, q in sold.items() if o[0] == s) / total for s in self.sellers]
        below = sum(q for o, q in sold.items() if price[o] < float(cost[o][k]))
        adoption = 0.08 + 0.5 * k / (k + 400)
        self.rows["market_daily"].append(
            {**when, "tokens": total, "price_level": level,
             "price_median": float(np.median(list(price.values()))),
             "constant_quality": max(min(price.values()), 0.05), "chained_index": level / 12,
             "dispersion": 1.1, "hhi": sum(s * s for s in shares), **dict.fromkeys(LERNER, 1 - 0.4 / max(level, 0.4)),
             "below_cost_share": below / total, "utilisation": 0.3, "adoption": adoption}
        )  # fmt: skip
        for name, size, part in (
            ("chat", 4000, 0.5),
            ("coding", 900, 0.3),
            ("vision", 1500, 0.15),
            ("speech", 700, 0.05),
        ):
            share = min(0.95, adoption * (0.6 + part))
            self.rows["segments_daily"].append(
                {**when, "segment": name, "buyers": float(size), "adopters": size * share, "adoption": share,
                 "demand": total * part, "tokens": total * part, "unmet": 0.0, "price_paid": level}
            )  # fmt: skip

    def tables(self) -> dict[str, pl.DataFrame]:
        for war in self.rows["wars"]:
            war["first_fact"] = next(
                row["fact"]
                for row in self.rows["prices"]
                if row["kind"] == "cut" and row["time"] == war["start_time"] and row["seller"] == war["begun_by"]
            )
        return {name: pl.DataFrame(rows, schema=schema(name)) for name, rows in self.rows.items()}


@pytest.fixture(scope="session")
def make_run() -> RunMaker:
    """Maker of made-up runs: `make_run(sellers=15, wars=1, days=365, seed=1)`; equal runs are made once."""
    made: dict[tuple[int, int, int, int], Run] = {}

    def make(*, sellers: int = 15, wars: int = 1, days: int = 365, seed: int = 1) -> Run:
        key = (sellers, wars, days, seed)
        if key not in made:
            made[key] = Run(
                scenario={
                    "name": "made-up",
                    "title": "Made-up market",
                    "currency": {"code": "CNY"},
                    "days": days,
                    "conduct": {"target_utilisation": 0.8},
                },
                seed=seed,
                policy=None,
                drawn={"opening.utilisation": 0.31},
                tables=MadeUp(*key).tables(),
                command=f"pricewar run made-up --seed {seed}",
            )
        return made[key]

    return make
