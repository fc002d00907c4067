r"""What sellers believe about demand: the logit inverted from lagged public token shares (Berry 1994).

:math:`\xi_{sk} = \ln(s_{sk}/s_{s0}) - x_{sk}`, with x the part of utility that prices and models explain. Shares are a
stock: contracts signed months ago are in them. So they are inverted at the prices and models *under which they were
signed*: x is an average of past price terms, and of what capability and brand are worth, that forgets at the rates at
which contracts end, and an entrant's share is divided by the part of the stock that has had the chance to choose it.
Contracts end at two rates, for who is free to leave leaves within days: both are a mixture of the two, which no mean
rate can replace. An offer without a reported share gets a prior: its capability and brand (both public: benchmarks and
reputation), and of the rest what offers with shares have on average. Nobody ever sees the buyers themselves.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from pricewar.sim.economics.curves import DAYS_PER_YEAR
from pricewar.sim.market.board import Board, Offer
from pricewar.sim.market.choice import Response, demand_of
from pricewar.sim.market.demand import Demand, Floats
from pricewar.sim.market.rebate import Rebate, Rebated


@dataclass(frozen=True, slots=True)
class Retention:
    """What surveys tell of each of S segments."""

    loyalty: Floats
    """Lambda, utility of staying with one's supplier, shape (S,). [util]"""
    locked: Floats
    """Share of buyers to whom that applies; the others sit behind a gateway, shape (S,). [1]"""
    rate: Floats
    """Contracts that end in a year, per contract, of buyers who are locked in, shape (S,). [1/year]"""
    free_rate: Floats
    """The same of the others, shape (S,). [1/year]"""

    @property
    def rates(self) -> Floats:
        """Contracts that end in a day, per contract, of the locked in and of the others, shape (2, S). [1/day]"""
        return np.stack([self.rate, self.free_rate]) / DAYS_PER_YEAR

    def mixed(self, kinds: Floats) -> Floats:
        """Mean over all buyers of what holds of the locked in and of the others; kinds: shape (2, S, ...).

        Returns shape (S, ...).
        """
        weight = self.locked.reshape(-1, *[1] * (kinds.ndim - 2))
        mean: Floats = weight * kinds[0] + (1.0 - weight) * kinds[1]
        return mean

    def chosen_anew(self, days: float) -> Floats:
        r"""Share of buyers who choose anew within so many days, shape (S,). [1]

        :math:`\sum_r w_r (1 - e^{-\rho_r t})`, r the kinds of contract. At the mean rate it would be more, for who has
        chosen anew is soon of the free alone (Jensen's inequality).

        >>> surveyed = Retention(np.zeros(1), np.array([0.9]), np.array([365.25 / 90]), np.array([365.25 / 7]))
        >>> surveyed.chosen_anew(30.0).round(3).tolist()
        [0.354]
        """
        return self.mixed(-np.expm1(-self.rates * days))

    def advantage(self, share: Floats) -> Floats:
        r"""How much likelier it is to keep a customer than to win one, shape (S, K). [1]

        :math:`\Delta_k = \frac{s_k e^\lambda}{1+s_k(e^\lambda-1)} - \sum_r w_r \frac{s_k}{1+s_r(e^\lambda-1)}`
        with r over everybody else's customers and those of nobody, weighted by their shares. share: choice
        probabilities without loyalty, shape (S, K). Zero without loyalty.
        """
        pull = np.expm1(self.loyalty)[:, None]
        none = 1.0 - share.sum(axis=1, keepdims=True)
        staying = share * (1.0 + pull) / (1.0 + pull * share)
        # Chance of buying offer k as a customer of r is s_k/(1 + pull s_r): one factor per r, and one for nobody.
        factor = share / (1.0 + pull * share)
        elsewhere = none + factor.sum(axis=1, keepdims=True) - factor
        joining = share * elsewhere / np.maximum(1.0 - share, 1e-12)
        return np.where(pull > 0.0, staying - joining, 0.0)


def annuity_factor(rate: Floats, years: Floats | float) -> Floats:
    """The integral of e^(−rate·t) from zero to `years`, for rates of any sign, shapes broadcast. [year]

    >>> annuity_factor(np.array([0.0, 1.0]), 2.0).round(6).tolist()
    [2.0, 0.864665]
    """
    rate = np.asarray(rate, dtype=np.float64)
    small = np.abs(rate) < 1e-12
    safe = np.where(small, 1.0, rate)
    factor: Floats = np.where(small, years, -np.expm1(-safe * years) / safe)
    return factor


def later_sales(advantage: Floats, rate: Floats, growth: Floats, discount: float, years: float) -> Floats:
    r"""Sales that a customer won brings after its first contract, over those of that contract, shape (S, K). [1]

    :math:`\rho \int_0^H e^{(g-r)t}\,(e^{-\rho(1-\Delta)t} - e^{-\rho t})\,dt`: contracts end at the rate
    :math:`\rho`, each time the customer is :math:`\Delta` likelier to be kept than won, and volumes grow at g. Under
    no growth, no discounting and no horizon it is :math:`\Delta/(1-\Delta)` (Klemperer 1987; Farrell & Klemperer
    2007, §2.6, in continuous time).

    advantage: shape (S, K). [1] rate: rho, shape (S,). [1/year] growth: g, shape (S,). [1/year]
    discount: r. [1/year] years: H, infinite where discounting beats growth. [year]
    """
    pace, net = rate[:, None], discount - growth[:, None]
    kept = annuity_factor(net + pace * (1.0 - advantage), years)
    first = annuity_factor(net + pace, years)
    return np.where(advantage > 0.0, pace * (kept - first), 0.0)


TINY = 1e-12
"""Shares below this say nothing; the prior speaks."""


def _no_rebate(offers: Sequence[Offer]) -> Sequence[Rebate]:
    """Nothing is taken off any price."""
    del offers
    return ()


class Beliefs(Protocol):
    """What a seller takes demand to be. Several sellers may hold the same, and each may hold its own."""

    @property
    def kind(self) -> str:
        """How they are formed, in a word."""

    @property
    def state(self) -> int:
        """Counts what may have changed them: as long as it stands still, so do they."""

    @property
    def retention(self) -> Retention:
        """What is known of loyalty and contracts."""

    def demand(self, board: Board, size: Floats) -> Demand:
        """Believed demand for the offers now for sale; size: tokens if all bought, shape (S,). [Mtok/day]"""

    def demand_at(self, trial: Board, size: Floats) -> Demand:
        """Believed demand on a board that is only thought of."""


class PublicRecord:
    """Lagged public shares, and the logit inverted from them: the beliefs of every seller that has none of its own."""

    kind = "inverted_logit"

    def __init__(
        self,
        responses: Sequence[Response],
        worth: Floats,
        need: Floats,
        prior_customers: float,
        customers: Floats,
        lag: int,
        retention: Retention,
        abroad: Callable[[list[str | None]], Floats] | None = None,
    ) -> None:
        """Start with an empty record.

        responses: of each segment, S of them. worth: theta, utility of a nat of capability, shape (S,).
        need: quantiles of the capability that buyers can use, shape (S, Q). [nat]
        prior_customers: weight of the prior, in customers. customers: of each segment,
        shape (S,). lag: age of the newest published share. [day] retention: what surveys tell of loyalty and contracts.
        abroad: what buying from sellers at home in given regions costs buyers, shape (S, K); left out, nothing. [util]
        """
        self.responses = tuple(responses)
        self.worth, self.need = worth, need
        self.prior_customers, self.customers, self.retention = prior_customers, customers, retention
        self.abroad = abroad
        self._reports: deque[tuple[Floats, Floats, Floats, Floats]] = deque(maxlen=lag + 1)
        self._pace: Floats = -np.expm1(-retention.rates)[:, :, None]
        """Share of contracts that end in a day, of each kind, shape (2, S, 1). [1]"""
        nothing = np.zeros((*self._pace.shape[:2], 0))
        self._terms, self._prices, self._had_chance = nothing, nothing, nothing
        """What stood when contracts of each kind were signed, shape (2, S, K)."""
        self._appeal: Floats | None = None
        self.state = 0
        """Counts what may have changed beliefs."""
        self.rebates: Callable[[Sequence[Offer]], Sequence[Rebate]] = _no_rebate
        """What the law takes off the prices that buyers pay: everybody knows it."""
        self._lag, self._surveyed = lag, retention
        self._held: dict[str, int] = {}

    def delay(self, why: str, days: int) -> None:
        """Publish shares so many days later than usual from now on, for a reason: for so long nothing new is heard.

        With several reasons the longest delay counts.
        """
        self._held[why] = days
        self._reports = deque(self._reports, maxlen=self._lag + max(self._held.values()) + 1)
        self.forget_appeal()

    def bind(self, share: float) -> None:
        """Know that only a share of loyalty binds buyers from now on. [1]"""
        self.retention = replace(self._surveyed, loyalty=share * self._surveyed.loyalty)

    def price_part(self, price: Floats) -> Floats:
        """Price part of the median buyer's utility, shape (S, K). [util]"""
        return np.stack([r.sensitivity * r.term(price) for r in self.responses])

    def note(self, board: Board, share: Floats, *, settled: bool = False) -> None:
        """Take down the day's token shares at reference volumes, shape (S, K), and what buyers paid.

        board: with the prices that buyers pay.
        settled: the stock is in equilibrium with today's prices (the day before the burn-in).
        """
        now = self.price_part(board.price) + self._public_worth(board)
        met = self._terms.shape[2]
        if now.shape[1] > met:
            kinds = (*self._pace.shape[:2], now.shape[1] - met)
            self._terms = np.append(self._terms, np.broadcast_to(now[:, met:], kinds), axis=2)
            self._prices = np.append(self._prices, np.broadcast_to(board.price[met:], kinds), axis=2)
            self._had_chance = np.append(self._had_chance, np.zeros(kinds), axis=2)
        pace: Floats | float = 1.0 if settled else self._pace
        self._terms = self._terms + pace * (now - self._terms)
        self._prices = self._prices + pace * (board.price - self._prices)
        self._had_chance = self._had_chance + pace * (board.live - self._had_chance)
        mixed = self._surveyed.mixed
        self._reports.append((share.copy(), mixed(self._terms), mixed(self._prices), mixed(self._had_chance)))
        self.forget_appeal()

    def forget_appeal(self) -> None:
        """The board or the record has changed: beliefs must be formed anew."""
        self._appeal = None
        self.state += 1

    def appeal(self, board: Board) -> Floats:
        """Believed utility of every offer but for its price, shape (S, K). [util]"""
        if self._appeal is None:
            self._appeal = self._inverted(board)
        return self._appeal

    def demand(self, board: Board, size: Floats) -> Demand:
        """Believed demand for the offers now for sale; size: tokens if all bought, shape (S,). [Mtok/day]"""
        appeal = np.where(board.live, self.appeal(board), -np.inf)
        return self.posted(demand_of(self.responses, appeal, size, board.offers), board)

    def demand_at(self, trial: Board, size: Floats) -> Demand:
        """Believed demand on a board that is only thought of."""
        appeal = np.where(trial.live, self._inverted(trial), -np.inf)
        return self.posted(demand_of(self.responses, appeal, size, trial.offers), trial)

    def posted(self, demand: Demand, board: Board) -> Demand:
        """Demand at what buyers pay, as a function of the prices that sellers post."""
        for rebate in reversed(self.rebates(board.offers)):
            demand = Rebated(demand, rebate)
        return demand

    def _public_worth(self, board: Board) -> Floats:
        """What capability and brand are worth to the median buyer, up to a constant, shape (S, K). [util]"""
        capability = np.array([offer.capability for offer in board.offers])
        brand = np.array([offer.appeal for offer in board.offers])
        value = np.array([offer.value for offer in board.offers])
        used = np.minimum(capability[None, :, None], self.need[:, None, :]).mean(axis=2)
        gross = np.stack([r.worth(value) for r in self.responses])
        utility: Floats = self.worth[:, None] * used + brand + gross
        if self.abroad is not None:  # where a seller is at home, and who cannot buy there, everybody knows
            utility -= self.abroad([offer.region for offer in board.offers])
        return utility

    def _inverted(self, board: Board) -> Floats:
        public_worth = self._public_worth(board)
        outside = np.array([r.outside_utility for r in self.responses])[:, None]
        if not self._reports:
            return public_worth
        share, terms, price, chance = self._reports[0]
        reported = share.shape[1]
        none = np.maximum(1.0 - share.sum(axis=1, keepdims=True), TINY)
        seen = (share > TINY) & (chance > TINY)
        odds = self._log_odds(np.where(seen, share, 0.0), none, price, board)
        unexplained = odds - np.log(np.where(seen, chance, 1.0)) - terms + outside
        weight = np.where(seen, share, 0.0)
        total = np.maximum(weight.sum(axis=1, keepdims=True), TINY)
        usual = (weight * unexplained).sum(axis=1, keepdims=True) / total
        if self.prior_customers > 0.0:
            # The prior counts as so many customers spread as it predicts: a cell of three buyers says little.
            prior = none * np.exp(usual + terms - outside) * chance
            count = self.customers[:, None]
            blend = (count * share + self.prior_customers * prior) / (count + self.prior_customers)
            odds = self._log_odds(np.maximum(blend, TINY), none, price, board)
            unexplained = odds - np.log(np.maximum(chance, TINY)) - terms + outside
            seen = chance > TINY
        appeal: Floats = public_worth + usual
        appeal[:, :reported] = public_worth[:, :reported] + np.where(seen, unexplained, usual)
        return appeal

    def _log_odds(self, share: Floats, none: Floats, price: Floats, board: Board) -> Floats:
        """Utilities over that of buying nothing, inverted from shares segment by segment, shape (S, K). [util]"""
        offers = board.offers[: share.shape[1]]
        rows = zip(self.responses, share, none[:, 0].tolist(), price, strict=True)
        return np.stack([response.log_odds(seen, rest, paid, offers) for response, seen, rest, paid in rows])
