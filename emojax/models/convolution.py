"""Strided 2-D convolution and its transpose with PyTorch's padding, fast on CPU too.

Both operations and their gradients consist of three linear maps that share one kernel
``[k, k, C, D]``, where ``C`` are the channels on the large grid and ``D`` those on the small one:

* `_down`, the strided convolution, large grid → small grid;
* `_up`, its transpose, small grid → large grid;
* `_kernel_gradient`, the sum over positions of large ⊗ small.

This avoids XLA's weight gradient of an input-dilated convolution, which on CPU costs several times
the convolution itself (jax issues 31662 and 23783).

Each map's implementation depends on the shapes:

* matrix products, where the kernel covers the large grid, so that the small grid is 1×1;
* `emojax.models.cpu.winograd` on CPU, for 4×4 layers of stride 2 and padding 1, as in a DCGAN, that
  have enough channels for it;
* `emojax.models.cpu.rgb` on CPU, for layers from many channels to an image, and from an image to few
  channels, where it is faster;
* XLA's convolution otherwise, and always on accelerators, whose matrix units it uses well.
"""

import functools

import jax
import jax.numpy as jnp
from jax import lax

from emojax.models.cpu import rgb, winograd

_NHWC = ("NHWC", "HWIO", "NHWC")

# Least channels, on both sides, for which Winograd's form was measured to be faster than XLA's: with
# fewer, its transforms cost more than the products that it saves. XLA's transposed convolution is slow
# for few channels, so that there it pays earlier.
_WINOGRAD_DOWN, _WINOGRAD_UP = 32, 8
# Channels from which on XLA's convolution of an image was measured to be faster than `rgb.from_rgb`.
_FROM_RGB_BELOW = 48


@functools.partial(jax.custom_vjp, nondiff_argnums=(2, 3))
def conv(x: jax.Array, kernel: jax.Array, stride: int, padding: int) -> jax.Array:
    """Strided convolution, as ``torch.nn.functional.conv2d``.

    Args:
      x: ``[B, H, W, C]``.
      kernel: ``[k, k, C, D]``.
      stride: of both axes.
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
    dx = conv_transpose(g, kernel, stride, padding)
    if dx.shape != x.shape:
        # The stride does not divide the padded input, so that the kernel covers less of the padding at
        # the end than at the start, and `conv_transpose`, which crops both alike, has lost some rows.
        # Without padding it crops nothing; rows that the kernel does not cover have gradient zero.
        whole = conv_transpose(g, kernel, stride, 0)
        missing = [max(x.shape[axis] + padding - whole.shape[axis], 0) for axis in (1, 2)]
        whole = jnp.pad(whole, [(0, 0), (0, missing[0]), (0, missing[1]), (0, 0)])
        dx = whole[:, padding : padding + x.shape[1], padding : padding + x.shape[2]]
    return dx, _kernel_gradient(x, g, kernel, stride, padding)


def _conv_transpose_forward(x, kernel, stride, padding):  # type: ignore[no-untyped-def]
    return conv_transpose(x, kernel, stride, padding), (x, kernel)


def _conv_transpose_backward(stride, padding, residuals, g):  # type: ignore[no-untyped-def]
    x, kernel = residuals
    return conv(g, kernel, stride, padding), _kernel_gradient(g, x, kernel, stride, padding)


conv.defvjp(_conv_forward, _conv_backward)
conv_transpose.defvjp(_conv_transpose_forward, _conv_transpose_backward)


# The three maps are jitted so that each shape is traced once, however often it occurs in a step; XLA
# inlines the calls.
@functools.partial(jax.jit, static_argnames=("stride", "padding"))
def _down(x: jax.Array, kernel: jax.Array, stride: int, padding: int) -> jax.Array:
    if _is_product(kernel, x.shape[1:3], padding):
        y = x.reshape(x.shape[0], -1) @ kernel.reshape(-1, kernel.shape[3])
        return y[:, None, None]
    direct = functools.partial(_down_direct, stride=stride, padding=padding)
    if _suits_winograd(kernel, stride, padding, x.shape[1] // 2, x.shape[2] // 2, _WINOGRAD_DOWN):
        return lax.platform_dependent(x, kernel, cpu=winograd.down, default=direct)
    if _is_to_rgb(kernel, stride, padding):
        return lax.platform_dependent(x, kernel, cpu=rgb.to_rgb, default=direct)
    if _is_from_rgb(kernel, stride, padding, x.shape[1], x.shape[2]):
        return lax.platform_dependent(x, kernel, cpu=rgb.from_rgb, default=direct)
    return direct(x, kernel)


@functools.partial(jax.jit, static_argnames=("stride", "padding"))
def _up(x: jax.Array, kernel: jax.Array, stride: int, padding: int) -> jax.Array:
    if padding == 0 and x.shape[1:3] == (1, 1):
        y = x.reshape(x.shape[0], -1) @ kernel.reshape(-1, kernel.shape[3]).T
        return y.reshape(x.shape[0], *kernel.shape[:3])
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
    if _is_to_rgb(kernel, stride, padding):
        on_cpu = functools.partial(rgb.to_rgb_kernel_gradient, k=len(kernel))
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
    """Whether the kernel covers the whole large grid, ``(height, width)``, so that it has one position."""
    return padding == 0 and kernel.shape[:2] == large


def _suits_winograd(
    kernel: jax.Array, stride: int, padding: int, height: int, width: int, least: int
) -> bool:
    """Whether the layer is 4×4 / 2 / 1, its small grid even, and both sides have `least` channels."""
    return (
        _halves(kernel, stride, padding) and height % 2 == width % 2 == 0 and min(kernel.shape[2:]) >= least
    )


def _is_to_rgb(kernel: jax.Array, stride: int, padding: int) -> bool:
    """Whether the layer is 3×3 / 1 / 1, from many channels to an image's."""
    _, _, large, small = kernel.shape
    return (*kernel.shape[:2], stride, padding) == (3, 3, 1, 1) and large >= 8 and small <= 4


def _is_from_rgb(kernel: jax.Array, stride: int, padding: int, height: int, width: int) -> bool:
    """Whether the layer is 4×4 / 2 / 1, from an image of even sides to few channels."""
    _, _, large, small = kernel.shape
    even = height % 2 == width % 2 == 0
    return _halves(kernel, stride, padding) and even and large <= 4 and small < _FROM_RGB_BELOW


def _halves(kernel: jax.Array, stride: int, padding: int) -> bool:
    return (*kernel.shape[:2], stride, padding) == (4, 4, 2, 1)
