"""What is run: `schema` (what a scenario may say), `consistency/` (what must fit in it), `load` (from TOML).

Then `play` (one run) by `setting` (its world on the eve) and `living` (who is started in it), the only places where the
world and those who act meet; `costs` without a run; `library/`, `cli/`.
"""
