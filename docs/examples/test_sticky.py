"""What the sticky seller does against a scripted rival, and what every strategy must keep."""

from sticky import Sticky

from pricewar.agents.pricing.testing import StrategyTests, scripted_rival


class TestSticky(StrategyTests):
    strategy = Sticky(threshold=0.1)

    def test_it_answers_the_rival_only_when_it_is_far_away(self) -> None:
        assert scripted_rival(self.strategy, [7.9, 7.0, 6.5, 6.0]) == [8.0, 7.0, 7.0, 6.0]

    def test_it_does_not_follow_below_marginal_cost(self) -> None:
        assert scripted_rival(self.strategy, [0.05]) == [0.1]
