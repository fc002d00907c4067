"""Looks at a run's tables: functions from tables to tables, nothing written, nothing drawn.

`base` has the sums that all use; `prices` indices, hedonic regression and decomposition; `wars` the detector;
`measures` every number of a market once; `questions` what a run is asked.
Simulated tables and the historical record go through the same functions.
"""
