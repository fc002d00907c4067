"""The market: tariff, board, demand, choice, beliefs, clearing, terms."""
