"""The world, with nobody in it. Read in this order:

1. `day.py`: one day, in the order in which it happens; `recording.py`: what is written down of it;
2. `world.py`: what everybody shares, and how a move gets onto the board;
3. `market/`: the board and its tariffs, demand, choice, beliefs (demand as sellers know it), clearing, rental;
4. `economics/`: what a token costs, and how that falls;
5. `kernel/`: clock, streams, facts, recorder, ledger, provenance;
6. `analysis/`: what a price war is, indices, what a run is asked; `results/`: the tables of a run and their folder;
   `figures/` and `pages/`: what people look at and read.

`roles.py` says what the world asks of those who act; it names nobody. `policy.py` is what a policy may change,
`text.py` how numbers, dates and lists are written.
"""
