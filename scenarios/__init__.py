"""What is run: `config/` (from a file to a checked scenario), `run/` (one run), `studies/` (many runs).

`run/play.py` and `run/build.py` are the only places where the world and those who act meet. `record/` judges recorded
prices as simulated ones are judged. `library/` holds the scenarios, policies and tables that come with the software,
`verification/` the known answers; `api/` has every verb, which Python and the command (`cli/`) share.
"""
