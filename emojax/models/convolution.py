"""Strided 2-D convolution and its transpose with PyTorch's padding, fast on CPU too.

Both operations, and both their gradients, are made of three linear maps that share
one kernel of shape ``[k, k, C, D]``, where ``C`` are the channels on the large grid
and ``D`` those on the small one:

* `_down`, the strided convolution, large grid → small grid;
* `_up`, its transpose, small grid → large grid;
* `_kernel_gradient`, the sum over positions of large ⊗ small.

Written this way neither direction meets XLA's weight gradient of an input-dilated
convolution, which on CPU costs several times the convolution itself.

The 4×4, stride-2, padding-1 layers of a DCGAN are 2×2 convolutions of the
space-to-depth image. On CPU these go through Winograd's F(2×2, 2×2) (Lavin & Gray,
"Fast Algorithms for Convolutional Neural Networks", 2016, section 4.1), which needs 9
multiplications where the direct form needs 16 and whose transforms only add and
subtract. Accelerators keep the direct form, which is what their matrix units are for.
"""

import functools

import jax
import jax.numpy as jnp
from einops import rearrange
from jax import lax

_NHWC = ("NHWC", "HWIO", "NHWC")


@functools.partial(jax.custom_vjp, nondiff_argnums=(2, 3))
def conv(x: jax.Array, kernel: jax.Array, stride: int, padding: int) -> jax.Array:
    """Strided convolution, as ``torch.nn.functional.conv2d``.

    Args:
      x: ``[B, H, W, C]``.
      kernel: ``[k, k, C, D]``.
      stride: the same in both directions.
      padding: zeros added on each of the four sides.

    Returns:
      ``[B, H', W', D]`` with ``H' = (H + 2 padding - k) // stride + 1``.
    """
    return _down(x, kernel, stride, padding)


@functools.partial(jax.custom_vjp, nondiff_argnums=(2, 3))
def conv_transpose(x: jax.Array, kernel: jax.Array, stride: int, padding: int) -> jax.Array:
    """Transpose of `conv`, as ``torch.nn.functional.conv_transpose2d``.

    Args:
      x: ``[B, H, W, D]``.
      kernel: ``[k, k, C, D]``, the kernel of the convolution that this transposes.
      stride: stride of that convolution.
      padding: padding of that convolution.

    Returns:
      ``[B, H', W', C]`` with ``H' = (H - 1) stride + k - 2 padding``.
    """
    return _up(x, kernel, stride, padding)


def _conv_forward(x, kernel, stride, padding):  # type: ignore[no-untyped-def]
    return conv(x, kernel, stride, padding), (x, kernel)


def _conv_backward(stride, padding, residuals, g):  # type: ignore[no-untyped-def]
    x, kernel = residuals
    # A stride that does not divide the input leaves a margin that the kernel never
    # saw; its gradient is zero.
    dx = conv_transpose(g, kernel, stride, padding)
    margin = [(0, x.shape[axis] - dx.shape[axis]) for axis in (1, 2)]
    dx = jnp.pad(dx, [(0, 0), *margin, (0, 0)])
    return dx, _kernel_gradient(x, g, kernel, stride, padding)


def _conv_transpose_forward(x, kernel, stride, padding):  # type: ignore[no-untyped-def]
    return conv_transpose(x, kernel, stride, padding), (x, kernel)


def _conv_transpose_backward(stride, padding, residuals, g):  # type: ignore[no-untyped-def]
    x, kernel = residuals
    return conv(g, kernel, stride, padding), _kernel_gradient(g, x, kernel, stride, padding)


conv.defvjp(_conv_forward, _conv_backward)
conv_transpose.defvjp(_conv_transpose_forward, _conv_transpose_backward)


# The three maps are jitted so that each shape is traced once, however often a step meets
# it; XLA inlines the calls.
@functools.partial(jax.jit, static_argnames=("stride", "padding"))
def _down(x: jax.Array, kernel: jax.Array, stride: int, padding: int) -> jax.Array:
    direct = functools.partial(_down_direct, stride=stride, padding=padding)
    if not _suits_winograd(kernel, stride, padding, x.shape[1] // 2, x.shape[2] // 2):
        return direct(x, kernel)
    return lax.platform_dependent(x, kernel, cpu=_down_winograd, default=direct)


@functools.partial(jax.jit, static_argnames=("stride", "padding"))
def _up(x: jax.Array, kernel: jax.Array, stride: int, padding: int) -> jax.Array:
    direct = functools.partial(_up_direct, stride=stride, padding=padding)
    if not _suits_winograd(kernel, stride, padding, x.shape[1], x.shape[2]):
        return direct(x, kernel)
    return lax.platform_dependent(x, kernel, cpu=_up_winograd, default=direct)


def _down_direct(x: jax.Array, kernel: jax.Array, stride: int, padding: int) -> jax.Array:
    return lax.conv_general_dilated(
        x, kernel, (stride, stride), [(padding, padding)] * 2, dimension_numbers=_NHWC
    )


def _up_direct(x: jax.Array, kernel: jax.Array, stride: int, padding: int) -> jax.Array:
    reach = kernel.shape[0] - 1 - padding
    return lax.conv_general_dilated(
        x,
        kernel[::-1, ::-1].swapaxes(2, 3),
        (1, 1),
        [(reach, reach)] * 2,
        lhs_dilation=(stride, stride),
        dimension_numbers=_NHWC,
    )


@functools.partial(jax.jit, static_argnames=("stride", "padding"))
def _kernel_gradient(
    large: jax.Array, small: jax.Array, kernel: jax.Array, stride: int, padding: int
) -> jax.Array:
    """``d<small, conv(large, kernel)> / d kernel``; `kernel` gives only shape and type."""
    (gradient,) = jax.linear_transpose(lambda k: _down_direct(large, k, stride, padding), kernel)(small)
    return gradient


def _suits_winograd(kernel: jax.Array, stride: int, padding: int, height: int, width: int) -> bool:
    """Whether the layer is 4×4 / 2 / 1, its small grid even, and both sides wide enough to pay."""
    return (
        kernel.shape[:2] == (4, 4)
        and (stride, padding) == (2, 1)
        and height % 2 == width % 2 == 0
        and min(kernel.shape[2:]) >= 16
    )


def _down_winograd(x: jax.Array, kernel: jax.Array) -> jax.Array:
    batch, height, width, _ = x.shape
    padded = jnp.pad(x, [(0, 0), (1, 1), (1, 1), (0, 0)])
    x = rearrange(padded, "b (h i) (w j) c -> b h w (i j c)", i=2, j=2)
    kernel = rearrange(kernel, "(h i) (w j) c d -> h w (i j c) d", i=2, j=2)

    tiles = [b for a in _transform_input(x, axis=1) for b in _transform_input(a, axis=2)]
    taps = [b for a in _transform_kernel(kernel) for b in _transform_kernel(a)]
    # lax, because jnp.einsum takes as long to trace as all the rest.
    products = [
        [lax.dot_general(tiles[3 * i + j], taps[3 * i + j], (((3,), (0,)), ((), ()))) for j in range(3)]
        for i in range(3)
    ]
    rows = [_transform_output(*row) for row in products]
    corners = [_transform_output(*column) for column in zip(*rows, strict=True)]
    # corners[j][i] holds output row i, column j of every 2×2 tile.
    y = jnp.stack([jnp.stack([corners[j][i] for j in range(2)], axis=3) for i in range(2)], axis=2)
    return y.reshape(batch, height // 2, width // 2, -1)


def _up_winograd(x: jax.Array, kernel: jax.Array) -> jax.Array:
    batch, height, width, _ = x.shape
    large = jax.ShapeDtypeStruct((batch, 2 * height, 2 * width, kernel.shape[2]), x.dtype)
    (y,) = jax.linear_transpose(lambda v: _down_winograd(v, kernel), large)(x)
    return y


# F(2, 2) in one dimension: from d0 d1 d2 and g0 g1, the outputs y0 = d0 g0 + d1 g1 and
# y1 = d1 g0 + d2 g1 out of three products instead of four.
def _transform_input(d: jax.Array, axis: int) -> tuple[jax.Array, jax.Array, jax.Array]:
    last = d.shape[axis] - 1
    d0 = lax.slice_in_dim(d, 0, last, 2, axis)
    d1 = lax.slice_in_dim(d, 1, last, 2, axis)
    d2 = lax.slice_in_dim(d, 2, last + 1, 2, axis)
    return d0 - d1, d1, d2 - d1


def _transform_kernel(g: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    return g[0], g[0] + g[1], g[1]


def _transform_output(m0: jax.Array, m1: jax.Array, m2: jax.Array) -> tuple[jax.Array, jax.Array]:
    return m0 + m1, m1 + m2
