"""Buyers as a continuum of median buyers: the limit of many, without sampling noise.

Contracts end at an exponential rate, so the stock of a segment follows
:math:`\\dot s = \\rho (P^T s - s)` with P the choice probabilities of the customers of each supplier. For theory: a
market of best-responding sellers then rests exactly at the Nash prices of the logit. Simplification, stated in the
scenario: everybody has the segment's median sensitivity, size and need and renews at its mean rate; homes, privacy and
spreads are left out.
"""

import numpy as np

from pricewar.agents.buyers.spec import Segment, disutility_abroad, utility_of_buying
from pricewar.agents.demand.mixed_logit import points
from pricewar.sim.market.board import Board
from pricewar.sim.market.demand import Floats, log_sum, logit

LEAST_REST = 1e-15
"""Chance of going elsewhere that counts as this where it is less."""


class BuyerContinuum:
    """The buyers of one segment, as a distribution over choices (row 0: nothing)."""

    def __init__(self, name: str, segment: Segment, heads: float) -> None:
        """Nobody has chosen yet."""
        self.name, self.segment, self.heads = name, segment, heads
        self.stock: Floats = np.ones(1)
        self.tastes = points(segment.response.spread)
        self.applications = segment.applications
        spec = self.applications
        self.first = 1.0 if spec is None else spec.start + spec.begun * spec.room
        """Applications of a buyer on the first day."""
        self.volume: Floats = np.ones(1)
        """Applications by choice over those of all buyers on the first day, shape (K+1,). [1]"""
        self.added = 0.0
        """What has been added to it since. [1]"""
        self.kept: Floats = np.zeros(1)
        """Volume by choice times what having the choice was worth at signing, a cost of leaving taken off, over the
        utility then of what was chosen, shape (K+1,). [util]"""
        self.renewals, self.switches = 0.0, 0.0
        """Choices made so far by buyers who had a supplier, and those of another one."""
        self._start = 0.0
        """What having the choice was worth when adoption ended. [util]"""
        self.strangers: float | None = None
        """Share of buyers who never buy, once adoption no longer moves; None while it does."""
        self.ease: Floats = np.zeros(1)
        self.signed = 0.0
        self.buying = 0.0
        self.bond = segment.loyalty
        """Utility of staying with one's supplier that policies leave. [util]"""

    def renewal_rates(self) -> tuple[float, float]:
        """Contracts that end in a day, per contract: of everybody at the mean rate. [1/day]"""
        return self.segment.renewal_rate(), self.segment.renewal_rate()

    def look(self, board: Board, delay: Floats, exposure: Floats | None = None) -> None:
        """See offers and prices, and the days of waiting at each offer, shape (K,); privacy is left out."""
        del exposure
        segment, response, offers = self.segment, self.segment.response, board.offers
        beyond_price = np.array(
            [offer.appeal - segment.delay_aversion * d for offer, d in zip(offers, delay, strict=True)]
        )
        beyond_price += response.worth(np.array([offer.value for offer in offers]))
        beyond_price += segment.worth * np.minimum([offer.capability for offer in offers], segment.need)
        if segment.abroad:
            beyond_price -= disutility_abroad([segment], [offer.region for offer in offers])[0]
        self.term: Floats = response.sensitivity * response.term(board.price)
        utility = beyond_price + self.term
        self.utility: Floats = np.where(board.live, utility, -np.inf)
        self.price, self.offers = board.price, list(board.offers)
        self.tokens: Floats = response.tokens(board.price)
        if self.applications is not None:
            self.ease = self.applications.ease(response, board.price)
        grown = np.zeros(len(offers) + 1 - self.stock.size)
        self.stock, self.volume = np.append(self.stock, grown), np.append(self.volume, grown)
        self.kept = np.append(self.kept, grown)
        self.beyond_walls = np.array([not offer.inside for offer in offers])
        sellers = np.array(["", *(offer.seller for offer in offers)])
        same = (sellers[:, None] == sellers[None, 1:]) & (sellers[:, None] != "")
        self.same = same
        """Whether an offer is of one's supplier, shape (K+1, K)."""
        gone = np.append(False, ~board.live)
        anew = self.anew()
        self.kept += self.volume[gone].sum() * anew * (self.worth_of_choice(loyal=False)[-1] - self.chosen_utility())
        self.kept[gone] = 0.0
        self.renewals += self.heads * float(self.stock[gone].sum())
        self.switches += self.heads * float((self.stock[1:][gone[1:], None] * anew[1:] * ~same[1:][gone[1:]]).sum())
        for share in (self.stock, self.volume):
            share += share[gone].sum() * anew
            share[gone] = 0.0
        self._return()

    def chosen(self, *, loyal: bool = True) -> Floats:
        """Choice probabilities by supplier, shape (K+1, K+1)."""
        utility = self.utility + self.buying + (self.bond if loyal else 0.0) * self.same
        if self.strangers is not None:
            return self._staying(utility)
        outside = np.full(self.stock.size, self.segment.response.outside_utility)
        inside = self._probabilities(utility, outside)
        return np.column_stack([1.0 - inside.sum(axis=1), inside])

    def _probabilities(self, utility: Floats, outside: Floats) -> Floats:
        """Choice probabilities of the offers, over all tastes, shape (n, K); outside: shape (n,). [util]

        Simplification: suppliers have customers of every taste alike, because the stock does not tell them apart.
        It is exact without loyalty.
        """
        chosen = np.zeros_like(utility)
        for factor, weight in self.tastes:
            chosen += weight * logit(self._seen(utility, factor), outside)
        return chosen

    def _seen(self, utility: Floats, factor: float) -> Floats:
        """Utilities from which buyers choose by a logit, their sensitivity a multiple of the median's, shape (n, K)."""
        if factor != 1.0:
            utility = utility + (factor - 1.0) * self.term
        return self.segment.response.inclusive(utility, self.price, self.offers)

    def _staying(self, utility: Floats) -> Floats:
        """Choice probabilities where who buys keeps buying and who does not never does, shape (K+1, K+1)."""
        chosen = np.zeros((self.stock.size, self.stock.size))
        chosen[:, 0] = 1.0
        if np.isfinite(self.utility).any():
            nothing = np.full(self.stock.size, -np.inf)
            chosen[1:, 1:] = self._probabilities(utility, nothing)[1:]
            chosen[1:, 0] = 0.0
        return chosen

    def anew(self) -> Floats:
        """Choice probabilities of a buyer who has lost its supplier, shape (K+1,)."""
        anew: Floats = self.chosen(loyal=False)[0 if self.strangers is None else -1]
        return anew

    def bind(self, share: float) -> None:
        """Let a share of loyalty bind everybody from now on. [1]"""
        self.bond = share * self.segment.loyalty

    @property
    def adoption_over(self) -> bool:
        """Whether who has a supplier keeps buying, and nobody else begins to."""
        return self.strangers is not None

    def settle(self) -> None:
        """From now on who has a supplier keeps buying, and who has none never does."""
        self.strangers = float(self.stock[0])
        self._idle = float(self.volume[0])
        self.kept[0] = 0.0
        bought = float(self.volume[1:].sum())
        had = float((self.volume * self.chosen_utility() + self.kept)[1:].sum())
        self._start = had / bought if bought > 0.0 else 0.0

    def _return(self) -> None:
        """Buyers who had nothing left to buy choose again as soon as there is something."""
        if self.strangers is None or not np.isfinite(self.utility).any():
            return
        anew = self.anew()
        back = self.volume[0] - self._idle
        self.kept += back * anew * (self.worth_of_choice(loyal=False)[-1] - self.chosen_utility())
        for share, stay in ((self.stock, self.strangers), (self.volume, self._idle)):
            back = share[0] - stay
            share[0] = stay
            share += back * anew

    def adopting(self) -> float:
        """Buyers with a supplier."""
        if self.strangers is not None and np.isfinite(self.utility).any():
            return self.heads * (1.0 - self.strangers)  # exactly those of the day on which adoption ended
        return float(self.heads * self.stock[1:].sum())

    def shares(self) -> Floats:
        """Share of each offer in the tokens at reference volumes, shape (K,). [1]"""
        shares: Floats = self.volume[1:] / self.scale()
        return shares

    def asked(self) -> Floats:
        """Tokens asked for at the prices last seen over potential of the first day, shape (K,). [1]"""
        asked: Floats = self.volume[1:] * self.tokens
        return asked

    def bound(self, days: float) -> Floats:
        """Volume whose contracts are expected to outlast so many days over potential of the first day, (K,). [1]"""
        bound: Floats = self.volume[1:] * np.exp(-self.segment.renewal_rate() * days)
        return bound

    def mean_applications(self) -> float:
        """Applications of a buyer with a supplier, nan without any."""
        using = float(self.stock[1:].sum())
        return float(self.first * self.volume[1:].sum()) / using if using > 0.0 else float("nan")

    def possible(self) -> float:
        """Applications that all buyers together can add to their start."""
        return self.heads * self.applications.room if self.applications is not None else 0.0

    def in_use(self) -> float:
        """Of these, what buyers with a supplier have."""
        start = self.applications.start if self.applications is not None else 1
        return float(self.heads * (self.first * self.volume[1:] - start * self.stock[1:]).sum())

    def vacant(self) -> Floats:
        """Applications that buyers can still add, by choice, shape (K+1,)."""
        ceiling = self.applications.ceiling if self.applications is not None else 1
        vacant: Floats = self.heads * (ceiling * self.stock - self.first * self.volume)
        return vacant

    def grow(self, hazard: Floats) -> None:
        """Let the hazard of each choice pass, shape (K+1,)."""
        more = self.vacant() / (self.heads * self.first) * -np.expm1(-hazard)
        before = np.where(self.volume > 0.0, self.volume, 1.0)
        self.kept = self.kept * (1.0 + more / before)  # what is added is bought under the contract that there is
        self.volume = self.volume + more
        self.added += float(more.sum())

    def scale(self) -> float:
        """Volume at reference prices over that of the first day. [1]"""
        return 1.0 + self.added

    def chosen_utility(self) -> Floats:
        """Utility of each choice but for loyalty, zero where it is not for sale, shape (K+1,). [util]"""
        offered = np.where(np.isfinite(self.utility), self.utility + self.buying, 0.0)
        return np.append(self.segment.response.outside_utility, offered)

    def worth_of_choice(self, *, loyal: bool = True) -> Floats:
        """Log-sum of the utilities by supplier, loyalty a cost of leaving, shape (K+1,) (Small & Rosen 1981). [util]"""
        bond = self.bond if loyal else 0.0
        seen = self._seen(self.utility + self.buying + bond * self.same, 1.0)
        nothing = self.segment.response.outside_utility
        if self.strangers is None:
            worth = log_sum(seen, np.full(self.stock.size, nothing)) + nothing
        else:
            worth = np.logaddexp.reduce(seen, axis=1)
            worth = np.where(np.isfinite(worth), worth, 0.0)
        worth[1:] -= bond
        return worth

    def surplus(self) -> Floats:
        """Expected consumer surplus by choice, of unit size in all, shape (K+1,). [money/Mtok]

        See `SampledBuyers.surplus`.
        Simplification: where buyers differ in taste (mixed logit), that of choosing today, since the stock does not
        tell what each taste has signed.
        """
        response = self.segment.response
        if len(self.tastes) > 1:
            return self._surplus_of_tastes()
        nothing = response.outside_utility if self.strangers is None else self._start
        utils = self.volume * (self.chosen_utility() - nothing) + self.kept
        if self.strangers is not None:
            utils[0] = 0.0
        worth: Floats = utils / response.money(np.array([response.sensitivity]))
        return worth

    def _surplus_of_tastes(self) -> Floats:
        response, worth = self.segment.response, 0.0
        utility, nothing = (self.utility + self.buying)[None, :], np.array([response.outside_utility])
        for factor, weight in self.tastes:
            money = response.money(np.array([factor * response.sensitivity]))
            worth += weight * float(log_sum(self._seen(utility, factor), nothing)[0] / money[0])
        return worth * self.volume

    def stake(self) -> float:
        """What buyers of unit size in all would pay not to lose their suppliers, as the market is today. [money/Mtok]

        See `SampledBuyers.stake`. Simplification: buyers who differ in taste are taken at the median's.
        """
        response, chosen = self.segment.response, self.chosen()
        staying = np.append(0.0, (chosen[1:, 1:] * self.same[1:]).sum(axis=1))
        utils = -np.log(np.maximum(1.0 - staying, LEAST_REST))
        return float((self.volume * utils).sum() / response.money(np.array([response.sensitivity]))[0])

    def renew(self, until: float) -> None:
        """Let contracts end up to `until`: the exact flow without loyalty, daily steps with it."""
        passed = until - self.signed
        self.signed = until
        steps = max(1, int(np.ceil(passed))) if self.bond else 1
        ended = -np.expm1(-self.segment.renewal_rate() * passed / steps)
        chosen = self.chosen()
        elsewhere = (chosen[1:, 1:] * ~self.same[1:]).sum(axis=1)
        kept = chosen * (self.worth_of_choice()[:, None] - self.chosen_utility())
        if self.strangers is not None:
            kept[0] = 0.0
        for _ in range(steps):
            self.renewals += self.heads * float(ended * self.stock[1:].sum())
            self.switches += self.heads * float(ended * (self.stock[1:] @ elsewhere))
            self.stock = self.stock + ended * (self.stock @ chosen - self.stock)
            self.kept = self.kept + ended * (self.volume @ kept - self.kept)
            self.volume = self.volume + ended * (self.volume @ chosen - self.volume)

    def open(self, now: float) -> None:
        """First choice of everybody, without loyalty; calibrates the utility of buying at all."""
        if self.segment.adoption is not None:

            def adoption(utility: float) -> float:
                self.buying = utility
                return 1.0 - float(self.chosen(loyal=False)[0, 0])

            self.buying = utility_of_buying(self.name, adoption, self.segment.adoption)
        self.stock = self.chosen(loyal=False)[0]
        self.volume = self.stock.copy()
        self.kept = self.volume * (self.worth_of_choice(loyal=False)[0] - self.chosen_utility())
        self.signed = now
