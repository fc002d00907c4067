"""Questions asked of a run's tables: functions from tables to tables, nothing written, nothing drawn.

Read `definition` (the numbers that say what a price war is), then `episodes` (how one is found), then
`indices` (price level, constant quality, concentration, margins). `panel`, `rules`, `reactions` and `classes`
are the steps of the detector. Simulated tables and the historical record go through the same functions.
"""
