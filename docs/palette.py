"""Pictures of pages as small PNG files: few colours, one byte a pixel."""

from __future__ import annotations

import base64
import re
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page

COLOURS = 256
APART = 12
"""Square of the distance at which two colours cannot be told apart."""
SIGNATURE = b"\x89PNG\r\n\x1a\n"
PIXELS = """async (url) => {
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: image.width, height: image.height });
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  let text = "";
  for (let i = 0; i < data.length; i += 32768) {
    text += String.fromCharCode(...data.subarray(i, i + 32768));
  }
  return [image.width, image.height, btoa(text)];
}"""

TOKENS = Path(__file__).parents[1] / "src/standout/server/web/static/css/tokens.css"

Colours = NDArray[np.int64]


def smaller(blank: Page, png: bytes) -> bytes:
    """Return a picture with at most 256 colours, the nearest for each pixel.

    Parameters
    ----------
    blank
        An empty page, in which the browser itself reads the picture.
    """
    url = "data:image/png;base64," + base64.b64encode(png).decode()
    width, height, text = blank.evaluate(PIXELS, url)
    rgba = np.frombuffer(base64.b64decode(text), np.uint8).reshape(-1, 4).astype(np.int64)
    packed = (rgba[:, 0] << 16) | (rgba[:, 1] << 8) | rgba[:, 2]
    found, place, count = np.unique(packed, return_inverse=True, return_counts=True)
    palette = _palette(found, count)
    nearest = _nearest(_unpacked(found), palette)
    return written(nearest[place].reshape(height, width), palette)


def _unpacked(packed: Colours) -> Colours:
    return np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=1)


def _palette(found: Colours, count: Colours) -> Colours:
    """Return the commonest colours, no two of which are so near that one would do."""
    colours = _unpacked(found[np.argsort(-count, kind="stable")])
    sure = _unpacked(found[np.isin(found, _tokens())])  # however few pixels they have
    chosen = np.concatenate([colours[:1], sure])
    for colour in colours[1:]:
        if ((chosen - colour) ** 2).sum(axis=1).min() >= APART:
            chosen = np.concatenate([chosen, colour[None]])
        if len(chosen) == COLOURS:
            break
    return chosen


def _tokens() -> Colours:
    """Return the colours that mean something on the pages."""
    return np.array([int(one, 16) for one in re.findall("#([0-9A-F]{6})", TOKENS.read_text())])


def _nearest(colours: Colours, palette: Colours) -> NDArray[np.uint8]:
    parts = np.array_split(colours, max(1, len(colours) // 2_000))
    near = [((part[:, None] - palette[None]) ** 2).sum(axis=2).argmin(axis=1) for part in parts]
    return np.concatenate(near).astype(np.uint8)


def written(pixels: NDArray[np.uint8], palette: Colours) -> bytes:
    """Return an indexed PNG file."""
    height, width = pixels.shape
    rows = np.concatenate([np.zeros((height, 1), np.uint8), pixels], axis=1)
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    body = zlib.compress(rows.tobytes(), 9)
    parts = (b"IHDR", head), (b"PLTE", palette.astype(np.uint8).tobytes()), (b"IDAT", body)
    return SIGNATURE + b"".join(_chunk(kind, data) for kind, data in (*parts, (b"IEND", b"")))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
