"""Pictures with transparency put over one another; their colours are multiplied by alpha."""

import cv2
import numpy as np


def premultiplied(pixels: np.ndarray) -> np.ndarray:
    """``uint8[H, W, 4]`` with each colour multiplied by its alpha."""
    alpha = pixels[..., 3:].astype(np.uint16)
    colors = (pixels[..., :3].astype(np.uint16) * alpha + 127) // 255
    return np.concatenate([colors.astype(np.uint8), pixels[..., 3:]], -1)


def on_color(pixels: np.ndarray, color: tuple[int, int, int]) -> np.ndarray:
    """Premultiplied ``uint8[H, W, 4]`` over a colour: ``uint8[H, W, 3]``."""
    table = np.rint(np.outer(255 - np.arange(256), color) / 255).astype(np.uint8)[None]
    alpha = pixels[..., 3]
    behind = cv2.LUT(cv2.merge([alpha, alpha, alpha]), table)
    return cv2.add(np.ascontiguousarray(pixels[..., :3]), behind)


def straight(pixels: np.ndarray) -> np.ndarray:
    """Premultiplied ``uint8[H, W, 4]`` with colours as they are."""
    alpha = np.maximum(pixels[..., 3:].astype(np.float32), 1.0)
    colors = np.minimum(np.rint(pixels[..., :3] * (255.0 / alpha)), 255).astype(np.uint8)
    return np.concatenate([colors, pixels[..., 3:]], -1)


def put_over(below: np.ndarray, above: np.ndarray) -> None:
    """Puts a premultiplied picture over another, in place."""
    rest = 255 - above[..., 3:].astype(np.uint16)
    below[:] = above + ((below * rest + 127) // 255).astype(np.uint8)


def stacked(pictures: list[np.ndarray]) -> np.ndarray:
    """Premultiplied pictures ``uint8[H, W, 4]`` in one, the lowest first."""
    whole = np.zeros_like(pictures[0])
    for picture in pictures:
        put_over(whole, picture)
    return whole
