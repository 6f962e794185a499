"""A few marks of Scalable Vector Graphics (SVG)."""

from __future__ import annotations

from html import escape
from typing import TypeAlias

from standout.types import Values

Place: TypeAlias = tuple[float, float]
"""Pixels from the left and from the top."""


class Canvas:
    """A picture that is drawn from back to front.

    Parameters
    ----------
    width, height
        In pixels.
    title
        What it shows, for those who do not see it.
    """

    def __init__(self, width: int, height: int, title: str) -> None:
        self._marks = [
            '<svg xmlns="http://www.w3.org/2000/svg" role="img" font-family="sans-serif"',
            f'width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        ]

    def box(self, x: float, y: float, width: float, height: float, fill: str) -> None:
        """Fill a rectangle."""
        self._marks.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
            f'fill="{fill}"/>'
        )

    def rule(self, start: Place, end: Place, colour: str, *, dash: str = "") -> None:
        """Draw a thin straight line, dashed by lengths of ink and gap."""
        (x1, y1), (x2, y2) = start, end
        self._marks.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
            f'stroke-dasharray="{dash}"/>'
        )

    def line(self, x: Values, y: Values, colour: str) -> None:
        """Draw a line through points."""
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x.tolist(), y.tolist(), strict=True))
        self._marks.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.3" '
            f'stroke-linejoin="round"/>'
        )

    def dot(self, x: float, y: float, colour: str) -> None:
        """Draw a dot."""
        self._marks.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>')

    def text(self, x: float, y: float, text: str, *, size: int = 12, anchor: str = "start") -> None:
        """Write a line of text; `y` is its base line."""
        self._marks.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" '
            f'fill="#1b1f24">{escape(text)}</text>'
        )

    def encode(self) -> bytes:
        """Return the file."""
        return "\n".join([*self._marks, "</svg>", ""]).encode()
