"""Solvers of textbook games: static Nash, alternating moves, mixed prices, learning races, Q-learning."""
