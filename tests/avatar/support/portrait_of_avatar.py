"""Avatars as test photos: what they show is known to the pixel."""

from collections.abc import Mapping

import numpy as np

from emojax.avatar.styles.composition import compose, label_map, view_box
from emojax.avatar.styles.style import FRAME, Style
from emojax.media import svg


def portrait(
    style: Style, choice: Mapping[str, str], colors: Mapping[str, str]
) -> tuple[np.ndarray, np.ndarray]:
    """``uint8[306, 306, 3]`` and ``uint8[306, 306]``: an avatar in the face frame, and its labels."""
    drawing = compose(style, choice, colors)
    drawing = drawing.replace(view_box(style.canvas), view_box((0, 0, FRAME)), 1)
    pixels = svg.rasterize(drawing.encode(), size=FRAME, background="#b9c7cf", name="avatar")
    return pixels, label_map(style, choice)
