"""Studies: many runs, and what they say together. `study.py` first, then `runner.py`, `store.py`.

A study is arms times seeds. An arm is one setting of a scenario's keys and policies; every arm runs with the same
seeds, and every stream of chance is named, so that arms differ by what they say and not by the draw (common random
numbers). Ensembles, comparisons, attributions and sweeps are studies with different arms.
"""
