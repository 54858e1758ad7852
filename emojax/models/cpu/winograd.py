"""4×4 convolutions of stride 2 and padding 1, and their transposes, with fewer multiplications.

With the image's 2×2 blocks as channels, such a convolution has a 2×2 kernel and stride 1. In one
dimension Winograd's F(2, 2) computes two of its outputs, y0 = d0 g0 + d1 g1 and y1 = d1 g0 + d2 g1,
with three products instead of four:

    m0 = (d0 - d1) g0    m1 = d1 (g0 + g1)    m2 = (d2 - d1) g1
    y0 = m0 + m1         y1 = m1 + m2

Applied to rows and then to columns this is 9 products instead of 16; all transforms are sums
(Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks", 2016, section
4.1).

The result is linear in d and in g, so each gradient takes 9 products too, of the same transforms or
their transposes. A transform that an output and a gradient share is written twice; XLA's common
subexpression elimination computes it once.

Shapes: large grid ``[B, 4T, 4U, C]``, small grid ``[B, 2T, 2U, D]``, kernel ``[4, 4, C, D]``. Lists
hold the nine parts of a transform, rows before columns.
"""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from einops import rearrange
from jax import lax

Three = tuple[jax.Array, jax.Array, jax.Array]


def down(x: jax.Array, kernel: jax.Array) -> jax.Array:
    """The convolution, ``[B, 4T, 4U, C]`` and ``[4, 4, C, D]`` to ``[B, 2T, 2U, D]``."""
    tiles, taps = _tiles(x), _taps(kernel)
    return _outputs([_product(tile, tap, 1, 0, tile.shape) for tile, tap in zip(tiles, taps, strict=True)])


def up(y: jax.Array, kernel: jax.Array) -> jax.Array:
    """The transpose of `down`, ``[B, 2T, 2U, D]`` and ``[4, 4, C, D]`` to ``[B, 4T, 4U, C]``."""
    sums, taps = _outputs_transposed(y), _taps(kernel)
    return _tiles_transposed([_product(s, tap, 1, 1, s.shape) for s, tap in zip(sums, taps, strict=True)])


def kernel_gradient(x: jax.Array, y: jax.Array) -> jax.Array:
    """The gradient of ``<y, down(x, kernel)>`` with respect to the kernel, ``[4, 4, C, D]``."""
    tiles, sums = _tiles(x), _outputs_transposed(y)
    return _taps_transposed([_product(tile, s, 0, 0) for tile, s in zip(tiles, sums, strict=True)])


def _product(a: jax.Array, b: jax.Array, over_a: int, over_b: int, shape: Sequence[int] = ()) -> jax.Array:
    """The matrix product of ``[..., I]`` and ``[..., J]``, with leading axes flattened.

    With several leading axes, XLA would first copy one operand with its axes swapped.

    Args:
      over_a, over_b: the axis of each matrix that is summed over.
      shape: all but its last axis replace the first axis of the result; empty for a matrix.
    """
    a, b = a.reshape(-1, a.shape[-1]), b.reshape(-1, b.shape[-1])
    # lax, because tracing jnp.einsum takes as long as tracing all else here.
    product = lax.dot_general(a, b, (((over_a,), (over_b,)), ((), ())))
    return product.reshape(*shape[:-1], -1) if shape else product


def _tiles(x: jax.Array) -> list[jax.Array]:
    """Transforms the 3×3 windows of blocks, at stride 2: ``[B, T, U, 4C]`` each."""
    padded = jnp.pad(x, [(0, 0), (1, 1), (1, 1), (0, 0)])
    blocks = rearrange(padded, "b (h i) (w j) c -> b h w (i j c)", i=2, j=2)

    def transform(d: jax.Array, axis: int) -> Three:
        last = d.shape[axis] - 1
        d0 = lax.slice_in_dim(d, 0, last, 2, axis)
        d1 = lax.slice_in_dim(d, 1, last, 2, axis)
        d2 = lax.slice_in_dim(d, 2, last + 1, 2, axis)
        return d0 - d1, d1, d2 - d1

    return [part for row in transform(blocks, 1) for part in transform(row, 2)]


def _tiles_transposed(parts: Sequence[jax.Array]) -> jax.Array:
    """The transpose of `_tiles`: sums overlapping windows."""

    def transform(m: Sequence[jax.Array], axis: int) -> jax.Array:
        def padded(part: jax.Array, before: int) -> jax.Array:
            return jnp.pad(part, [(before, 1 - before) if a == axis else (0, 0) for a in range(part.ndim)])

        # An even row is the first of one window and the last of the previous one.
        interleaved = jnp.stack([padded(m[0], 0) + padded(m[2], 1), padded(m[1] - m[0] - m[2], 0)], axis + 1)
        shape = list(m[0].shape)
        shape[axis] = 2 * shape[axis] + 2
        return lax.slice_in_dim(interleaved.reshape(shape), 0, shape[axis] - 1, 1, axis)

    blocks = transform([transform(parts[3 * i : 3 * i + 3], 2) for i in range(3)], 1)
    return rearrange(blocks, "b h w (i j c) -> b (h i) (w j) c", i=2, j=2)[:, 1:-1, 1:-1]


def _taps(kernel: jax.Array) -> list[jax.Array]:
    """Transforms the kernel: ``[4C, D]`` each."""

    def transform(g: Sequence[jax.Array] | jax.Array) -> Three:
        return g[0], g[0] + g[1], g[1]

    blocks = rearrange(kernel, "(h i) (w j) c d -> h w (i j c) d", i=2, j=2)
    return [part for row in transform(blocks) for part in transform(row)]


def _taps_transposed(parts: Sequence[jax.Array]) -> jax.Array:
    """The transpose of `_taps`."""
    blocks = _pairs(parts)
    return rearrange(jnp.stack(blocks), "(h w) (i j c) d -> (h i) (w j) c d", h=2, i=2, j=2)


def _outputs(parts: Sequence[jax.Array]) -> jax.Array:
    """Transforms products ``[B, T, U, D]`` to the small grid."""
    y = jnp.stack(_pairs(parts), axis=3)
    return rearrange(y, "b t u (i j) d -> b (t i) (u j) d", i=2)


def _outputs_transposed(y: jax.Array) -> list[jax.Array]:
    """The transpose of `_outputs`: ``[B, T, U, D]`` each."""

    def transform(y: jax.Array, axis: int) -> Three:
        first = lax.slice_in_dim(y, 0, None, 2, axis)
        second = lax.slice_in_dim(y, 1, None, 2, axis)
        return first, first + second, second

    return [part for row in transform(y, 1) for part in transform(row, 2)]


def _pairs(parts: Sequence[jax.Array]) -> list[jax.Array]:
    """``(m0, m1, m2) -> (m0 + m1, m1 + m2)`` by rows and columns: nine parts to four."""

    def transform(m: Sequence[jax.Array]) -> tuple[jax.Array, jax.Array]:
        return m[0] + m[1], m[1] + m[2]

    rows = [transform(parts[3 * i : 3 * i + 3]) for i in range(3)]
    columns = [transform(column) for column in zip(*rows, strict=True)]
    return [columns[j][i] for i in range(2) for j in range(2)]
