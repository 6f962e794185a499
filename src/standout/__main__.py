"""``python -m standout`` is the command ``standout``."""

from __future__ import annotations

from standout.cli import main

if __name__ == "__main__":
    main()
