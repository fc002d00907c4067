"""Learning sellers: the published generator, the step of learning, whole sessions, and the same in a market."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from pricewar.agents.demand.linear_logit import LinearLogit
from pricewar.agents.games.first_order import best_response
from pricewar.agents.games.q_learning import rules
from pricewar.agents.games.q_learning.game import Game, benchmarks, every_choice, game_of, grid, grid_around
from pricewar.agents.games.q_learning.rules import learn
from pricewar.agents.pricing.best_response import pricing_problem
from pricewar.agents.pricing.books import Conduct, View
from pricewar.agents.pricing.learner_memory import Cell, Memory
from pricewar.agents.pricing.q_learner import QLearner
from pricewar.agents.pricing.sequential_q_learner import SequentialQLearner
from pricewar.agents.pricing.testing import StrategyTests, board_of, books_for, demand_for, luck, scripted_rival
from pricewar.scenarios.config.load import load
from pricewar.scenarios.run.play import Simulation, prepare
from pricewar.scenarios.verification import learner_draws, learner_sessions
from pricewar.scenarios.verification.learner_draws import LEcuyer, OwnDraws, PublishedDraws
from pricewar.scenarios.verification.learner_sessions import Habits, Session, deviation, session, turns
from pricewar.scenarios.verification.learners import SPREAD, calvano, sampled
from pricewar.scenarios.verification.worlds import seller, world
from pricewar.sim.kernel.streams import Streams
from pricewar.sim.market.demand import Floats
from tests.conftest import needs


def logit(n: int = 2, mu: float = 0.25) -> LinearLogit:
    return LinearLogit(np.full((1, n), 2.0 / mu), np.zeros(1), np.array([mu]), np.ones(1))


def published_game() -> Game:
    """Prices as the published sessions have them: from Nash and cartel prices of five decimals."""
    return game_of(logit().quantities, np.ones(2), np.tile(grid_around(1.47293, 1.92498, 0.1, 15), (2, 1)))


def small_game(n: int, m: int) -> Game:
    return game_of(logit(n).quantities, np.ones(n), np.tile(grid(1.1, 2.0, m), (n, 1)))


class TestGenerator:
    def slow(self, seed: int) -> Iterator[float]:
        """The same generator from its description, a draw at a time, without a thought for speed."""
        first, table = seed, []
        for _ in range(40):
            first = 40014 * first % 2147483563
            table.append(first)
        table, second = table[:7:-1], seed
        last = table[0]
        while True:
            first, second = 40014 * first % 2147483563, 40692 * second % 2147483399
            place = last // 67108862
            last, table[place] = table[place] - second, first
            last += 2147483562 if last < 1 else 0
            yield min(last * (1.0 / 2147483563), 1.0 - 1.2e-7)

    @pytest.mark.parametrize("seed", [1, 2, 1000])
    def test_fast_draws_are_the_slow_ones_to_the_last_bit_however_they_are_cut(self, seed: int) -> None:
        slow = self.slow(seed)
        expected = [next(slow) for _ in range(5000)]
        fast = LEcuyer(seed)
        assert np.concatenate([fast.random(count) for count in (1, 7, 992, 4000)]).tolist() == expected

    def test_the_first_draw_of_seed_one_is_as_printed_in_many_places(self) -> None:
        assert_allclose(LEcuyer(1).random(1), 0.2853809, atol=5e-8)

    def test_a_difference_of_zero_is_no_draw(self) -> None:
        combined = [7]
        assert learner_draws.shuffle([5], combined, [7] * 32, 0, 1) == 2147483562
        assert combined == [2147483562]

    def test_draws_are_uniform(self) -> None:
        """Chi-square over 100 cells at an error rate of 1e-4; squared draws fail."""
        from scipy.stats import chi2

        draws = LEcuyer(3).random(100_000)

        def statistic(sample: Floats) -> float:
            counts = np.bincount((100 * sample).astype(int), minlength=100)
            return float(((counts - 1000.0) ** 2 / 1000.0).sum())

        assert statistic(draws) < chi2.ppf(1 - 1e-4, 99) < statistic(draws**1.05)


class TestStep:
    def test_the_best_action_is_always_one_of_those_worth_most(self) -> None:
        chance = np.random.default_rng(4)
        worth, top, best = [0.0] * 12, [0.0] * 3, [0] * 3
        for _ in range(3000):
            cell, action = int(chance.integers(3)), int(chance.integers(4))
            before = best[cell]
            # Few different targets, so that there are ties.
            same = learn(worth, top, best, cell, 4, action, float(chance.integers(3)), 0.5 if action else 1.0)
            row = worth[4 * cell : 4 * cell + 4]
            assert top[cell] == max(row)
            assert row[best[cell]] == max(row)
            assert same == (best[cell] == before)

    def test_among_equals_the_best_action_stays_and_after_its_fall_the_lowest_follows(self) -> None:
        worth, top, best = [1.0, 3.0, 5.0, 3.0], [5.0], [2]
        assert learn(worth, top, best, 0, 4, 0, 5.0, 1.0) is True
        assert (worth, top, best) == ([5.0, 3.0, 5.0, 3.0], [5.0], [2])
        learn(worth, top, best, 0, 4, 0, 1.0, 1.0)
        assert learn(worth, top, best, 0, 4, 2, 1.0, 1.0) is False
        assert (worth, top, best) == ([1.0, 3.0, 1.0, 3.0], [3.0], [1])

    def test_it_moves_worth_by_the_rate_and_touches_nothing_else(self) -> None:
        worth, top, best = [1.0, 2.0, 3.0, 4.0], [2.0, 4.0], [1, 1]
        assert learn(worth, top, best, 0, 2, 0, 5.0, 0.25) is True
        assert (worth, top, best) == ([2.0, 2.0, 3.0, 4.0], [2.0, 4.0], [1, 1])
        assert learn(worth, top, best, 0, 2, 0, 6.0, 0.25) is False
        assert (worth, top, best) == ([3.0, 2.0, 3.0, 4.0], [3.0, 4.0], [0, 1])


def slow_session(game: Game, learner: QLearner, luck: Floats, start: tuple[int, ...]) -> dict[Any, Floats]:
    """The algorithm of Calvano et al. (2020) from its description, with dictionaries and `argmax`."""
    n, m = game.n, game.m
    numbers = {tuple(choice): k for k, choice in enumerate(every_choice(n, m).tolist())}
    guess = game.against_uniform() / (1.0 - learner.discount)
    table = {(i, state): guess[i].copy() for i in range(n) for state in numbers}
    state, exploring = start, 1.0
    for whether, which in luck:
        chosen = tuple(
            int(m * which[i]) if whether[i] <= exploring else int(np.argmax(table[i, state])) for i in range(n)
        )
        exploring *= learner.fading
        for i in range(n):
            target = game.profit[numbers[chosen], i] + learner.discount * table[i, chosen].max()
            row = table[i, state]
            row[chosen[i]] = row[chosen[i]] + learner.rate * (target - row[chosen[i]])
        state = chosen
    return table


class TestSessions:
    @pytest.mark.parametrize(
        ("game", "fade"),
        [(published_game(), 4e-6), (published_game(), 1e-3), (small_game(3, 4), 1e-3), (small_game(2, 5), 1e-2)],
        ids=["published", "published, exploring less", "three sellers", "five prices"],
    )
    def test_a_session_learns_what_the_description_of_the_algorithm_says_to_the_last_bit(
        self, game: Game, fade: float
    ) -> None:
        periods, learner, start = 3000, QLearner(fade=fade), (1,) * game.n
        expected = slow_session(game, learner, PublishedDraws(5, game.n).periods(periods), start)
        played = session(game, learner, PublishedDraws(5, game.n), start, longest=periods)
        assert (played.periods, played.settled) == (periods, False)
        for number, state in enumerate(map(tuple, every_choice(game.n, game.m).tolist())):
            for i in range(game.n):
                assert played.worth[number, i].tolist() == expected[i, state].tolist()
                assert played.best[number, i] == np.argmax(expected[i, state])

    def test_where_blocks_of_luck_are_cut_changes_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def played() -> Session:
            return session(small_game(2, 4), QLearner(fade=1e-2), PublishedDraws(1, 2), (0, 0), calm=200)

        whole = played()
        monkeypatch.setattr(learner_sessions, "BLOCK", 17)
        again = played()
        assert whole.settled
        assert whole.periods == again.periods
        assert whole.worth.tobytes() == again.worth.tobytes()

    def test_a_learners_luck_is_its_own(self) -> None:
        """Another rival's draws do not shift those of the first."""
        one, other = (OwnDraws([np.random.default_rng(1), np.random.default_rng(seed)]).periods(10) for seed in (2, 3))
        assert one[:, :, 0].tolist() == other[:, :, 0].tolist()
        assert one[:, :, 1].tolist() != other[:, :, 1].tolist()

    @needs("numba")
    def test_machine_code_and_plain_python_agree_to_the_last_bit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def played() -> bytes:
            learned = session(published_game(), QLearner(fade=1e-3), PublishedDraws(1, 2), (3, 4), longest=5000)
            pair = small_game(2, 7)
            after = turns(pair, SequentialQLearner(learning=900), PublishedDraws(1, 2), (3, 4), rounds=1000)
            return learned.worth.tobytes() + after.worth.tobytes() + after.profit.tobytes()

        fast = played()
        for module in (learner_draws, learner_sessions, rules):
            monkeypatch.setattr(module, "has_compiler", lambda: False, raising=False)
        assert played() == fast


class TestGate:
    def test_the_gate_on_the_gain_rejects_learners_who_do_not_look_ahead(self) -> None:
        """The control of the known answer .8487 within 3 * .112 / sqrt(N); four sessions suffice."""
        game, ends = calvano((1.0, 1.0))
        gains = []
        for number in range(4):
            chance = [np.random.default_rng([number, i]) for i in range(2)]
            myopic = QLearner(discount=0.05, fade=1e-4)
            found = session(game, myopic, OwnDraws(chance), (7, 7), calm=10_000)
            gains.append(ends.gain(float(Habits.of(game, found).profit().mean())))
        assert np.mean(gains) < 0.8487 - 3.0 * SPREAD / np.sqrt(4)

    def test_a_tolerance_from_a_sample_lets_its_own_mean_pass_and_one_far_off_fail(self) -> None:
        sample = np.random.default_rng(1).normal(2.0, 0.1, 50)
        assert sampled("mean", 2.0, sample, 0.0).passes
        assert not sampled("mean", 2.1, sample, 0.0).passes


class TestBenchmarks:
    def test_the_gain_is_zero_at_nash_and_one_at_the_cartels_prices(self) -> None:
        ends = benchmarks(logit(3), np.ones(3), np.full(3, 1.7))
        assert_allclose(ends.nash, 1.370162729384164, rtol=1e-10)
        assert_allclose(ends.joint, 2.0, rtol=1e-10)
        assert_allclose([ends.gain(ends.nash_profit), ends.gain(0.25)], [0.0, 1.0], atol=1e-10)

    def test_the_first_guess_is_the_mean_over_blind_rivals(self) -> None:
        game = small_game(3, 2)
        cells = game.profit.reshape(2, 2, 2, 3)
        for i in range(3):
            others = tuple(j for j in range(3) if j != i)
            assert_allclose(game.against_uniform()[i], cells[..., i].mean(axis=others), rtol=1e-14)


class TestHabits:
    """Tit for tat of two prices, by hand: 0 is the low price; a state is 2 first + second."""

    def habits(self) -> Habits:
        game = small_game(2, 2)
        copies = np.array([[0, 0], [1, 0], [0, 1], [1, 1]])  # each asks what the other has asked
        return Habits.of(game, Session(1, True, 1, np.empty(0), copies))

    def test_copying_each_other_goes_round_for_ever(self) -> None:
        habits = self.habits()
        assert sorted(habits.cycle) == [1, 2]
        assert_allclose(habits.prices(), habits.game.price.mean(axis=1))
        assert_allclose(habits.profit(), habits.game.profit[[1, 2]].mean(axis=0))

    def test_one_who_is_forced_down_is_copied(self) -> None:
        assert self.habits().path(3, 3, seller=0, forced=0).tolist() == [1, 2, 1]
        assert self.habits().path(3, 3).tolist() == [3, 3, 3]

    def test_what_a_seller_expects_is_the_geometric_sum(self) -> None:
        habits = self.habits()
        assert_allclose(habits.worth(3, 0.9, 0), habits.game.profit[3, 0] / 0.1, rtol=1e-9)
        first, second = habits.game.profit[2, 0], habits.game.profit[1, 0]
        assert_allclose(habits.worth(1, 0.9, 0), (first + 0.9 * second) / (1 - 0.81), rtol=1e-9)

    def test_the_static_answer_earns_most_at_once(self) -> None:
        habits = self.habits()
        for state in range(4):
            forced = habits.static_answer(0, state)
            rival = habits.best[state, 1]
            assert habits.game.profit[2 * forced + rival, 0] == habits.game.profit[[rival, 2 + rival], 0].max()

    def test_who_does_already_what_is_best_at_once_cannot_deviate(self) -> None:
        game = small_game(2, 2)
        static = Habits.of(game, Session(1, True, 0, np.empty(0), np.zeros((4, 2), dtype=np.intp)))
        found = deviation(static, 0.95, 3)
        assert static.static_answer(0, 0) == 0
        assert np.isnan(found.unprofitable)
        assert found.deviator.tolist() == [1.1] * 4


def slow_turns(game: Game, learner: SequentialQLearner, luck: Floats, start: tuple[int, int]) -> tuple[Floats, Floats]:
    """Klein's algorithm from its description; worth by (seller, rival's action, own), and profits period by period."""
    m = game.m
    profit = game.profit.reshape(m, m, 2)
    table, asked, memory = np.zeros((2, m, m)), list(start), [-1, -1]
    exploring, earned = [1.0, 1.0], []
    for whether, which in luck:
        for i in (0, 1):
            facing, own, seen = asked[1 - i], asked[i], memory[i]

            def pi(mine: int, theirs: int, i: int = i) -> float:
                return float(profit[mine, theirs, 0] if i == 0 else profit[theirs, mine, 1])

            if seen >= 0:
                brought = pi(own, seen) + learner.discount * (
                    pi(own, facing) + learner.discount * table[i, facing].max()
                )
                table[i, seen, own] += learner.rate * (brought - table[i, seen, own])
            blind = whether[i] <= exploring[i]
            asked[i] = int(m * which[i]) if blind else int(np.argmax(table[i, facing]))
            exploring[i] *= learner.fading
            memory[i] = facing
            earned.append(profit[asked[0], asked[1]])
    return table, np.array(earned)


class TestTurns:
    def test_learners_who_move_in_turn_learn_what_the_description_says(self) -> None:
        learner, rounds = SequentialQLearner(learning=1000), 1500
        game = small_game(2, 7)
        expected, earned = slow_turns(game, learner, PublishedDraws(9, 2).periods(rounds), (2, 5))
        found = turns(game, learner, PublishedDraws(9, 2), (2, 5), rounds=rounds, measured=100)
        assert found.worth.swapaxes(0, 1).tolist() == expected.tolist()
        assert_allclose(found.profit, earned[-200:].mean(axis=0), rtol=1e-12)
        assert found.best.T.tolist() == expected.argmax(axis=2).tolist()


def market(
    *strategies: QLearner | SequentialQLearner, days: int, phases: tuple[float, ...], every: float
) -> Simulation:
    """Sellers of a = 2, c = 1 who review at equal distances; contracts so short that shares settle in between."""
    sellers = {
        f"seller-{j}": seller(
            {"price": 1.5, "cost": 1.0, "value": 2.0, "tier": "main"},
            strategy=strategy,
            conduct=Conduct(review_rate=1.0 / every, regular=True, phase=phase, menu_cost=0.0),
        )
        for j, (strategy, phase) in enumerate(zip(strategies, phases, strict=True))
    }
    scenario = world(sellers, days=days, burn_in=5, books=True, segment={"contract": 1e-3, "potential": 1.0})
    simulation = prepare(scenario, 11)
    simulation.run()
    return simulation


def memories(simulation: Simulation) -> list[Memory]:
    return [firm.notes["main"] for firm in simulation.firms]  # type: ignore[index]


def luck_of(count: int) -> OwnDraws:
    streams = Streams(11)
    return OwnDraws([streams(f"seller-{j}", "strategy") for j in range(count)])


class TestInTheMarket:
    """A market of learners whose buyers choose anew at once is a session, draw by draw."""

    def test_what_three_sellers_learn_in_the_market_is_what_a_session_learns(self) -> None:
        n, m = 3, 4
        learner = QLearner(grid=m, fade=4e-3)
        simulation = market(*[learner] * n, days=300, phases=(0.0,) * n, every=1.0)
        learned = memories(simulation)
        reviews = round(np.log(learned[0].exploring) / -learner.fade)
        assert reviews > 290
        ends = benchmarks(logit(n), np.ones(n), np.full(n, 1.7))
        prices = np.stack(
            [grid_around(*pair, 0.1, m) for pair in zip(ends.nash.tolist(), ends.joint.tolist(), strict=True)]
        )
        assert_allclose([memory.prices for memory in learned], prices, rtol=1e-10)
        game = game_of(logit(n).quantities, np.ones(n), prices)
        start = [memory.position(1.5) for memory in learned]
        # The last review learns from the one before it.
        expected = session(game, learner, luck_of(n), start, longest=reviews - 1)
        touched = 0
        for number, choice in enumerate(every_choice(n, m).tolist()):
            for i, memory in enumerate(learned):
                seen = (choice[i], *choice[:i], *choice[i + 1 :])
                touched += seen in memory.cells
                assert_allclose(memory.at(seen).worth, expected.worth[number, i], rtol=1e-9)
        assert touched > 50

    def test_other_luck_teaches_otherwise(self) -> None:
        """The control of the test above, and of the known answers about two sellers."""
        learner = QLearner(grid=4, fade=2e-3)
        found = memories(market(learner, learner, days=50, phases=(0.0, 0.0), every=1.0))
        assert found[0].cells != found[1].cells

    def test_a_learner_in_a_market_with_a_best_responder_learns_too(self) -> None:
        """Any scenario takes it as a seller, in its own units and with its own rivals."""
        scenario = load("textbook")
        sellers = {**scenario.sellers, "east": replace(scenario.sellers["east"], strategy=QLearner(fade=0.05))}
        simulation = prepare(replace(scenario, sellers=sellers), 1)
        simulation.run()
        east, west = simulation.firms
        assert isinstance(east.notes, dict)
        assert west.notes is None
        memory = east.notes["main"]
        assert_allclose(memory.exploring, 0.95**52, rtol=0.15)
        # Prices of the grid as in the published sessions: what is believed of demand is right here.
        assert_allclose([memory.prices[0], memory.prices[-1]], [1.4277212341, 1.9701863449], rtol=1e-8)
        assert simulation.world.board.price[0] in memory.prices


class LearnerTests(StrategyTests):
    def strategy_in_double(self) -> Any:
        assert isinstance(self.strategy, QLearner | SequentialQLearner)
        low, high = self.strategy.low, self.strategy.high
        return self.strategy if low is None or high is None else replace(self.strategy, low=2 * low, high=2 * high)

    def test_a_range_needs_both_ends_in_order(self) -> None:
        for low, high in [(1.0, None), (None, 1.0), (2.0, 1.0)]:
            with pytest.raises(ValueError, match="low"):
                replace(self.strategy, low=low, high=high)  # type: ignore[type-var]

    def test_it_asks_prices_of_its_grid_only(self) -> None:
        strategy = replace(self.strategy, low=1.0, high=5.0, grid=5)  # type: ignore[type-var]
        asked = scripted_rival(strategy, [3.0] * 200)
        assert set(asked) == {1.0, 2.0, 3.0, 4.0, 5.0}


class TestQLearner(LearnerTests):
    strategy = QLearner(fade=0.01)

    def test_after_much_learning_it_answers_a_rival_that_never_moves_with_the_best_price_of_its_grid(self) -> None:
        strategy = QLearner(fade=0.02, low=1.0, high=5.0, grid=5)
        asked = scripted_rival(strategy, [3.0] * 800)
        board = board_of(8.0, [3.0])
        quantity = [float(demand_for(board).quantities(np.array([p, 3.0]))[0]) for p in range(1, 6)]
        best = 1 + int(np.argmax([(p - 0.1) * q for p, q in zip(range(1, 6), quantity, strict=True)]))
        assert asked[-50:] == [float(best)] * 50

    def test_a_seller_alone_looks_from_its_cost_to_its_best_price_and_a_little_beyond(self) -> None:
        board = board_of(8.0, [])
        decision = self.strategy.review(books_for(board), View(board, demand_for(board)), luck())
        assert isinstance(decision.notes, dict)
        prices = decision.notes["cheap"].prices
        assert prices[0] == 0.1
        alone = best_response(pricing_problem(books_for(board), View(board, demand_for(board)))).price[0]
        assert_allclose(prices[-1], alone + 0.1 * (alone - 0.1), rtol=1e-9)

    def test_it_sees_each_rival_or_the_cheapest_alone(self) -> None:
        board = board_of(8.0, [6.0, 9.0])
        view = View(board, demand_for(board))
        memory = Memory((0.0, 5.0, 7.0, 9.0), Cell((0.0,) * 4, 0))
        assert QLearner().state(books_for(board), view, 0, memory) == (2, 1, 3)
        assert QLearner(sees="cheapest").state(books_for(board), view, 0, memory) == (2, 1)


class TestSequentialQLearner(LearnerTests):
    strategy = SequentialQLearner(learning=500)

    def test_after_much_learning_it_answers_a_rival_that_never_moves_with_the_best_price_of_its_grid(self) -> None:
        strategy = SequentialQLearner(learning=1500, discount=0.1, low=1.0, high=5.0, grid=5)
        asked = scripted_rival(strategy, [3.0] * 1600)
        board = board_of(8.0, [3.0])
        quantity = [float(demand_for(board).quantities(np.array([p, 3.0]))[0]) for p in range(1, 6)]
        best = 1 + int(np.argmax([(p - 0.1) * q for p, q in zip(range(1, 6), quantity, strict=True)]))
        assert asked[-50:] == [float(best)] * 50

    def test_exploration_has_fallen_to_one_in_a_million_at_the_end_of_learning(self) -> None:
        assert_allclose(SequentialQLearner(learning=1000).fading ** 1000, 1e-6, rtol=1e-9)
