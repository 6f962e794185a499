"""Standout finds what stands out in numbers: in files, in single requests and in live streams."""

from __future__ import annotations

__version__ = "0.1.0"
