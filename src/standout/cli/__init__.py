"""The command line, one file for each command; `main` is where it begins."""

from __future__ import annotations

from standout.cli.program import main

__all__ = ["main"]
