"""From a TOML file to a checked, frozen scenario: `schema`, `load`, `layers`, `keys`, `messages`, `consistency`."""
