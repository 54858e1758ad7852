"""Chooses a style's colours for a face: the nearest of each palette to what was measured."""

from typing import Final

import numpy as np

from emojax.avatar.reading.colors import Measured
from emojax.avatar.reading.iris import brighten
from emojax.avatar.styles import shades
from emojax.avatar.styles.style import Style
from emojax.media.color import ciede2000, oklab_to_srgb, parse_hex, srgb_to_lab, srgb_to_oklab, to_hex

_UNNATURAL_FACTOR: Final = 2.0
"""Factor on the distance (CIEDE2000) of colours that the palette calls unnatural, such as yellow skin. With 1
warm light on a photo gives a face emoji yellow; much larger, dyed hair gets the nearest natural colour."""


_NATURAL: Final = 0.5
"""Share of the palette's colour in lips with a natural lipstick; the rest is the colour of bare lips.
Smaller: they look bare. Larger: they look as painted as those with a strong one."""


def choose(
    style: Style, measured: Measured, *, exact: bool = False, lipstick: str | None = None
) -> dict[str, str]:
    """``#rrggbb`` by palette slot, for `Style.colors`.

    Args:
      style: whose palettes.
      measured: colours of a face. Skin is brightened by the photo's exposure before it is compared.
      exact: take the measured colours instead of the palettes'.
      lipstick: the word of labels for what was read, which decides how much colour lips have in
        styles whose bare lips follow the skin; None gives them the palette's.

    Returns:
      The nearest colour of each measured slot's palette by CIEDE2000, where unnatural ones count as
      `_UNNATURAL_FACTOR` times as far. Slots that were not measured have their default, or are left out if
      they follow another slot.
    """
    colors = {slot: color for slot, color in style.defaults.items() if slot not in style.follows}
    for slot, color in measured.as_hex().items():
        lab = measured.lab[slot]
        lab = brighten(lab, measured.exposure) if slot == "skin" else lab
        colors[slot] = color if exact else _nearest(style, slot, lab)
    if lipstick in ("no", "natural") and not exact and "lips" in style.follows:
        bare = shades.resolve(style.follows["lips"], colors)
        painted = colors.pop("lips", bare)  # without one the style draws bare lips
        if lipstick == "natural":
            ends = [srgb_to_oklab(parse_hex(color)) for color in (bare, painted)]
            colors["lips"] = to_hex(oklab_to_srgb(ends[0] + _NATURAL * (ends[1] - ends[0])))
    return colors


def _nearest(style: Style, slot: str, lab: np.ndarray) -> str:
    palette = style.palettes[slot]
    distances = ciede2000(srgb_to_lab(np.stack([parse_hex(color.hex) for color in palette])), lab)
    distances = distances * np.array([1.0 if color.natural else _UNNATURAL_FACTOR for color in palette])
    return palette[int(np.argmin(distances))].hex
