"""Pictures of random avatars in the styles that ship: training data beside OpenMoji's drawings."""

import numpy as np

from emojax.avatar.datasets.drawn_parts import person
from emojax.avatar.styles import style
from emojax.avatar.styles.composition import compose
from emojax.media import svg


def draw(count: int, *, size: int, background: str = "black", seed: int = 0) -> np.ndarray:
    """Draws random avatars; the same ones for the same arguments and styles.

    Args:
      count: avatars per style. As many avatars as a style has variants contain each variant at least once.
      size: side of the pictures in pixels.
      background: a CSS colour.
      seed: of the random choices.

    Returns:
      ``uint8[styles · count, size, size, 3]``, one style after the other, by name.
    """
    pictures = []
    for folder in style.built_in_styles():
        each = style.load(folder)
        for index in range(count):
            drawing = compose(each, *person(each, index, seed)).encode()
            pictures.append(
                svg.rasterize(drawing, size=size, background=background, name=f"style {each.name}")
            )
    return np.stack(pictures) if pictures else np.zeros((0, size, size, 3), np.uint8)
