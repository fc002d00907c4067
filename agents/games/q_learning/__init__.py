"""How sellers learn prices by trial and error: `rules`, the step, and `game`, what they can ask and what that earns.

The strategies `q_learner` and `sequential_q_learner` take that step in any scenario; whole sessions of it without a
market around (Calvano et al. 2020; Klein 2021) are played by `scenarios/verification`.
"""
