"""`python -m pricewar` is the `pricewar` command."""

import sys

if __name__ == "__main__":
    # Python looks first where it was started: there a user's own `random.py` would stand for Python's.
    if not sys.flags.safe_path:
        sys.path.append(sys.path.pop(0))

    from pricewar.scenarios.cli import main

    main()
