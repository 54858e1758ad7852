"""Chooses a style's colours for a face: the nearest of each palette to what was measured."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from emojax.avatar.reading.colors import Measured
from emojax.avatar.reading.iris import brighten
from emojax.avatar.styles import shades
from emojax.avatar.styles.style import Style
from emojax.data.faces.attributes import Probabilities
from emojax.media.color import ciede2000, oklab_to_srgb, parse_hex, srgb_to_lab, srgb_to_oklab, to_hex

_UNNATURAL_FACTOR: Final = 2.0
"""Factor on the distance (CIEDE2000) of colours that the palette calls unnatural, such as yellow skin. With 1
warm light on a photo gives a face emoji yellow; much larger, dyed hair gets the nearest natural colour."""


_NATURAL: Final = 0.5
"""Share of the palette's colour in lips with a natural lipstick; the rest is the colour of bare lips.
Smaller: they look bare. Larger: they look as painted as those with a strong one."""


_GREY_WORDS: Final = ("grey", "white")
_IS_GREY: Final = 0.5
_IS_NOT_GREY: Final = 0.03
"""Probability of grey or white hair from which on only greys are drawn, and below which none. In
cross-validation on 743 portraits 17 of 30 grey heads reach the first, and 4 others. First smaller: more young
people go grey (0.3: 15). Larger: more grey heads are drawn brown, as warm light shows them (0.7: 19). Second
larger: grey heads that were not recognised are drawn in colour. Smaller: dark hair in cold light is grey."""

_TONE_LIGHTNESS: Final = (88.0, 80.5, 75.5, 71.0, 66.5, 62.0, 56.0, 47.0, 39.0, 30.0)
"""CIELAB lightness of skin of each step of the Monk scale on photos: means of 250 portraits, smoothed."""

_TONE_SHARE: Final = 0.8
"""Share of the lightness of skin that is taken from the tone that was read; the rest is the photo's. In
cross-validation on 250 portraits the rank correlation with the tone labelled by eye is 0.54 at 0, 0.68 at
0.5, 0.79 at 0.8. Smaller: people in dim light get dark skin. Larger: differences between people of one tone,
which labels do not have, are lost."""

_GREY_CHROMA: Final = 9.0
"""CIELAB chroma up to which a palette's colour is a grey. Smaller: a style's tinted greys are none. Larger:
black and platinum hair are greys, too."""

_GREY_LIGHTNESS: Final = 35.0
"""CIELAB lightness from which on it is. Smaller: black is a grey. Larger: iron grey is none."""


def choose(
    style: Style,
    measured: Measured,
    *,
    exact: bool = False,
    lipstick: str | None = None,
    shown: Probabilities | None = None,
) -> dict[str, str]:
    """``#rrggbb`` by palette slot, for `Style.colors`.

    Args:
      style: whose palettes.
      measured: colours of a face. Skin is brightened by the photo's exposure before it is compared.
      exact: take the measured colours instead of the palettes'.
      lipstick: the word of labels for what was read, which decides how much colour lips have in
        styles whose bare lips follow the skin; None gives them the palette's.
      shown: how likely each word of labels is: the tone of skin decides most of its lightness, the colour of
        hair whether hair and beard are grey. None leaves both to the measured colours.

    Returns:
      The nearest colour of each measured slot's palette by CIEDE2000, where unnatural ones count as
      `_UNNATURAL_FACTOR` times as far. Slots that were not measured have their default, or are left out if
      they follow another slot.
    """
    shown = shown or {}
    colors = {slot: color for slot, color in style.defaults.items() if slot not in style.follows}
    for slot, color in measured.as_hex().items():
        lab = measured.lab[slot]
        if slot == "skin":
            lab = _toned(brighten(lab, measured.exposure), shown.get("monk", {}))
        hair = shown.get("hair_color")
        grey = None if hair is None or slot not in ("hair", "beard") else _grey(hair, slot)
        colors[slot] = color if exact else _nearest(style, slot, lab, grey)
    if lipstick in ("no", "natural") and not exact and "lips" in style.follows:
        bare = shades.resolve(style.follows["lips"], colors)
        painted = colors.pop("lips", bare)  # without one the style draws bare lips
        if lipstick == "natural":
            ends = [srgb_to_oklab(parse_hex(color)) for color in (bare, painted)]
            colors["lips"] = to_hex(oklab_to_srgb(ends[0] + _NATURAL * (ends[1] - ends[0])))
    return colors


def _toned(lab: np.ndarray, monk: Mapping[str, float]) -> np.ndarray:
    """Skin of the hue that was measured, and mostly of the expected tone's lightness."""
    known = {int(word): p for word, p in monk.items() if word != "0"}
    total = sum(known.values())
    if not total:
        return lab
    tone = sum(step * p for step, p in known.items()) / total
    expected = float(np.interp(tone, np.arange(1, 11), _TONE_LIGHTNESS))
    lightness = _TONE_SHARE * expected + (1 - _TONE_SHARE) * float(lab[0])
    return brighten(lab, (lightness + 16) / (float(lab[0]) + 16))


def _grey(hair: Mapping[str, float], slot: str) -> bool | None:
    """Whether hair is grey; None if that is not sure. A beard may be grey before the hair is."""
    likely = sum(hair.get(word, 0.0) for word in _GREY_WORDS)
    if likely >= _IS_GREY:
        return True
    return False if likely < _IS_NOT_GREY and slot == "hair" else None


def _nearest(style: Style, slot: str, lab: np.ndarray, grey: bool | None = None) -> str:
    palette = style.palettes[slot]
    listed = srgb_to_lab(np.stack([parse_hex(color.hex) for color in palette]))
    distances = ciede2000(listed, lab)
    distances = distances * np.array([1.0 if color.natural else _UNNATURAL_FACTOR for color in palette])
    is_grey = (np.hypot(listed[:, 1], listed[:, 2]) <= _GREY_CHROMA) & (listed[:, 0] >= _GREY_LIGHTNESS)
    if grey is not None and (is_grey == grey).any():
        # Greys differ in lightness alone; warm light makes the lighter ones nearer than they are.
        distances = abs(listed[:, 0] - lab[0]) if grey else distances
        distances = np.where(is_grey == grey, distances, np.inf)
    return palette[int(np.argmin(distances))].hex
