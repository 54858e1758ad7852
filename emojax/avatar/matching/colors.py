"""Chooses a style's colours for a face: the nearest of each palette to what was measured."""

from typing import Final

import numpy as np

from emojax.avatar.reading.colors import Measured
from emojax.avatar.reading.iris import brighten
from emojax.avatar.styles.style import Style
from emojax.media.color import ciede2000, parse_hex, srgb_to_lab

_UNNATURAL_FACTOR: Final = 2.0
"""Factor on the distance (CIEDE2000) of colours that the palette calls unnatural, such as yellow skin. With 1
warm light on a photo gives a face emoji yellow; much larger, dyed hair gets the nearest natural colour."""


def choose(style: Style, measured: Measured, *, exact: bool = False) -> dict[str, str]:
    """``#rrggbb`` by palette slot, for `Style.colors`.

    Args:
      style: whose palettes.
      measured: colours of a face. Skin is brightened by the photo's exposure before it is compared.
      exact: take the measured colours instead of the palettes'.

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
    return colors


def _nearest(style: Style, slot: str, lab: np.ndarray) -> str:
    palette = style.palettes[slot]
    distances = ciede2000(srgb_to_lab(np.stack([parse_hex(color.hex) for color in palette])), lab)
    distances = distances * np.array([1.0 if color.natural else _UNNATURAL_FACTOR for color in palette])
    return palette[int(np.argmin(distances))].hex
