"""`python -m scenarios` is the `pricewar` command."""

from scenarios.cli import main

main()
