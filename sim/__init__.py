"""The world, with nobody in it. Read in this order:

1. `day.py`: one day, in the order in which it happens; `diary.py`: what is written down of it;
2. `world.py`: what everybody shares, and how a move gets onto the board;
3. `market/`: tariff, board, demand, choice, beliefs (demand as sellers know it), clearing;
4. `economics/`: what a token costs, and how that falls;
5. `kernel/`: clock, streams, facts, recorder, ledger, provenance;
6. `analysis/` and `export/`: what a price war is, indices, figures, the summary; `run.py`: a finished run.

`roles.py` says what the world asks of those who act; it names nobody.
"""
