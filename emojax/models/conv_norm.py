"""Convolution with batch normalisation, the building block of residual nets, and its folding.

`fold` rewrites the variables of a net of `ConvNorm` layers for inference: with running statistics,
normalisation is a scale and a shift, which become part of the preceding convolution. The layers accept
folded variables too, and compute the same up to rounding.
"""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax.traverse_util import flatten_dict, unflatten_dict
from jax.typing import DTypeLike

from emojax.models.cpu import winograd_rows

FOLDED = "folded"
"""The collection of folded kernels and shifts."""

_EPSILON = 1e-5


class ConvNorm(nn.Module):
    """Convolution without bias, PyTorch's default batch normalisation, and a ReLU.

    ``float[B, H, W, C]`` to ``[B, ceil(H/stride), ceil(W/stride), features]``. Flax's running
    variance is of the biased estimate, PyTorch's of the unbiased one; outputs in training agree.

    Attributes:
      features: channels of the result.
      kernel: side of the kernel, odd; the padding is ``kernel // 2``.
      stride: of both axes.
      activate: False leaves the ReLU out.
      train: True normalises by the batch's statistics and updates the running ones.
      axis_name: mapped axis over which batch statistics are averaged in training.
      dtype: of the computation; parameters are float32.
    """

    features: int
    kernel: int = 3
    stride: int = 1
    activate: bool = True
    train: bool = False
    axis_name: str | None = None
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        if self.has_variable(FOLDED, "kernel"):
            x = self._folded(jnp.asarray(x, self.dtype))
        else:
            x = nn.BatchNorm(
                use_running_average=not self.train,
                momentum=0.9,
                epsilon=_EPSILON,
                dtype=self.dtype,
                axis_name=self.axis_name,
                # Pooled features vary little over a batch: E[x²] - E[x]² would lose all precision.
                use_fast_variance=x.shape[1:3] != (1, 1),
                name="bn",
            )(self.convolve(x))
        return nn.relu(x) if self.activate else x

    def convolve(self, x: jax.Array) -> jax.Array:
        """The convolution with the layer's own kernel, a parameter."""
        return self._conv(name="conv")(x)

    def convolve_with(self, x: jax.Array, kernel: jax.Array) -> jax.Array:
        """The convolution with a given kernel."""
        return self._conv(parent=None).apply({"params": {"kernel": kernel}}, x)  # type: ignore[return-value]

    def _conv(self, **options: Any) -> nn.Conv:
        # Explicit padding: at stride 2 SAME pads more on the right, PyTorch the same on both sides.
        return nn.Conv(
            self.features,
            (self.kernel, self.kernel),
            self.stride,
            padding=self.kernel // 2,
            use_bias=False,
            dtype=self.dtype,
            kernel_init=nn.initializers.he_normal(),
            **options,
        )

    def _folded(self, x: jax.Array) -> jax.Array:
        by_rows = self.stride == 1 and self.has_variable(FOLDED, "rows")
        if by_rows and winograd_rows.is_faster(x, self.features):
            x = winograd_rows.convolve(x, self.get_variable(FOLDED, "rows"))
        else:
            x = self.convolve_with(x, self.get_variable(FOLDED, "kernel"))
        return x + jnp.asarray(self.get_variable(FOLDED, "shift"), self.dtype)


class Stem(ConvNorm):
    """`ConvNorm` for the 7×7, stride-2 convolution of an image, computed over pairs of columns.

    CPUs vectorise a convolution over its input channels, and an image has three. With two columns
    as one of six channels, and the kernel padded to four pairs, the same result takes less than a
    third of the time.
    """

    def convolve(self, x: jax.Array) -> jax.Array:
        kernel = self.param("kernel", nn.initializers.he_normal(), (7, 7, 3, self.features))
        return self.convolve_with(x, kernel)

    def convolve_with(self, x: jax.Array, kernel: jax.Array) -> jax.Array:
        x = jnp.pad(jnp.asarray(x, self.dtype), ((0, 0), (0, 0), (0, x.shape[2] % 2), (0, 0)))
        B, H, W, _ = x.shape
        pairs = jnp.pad(jnp.asarray(kernel, self.dtype), ((0, 0), (1, 0), (0, 0), (0, 0)))
        return jax.lax.conv_general_dilated(
            x.reshape(B, H, W // 2, 6),
            pairs.reshape(7, 4, 6, self.features),
            window_strides=(2, 1),
            padding=((3, 3), (2, 1)),
            dimension_numbers=("NHWC", "HWIO", "NHWC"),
        )


Layer = Callable[..., ConvNorm]
"""Makes a `ConvNorm` with ``train``, ``axis_name`` and ``dtype`` already given."""


def fold(variables: Mapping[str, Any], *, by_rows: bool) -> dict[str, Any]:
    """Variables for inference, with each normalisation folded into its convolution.

    Args:
      variables: ``params`` and ``batch_stats`` of a net whose normalisations are all in `ConvNorm`.
      by_rows: whether to add what large 3×3 convolutions need for `winograd_rows`, on CPU.

    Returns:
      ``params`` of all other layers, and ``folded``; NumPy arrays.
    """
    params = {path: np.asarray(leaf) for path, leaf in flatten_dict(variables["params"]).items()}
    statistics = flatten_dict(variables["batch_stats"])
    folded: dict[tuple[str, ...], Any] = {}
    for layer in [path[:-2] for path in params if path[-2:] == ("bn", "scale")]:
        mean, variance = (np.asarray(statistics[*layer, "bn", name]) for name in ("mean", "var"))
        scale = params.pop((*layer, "bn", "scale")) / np.sqrt(variance + np.float32(_EPSILON))
        own = (*layer, "kernel")
        kernel = params.pop(own if own in params else (*layer, "conv", "kernel")) * scale
        folded[own] = kernel
        folded[*layer, "shift"] = params.pop((*layer, "bn", "bias")) - mean * scale
        # A layer with more output than input channels is the first of a stage, and strides, for which
        # winograd_rows has no form.
        if by_rows and kernel.shape[:2] == (3, 3) and kernel.shape[2] >= kernel.shape[3]:
            folded[*layer, "rows"] = winograd_rows.transform_kernel(kernel)
    return {"params": unflatten_dict(params), FOLDED: unflatten_dict(folded)}
