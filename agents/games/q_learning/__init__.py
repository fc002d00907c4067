"""How sellers learn prices by trial and error: the rule, its games, and whole sessions of it without a market around.

`rules` is the one step that everything here shares; `game` what sellers can ask and what that earns; `sessions`
simultaneous learners (Calvano et al. 2020) and `turns` alternating ones (Klein 2021); `after` what they have learned.
The strategies `q_learner` and `sequential_q_learner` take the same step in any scenario.
"""
