"""`python -m pricewar` is the `pricewar` command."""

from pricewar.scenarios.cli import main

if __name__ == "__main__":
    main()
