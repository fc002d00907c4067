"""How models come to be: projects (`spec`), the research `pipeline`, `training` runs."""
