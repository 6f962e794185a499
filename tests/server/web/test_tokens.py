"""Contrast by the WCAG formula; a canvas is invisible to accessibility checkers."""

import re

import pytest

from standout.server.web.assets import FOLDER

TEXT, MARK = 4.5, 3.0
TOKENS = re.findall(
    r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", (FOLDER / "css/tokens.css").read_text()
)
COLOURS = {
    "light": {name: light for name, light, _ in TOKENS},
    "dark": {name: dark for name, _, dark in TOKENS},
}
PAIRS = [
    *[(name, ground, TEXT) for name in ("ink", "ink2", "ink3") for ground in ("surface", "bg")],
    ("ink2", "sunken", TEXT),
    ("ink", "accent-wash", TEXT),
    ("critical", "bg", TEXT),
    ("accent-ink", "accent", TEXT),
    *[(name, "surface", MARK) for name in ("low", "minor", "major", "critical", "ok", "ctl")],
    ("accent", "bg", MARK),
    ("trace", "surface", TEXT),
    ("accent", "surface", TEXT),
    ("ok", "surface", TEXT),
    *[(name, "surface", TEXT) for name in ("major", "critical")],
    *[(name, "bg", TEXT) for name in ("major", "ok")],
    ("critical", "accent-wash", TEXT),
    ("major", "accent-wash", TEXT),
    ("bg", "ink", TEXT),
    ("surface", "ok", TEXT),
    ("ink3", "surface", TEXT),
    ("accent", "sunken", MARK),
]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("name", "ground", "least"), PAIRS)
def test_tokens_can_be_told_from_their_ground(
    theme: str, name: str, ground: str, least: float
) -> None:
    colours = COLOURS[theme]
    assert contrast(colours[name], colours[ground]) >= least
