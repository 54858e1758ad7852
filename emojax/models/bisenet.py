"""BiSeNet for faces (Yu et al., 2018, "BiSeNet: Bilateral Segmentation Network"), 19 classes.

The net of the public face-parsing checkpoint: the paper's context path over ResNet-18, with
ResNet's stride-8 features instead of the paper's spatial path (section 3.1). `VARIANTS` lists
that net and a light one for CPUs.
"""

import functools
import math
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax.typing import DTypeLike

from emojax.models.conv_norm import ConvNorm, Layer
from emojax.models.interpolation import resize_bilinear
from emojax.models.layers import block
from emojax.models.resnet import BasicBlock, ResNet, imagenet_normalize

NUM_CLASSES = 19

VARIANTS: dict[str, dict[str, Any]] = {
    # 13.3 M parameters, 13.1 GMAC at 512×512: the public checkpoint's net.
    "full": {"width": 64},
    # 3.2 M parameters, 0.9 GMAC at 256×256. The stride-4 head is for eyes and brows, a few pixels high.
    "light": {"width": 32, "head_stride": 4, "align_corners": False},
}


class Parsing(NamedTuple):
    """Class scores before the softmax, ``float32[B, H, W, 19]`` each.

    ``aux16`` and ``aux32`` are the auxiliary heads on the context features, for training; None without
    ``auxiliary``.
    """

    logits: jax.Array
    aux16: jax.Array | None
    aux32: jax.Array | None


def create(variant: str = "full", **overrides: Any) -> "BiSeNet":
    """The net of a variant.

    Args:
      variant: a key of `VARIANTS`.
      overrides: attributes of `BiSeNet` that differ, such as ``dtype``.
    """
    return BiSeNet(**{**VARIANTS[variant], **overrides})


_LOW_F1 = (9, 15)
"""Earring and necklace, as indices of `emojax.data.faces.labels.CLASSES`."""


def class_bias(class_weights: Sequence[float], share: float) -> tuple[float, ...]:
    """Logit adjustment that undoes the effect of class weights in the loss.

    Training with weight w for a class raises its logit by log w, so rare classes are predicted too
    often (Menon et al., 2021, "Long-tail learning via logit adjustment"). Earring and necklace are not
    adjusted: F1 is highest with a threshold of half the F1 reached (Lipton et al., 2014, "Optimal
    thresholding of classifiers to maximize F1 measure"), which is low for classes of low F1.

    Args:
      class_weights: of the loss, above 0, in the order of the classes.
      share: of the effect to undo, 0 to 1.

    Returns:
      What to add to the logits of each class.
    """
    return tuple(
        0.0 if label in _LOW_F1 else -share * math.log(weight) for label, weight in enumerate(class_weights)
    )


def _double(x: jax.Array) -> jax.Array:
    """Nearest-neighbour enlargement by two."""
    B, H, W, C = x.shape
    return jnp.broadcast_to(x[:, :, None, :, None], (B, H, 2, W, 2, C)).reshape(B, 2 * H, 2 * W, C)


def _image_mean(x: jax.Array) -> jax.Array:
    """``[B, H, W, C]`` to ``[B, 1, 1, C]``."""
    B, H, W, C = x.shape
    # A matrix product, because XLA's reduction over two axes takes several times as long on CPU.
    weights = jnp.full((B, 1, H * W), 1 / (H * W), jnp.float32)
    mean = jnp.matmul(weights, x.reshape(B, H * W, C), precision=jax.lax.Precision.HIGHEST)
    return mean.reshape(B, 1, 1, C).astype(x.dtype)


class AttentionRefinement(nn.Module):
    """A 3×3 convolution with channel attention from global average pooling (section 3.2)."""

    features: int
    layer: Layer

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        x = self.layer(self.features, name="conv")(x)
        return x * nn.sigmoid(self.layer(self.features, 1, activate=False, name="gate")(_image_mean(x)))


class FeatureFusion(nn.Module):
    """Combines spatial and context features, with channel attention and a residual (section 3.3)."""

    features: int
    layer: Layer

    @nn.compact
    def __call__(self, spatial: jax.Array, context: jax.Array) -> jax.Array:
        x = self.layer(self.features, 1, name="mix")(jnp.concatenate([spatial, context], axis=-1))
        gate = _image_mean(x)
        gate = nn.Conv(self.features // 4, (1, 1), use_bias=False, dtype=x.dtype, name="squeeze")(gate)
        gate = nn.Conv(self.features, (1, 1), use_bias=False, dtype=x.dtype, name="excite")(nn.relu(gate))
        return x + x * nn.sigmoid(gate)


class Head(nn.Module):
    """Features to float32 class scores: a 3×3 convolution, then a 1×1 one."""

    features: int
    layer: Layer

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        x = self.layer(self.features, name="conv")(x)
        x = nn.Conv(NUM_CLASSES, (1, 1), use_bias=False, dtype=x.dtype, name="classify")(x)
        return x.astype(jnp.float32)


class BiSeNet(nn.Module):
    """The face parser. The defaults are the public net; see `VARIANTS` for the light one.

    Attributes:
      width: channels of ResNet-18's first stage; every other layer scales with it.
      head_stride: 8, or 4 for a main head that also takes the stride-4 features, which keeps eyes
        and brows sharp in small images.
      align_corners: how scores are enlarged, see `emojax.models.interpolation.resize_bilinear`.
      class_bias: added to the main head's scores outside training, see the function of that name.
      axis_name: mapped axis over which batch statistics are averaged in training.
      dtype: of the computation; parameters, statistics and scores are float32.
      remat: whether blocks are computed again for the gradient, see `emojax.models.layers.block`.
    """

    width: int = 64
    head_stride: Literal[4, 8] = 8
    align_corners: bool = True
    class_bias: tuple[float, ...] | None = None
    axis_name: str | None = None
    dtype: DTypeLike = jnp.float32
    remat: bool = False

    @nn.compact
    def __call__(
        self, images: jax.Array, *, train: bool, auxiliary: bool = True, upsample: bool = True
    ) -> Parsing:
        """Class scores of every pixel.

        Args:
          images: ``float[B, H, W, 3]`` in [-1, 1], H and W multiples of 32. The public weights
            were trained on 512×512.
          train: True uses the batch's statistics and updates ``batch_stats``.
          auxiliary: False leaves out the two auxiliary heads.
          upsample: False returns each head's own resolution: strides 8 (or 4), 8 and 16.

        Raises:
          ValueError: H or W is not a multiple of 32.
        """
        H, W = images.shape[1:3]
        if H % 32 or W % 32:
            raise ValueError(f"BiSeNet takes images whose sides are multiples of 32, not {H}x{W}")
        w = self.width
        layer = functools.partial(
            block(ConvNorm, self.remat), train=train, axis_name=self.axis_name, dtype=self.dtype
        )
        trunk = ResNet((2, 2, 2, 2), BasicBlock, w, self.axis_name, self.dtype, self.remat, name="trunk")
        x4, x8, x16, x32 = trunk(imagenet_normalize(images), train=train)

        tail = layer(2 * w, 1, name="tail")(_image_mean(x32))
        x = AttentionRefinement(2 * w, layer, name="refine32")(x32) + tail
        context16 = layer(2 * w, name="context16")(_double(x))
        x = AttentionRefinement(2 * w, layer, name="refine16")(x16) + context16
        context8 = layer(2 * w, name="context8")(_double(x))
        x = FeatureFusion(4 * w, layer, name="fusion")(x8, context8)
        if self.head_stride == 4:
            x = layer(w, 1, name="narrow")(x)
            x = resize_bilinear(x, H // 4, W // 4, align_corners=self.align_corners).astype(x4.dtype)
            x = jnp.concatenate([x4, x], axis=-1)

        def scores(x: jax.Array, features: int, name: str) -> jax.Array:
            x = Head(features, layer, name=name)(x)
            return resize_bilinear(x, H, W, align_corners=self.align_corners) if upsample else x

        logits = scores(x, x.shape[-1], "head")
        if self.class_bias is not None and not train:
            logits += jnp.asarray(self.class_bias, jnp.float32)
        # Initialisation creates the parameters of all heads, whatever the call asks for.
        if not (auxiliary or self.is_initializing()):
            return Parsing(logits, None, None)
        return Parsing(logits, scores(context8, w, "head16"), scores(context16, w, "head32"))
