"""Small generated images for display: grids of them, enlargement, and removal of the background."""

import math
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image, ImageOps

# Structuring elements within each image of a batch: of 4-connectivity and of 8-connectivity.
_CROSS: Final = np.array([[[0, 1, 0], [1, 1, 1], [0, 1, 0]]], bool)
_SQUARE: Final = np.ones((1, 3, 3), bool)
_LUMA: Final = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601


def grid(
    images: np.ndarray, *, columns: int | None = None, padding: int = 2, background: int | float = 0
) -> np.ndarray:
    """Tiles ``[N, H, W, C]`` row by row into one ``[h, w, C]`` of the same dtype.

    Args:
      images: at least one.
      columns: tiles per row; the square root of their number, rounded up, by default.
      padding: pixels of ``background`` around and between tiles.
      background: value of the padding and of the empty last tiles.

    Raises:
      ValueError: there are no images.
    """
    count, height, width, channels = images.shape
    if count == 0:
        raise ValueError("a grid needs at least one image")
    columns = min(columns or math.ceil(math.sqrt(count)), count)
    rows = math.ceil(count / columns)
    tile_height, tile_width = height + padding, width + padding
    tiles = np.full((rows * columns, tile_height, tile_width, channels), background, images.dtype)
    tiles[:count, padding:, padding:] = images
    tiled = tiles.reshape(rows, columns, tile_height, tile_width, channels).swapaxes(1, 2)
    joined = tiled.reshape(rows * tile_height, columns * tile_width, channels)
    return np.pad(joined, ((0, padding), (0, padding), (0, 0)), constant_values=background)


def strip(images: np.ndarray, *, padding: int = 2, background: int | float = 0) -> np.ndarray:
    """`grid` with a single row."""
    return grid(images, columns=len(images), padding=padding, background=background)


def fit_square(photo: np.ndarray, size: int) -> np.ndarray:
    """Resizes a photo ``uint8[H, W, 3]`` to fit ``uint8[size, size, 3]``, centred on white."""
    return np.asarray(ImageOps.pad(Image.fromarray(photo), (size, size), color="white"))


def upscale(images: np.ndarray, factor: int) -> np.ndarray:
    """Enlarges flat drawings ``uint8[..., H, W, 3 or 4]`` by a whole factor, with sharp edges.

    A linear filter either blurs an edge over a source pixel's width or rings beside it. Here each
    enlarged pixel is moved on the line between the darkest and the brightest colour in its
    neighbourhood, towards the nearer of the two (a soft version of the toggle contrast operator: Kramer
    and Bruckner, 1975, "Iterations of a non-linear transformation for enhancement of digital images"),
    and clipped to the neighbourhood's range, which prevents ringing.

    Args:
      images: any leading axes; alpha is not premultiplied.
      factor: at least 1.

    Returns:
      ``uint8[..., factor · H, factor · W, 3 or 4]``.

    Raises:
      ValueError: ``factor`` is below 1.
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
    # Colours of a neighbourhood are ordered by luma, plus alpha: transparent comes before opaque black.
    weights = _LUMA
    if channels == 4:  # Premultiplied, so that the colour of transparent pixels has no weight.
        pixels[..., :3] *= pixels[..., 3:] / 255.0
        weights = np.append(_LUMA, np.float32(1.0))
    around = _neighbourhood(pixels, 1)
    keys = np.einsum("hwkc,c->hwk", around, weights)[..., None]
    darkest = np.take_along_axis(around, keys.argmin(2, keepdims=True), 2)[:, :, 0]
    brightest = np.take_along_axis(around, keys.argmax(2, keepdims=True), 2)[:, :, 0]

    work = 2 * factor  # Twice the requested size, averaged at the end, which antialiases the new edges.
    dark, bright, low, high = (
        _resize(field, work, Image.Resampling.BILINEAR)
        for field in (darkest, brightest, around.min(2), around.max(2))
    )
    # Slightly blurred: with less, noise and the staircase of source pixels are sharpened too; with more,
    # corners are rounded.
    smooth = _resize(_blur(pixels, 0.125), work, Image.Resampling.BICUBIC)
    line = bright - dark
    position = ((smooth - dark) * line).sum(-1) / np.maximum((line * line).sum(-1), 1.0)
    position = np.clip(position, 0.0, 1.0)
    steep = np.clip((position - 0.5) * 4.0 + 0.5, 0.0, 1.0)
    # Low contrast is shading or noise, not an edge, and stays as linearly filtered. Below 96 grey levels
    # the effect fades out: with fewer, noise is sharpened; with more, edges between two colours are blurred.
    strength = np.clip(line @ weights / 96.0, 0.0, 1.0)
    sharp = np.clip(smooth + (strength * (steep - position))[..., None] * line, low, high)
    result = sharp.reshape(height * factor, 2, width * factor, 2, channels).mean((1, 3))
    if channels == 4:
        result[..., :3] *= 255.0 / np.maximum(result[..., 3:], 1.0)
    return np.clip(np.rint(result), 0, 255).astype(np.uint8)


def remove_background(images: np.ndarray) -> np.ndarray:
    """Makes the black background of emoji transparent.

    Background is what is dark, connected to the border and wider than a drawn line. A dark line that
    touches it, such as the outline of a hand in front of the face, stays. A pixel on the rim is taken
    for a mixture of black and the brightest colour near it, which gives its alpha; its colour is divided
    by alpha, so that the result composed over black is the input.

    Args:
      images: ``uint8[N, H, W, 3]``.

    Returns:
      ``uint8[N, H, W, 4]``, alpha not premultiplied.
    """
    height, width = images.shape[1:3]
    pixels = images.astype(np.float32)
    value = pixels.max(-1)
    # OpenMoji's lines are 2 of 72 units wide; with antialiased sides that is less than twice this radius.
    # A smaller radius opens lines to the background; a larger one leaves more of it in gaps and corners.
    radius = max(1, round(min(height, width) / 32))
    # At 96 of 255 an antialiased pixel is one third covered. A lower level leaves a dark rim; a higher one
    # takes dark colours of the drawing for background.
    dark = np.pad(value < 96, ((0, 0), (radius, radius), (radius, radius)), constant_values=True)
    core = ~_dilate(~dark, radius)
    inside = slice(radius, -radius)
    background = (_dilate(_connected_to_border(core), radius) & dark)[:, inside, inside]

    rim = _dilate(background, 1) & _dilate(~background, 1)
    nearby = np.pad(value, ((0, 0), (2, 2), (2, 2)), mode="edge")
    brightest = sliding_window_view(nearby, (5, 5), axis=(1, 2)).max((-1, -2))
    mixed = np.clip(value / np.maximum(brightest, 1.0), 0.0, 1.0)
    alpha = np.rint(np.where(rim, mixed, ~background) * 255.0)
    colors = np.where(alpha[..., None] > 0, pixels * (255.0 / np.maximum(alpha, 1.0))[..., None], 0.0)
    colors = np.clip(np.rint(colors), 0, 255)
    return np.concatenate([colors, alpha[..., None]], -1).astype(np.uint8)


def _neighbourhood(pixels: np.ndarray, radius: int) -> np.ndarray:
    """``[H, W, C]`` to ``[H, W, K, C]``: each pixel's square of K neighbours, with edge padding."""
    side = 2 * radius + 1
    padded = np.pad(pixels, ((radius, radius), (radius, radius), (0, 0)), mode="edge")
    windows = sliding_window_view(padded, (side, side), axis=(0, 1))
    height, width, channels = pixels.shape
    return windows.reshape(height, width, channels, side * side).swapaxes(2, 3)


def _resize(pixels: np.ndarray, factor: int, kernel: Image.Resampling) -> np.ndarray:
    """Enlarges ``float32[H, W, C]`` by channel, because Pillow has floats for single channels only."""
    size = (pixels.shape[1] * factor, pixels.shape[0] * factor)
    planes = [
        Image.fromarray(np.ascontiguousarray(plane)).resize(size, kernel)
        for plane in np.moveaxis(pixels, -1, 0)
    ]
    return np.stack([np.asarray(plane) for plane in planes], -1)


def _blur(pixels: np.ndarray, weight: float) -> np.ndarray:
    """Convolves ``float32[H, W, C]`` with [weight, 1 - 2 weight, weight] along both axes."""
    for axis in (0, 1):
        padded = np.pad(pixels, [(1, 1) if i == axis else (0, 0) for i in range(pixels.ndim)], mode="edge")
        sides = np.delete(padded, [-2, -1], axis) + np.delete(padded, [0, 1], axis)
        pixels = (1 - 2 * weight) * pixels + weight * sides
    return pixels


def _dilate(masks: np.ndarray, radius: int) -> np.ndarray:
    """Dilates ``bool[N, H, W]`` by an octagon, alternating a cross and a square."""
    from scipy import ndimage  # here, because only the removal of backgrounds needs it

    for step in range(radius):
        masks = ndimage.binary_dilation(masks, _SQUARE if step % 2 else _CROSS)
    return masks


def _connected_to_border(masks: np.ndarray) -> np.ndarray:
    """The 4-connected components of ``bool[N, H, W]`` that touch the border."""
    from scipy import ndimage

    border = masks.copy()
    border[:, 1:-1, 1:-1] = False
    connected: np.ndarray = ndimage.binary_propagation(border, _CROSS, mask=masks)
    return connected
