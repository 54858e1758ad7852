"""Colour spaces sRGB, CIELAB and OKLab, and the colour difference ΔE00."""

import re
from typing import Final

import numpy as np

from emojax.core.errors import UserError

_HEX: Final = re.compile(r"#[0-9a-fA-F]{6}")
_TO_XYZ: Final = np.array(  # sRGB, IEC 61966-2-1
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
)
_WHITE: Final = _TO_XYZ.sum(1)  # D65, 2 degrees
_TO_LMS: Final = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_OKLAB: Final = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def parse_hex(color: str, name: str = "colour") -> np.ndarray:
    """``#rrggbb`` as sRGB ``float64[3]`` in [0, 1].

    Args:
      color: the text.
      name: what it is the colour of, for error messages.

    Raises:
      UserError: it is not such a colour.
    """
    if not isinstance(color, str) or not _HEX.fullmatch(color):
        raise UserError(f"{name} {str(color)[:40]!r} is not a colour: write it as #rrggbb")
    return np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0


def to_hex(rgb: np.ndarray) -> str:
    """sRGB ``float[3]``, clipped to [0, 1], as ``#rrggbb``."""
    return "#{:02x}{:02x}{:02x}".format(*np.rint(np.clip(rgb, 0.0, 1.0) * 255.0).astype(int))


def srgb_to_lab(rgb: np.ndarray) -> np.ndarray:
    """sRGB ``float[..., 3]`` in [0, 1] to CIELAB ``float64[..., 3]`` under D65 (CIE 15:2004, 8.2.1)."""
    ratio = _linear(rgb) @ _TO_XYZ.T / _WHITE
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio * (29 / 6) ** 2 / 3 + 4 / 29)
    x, y, z = np.moveaxis(f, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def lab_to_srgb(lab: np.ndarray) -> np.ndarray:
    """CIELAB ``float[..., 3]`` under D65 to sRGB ``float64[..., 3]``, clipped to [0, 1]."""
    light, a, b = np.moveaxis(np.asarray(lab, np.float64), -1, 0)
    y = (light + 16) / 116
    f = np.stack([y + a / 500, y, y - b / 200], -1)
    ratio = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29))
    return _encoded((ratio * _WHITE) @ np.linalg.inv(_TO_XYZ).T)


def srgb_to_oklab(rgb: np.ndarray) -> np.ndarray:
    """sRGB ``float[..., 3]`` in [0, 1] to OKLab ``float64[..., 3]``.

    Ottosson, 2020, "A perceptual color space for image processing".
    """
    return np.cbrt(_linear(rgb) @ _TO_LMS.T) @ _TO_OKLAB.T


def oklab_to_srgb(oklab: np.ndarray) -> np.ndarray:
    """OKLab ``float[3]`` to sRGB ``float64[3]``, clipped to [0, 1]."""
    return _encoded(np.linalg.solve(_TO_LMS, np.linalg.solve(_TO_OKLAB, oklab) ** 3))


def ciede2000(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The colour difference ΔE00; 1 is about just noticeable.

    Sharma, Wu and Dalal, 2005, "The CIEDE2000 color-difference formula", equations 2 to 22, with all
    weights one.

    Args:
      first, second: CIELAB, ``float[..., 3]``; they broadcast.

    Returns:
      ``float64[...]``.
    """
    (l1, a1, b1), (l2, a2, b2) = (np.moveaxis(np.asarray(lab, np.float64), -1, 0) for lab in (first, second))
    c7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    stretch = 1.5 - 0.5 * np.sqrt(c7 / (c7 + 25.0**7))
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360

    # A grey has no hue, and whatever arctan2 gives it does not count: all uses are multiplied by its chroma.
    turn = (h2 - h1 + 180) % 360 - 180
    # Opposite hues differ by +180, as in equation 10.
    turn = np.where(np.isclose(turn, -180, rtol=0, atol=1e-12) & (h2 > h1), 180.0, turn)
    dl, dc = l2 - l1, c2 - c1
    dh = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))

    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    far = np.abs(h1 - h2) > 180
    hue = (h1 + h2) / 2 + np.where(far, np.where(h1 + h2 < 360, 180, -180), 0)
    t = (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )
    sl = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    sc, sh = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    rc = 2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    rt = -rc * np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    dl, dc, dh = dl / sl, dc / sc, dh / sh
    return np.sqrt(dl**2 + dc**2 + dh**2 + rt * dc * dh)


def _linear(rgb: np.ndarray) -> np.ndarray:
    rgb = np.asarray(rgb, np.float64)
    return np.where(rgb > 0.04045, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92)


def _encoded(linear: np.ndarray) -> np.ndarray:
    linear = np.clip(linear, 0.0, 1.0)
    return np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)
