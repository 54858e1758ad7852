"""What each numeric field of a configuration may be: one table for all tasks.

Inside these bounds a run may still be too large for a machine; outside, a number has no meaning (a share of
3), does not fit the arithmetic (a seed of 33 bits), or makes nets that no other part of this project reads.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import ml_collections

from emojax.core.errors import UserError
from emojax.core.runtime import MAX_SEED

MAX_STEPS: Final = 10**9
"""Steps of a run: they are counted in 32 bits, with a sign."""

_MAX_WIDTH: Final = 4096
"""Features of a layer, as of weight files that are read again."""


class Bound(NamedTuple):
    """The least and the largest value, both allowed, and whether it must be a whole number."""

    low: float
    high: float
    whole: bool = False


def _whole(low: int, high: int) -> Bound:
    return Bound(low, high, whole=True)


_SHARE: Final = Bound(0, 1)
_DECAY: Final = Bound(0, 1)
_WEIGHT: Final = Bound(0, 1e6)
_DEGREES: Final = Bound(0, 180)
_INTERVAL: Final = _whole(0, MAX_STEPS)

BOUNDS: Final[Mapping[str, Bound]] = {
    "seed": _whole(0, MAX_SEED),
    "epochs": _whole(1, 10**7),
    "steps": _whole(1, MAX_STEPS),
    "batch_size": _whole(1, 65_536),
    "run_length": _whole(1, 65_536),
    "average_decay": _DECAY,
    "sharpness": Bound(1e-3, 1e3),
    "validation_strength": Bound(0, 10),
    "dice": _WEIGHT,
    "data.size": _whole(16, 1024),
    "data.train_size": _whole(16, 1024),
    "data.source_size": _whole(8, 2048),
    "data.renderings": _whole(1, 10_000),
    "data.captions": _whole(1, 10_000_000),
    "data.avatars": _whole(0, 100_000),
    "data.smileys": _whole(1, 10_000),
    "data.repeat_rare": _whole(1, 1000),
    "data.pseudo_share": _SHARE,
    "data.own": _SHARE,
    "data.mirrored": _SHARE,
    "data.rotation": _DEGREES,
    "data.scale": _SHARE,
    "data.translation": Bound(0, 0.5),
    "model.latent_size": _whole(1, _MAX_WIDTH),
    "model.first_size": _whole(1, 64),
    "model.generator_widths": _whole(1, _MAX_WIDTH),
    "model.discriminator_widths": _whole(1, _MAX_WIDTH),
    "model.widths": _whole(1, _MAX_WIDTH),
    "model.num_classes": _whole(-1, 100_000),
    "model.groups": _whole(0, 100_000),
    "model.embedding_size": _whole(1, 2048),
    "model.embedding": _whole(1, 2048),
    "model.attention": _whole(0, 512),
    "model.modes": _whole(0, _MAX_WIDTH),
    "model.grid_size": _whole(1, 64),
    "model.code": _whole(1, 512),
    "model.style": _whole(1, 2048),
    "model.counts": _whole(1, 100_000),
    "model.features": _whole(1, 10**6),
    "model.heads": _whole(1, 64),
    "model.layers": _whole(1, 12),
    "model.dropout": Bound(0, 0.9),
    "loss.smoothing": Bound(0, 0.5),
    "loss.weighted": _SHARE,
    **{
        f"{field}.{name}": _SHARE
        for field, names in (
            ("balance", ("hairline", "lipstick", "eye_makeup", "lines", "earrings", "headwear", "brows")),
            ("balance", ("eyes", "facial_hair")),
            ("presence", ("headwear", "eyes", "hairline", "lipstick", "brows", "earrings", "facial_hair")),
            ("presence", ("lines",)),
        )
        for name in names
    },
    "loss.r1_weight": _WEIGHT,
    "loss.r1_every": _whole(1, 10**6),
    "loss.likeness_weight": _WEIGHT,
    "loss.likeness_side": _whole(1, 1024),
    "loss.adversarial_weight": _WEIGHT,
    "loss.class_weights": _WEIGHT,
    "loss.taken_back": _SHARE,
    "loss.dice": _WEIGHT,
    "loss.auxiliary": _WEIGHT,
    "augmentation.strength": _SHARE,
    "augmentation.target": _SHARE,
    "augmentation.adapt_images": _whole(1, 10**9),
    "augmentation.colour": _SHARE,
    "augmentation.translation": Bound(0, 0.5),
    "augmentation.scale": _SHARE,
    "augmentation.rotation": _DEGREES,
    "augmentation.cutout": _SHARE,
    "augmentation.min_zoom": Bound(0.05, 20),
    "augmentation.max_zoom": Bound(0.05, 20),
    "augmentation.near": _SHARE,
    "augmentation.max_rotation": _DEGREES,
    "augmentation.turned": _SHARE,
    "augmentation.coarse": _SHARE,
    "augmentation.grey": _SHARE,
    "augmentation.jpeg": _SHARE,
    "augmentation.occluders": _whole(0, 16),
    "augmentation.accessories": _SHARE,
    "augmentation.jewellery": _SHARE,
    "noise.shift": _SHARE,
    "noise.scale": Bound(0, 0.9),
    "noise.rotation": _DEGREES,
    "noise.holes": _SHARE,
    "noise.ragged": _SHARE,
    "noise.blurred": _SHARE,
    "views.shift": _SHARE,
    "views.scale": Bound(0, 0.9),
    "views.rotation": _DEGREES,
    "views.still": _SHARE,
    "views.color": _SHARE,
    "views.contrast": _SHARE,
    "views.brightness": _SHARE,
    "views.blur": Bound(0, 16),
    "views.noise": _SHARE,
    # Of every optimizer. Adam divides by 1 - b^t, which 1 makes zero.
    "learning_rate": Bound(0, 10),
    "b1": Bound(0, 0.9999),
    "momentum": Bound(0, 0.9999),
    "b2": Bound(0, 0.999999),
    "weight_decay": Bound(0, 10),
    "clip": Bound(1e-6, 1e6),
    "warmup": _SHARE,
    "run.model_parallel": _whole(1, 65_536),
    "run.accumulate": _whole(1, 65_536),
    "run.steps_per_call": _whole(0, 10_000),
    "run.log_every": _whole(1, MAX_STEPS),  # without a log nobody would see a loss that is not finite
    "run.sample_every": _INTERVAL,
    "run.sample_count": _whole(1, 1024),
    "run.validate_every": _INTERVAL,
    "run.validate_count": _whole(2, 100_000),
    "run.checkpoint_every": _INTERVAL,
    "run.keep_checkpoints": _whole(1, 10_000),
}
"""By the field's name with its groups, such as ``data.size``; of optimizers by the last name alone. Of a
field with several numbers each is within the bound."""


def check(config: Mapping[str, Any] | ml_collections.FrozenConfigDict) -> None:
    """Checks every number of a configuration.

    Raises:
      UserError: one is out of bounds, not a number or not a whole one. A field that the table lacks is not
        checked.
    """
    for name, value in fields(config):
        bound = find(name)
        if bound is None:
            continue
        values = value if isinstance(value, tuple | list) else (value,)
        wrong = next((each for each in values if not _is_within(each, bound)), None)
        if wrong is not None or None in values:
            kind = "a whole number" if bound.whole else "a number"
            shown = repr(wrong)
            raise UserError(
                f"config.{name} is {shown if len(shown) <= 40 else shown[:37] + '...'}: "
                f"it must be {kind} from {bound.low:.10g} to {bound.high:.10g}"
            )


def fields(config: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The fields of a configuration that are no groups, by name with their groups."""
    for name, value in config.items():
        if isinstance(value, Mapping | ml_collections.ConfigDict | ml_collections.FrozenConfigDict):
            yield from fields(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def find(name: str) -> Bound | None:
    """The bound of a field, None if there is none."""
    group, _, last = name.rpartition(".")
    return BOUNDS.get(last if group.endswith("optimizer") else name)


def _is_within(value: Any, bound: Bound) -> bool:
    if isinstance(value, bool) or not isinstance(value, int if bound.whole else int | float):
        return False
    return bound.low <= value <= bound.high and math.isfinite(value)
