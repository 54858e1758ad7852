"""The autoencoders' training data: what lies on the device, and the batch of a step."""

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

    Returns:
      ``real`` ``uint8[R, 64, 64]``, the label maps of all kinds of parts, and ``real_order``, see
      `_ordered`; of the faces that are held out likewise ``validation`` and ``validation_order``, and
      ``validation_counts`` ``int32[T]``, which may be 0.
    """
    if source is None:
        raise UserError(
            "--data_dir is missing: name the --out of python -m emojax.avatar.datasets.celeb_parts"
        )
    learned, held_out = {}, {}
    for kind in config.kinds:
        names, masks = _read(source, kind)
        out = evaluation.held_out(names, config.data.validation)
        learned[kind], held_out[kind] = masks[~out], masks[out]
        if out.all():
            raise UserError(
                f"config.data.validation is {config.data.validation!r}, which holds out every face with a "
                f"{kind} in {source}: make parts of more photos, or hold out fewer"
            )
    counts = np.asarray([len(masks) for masks in held_out.values()], np.int32)
    if not counts.any():
        raise UserError(
            f"config.data.validation is {config.data.validation!r}, which matches no name in {source}"
        )
    return {
        **_resident("real", learned),
        **_resident("validation", held_out),
        "validation_counts": counts,
    }


def load_drawn(config: ml_collections.FrozenConfigDict, source: Path) -> dict[str, np.ndarray]:
    """``drawn`` and ``drawn_order`` as in `load_real`, from `emojax.avatar.datasets.drawn_parts`."""
    return _resident("drawn", {kind: _read(source, kind)[1] for kind in config.kinds})


def _read(source: Path, kind: str) -> tuple[list[str], np.ndarray]:
    """The names and label maps ``uint8[N, 64, 64]`` of one kind of part."""
    # Imported here because using a checkpoint needs the task but no data.
    from emojax.data.parts import builder

    sets = [builder.load(source, part) for part in part_shapes.SOURCES[kind]]
    return [name for each in sets for name in each.names], np.concatenate([each.masks for each in sets])


def _resident(name: str, masks: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """All kinds' masks end to end, and which of them an epoch shows."""
    counts = [len(each) for each in masks.values()]
    return {name: np.concatenate([*masks.values()]), f"{name}_order": _ordered(counts)}


def _ordered(counts: list[int]) -> np.ndarray:
    """``int32[T, max(counts)]``: for each kind the indices of its masks, again and again as room allows.

    Kinds differ in how many there are of them by a factor of a hundred: hats are rare.
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
    """The global batch of `step`: real and drawn parts by turns.

    Returns:
      ``inputs`` and ``targets`` ``float32[B, T, 64, 64, 3]``: shapes as they are seen, and as they are.
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
    single = jnp.asarray([len(part_shapes.SOURCES[kind]) == 1 for kind in config.kinds])
    mirrored = jax.random.bernoulli(rng.stream(key, "mirror"), shape=(B, T)) & single
    clean = jnp.where(mirrored[..., None, None], clean[..., ::-1], clean)
    moved = shape_noise.move(rng.stream(key, "move"), clean.reshape(-1, S, S), noise).reshape(clean.shape)
    targets, seen = shapes(config.kinds, clean), shapes(config.kinds, moved)
    spoiled = shape_noise.spoil(rng.stream(key, "spoil"), seen.reshape(-1, *seen.shape[2:]), noise)
    return {"inputs": spoiled.reshape(seen.shape), "targets": targets}


def shapes(kinds: tuple[str, ...], masks: jax.Array) -> jax.Array:
    """``uint8[B, T, S, S]`` to ``float32[B, T, S, S, 3]``: `part_shapes.shape` of each kind in turn."""
    parts = [part_shapes.SOURCES[kind][0] for kind in kinds]
    return jnp.stack([part_shapes.shape(part, masks[:, i]) for i, part in enumerate(parts)], axis=1)
