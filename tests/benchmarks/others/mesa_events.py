"""The reference market in Mesa with its event list: every renewal an event."""

from mesa import Agent, Model
from mesa.experimental.devs import DEVSimulator

from tests.benchmarks.others.choosing import choose, lasts, seen


class Buyer(Agent):
    """An enterprise buyer."""

    def __init__(self, model, sensitivity, choice, contract):
        super().__init__(model)
        self.sensitivity, self.luck, self.contract = sensitivity, iter(choice), iter(contract)
        self.choice = 0

    def renew(self):
        """Choose, and come back when the contract ends."""
        self.choice = choose(self.model.board, self.sensitivity, self.choice, next(self.luck))
        self.model.made += 1
        self.model.simulator.schedule_event_relative(self.renew, lasts(next(self.contract)))


class Market(Model):
    """Buyers and a board."""

    def __init__(self, simulator, draws, path):
        super().__init__(seed=1)
        self.simulator, self.path, self.made = simulator, path, 0
        simulator.setup(self)
        self.post(0)
        for number, time in enumerate(path.times.tolist()[1:], start=1):
            simulator.schedule_event_absolute(self.post, time, function_args=[number])
        for buyer in Buyer.create_agents(self, len(draws.sensitivity), draws.sensitivity, draws.choice, draws.contract):
            buyer.renew()

    def post(self, number):
        """Change the board."""
        self.board = seen(self.path.appeal, self.path.prices[number].tolist())


def choices(draws, path, until):
    """Choice of every buyer at the end, and how many were made."""
    simulator = DEVSimulator()
    market = Market(simulator, draws, path)
    simulator.run_until(until)
    return market.agents.get("choice"), market.made
