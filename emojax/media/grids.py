"""Laying out, enlarging and cutting out small generated pictures so that they can be shown."""

import math
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image, ImageOps

_LUMA: Final = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601


def grid(
    images: np.ndarray, *, columns: int | None = None, padding: int = 2, background: int | float = 0
) -> np.ndarray:
    """Tiles ``[N, H, W, C]`` row by row into one ``[h, w, C]`` of the same dtype.

    Args:
      images: at least one.
      columns: tiles per row; the smallest near-square by default.
      padding: pixels of ``background`` around and between tiles.
      background: value of the padding and of the empty last tiles.
    """
    count, height, width, channels = images.shape
    if count == 0:
        raise ValueError("a grid needs at least one image")
    columns = min(columns or math.ceil(math.sqrt(count)), count)
    rows = math.ceil(count / columns)
    tile_height, tile_width = height + padding, width + padding
    sheet = np.full((rows * columns, tile_height, tile_width, channels), background, images.dtype)
    sheet[:count, padding:, padding:] = images
    tiled = sheet.reshape(rows, columns, tile_height, tile_width, channels).swapaxes(1, 2)
    joined = tiled.reshape(rows * tile_height, columns * tile_width, channels)
    return np.pad(joined, ((0, padding), (0, padding), (0, 0)), constant_values=background)


def strip(images: np.ndarray, *, padding: int = 2, background: int | float = 0) -> np.ndarray:
    """`grid` in a single row: a film strip."""
    return grid(images, columns=len(images), padding=padding, background=background)


def fit_square(photo: np.ndarray, size: int) -> np.ndarray:
    """A photo ``uint8[H, W, 3]`` whole and centred on a white square ``uint8[size, size, 3]``."""
    return np.asarray(ImageOps.pad(Image.fromarray(photo), (size, size), color="white"))


def upscale(images: np.ndarray, factor: int) -> np.ndarray:
    """Enlarges flat drawings ``uint8[..., H, W, 3 or 4]`` by a whole factor, edges crisp.

    Any linear filter either blurs an edge over the width of a source pixel or rings beside it.
    Here each enlarged pixel is moved along the line between the darkest and the brightest colour
    around it, towards the nearer of the two (a soft version of the toggle contrast operator: Kramer
    and Bruckner 1975), and kept inside the range of those neighbours, so nothing rings.
    """
    if factor < 1:
        raise ValueError(f"factor must be at least 1, got {factor}")
    if factor == 1:
        return images.copy()
    flat = images.reshape(-1, *images.shape[-3:])
    large = np.stack([_upscale_one(image, factor) for image in flat])
    return large.reshape(*images.shape[:-3], *large.shape[1:])


def _upscale_one(image: np.ndarray, factor: int) -> np.ndarray:
    height, width, channels = image.shape
    pixels = image.astype(np.float32)
    # Brightness orders the colours of a neighbourhood; with alpha, clear sorts below opaque black.
    weights = _LUMA
    if channels == 4:  # Premultiplied, so that the unseen colour of clear pixels cannot bleed in.
        pixels[..., :3] *= pixels[..., 3:] / 255.0
        weights = np.append(_LUMA, np.float32(1.0))
    around = _neighbourhood(pixels, 1)
    keys = np.einsum("hwkc,c->hwk", around, weights)[..., None]
    darkest = np.take_along_axis(around, keys.argmin(2, keepdims=True), 2)[:, :, 0]
    brightest = np.take_along_axis(around, keys.argmax(2, keepdims=True), 2)[:, :, 0]

    work = 2 * factor  # Twice the asked size, averaged at the end: that antialiases the new edges.
    dark, bright, low, high = (
        _resize(field, work, Image.Resampling.BILINEAR)
        for field in (darkest, brightest, around.min(2), around.max(2))
    )
    # A slight blur first: the staircase of single source pixels would otherwise be sharpened too.
    smooth = _resize(_soften(pixels, 0.125), work, Image.Resampling.BICUBIC)
    line = bright - dark
    position = ((smooth - dark) * line).sum(-1) / np.maximum((line * line).sum(-1), 1.0)
    position = np.clip(position, 0.0, 1.0)
    steep = np.clip((position - 0.5) * 4.0 + 0.5, 0.0, 1.0)
    # Faint differences are shading and noise, not edges: they stay as the linear filter has them.
    strength = np.clip(line @ weights / 96.0, 0.0, 1.0)
    sharp = np.clip(smooth + (strength * (steep - position))[..., None] * line, low, high)
    result = sharp.reshape(height * factor, 2, width * factor, 2, channels).mean((1, 3))
    if channels == 4:
        result[..., :3] *= 255.0 / np.maximum(result[..., 3:], 1.0)
    return np.clip(np.rint(result), 0, 255).astype(np.uint8)


def remove_background(images: np.ndarray) -> np.ndarray:
    """Makes the black ground of emoji transparent: ``uint8[N, H, W, 3]`` to ``uint8[N, H, W, 4]``.

    Ground is what is dark, reaches the border and is wider than a drawn line; a line that only
    touches the ground, such as the outline of a hand before the face, stays. Pixels on the rim are
    taken for a mix of black and the brightest colour near them: that gives their alpha, and colour
    divided by alpha their colour, so the result over black is the picture that came in.
    """
    height, width = images.shape[1:3]
    pixels = images.astype(np.float32)
    value = pixels.max(-1)
    # OpenMoji draws lines of 2 in 72 units; with their soft sides they stay under twice this radius.
    radius = max(1, round(min(height, width) / 32))
    dark = np.pad(value < 96, ((0, 0), (radius, radius), (radius, radius)), constant_values=True)
    core = ~_dilate(~dark, radius)
    inside = slice(radius, -radius)
    ground = (_dilate(_reached_from_border(core), radius) & dark)[:, inside, inside]

    rim = _dilate(ground, 1) & _dilate(~ground, 1)
    nearby = np.pad(value, ((0, 0), (2, 2), (2, 2)), mode="edge")
    brightest = sliding_window_view(nearby, (5, 5), axis=(1, 2)).max((-1, -2))
    mixed = np.clip(value / np.maximum(brightest, 1.0), 0.0, 1.0)
    alpha = np.rint(np.where(rim, mixed, ~ground) * 255.0)
    colors = np.where(alpha[..., None] > 0, pixels * (255.0 / np.maximum(alpha, 1.0))[..., None], 0.0)
    colors = np.clip(np.rint(colors), 0, 255)
    return np.concatenate([colors, alpha[..., None]], -1).astype(np.uint8)


def _neighbourhood(pixels: np.ndarray, radius: int) -> np.ndarray:
    """``[H, W, C]`` to ``[H, W, K, C]``: the square of K pixels around each, edges repeated."""
    side = 2 * radius + 1
    padded = np.pad(pixels, ((radius, radius), (radius, radius), (0, 0)), mode="edge")
    windows = sliding_window_view(padded, (side, side), axis=(0, 1))
    height, width, channels = pixels.shape
    return windows.reshape(height, width, channels, side * side).swapaxes(2, 3)


def _resize(pixels: np.ndarray, factor: int, kernel: Image.Resampling) -> np.ndarray:
    """Enlarges ``float32[H, W, C]``; channel by channel, because Pillow has floats for grey only."""
    size = (pixels.shape[1] * factor, pixels.shape[0] * factor)
    planes = [
        Image.fromarray(np.ascontiguousarray(plane)).resize(size, kernel)
        for plane in np.moveaxis(pixels, -1, 0)
    ]
    return np.stack([np.asarray(plane) for plane in planes], -1)


def _soften(pixels: np.ndarray, weight: float) -> np.ndarray:
    for axis in (0, 1):
        around = np.pad(pixels, [(1, 1) if i == axis else (0, 0) for i in range(pixels.ndim)], mode="edge")
        sides = np.delete(around, [-2, -1], axis) + np.delete(around, [0, 1], axis)
        pixels = (1 - 2 * weight) * pixels + weight * sides
    return pixels


def _dilate(mask: np.ndarray, radius: int) -> np.ndarray:
    """Grows ``bool[N, H, W]`` by an octagon, alternating its square and its cross."""
    for step in range(radius):
        grown = mask.copy()
        grown[:, 1:] |= mask[:, :-1]
        grown[:, :-1] |= mask[:, 1:]
        across = grown if step % 2 else mask
        wide = across.copy()
        wide[:, :, 1:] |= across[:, :, :-1]
        wide[:, :, :-1] |= across[:, :, 1:]
        mask = grown | wide
    return mask


def _reached_from_border(passable: np.ndarray) -> np.ndarray:
    """The part of ``bool[N, H, W]`` that is connected to the border through itself."""
    reached = np.zeros_like(passable)
    reached[:, [0, -1]] = passable[:, [0, -1]]
    reached[:, :, [0, -1]] = passable[:, :, [0, -1]]
    while True:
        grown = _dilate(reached, 1) & passable
        if np.array_equal(grown, reached):
            return reached
        reached = grown
