"""The reference market in SimPy, a process for every buyer."""

import simpy

from tests.benchmarks.others.choosing import choose, lasts, seen


def choices(draws, path, until):
    """Choice of every buyer at the end, and how many were made."""
    env = simpy.Environment()
    board = []
    choice, made = [0] * len(draws.sensitivity), 0

    def sellers():
        for time, price in zip(path.times.tolist(), path.prices.tolist(), strict=True):
            yield env.timeout(time - env.now)
            board[:] = seen(path.appeal, price)

    def buyer(i):
        nonlocal made
        yield env.timeout(0.0)  # after the opening
        for luck, contract in zip(draws.choice[i], draws.contract[i], strict=True):
            choice[i] = choose(board, draws.sensitivity[i], choice[i], luck)
            made += 1
            yield env.timeout(lasts(contract))

    env.process(sellers())
    for i in range(len(choice)):
        env.process(buyer(i))
    env.run(until=until)
    return choice, made
