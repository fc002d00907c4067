"""Those who act, in rooms on six floors: a room reads only those on lower floors.

1. `demand`: how buyers choose. `games`: solvers of textbook games, first-order conditions among them. And files that
   many rooms share: `mechanisms` (every switch), `serving_cost`, `finance`.
2. `buyers`: who buys and when. `machines`: fleets, their rental market and what an hour costs. `games/q_learning`.
3. `pricing`: strategies and their interface. `models`: how models are made, and what all firms of a run share.
4. `sellers`: read `firm` first, then `reviews` (when it prices); `opening`, `launches`, `investment` and the rest.
5. `hosts`: who serves open weights, and buyers who host them themselves.
6. `policies`, one file each.
"""
