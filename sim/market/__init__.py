"""The market: tariff, board, demand, choice, beliefs, retention, clearing, sales, rental, terms."""
