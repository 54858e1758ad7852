"""The autoencoders' training data: the arrays on the device, and the batch of a step."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import ml_collections
import numpy as np

from emojax.core import rng
from emojax.core.errors import UserError
from emojax.data import pipeline
from emojax.data.parts import shapes as part_shapes
from emojax.evaluation.measures import segmentation as evaluation
from emojax.training.augment import shapes as shape_noise
from emojax.training.augment.shapes import ShapeNoise

Batch = dict[str, Any]


def load_real(config: ml_collections.FrozenConfigDict, source: Path | None) -> dict[str, np.ndarray]:
    """The parts of real faces, from a folder of ``python -m emojax.avatar.datasets.celeb_parts``.

    Args:
      config: of ``configs/autoencoder.py``, whole.
      source: the folder.

    Returns:
      ``real`` ``uint8[R, 64, 64]``, the label maps of all T kinds of parts, and ``real_order``, see
      `_ordered`; of the held-out faces likewise ``validation`` and ``validation_order``, and
      ``validation_counts`` ``int32[T]``, which may be 0.

    Raises:
      UserError: the folder is missing or unusable, or ``data.validation`` holds out no part or all of a kind.
    """
    if source is None:
        raise UserError(
            "--data_dir is missing: name the --out of python -m emojax.avatar.datasets.celeb_parts"
        )
    training, validation = {}, {}
    for kind in config.kinds:
        names, masks = _read(source, kind)
        held_out = evaluation.held_out(names, config.data.validation)
        training[kind], validation[kind] = masks[~held_out], masks[held_out]
        if held_out.all():
            raise UserError(
                f"config.data.validation is {config.data.validation!r}, which holds out every face with a "
                f"{kind} in {source}: make parts of more photos, or hold out fewer"
            )
    counts = np.asarray([len(masks) for masks in validation.values()], np.int32)
    if not counts.any():
        raise UserError(
            f"config.data.validation is {config.data.validation!r}, which matches no name in {source}"
        )
    return {
        **_concatenated("real", training),
        **_concatenated("validation", validation),
        "validation_counts": counts,
    }


def load_drawn(config: ml_collections.FrozenConfigDict, source: Path) -> dict[str, np.ndarray]:
    """``drawn`` and ``drawn_order`` as in `load_real`, from `emojax.avatar.datasets.drawn_parts`."""
    return _concatenated("drawn", {kind: _read(source, kind)[1] for kind in config.kinds})


def _read(source: Path, kind: str) -> tuple[list[str], np.ndarray]:
    """The names and label maps ``uint8[N, 64, 64]`` of one kind of part."""
    # Imported here because using a checkpoint needs the task but no data.
    from emojax.data.parts import builder

    sets = [builder.load(source, part) for part in part_shapes.PARTS_OF_TYPE[kind]]
    return [name for each in sets for name in each.names], np.concatenate([each.masks for each in sets])


def _concatenated(name: str, masks: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """All kinds' masks in one array, and the indices that make an epoch."""
    counts = [len(each) for each in masks.values()]
    return {name: np.concatenate([*masks.values()]), f"{name}_order": _ordered(counts)}


def _ordered(counts: list[int]) -> np.ndarray:
    """``int32[T, max(counts)]``: for each kind its masks' indices, repeated to the largest kind's length.

    Kinds differ in their number of masks by a factor of a hundred: hats are rare.
    """
    starts = np.cumsum([0, *counts[:-1]])
    turns = np.arange(max(counts))
    return np.stack(
        [start + turns % max(count, 1) for start, count in zip(starts, counts, strict=True)]
    ).astype(np.int32)


def draw(
    config: ml_collections.FrozenConfigDict,
    noise: ShapeNoise,
    dataset: Batch,
    step: jax.Array,
    key: jax.Array,
) -> Batch:
    """The global batch of `step`: real and drawn parts alternate.

    Args:
      config: of ``configs/autoencoder.py``, whole.
      noise: how strong the noise of the inputs is.
      dataset: of `load_real` and `load_drawn`.
      step: int32 scalar.
      key: the run's.

    Returns:
      ``inputs`` and ``targets`` ``float32[B, T, 64, 64, 3]`` in [0, 1], of each of T kinds: noisy shapes, and
      the clean ones.
    """
    half = config.batch_size // 2

    def masks(name: str) -> jax.Array:
        order, stream = dataset[f"{name}_order"], rng.stream(key, f"shuffle {name}")
        turns = pipeline.epoch_indices(stream, step, dataset_size=order.shape[1], batch_size=half)
        return dataset[name][order[:, turns].T]

    both = jnp.stack([masks("real"), masks("drawn")], axis=1)
    clean = both.reshape(-1, *both.shape[2:])  # [B, T, 64, 64]
    B, T, S, _ = clean.shape
    key = rng.at(key, "noise", step)
    # Parts that come in pairs are all right ones already; any other may be its mirror image.
    single = jnp.asarray([len(part_shapes.PARTS_OF_TYPE[kind]) == 1 for kind in config.kinds])
    mirrored = jax.random.bernoulli(rng.stream(key, "mirror"), shape=(B, T)) & single
    clean = jnp.where(mirrored[..., None, None], clean[..., ::-1], clean)
    moved = shape_noise.move(rng.stream(key, "move"), clean.reshape(-1, S, S), noise).reshape(clean.shape)
    targets, displaced = shapes(config.kinds, clean), shapes(config.kinds, moved)
    # The stream keeps the name that `corrupt` once had: another name would be other random numbers.
    stream = rng.stream(key, "spoil")
    inputs = shape_noise.corrupt(stream, displaced.reshape(-1, *displaced.shape[2:]), noise)
    return {"inputs": inputs.reshape(displaced.shape), "targets": targets}


def shapes(kinds: tuple[str, ...], masks: jax.Array) -> jax.Array:
    """``uint8[B, T, S, S]`` to ``float32[B, T, S, S, 3]``: `part_shapes.shape` of each kind in turn."""
    parts = [part_shapes.PARTS_OF_TYPE[kind][0] for kind in kinds]
    return jnp.stack([part_shapes.shape(part, masks[:, i]) for i, part in enumerate(parts)], axis=1)
