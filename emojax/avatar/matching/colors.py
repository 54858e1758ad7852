"""Which of a style's colours a person gets."""

import numpy as np

from emojax.avatar.reading.colors import Measured, brighten
from emojax.avatar.styles.style import Style
from emojax.media.color import ciede2000, parse_hex, srgb_to_lab


def choose(style: Style, measured: Measured, *, exact: bool = False) -> dict[str, str]:
    """``#rrggbb`` by palette slot, for `Style.colors`.

    Each is the palette's nearest to what was measured, or what was measured if `exact`. A colour that
    the palette calls unnatural, as yellow skin, is chosen only where it is twice as near as all natural
    ones. Slots that were not measured have the style's default, or are left out if they follow another.
    """
    colors = {slot: color for slot, color in style.defaults.items() if slot not in style.follows}
    for slot, color in measured.as_hex().items():
        lab = measured.lab[slot]
        lab = brighten(lab, measured.exposure) if slot == "skin" else lab
        colors[slot] = color if exact else _nearest(style, slot, lab)
    return colors


def _nearest(style: Style, slot: str, lab: np.ndarray) -> str:
    choices = style.palettes[slot]
    far = ciede2000(srgb_to_lab(np.stack([parse_hex(color.hex) for color in choices])), lab)
    far = far * np.array([1.0 if color.natural else 2.0 for color in choices])
    return choices[int(np.argmin(far))].hex
