"""DCGAN generator and discriminator (Radford et al., "Unsupervised Representation
Learning with Deep Convolutional Generative Adversarial Networks", 2016, section 3), with
options from later papers.

Initial values as in section 4: kernels from N(0, 0.02²), batch-norm scales from
N(1, 0.02²).

The defaults of all attributes are the published net's. Classes are given as weights
``float32[B, num_classes]``: one-hot for a label, a mixture for a morph.
"""

import functools
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn

from emojax.models.attention import Excitation, SelfAttention
from emojax.models.layers import Conv, ConvTranspose, UpConv, block, parameter_dtype, select_mode

UPSAMPLINGS = ("transposed", "nearest")
DISCRIMINATOR_NORMS = ("batch", "none")


def make_generator(model: Mapping[str, Any], *, dtype: Any = jnp.float32, **attributes: Any) -> "Generator":
    """The generator of a configuration's ``model``.

    Args:
      model: fields as in ``configs/``; absent ones take `Generator`'s defaults.
      dtype: of activations and products.
      attributes: others of `Generator`: ``axis_name``, ``momentum`` and ``remat``.
    """
    names = (
        *("first_size", "upsampling", "skips", "excitation", "attention", "modes"),
        *("num_classes", "embedding_size"),
    )
    chosen = {name: model[name] for name in names if name in model}
    widths = tuple(model["generator_widths"])
    return Generator(widths, dtype=dtype, **attributes, **chosen)


def make_discriminator(
    model: Mapping[str, Any], *, dtype: Any = jnp.float32, **attributes: Any
) -> "Discriminator":
    """The discriminator of a configuration's ``model``; see `make_generator`."""
    names = ("first_size", "attention", "num_classes", "embedding_size", "projection")
    chosen = {name: model[name] for name in names if name in model}
    for attribute, field in (("norm", "discriminator_norm"), ("spectral", "spectral_norm")):
        if field in model:
            chosen[attribute] = model[field]
    return Discriminator(tuple(model["discriminator_widths"]), dtype=dtype, **attributes, **chosen)


def image_size(model: Mapping[str, Any]) -> tuple[int, int]:
    """Sides, in pixels, of a configuration's generated images and of its discriminator's input.

    Args:
      model: the configuration's ``model``, complete.
    """
    first = model["first_size"]
    doublings = len(model["generator_widths"]) - (1 if model["skips"] else 0)
    return first * 2**doublings, first * 2 ** len(model["discriminator_widths"])


def feature_sides(model: Mapping[str, Any]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Sides of the feature maps that self-attention can be applied to, see `Generator.attention`.

    Args:
      model: the configuration's ``model``, complete.

    Returns:
      The generator's sides and the discriminator's, each in the order of the layers. For an
      ``attention`` that is in neither, no attention layer is created.
    """
    generator, discriminator = (
        tuple(model["first_size"] * 2**i for i in range(len(model[name])))
        for name in ("generator_widths", "discriminator_widths")
    )
    return generator, discriminator[::-1]


def _scale_init(key: jax.Array, shape: tuple[int, ...], dtype: Any = jnp.float32) -> jax.Array:
    return 1.0 + 0.02 * jax.random.normal(key, shape, dtype)


def _batch_norm(
    train: bool, axis_name: str | None, dtype: Any, name: str, momentum: float = 0.9
) -> nn.BatchNorm:
    # Momentum and epsilon are PyTorch's defaults (its momentum 0.1 is 0.9 here).
    return nn.BatchNorm(
        use_running_average=not train,
        momentum=momentum,
        epsilon=1e-5,
        axis_name=axis_name,
        dtype=dtype,
        param_dtype=parameter_dtype(dtype),
        scale_init=_scale_init,
        name=name,
    )


class ClassEmbedding(nn.Module):
    """A learned vector for each class, averaged by class weights: ``[B, K] -> [B, features]``.

    Raises:
      ValueError: no classes were given.
    """

    features: int
    dtype: Any = jnp.float32
    table_init: nn.initializers.Initializer = nn.initializers.normal(1.0)

    @nn.compact
    def __call__(self, classes: jax.Array | None) -> jax.Array:
        if classes is None:
            raise ValueError("a conditional net needs classes")
        shape = (classes.shape[-1], self.features)
        table = self.param("table", self.table_init, shape, parameter_dtype(self.dtype))
        return classes.astype(self.dtype) @ table.astype(self.dtype)


class Generator(nn.Module):
    """Latents to images: ``[B, latent_size] -> float32[B, S, S, channels]`` in [-1, 1].

    The image side ``S`` is ``first_size · 2**len(widths)``. The published net, of side 64, has
    five 4×4 transposed convolutions with 512, 256, 128, 64 and 3 features. The first projects
    the 1×1 latent to 4×4, each further one doubles the side.

    Attributes:
      widths: features of all layers but the last.
      channels: channels of the image.
      first_size: side of the first feature map.
      upsampling: how the side is doubled: "transposed" convolutions, or "nearest" neighbours
        and a 3×3 convolution.
      skips: whether the image is a sum over resolutions, each with a 3×3 convolution to `channels`
        (Karras et al., "Analyzing and Improving the Image Quality of StyleGAN", 2020, section
        4.1). The last is at full resolution, so `widths` has one entry more.
      excitation: whether features are weighted by those at an eighth of the resolution, see
        `emojax.models.attention.Excitation`.
      attention: side of the feature map that gets a self-attention layer, see `feature_sides`; 0
        for none.
      modes: number of latents that select a mode, see `emojax.models.layers.select_mode`; 0 for
        none.
      num_classes: number of classes; 0 for an unconditional generator.
      embedding_size: length of a class embedding, which is appended to the latent.
      dtype: of activations and products; parameters and output are float32 at least.
      axis_name: mapped axis over which batch statistics are averaged, if any.
      momentum: weight of the old value in the running statistics; 0 takes one batch's.
      remat: whether layers are computed again for the gradient, see `emojax.models.layers.block`.
    """

    widths: tuple[int, ...] = (512, 256, 128, 64)
    channels: int = 3
    first_size: int = 4
    upsampling: str = "transposed"
    skips: bool = False
    excitation: bool = False
    attention: int = 0
    modes: int = 0
    num_classes: int = 0
    embedding_size: int = 50
    dtype: Any = jnp.float32
    axis_name: str | None = None
    momentum: float = 0.9
    remat: bool = False

    @nn.compact
    def __call__(self, latents: jax.Array, classes: jax.Array | None = None, *, train: bool) -> jax.Array:
        x = select_mode(latents, self.modes) if self.modes else latents
        if self.num_classes:
            x = jnp.concatenate(
                [x, ClassEmbedding(self.embedding_size, self.dtype, name="classes")(classes)], 1
            )
        x, image = x[:, None, None, :], None
        levels: list[jax.Array] = []
        for i, features in enumerate(self.widths):
            layer = functools.partial(Generator._layer, i=i, features=features, train=train)
            x = block(layer, self.remat)(self, x, *levels[i - 3 : i - 2] if i >= 3 else ())
            levels.append(x)
            if self.skips:
                summand = Conv(self.channels, 3, 1, 1, self.dtype, name=f"rgb_{i}")(x)
                image = summand if image is None else summand + _enlarge(image)
        if image is None:
            image = self._upsample(self.channels, len(self.widths))(x)
        return jnp.tanh(image.astype(parameter_dtype(self.dtype)))

    def _layer(
        self, x: jax.Array, coarse: jax.Array | None = None, *, i: int, features: int, train: bool
    ) -> jax.Array:
        """Layer `i`; `coarse` are the features of an eighth of its side, if there are."""
        if i == 0:
            x = ConvTranspose(features, self.first_size, 1, 0, self.dtype, name="conv_0")(x)
        else:
            x = self._upsample(features, i)(x)
        x = nn.relu(_batch_norm(train, self.axis_name, self.dtype, f"norm_{i}", self.momentum)(x))
        if self.excitation and coarse is not None:
            x = x * Excitation(features, self.dtype, name=f"excitation_{i}")(coarse)
        if x.shape[1] == self.attention:
            x = SelfAttention(dtype=self.dtype, name="attention")(x)
        return x

    def _upsample(self, features: int, i: int) -> nn.Module:
        """Layer `i`, which doubles the side."""
        if self.upsampling == "nearest":
            return UpConv(features, self.dtype, name=f"conv_{i}")
        return ConvTranspose(features, 4, 2, 1, self.dtype, name=f"conv_{i}")


def _enlarge(image: jax.Array) -> jax.Array:
    B, H, W, C = image.shape
    return jax.image.resize(image, (B, 2 * H, 2 * W, C), "bilinear")


class Discriminator(nn.Module):
    """Images to logits: ``[B, S, S, channels] -> float32[B]``, ``S = first_size · 2**len(widths)``.

    The published net has five 4×4 convolutions with 64, 128, 256, 512 and one feature, batch norm
    on all but the first and the last, and LeakyReLU of slope 0.2. There is no sigmoid: the losses
    take logits.

    Attributes:
      norm: "batch" as published, or "none".
      spectral: whether all kernels are spectrally normalised.
      projection: how the class enters. True: the inner product of its embedding with the last
        features is added to the logit (Miyato & Koyama, "cGANs with Projection Discriminator",
        2018, equation 3). False: its embedding, mapped linearly to one value a pixel, is a fourth
        channel of the image.
      Others as in `Generator`.
    """

    widths: tuple[int, ...] = (64, 128, 256, 512)
    first_size: int = 4
    norm: str = "batch"
    spectral: bool = False
    attention: int = 0
    num_classes: int = 0
    embedding_size: int = 50
    projection: bool = False
    dtype: Any = jnp.float32
    axis_name: str | None = None
    remat: bool = False

    @nn.compact
    def __call__(self, images: jax.Array, classes: jax.Array | None = None, *, train: bool) -> jax.Array:
        x = images
        if self.num_classes and not self.projection:
            x = jnp.concatenate([x, self._class_channel(classes, images.shape[1]).astype(x.dtype)], -1)
        for i, features in enumerate(self.widths):
            layer = functools.partial(Discriminator._layer, i=i, features=features, train=train)
            x = block(layer, self.remat)(self, x)
        last = f"conv_{len(self.widths)}"
        logits = Conv(1, self.first_size, 1, 0, self.dtype, spectral=self.spectral, name=last)(x)
        logits = logits.reshape(images.shape[0])
        if self.num_classes and self.projection:
            init = nn.initializers.normal(0.02)
            embedding = ClassEmbedding(x.shape[-1], self.dtype, init, name="classes")(classes)
            logits = logits + jnp.sum(embedding * x.sum((1, 2)), -1)
        return logits.astype(parameter_dtype(self.dtype))

    def _layer(self, x: jax.Array, *, i: int, features: int, train: bool) -> jax.Array:
        x = Conv(features, 4, 2, 1, self.dtype, spectral=self.spectral, name=f"conv_{i}")(x)
        if i > 0 and self.norm == "batch":
            x = _batch_norm(train, self.axis_name, self.dtype, f"norm_{i}")(x)
        x = nn.leaky_relu(x, 0.2)
        if x.shape[1] == self.attention:
            x = SelfAttention(self.spectral, self.dtype, name="attention")(x)
        return x

    def _class_channel(self, classes: jax.Array | None, size: int) -> jax.Array:
        """``[B, size, size, 1]``: a linear map of the class embedding to one value a pixel."""
        embedding = ClassEmbedding(self.embedding_size, self.dtype, name="classes")(classes)
        wide = parameter_dtype(self.dtype)
        plane = nn.Dense(size * size, dtype=self.dtype, param_dtype=wide, name="plane")(embedding)
        return plane.reshape(-1, size, size, 1)
