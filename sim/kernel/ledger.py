"""Money, in double entry: every amount leaves one account and reaches another, and the books close every night.

What closes is checked from three sides: all balances sum to zero, each firm's cash is what it had plus what the
ledger moved, and the sellers' takings are tokens times price, summed apart from the postings.
"""

from math import fsum

from pricewar.sim.errors import BooksDoNotClose
from pricewar.sim.kernel.recorder import Recorder

TOLERANCE = 1e-9
"""Largest error of a closing, as a share of the turnover so far."""


class Ledger:
    """Accounts that start at zero; what one pays another gets."""

    def __init__(self, recorder: Recorder) -> None:
        """Open the books; each day's totals go to the recorder's `ledger` table."""
        self.recorder = recorder
        self.balances: dict[str, float] = {}
        self.turnover = 0.0
        self.errors: dict[int, float] = {}
        """Closing error of every day, as a share of turnover so far."""
        self._today: dict[tuple[str, str, str], float] = {}

    def post(self, payer: str, payee: str, what: str, amount: float) -> None:
        """Move an amount from payer to payee; nothing is written for an amount of zero."""
        if amount == 0.0:
            return
        if not amount > 0.0:
            raise BooksDoNotClose(f"{payer} was to pay {amount} to {payee} for {what}")
        self.balances[payer] = self.balances.get(payer, 0.0) - amount
        self.balances[payee] = self.balances.get(payee, 0.0) + amount
        self.turnover += amount
        entry = (payer, payee, what)
        self._today[entry] = self._today.get(entry, 0.0) + amount

    def balance(self, account: str) -> float:
        """What an account has got less what it has paid. [money]"""
        return self.balances.get(account, 0.0)

    def close(self, takings: float, billed: float) -> None:
        """Close the day. Raises BooksDoNotClose.

        takings: today's sales posted to sellers. [money] billed: tokens times price, computed apart. [money]
        """
        scale = max(self.turnover, 1e-300)
        error = max(abs(fsum(self.balances.values())), abs(takings - billed)) / scale
        self.errors[self.recorder.clock.day] = error
        if error > TOLERANCE:
            raise BooksDoNotClose(f"the books of day {self.recorder.clock.day} miss {error:.3g} of turnover")
        entries = sorted(self._today)
        self.recorder.write(
            "ledger",
            len(entries),
            payer=[payer for payer, _, _ in entries],
            payee=[payee for _, payee, _ in entries],
            what=[what for _, _, what in entries],
            amount=[self._today[entry] for entry in entries],
        )
        self._today.clear()

    def sold_today(self) -> float:
        """Return the sum of today's postings for tokens. [money]"""
        return fsum(amount for (_, _, what), amount in self._today.items() if what == "tokens")
