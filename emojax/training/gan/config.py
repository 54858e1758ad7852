"""Valid values of a GAN's configuration, and the values of fields that an older configuration lacks."""

from collections.abc import Mapping
from typing import Any, Final

import jax
import jax.numpy as jnp
import ml_collections

from emojax.core.errors import UserError
from emojax.models.dcgan import (
    DISCRIMINATOR_NORMS,
    UPSAMPLINGS,
    Discriminator,
    Generator,
    feature_sides,
    image_size,
    make_discriminator,
    make_generator,
)
from emojax.training.engine.accumulation import remat
from emojax.training.gan.losses import LOSSES

_DTYPES = ("float32", "bfloat16", "float64")

MOVEMENTS: Final = 4
"""How many latents hold a rendering's jitter, see `emojax.data.openmoji.renderings.jitter_latents`."""

PUBLISHED: Final[Mapping[str, Any]] = {
    "data": {"renderings": 1, "rotation": 4.0, "scale": 0.04, "translation": 0.02, "mirror": False},
    "model": {
        "first_size": 4,
        "num_classes": 0,
        "embedding_size": 50,
        "projection": False,
        "upsampling": "transposed",
        "skips": False,
        "excitation": False,
        "attention": 0,
        "modes": 0,
        "discriminator_norm": "batch",
        "spectral_norm": False,
    },
    "loss": {
        "name": "bce",
        "smoothing": 0.0,
        "r1_weight": 0.0,
        "r1_every": 4,
        "likeness_weight": 0.0,
        "likeness_side": 16,
    },
    "augmentation": {
        "strength": 0.0,
        "target": 0.0,
        "adapt_images": 20_000,
        "colour": 1.0,
        "translation": 0.125,
        "scale": 0.0,
        "rotation": 0.0,
        "cutout": 0.5,
    },
    "average_warmup": False,
    "run": {"validate_every": 0, "validate_count": 256},
}
"""Fields of ``configs/dcgan.py`` that older runs and weight files lack."""


def complete(config: Mapping[str, Any]) -> dict[str, Any]:
    """`config` as nested dicts, with the values of `PUBLISHED` for the fields that it lacks."""

    def fill(given: Any, defaults: Any) -> Any:
        if not isinstance(given, Mapping | ml_collections.FrozenConfigDict | ml_collections.ConfigDict):
            return given
        missing = {name: default for name, default in defaults.items() if name not in given}
        return missing | {name: fill(value, defaults.get(name, {})) for name, value in given.items()}

    filled: dict[str, Any] = fill(config, PUBLISHED)
    return filled


def generator(
    config: ml_collections.FrozenConfigDict, *, axis_name: str | None = None, momentum: float = 0.9
) -> Generator:
    """The generator of a whole configuration; see `make_generator`."""
    attributes = {"axis_name": axis_name, "momentum": momentum, "remat": remat(config)}
    return make_generator(config.model, dtype=jnp.dtype(config.dtype), **attributes)


def discriminator(config: ml_collections.FrozenConfigDict, *, axis_name: str | None = None) -> Discriminator:
    """The discriminator of a whole configuration; see `make_discriminator`."""
    attributes = {"axis_name": axis_name, "remat": remat(config)}
    return make_discriminator(config.model, dtype=jnp.dtype(config.dtype), **attributes)


def limits(config: ml_collections.FrozenConfigDict) -> dict[str, str]:
    """As `emojax.training.engine.task.Task.limits`."""
    if config.model.discriminator_norm == "none":
        return {}
    return {
        "accumulate": "the discriminator's batch norms need the whole batch at once; use 1, and "
        "config.run.remat=True for less memory, or config.model.discriminator_norm='none'"
    }


def check(config: ml_collections.FrozenConfigDict) -> None:
    """Raises `UserError` where the configuration cannot make a model."""
    sides = image_size(config.model)
    for name, side in zip(("generator_widths", "discriminator_widths"), sides, strict=True):
        if side != config.data.size:
            raise UserError(
                f"config.model.{name} has {len(config.model[name])} entries, which makes {side} px images, "
                f"but config.data.size is {config.data.size}: add or remove entries, each of which doubles "
                "the side"
            )
    for name, value, known in (
        ("dtype", config.dtype, _DTYPES),
        ("loss.name", config.loss.name, LOSSES),
        ("model.upsampling", config.model.upsampling, UPSAMPLINGS),
        ("model.discriminator_norm", config.model.discriminator_norm, DISCRIMINATOR_NORMS),
    ):
        if value not in known:
            raise UserError(f"config.{name} is {value!r}: choose one of {', '.join(known)}")
    attention, (generated, judged) = config.model.attention, feature_sides(config.model)
    both = sorted({*generated} & {*judged})
    if attention and attention not in both:
        raise UserError(
            f"config.model.attention is {attention}: both nets have features of {', '.join(map(str, both))} "
            "pixels a side; give one of these, or 0 for none"
        )
    if config.dtype == "float64" and not jax.config.jax_enable_x64:  # type: ignore[attr-defined]
        raise UserError("config.dtype is 'float64', which JAX has switched off: set JAX_ENABLE_X64=1")
    if config.model.modes > config.model.latent_size:
        raise UserError(
            f"config.model.modes is {config.model.modes}: it must be from 0 to {config.model.latent_size}, "
            "config.model.latent_size"
        )
    side = config.loss.likeness_side
    if config.loss.likeness_weight and (not config.model.num_classes or side < 1 or config.data.size % side):
        raise UserError(
            f"config.loss.likeness_weight is {config.loss.likeness_weight}: it needs classes, "
            f"config.model.num_classes=-1, and a config.loss.likeness_side that divides {config.data.size}"
        )
    moved = config.loss.likeness_weight and config.data.renderings > 1
    if moved and config.model.modes:
        raise UserError(
            f"config.model.modes is {config.model.modes}: with config.loss.likeness_weight it must be 0, for "
            "the first latents hold a rendering's jitter"
        )
    if moved and config.model.latent_size < MOVEMENTS:
        raise UserError(
            f"config.model.latent_size is {config.model.latent_size}: with config.loss.likeness_weight it "
            f"must be at least {MOVEMENTS}, which hold a rendering's jitter"
        )
