"""What is run: `schema` (what a scenario may say), `load` (from TOML), `play` (one run), `library/`, `cli/`."""
