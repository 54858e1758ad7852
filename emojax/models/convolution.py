"""Strided 2-D convolution and its transpose with PyTorch's padding, fast on CPU too.

Both operations, and both their gradients, are made of three linear maps that share
one kernel of shape ``[k, k, C, D]``, where ``C`` are the channels on the large grid
and ``D`` those on the small one:

* `_down`, the strided convolution, large grid → small grid;
* `_up`, its transpose, small grid → large grid;
* `_kernel_gradient`, the sum over positions of large ⊗ small.

Written this way neither direction meets XLA's weight gradient of an input-dilated
convolution, which on CPU costs several times the convolution itself.

The form of each map is chosen by the shapes:

* where the kernel covers the whole large grid, so that the small one is a single place, all
  three are matrix products;
* the 4×4, stride-2, padding-1 layers of a DCGAN go through `emojax.models.cpu.winograd` on CPU, each map
  if the layer is wide enough for it;
* those that draw pictures of many features, and those that read pictures into few, go through
  `emojax.models.cpu.narrow` on CPU, except for maps where that is no faster;
* all else, and all of it on accelerators, whose matrix units are made for it, is XLA's convolution.
"""

import functools

import jax
import jax.numpy as jnp
from jax import lax

from emojax.models.cpu import narrow, winograd

_NHWC = ("NHWC", "HWIO", "NHWC")

# Features on both sides from which on Winograd's form was measured to be faster than XLA's, and those
# below which a product is, where a picture is read. XLA is slow at transposes of narrow layers.
_WINOGRAD_DOWN, _WINOGRAD_UP = 32, 8
_FEW = 48


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
    if _is_product(kernel, x.shape[1:3], padding):
        y = x.reshape(len(x), -1) @ kernel.reshape(-1, kernel.shape[3])
        return y[:, None, None]
    direct = functools.partial(_down_direct, stride=stride, padding=padding)
    if _suits_winograd(kernel, stride, padding, x.shape[1] // 2, x.shape[2] // 2, _WINOGRAD_DOWN):
        return lax.platform_dependent(x, kernel, cpu=winograd.down, default=direct)
    if _draws(kernel, stride, padding):
        return lax.platform_dependent(x, kernel, cpu=narrow.to_picture, default=direct)
    if _reads(kernel, stride, padding, x.shape[1], x.shape[2]):
        return lax.platform_dependent(x, kernel, cpu=narrow.from_picture, default=direct)
    return direct(x, kernel)


@functools.partial(jax.jit, static_argnames=("stride", "padding"))
def _up(x: jax.Array, kernel: jax.Array, stride: int, padding: int) -> jax.Array:
    if padding == 0 and x.shape[1:3] == (1, 1):
        y = x.reshape(len(x), -1) @ kernel.reshape(-1, kernel.shape[3]).T
        return y.reshape(len(x), *kernel.shape[:3])
    direct = functools.partial(_up_direct, stride=stride, padding=padding)
    if _suits_winograd(kernel, stride, padding, x.shape[1], x.shape[2], _WINOGRAD_UP):
        return lax.platform_dependent(x, kernel, cpu=winograd.up, default=direct)
    return direct(x, kernel)


@functools.partial(jax.jit, static_argnames=("stride", "padding"))
def _kernel_gradient(
    large: jax.Array, small: jax.Array, kernel: jax.Array, stride: int, padding: int
) -> jax.Array:
    """``d<small, conv(large, kernel)> / d kernel``; `kernel` gives only shape and type."""
    if _is_product(kernel, large.shape[1:3], padding):
        gradient = large.reshape(len(large), -1).T @ small.reshape(len(small), -1)
        return gradient.reshape(kernel.shape)

    def direct(large: jax.Array, small: jax.Array) -> jax.Array:
        (gradient,) = jax.linear_transpose(lambda k: _down_direct(large, k, stride, padding), kernel)(small)
        return gradient

    if _suits_winograd(kernel, stride, padding, small.shape[1], small.shape[2], _WINOGRAD_DOWN):
        return lax.platform_dependent(large, small, cpu=winograd.kernel_gradient, default=direct)
    if _draws(kernel, stride, padding):
        on_cpu = functools.partial(narrow.to_picture_kernel_gradient, k=len(kernel))
        return lax.platform_dependent(large, small, cpu=on_cpu, default=direct)
    return direct(large, small)


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


def _is_product(kernel: jax.Array, large: tuple[int, ...], padding: int) -> bool:
    """Whether the kernel covers the large grid, ``(height, width)``, in its only position."""
    return padding == 0 and kernel.shape[:2] == large


def _suits_winograd(
    kernel: jax.Array, stride: int, padding: int, height: int, width: int, least: int
) -> bool:
    """Whether the layer is 4×4 / 2 / 1, its small grid even, and both sides have `least` features."""
    return (
        _halves(kernel, stride, padding) and height % 2 == width % 2 == 0 and min(kernel.shape[2:]) >= least
    )


def _draws(kernel: jax.Array, stride: int, padding: int) -> bool:
    """Whether the layer is 3×3 / 1 / 1 and makes a picture of features."""
    _, _, large, small = kernel.shape
    return (*kernel.shape[:2], stride, padding) == (3, 3, 1, 1) and large >= 8 and small <= 4


def _reads(kernel: jax.Array, stride: int, padding: int, height: int, width: int) -> bool:
    """Whether the layer is 4×4 / 2 / 1, and makes few features of a picture of even sides."""
    _, _, large, small = kernel.shape
    return _halves(kernel, stride, padding) and height % 2 == width % 2 == 0 and large <= 4 and small < _FEW


def _halves(kernel: jax.Array, stride: int, padding: int) -> bool:
    return (*kernel.shape[:2], stride, padding) == (4, 4, 2, 1)
