"""A palette's colours, and the shades of them that drawings name.

A drawing names its colours ``slot`` or ``slot.shade``. A shade is an affine map of the slot's colour in OKLab
(Ottosson, 2020, "A perceptual color space for image processing"), which is perceptually uniform: one rule per
shade works for every colour, and styles need no tables of shades.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec
import numpy as np

from emojax.avatar.styles.decode import Hex, Id
from emojax.media.color import oklab_to_srgb, parse_hex, srgb_to_oklab, to_hex


class Color(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One colour of a palette.

    Attributes:
      id: unique within the palette.
      hex: ``#rrggbb``, lower case.
      natural: whether people's skin or hair has this colour without dye.
    """

    id: Id
    hex: Hex
    natural: bool = True

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "hex", self.hex.lower())


class _Rule(NamedTuple):
    """``L' = lightness L + lift``, at least 0, and ``(a, b)' = chroma (a, b) + warmth sqrt(L')``."""

    lightness: float
    lift: float
    chroma: float
    warmth: tuple[float, float]


# Chosen by eye on the sheets of the styles that ship, over their skin and hair colours; not fitted.
# Lightness near 1 makes a shade hard to see on dark colours; near 0 all colours' shades look alike. Less lift
# makes light shades vanish on light skin, more bleaches them. Warmth turns skin's shadows red, because light
# that has passed through skin is red: without it they look grey, with twice as much sunburnt. The factor
# sqrt(L') weakens it on dark colours, which it would saturate.
SHADES: Final = {
    "shade": _Rule(0.90, -0.015, 0.92, (0.012, 0.006)),
    "deep": _Rule(0.80, -0.030, 0.84, (0.016, 0.005)),
    "light": _Rule(0.85, 0.150, 0.96, (0.0, 0.004)),
    "glow": _Rule(0.68, 0.320, 0.85, (0.0, 0.004)),
    "blush": _Rule(0.86, 0.065, 0.85, (0.058, 0.018)),
    "lip": _Rule(0.74, 0.128, 0.92, (0.034, 0.006)),
    "line": _Rule(0.45, 0.060, 0.90, (0.008, 0.006)),
}
"""What may follow a slot's name: half shadow, shadow, light, highlight, blushing skin, bare lips, outline."""


def shade(color: str, name: str) -> str:
    """``#rrggbb``: the shade `name`, of `SHADES`, of a colour ``#rrggbb``."""
    rule = SHADES[name]
    oklab = srgb_to_oklab(parse_hex(color))
    light = max(rule.lightness * oklab[0] + rule.lift, 0.0)
    tint = rule.chroma * oklab[1:] + np.array(rule.warmth) * np.sqrt(light)
    return to_hex(oklab_to_srgb(np.array([light, *tint])))


def split_paint(paint: str) -> tuple[str, str | None]:
    """``"skin.shade"`` as ``("skin", "shade")``, ``"skin"`` as ``("skin", None)``."""
    slot, _, name = paint.partition(".")
    return slot, name or None


def resolve(paint: str, colors: Mapping[str, str]) -> str:
    """``#rrggbb`` of ``slot`` or ``slot.shade``; `colors` gives each slot's own colour."""
    slot, name = split_paint(paint)
    return shade(colors[slot], name) if name else colors[slot].lower()
