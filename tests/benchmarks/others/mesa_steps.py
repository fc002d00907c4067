"""The reference market in Mesa with steps of a day: every buyer looks every day whether its contract has ended.

Within a day the order of reviews and renewals is lost: buyers choose under the board with which the day begins.
So a few choices differ from those of the other candidates.
"""

from mesa import Agent, Model

from tests.benchmarks.others.choosing import choose, lasts, seen


class Buyer(Agent):
    """An enterprise buyer."""

    def __init__(self, model, sensitivity, choice, contract):
        super().__init__(model)
        self.sensitivity, self.luck, self.contract = sensitivity, iter(choice), iter(contract)
        self.choice, self.ends = 0, 0.0
        self.renew()

    def step(self):
        """Renew what ends before the next day."""
        while self.ends < self.model.tomorrow:
            self.renew()

    def renew(self):
        """Choose."""
        self.choice = choose(self.model.board, self.sensitivity, self.choice, next(self.luck))
        self.model.made += 1
        self.ends += lasts(next(self.contract))


class Market(Model):
    """Buyers and a board."""

    def __init__(self, draws, path):
        super().__init__(seed=1)
        self.path, self.number, self.made, self.tomorrow = path, 0, 0, 1.0
        self.board = seen(path.appeal, path.prices[0].tolist())
        Buyer.create_agents(self, len(draws.sensitivity), draws.sensitivity, draws.choice, draws.contract)

    def step(self):
        """One day."""
        while self.number + 1 < len(self.path.times) and self.path.times[self.number + 1] < self.tomorrow - 1.0:
            self.number += 1
            self.board = seen(self.path.appeal, self.path.prices[self.number].tolist())
        self.agents.do("step")
        self.tomorrow += 1.0


def choices(draws, path, until):
    """Choice of every buyer at the end, and how many were made."""
    market = Market(draws, path)
    for _ in range(round(until)):
        market.step()
    return market.agents.get("choice"), market.made
