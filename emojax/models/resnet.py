"""Residual networks (He et al., 2016, "Deep Residual Learning for Image Recognition").

`ResNet` is the convolutional backbone, with `BasicBlock` for the 18-layer net of the face
parser and `Bottleneck` for the 50-layer net. `ResNet50Features` is an extractor of the
avatar. Kernel sizes, strides and paddings are torchvision's, so that its public checkpoints
give the same features here.
"""

import functools
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax.typing import ArrayLike, DTypeLike

from emojax.models.conv_norm import ConvNorm, Layer, Stem
from emojax.models.layers import block

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


def imagenet_normalize(images: ArrayLike) -> jax.Array:
    """Normalises RGB in [-1, 1] with ImageNet's mean and standard deviation.

    Args:
      images: ``float[..., 3]``, red first; -1 is black and 1 is white.

    Returns:
      ``float32[..., 3]``: ``((images + 1) / 2 - mean) / std`` per channel.
    """
    mean = jnp.asarray(IMAGENET_MEAN, jnp.float32)
    std = jnp.asarray(IMAGENET_STD, jnp.float32)
    # One multiplication and one addition, with both constants folded at compile time.
    return jnp.asarray(images, jnp.float32) * (0.5 / std) + (0.5 - mean) / std


def abstract_variables(model: nn.Module) -> Any:
    """Shapes and dtypes of the variables of an image model, without computing them.

    Args:
      model: a module called as ``model(images, train=False)`` that accepts 64×64 images.

    Returns:
      The nested dict ``model.init`` would return, with `jax.ShapeDtypeStruct` leaves.
    """
    images = jax.ShapeDtypeStruct((1, 64, 64, 3), jnp.float32)
    return jax.eval_shape(lambda key, x: model.init(key, x, train=False), jax.random.key(0), images)


def max_pool(x: jax.Array) -> jax.Array:
    """Maximum over 3×3 windows with stride 2 and padding 1: ``[B, H, W, C] -> [B, ceil(H/2), ceil(W/2), C]``.

    Computed as maxima along rows, then columns. The gradient of XLA's window maximum is a
    select-and-scatter, which takes four times as long on CPU: a tenth of a training step of the face
    parser.
    """
    for axis in (1, 2):
        pad = [(0, 0)] * 4
        pad[axis] = (1, 1 + x.shape[axis] % 2)
        padded = jnp.pad(x, pad, constant_values=-jnp.inf)
        stop = padded.shape[axis] - 2
        shifted = [jax.lax.slice_in_dim(padded, i, stop + i, 2, axis) for i in range(3)]
        x = jnp.maximum(jnp.maximum(shifted[0], shifted[1]), shifted[2])
    return x


class BasicBlock(nn.Module):
    """Two 3×3 convolutions and a shortcut; the stride is in the first."""

    features: int
    stride: int
    layer: Layer

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        y = self.layer(self.features, 3, self.stride, name="conv1")(x)
        y = self.layer(self.features, 3, activate=False, name="conv2")(y)
        if x.shape != y.shape:
            x = self.layer(self.features, 1, self.stride, activate=False, name="downsample")(x)
        return nn.relu(x + y)


class Bottleneck(nn.Module):
    """1×1, 3×3 and 1×1 convolutions, the last four times as wide, and a shortcut.

    The stride is in the 3×3 convolution, as in torchvision. The paper has it in the first 1×1:
    parameters have the same shapes, but weights trained for one give wrong features in the other.
    """

    features: int
    stride: int
    layer: Layer

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        y = self.layer(self.features, 1, name="conv1")(x)
        y = self.layer(self.features, 3, self.stride, name="conv2")(y)
        y = self.layer(4 * self.features, 1, activate=False, name="conv3")(y)
        if x.shape != y.shape:
            x = self.layer(4 * self.features, 1, self.stride, activate=False, name="downsample")(x)
        return nn.relu(x + y)


class ResNet(nn.Module):
    """The backbone: a 7×7 stem, a max pool and four stages of residual blocks.

    Attributes:
      stage_sizes: blocks in each of the four stages.
      block: `BasicBlock` or `Bottleneck`.
      width: channels of the first stage; each further stage has twice as many as the previous.
      axis_name: mapped axis over which batch statistics are averaged in training.
      dtype: of the computation; parameters are float32.
      remat: whether blocks are computed again for the gradient, see `emojax.models.layers.block`.
    """

    stage_sizes: Sequence[int]
    block: type[BasicBlock] | type[Bottleneck]
    width: int = 64
    axis_name: str | None = None
    dtype: DTypeLike = jnp.float32
    remat: bool = False

    @nn.compact
    def __call__(self, images: jax.Array, *, train: bool) -> tuple[jax.Array, ...]:
        """``float[B, H, W, 3]``, normalised, to the stages' features at strides 4, 8, 16 and 32."""
        setting: dict[str, Any] = {"train": train, "axis_name": self.axis_name, "dtype": self.dtype}
        layer = functools.partial(ConvNorm, **setting)
        x = block(Stem, self.remat)(self.width, 7, 2, name="stem", **setting)(images)
        x = max_pool(x)
        stages = []
        for stage, blocks in enumerate(self.stage_sizes):
            for index in range(blocks):
                stride = 2 if stage > 0 and index == 0 else 1
                name = f"stage{stage + 1}_block{index}"
                x = block(self.block, self.remat)(self.width << stage, stride, layer, name=name)(x)
            stages.append(x)
        return tuple(stages)


class ResNet50Features(nn.Module):
    """ResNet-50 without its classifier: the globally averaged last features.

    Attributes:
      width: channels of the first stage, 64 in the public net; the embedding is 32 times as long.
      axis_name: mapped axis over which batch statistics are averaged in training.
      dtype: of the computation; parameters are float32.
    """

    width: int = 64
    axis_name: str | None = None
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, images: jax.Array, *, train: bool) -> jax.Array:
        """``float[B, H, W, 3]`` in [-1, 1] to ``float32[B, 2048]``; trained on 224×224."""
        trunk = ResNet((3, 4, 6, 3), Bottleneck, self.width, self.axis_name, self.dtype, name="trunk")
        features = trunk(imagenet_normalize(images), train=train)[-1]
        return jnp.mean(features.astype(jnp.float32), axis=(1, 2))
