"""The face parser's training data: the arrays on the device, and the batch of a step."""

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import ml_collections
import numpy as np

from emojax.core import rng
from emojax.core.errors import UserError
from emojax.data import pipeline
from emojax.data.faces.labels import CLASSES
from emojax.evaluation.measures import segmentation as evaluation
from emojax.training.augment import copy_paste, jewellery
from emojax.training.augment import faces as augment
from emojax.training.augment.faces import Augmentation

Batch = dict[str, Any]

STRIDES = (2, 8, 16)
"""Strides at which the losses compare logits with labels. The main head's logits are enlarged to half the
picture's side, which costs a quarter of the whole side; the auxiliary heads' are compared as they are."""

_RARE = ("eyeglasses", "hat", "necklace")
"""Faces with one of these labels are repeated in an epoch, ``data.repeat_rare`` times."""


def load(data: ml_collections.FrozenConfigDict, source: Path | None) -> dict[str, np.ndarray]:
    """The faces of a folder, see `builder.load`.

    Args:
      data: ``config.data`` of ``configs/bisenet.py``.
      source: the folder.

    Returns:
      ``train`` ``uint8[N, S, S, 4]`` and ``validation`` ``uint8[V, size, size, 4]``, colours and labels;
      ``picks`` ``int32[M]``, an epoch's indices into ``train``, in which faces with rare labels are repeated;
      and by the name of each of `copy_paste.ACCESSORIES` the indices of the faces that have it, ``int32``.

    Raises:
      UserError: the folder is missing or unusable, or ``data.validation`` matches no face or all.
    """
    # Imported here because using a checkpoint needs the task but no data.
    from emojax.data.faces import builder

    if source is None:
        raise UserError("--data_dir is missing: name a folder with CelebAMask-HQ, or images/ and masks/")
    faces = builder.load(source, size=data.source_size)
    held_out = evaluation.held_out(faces.names, data.validation)
    if held_out.all() or not held_out.any():
        raise UserError(
            f"config.data.validation is {data.validation!r}, which matches the names of "
            f"{'all' if held_out.any() else 'none'} of the {len(held_out)} photos in {source}"
        )
    checked = faces if data.size == data.source_size else builder.load(source, size=data.size)
    masks = faces.masks[~held_out]

    def having(label: int) -> np.ndarray:
        return np.flatnonzero((masks == label).any(axis=(1, 2))).astype(np.int32)

    everyone = np.arange(len(masks), dtype=np.int32)
    wearing = {name: having(CLASSES.index(name)) for name in copy_paste.ACCESSORIES}
    rare = [wearing[name] for name in _RARE]
    return {
        "train": augment.pack(faces.images[~held_out], masks),
        "validation": augment.pack(checked.images[held_out], checked.masks[held_out]),
        "picks": np.concatenate([everyone, *rare * (data.repeat_rare - 1)]),
        # Where nobody has the accessory, all faces are donors, from which nothing is pasted.
        **{name: faces if faces.size else everyone for name, faces in wearing.items()},
    }


def load_pseudo_labels(data: ml_collections.FrozenConfigDict, source: Path) -> dict[str, np.ndarray]:
    """Photos which a teacher labelled, from a folder of `pseudo_labels.label_folder`.

    Args:
      data: ``config.data`` of ``configs/bisenet.py``.
      source: the folder.

    Returns:
      ``pseudo`` ``uint8[P, S, S, 4]``, to be added to what `load` returns.

    Raises:
      UserError: the folder is unusable, or ``data.pseudo_share`` is 0.
    """
    from emojax.data.faces import builder

    if not data.pseudo_share:
        raise UserError(
            "--pseudo_dir: config.data.pseudo_share is 0, so nothing would be drawn from it; "
            "set it, or leave the flag out"
        )
    faces = builder.load(source, size=data.source_size)
    return {"pseudo": augment.pack(faces.images, faces.masks)}


def draw(
    config: ml_collections.FrozenConfigDict,
    augmentation: Augmentation,
    dataset: Batch,
    step: jax.Array,
    key: jax.Array,
) -> Batch:
    """The global batch of `step`.

    Args:
      config: of ``configs/bisenet.py``, whole.
      augmentation: how strong the augmentation is.
      dataset: of `load`, and where ``data.pseudo_share`` is above 0 of `load_pseudo_labels`.
      step: int32 scalar.
      key: the run's.

    Returns:
      ``images`` ``float32[B, size, size, 3]`` in [-1, 1], and ``labels``, for each of `STRIDES`
      ``int32[B, size / stride, size / stride]``.
    """
    B, size = config.batch_size, config.data.train_size
    pseudo = round(config.data.pseudo_share * B)

    def indices(name: str, count: int, batch_size: int) -> jax.Array:
        stream = rng.stream(key, name)
        return pipeline.epoch_indices(stream, step, dataset_size=count, batch_size=batch_size)

    pixels = dataset["train"][dataset["picks"][indices("shuffle", len(dataset["picks"]), B - pseudo)]]
    if pseudo:
        labelled = dataset["pseudo"][indices("shuffle pseudo", len(dataset["pseudo"]), pseudo)]
        pixels = jnp.concatenate([pixels, labelled])
    key = rng.at(key, "augment", step)
    pixels = copy_paste_augmentation(key, pixels, dataset, augmentation)
    # The first of the batch have pasted accessories, and JPEG's losses go to the first too: not to the same.
    pixels = jnp.roll(pixels, -(B // 2), axis=0)
    images, masks = augment.augment(rng.stream(key, "faces"), pixels, size, augmentation)
    phases = jax.random.randint(rng.stream(key, "phases"), (3, 2), 0, jnp.asarray([[2], [8], [16]]))
    labels = [_one_pixel_of_each_cell(masks, s, p) for s, p in zip(STRIDES, phases, strict=True)]
    return {"images": images, "labels": labels}


def copy_paste_augmentation(
    key: jax.Array, pixels: jax.Array, dataset: Batch, augmentation: Augmentation
) -> jax.Array:
    """Pastes accessories cut from other faces (donors), and synthesises jewellery.

    Each accessory goes to its own share of the batch, one share after the other. They begin with the first
    faces, which have true labels and are aligned; pseudo-labelled faces come last.

    Args:
      key: of the step.
      pixels: ``uint8[B, S, S, 4]``.
      dataset: of `load`; its faces are the donors.
      augmentation: ``accessories`` and ``jewellery`` are the shares.

    Returns:
      ``uint8[B, S, S, 4]``.
    """
    start, B = 0, len(pixels)
    if count := round(augmentation.accessories * B):
        for name in copy_paste.ACCESSORIES:
            donors = jax.random.choice(rng.stream(key, name), dataset[name], (count,))
            recipients = slice(start, start := start + count)
            pasted = copy_paste.paste_accessory(pixels[recipients], dataset["train"][donors], name)
            pixels = pixels.at[recipients].set(pasted)
    if count := round(augmentation.jewellery * B):
        for add in jewellery.KINDS:
            recipients = slice(start, start := start + count)
            pixels = pixels.at[recipients].set(add(rng.stream(key, add.__name__), pixels[recipients]))
    return pixels


def _one_pixel_of_each_cell(masks: jax.Array, stride: int, phase: jax.Array) -> jax.Array:
    """From each stride x stride cell of ``[B, H, W]`` the pixel in row and column `phase`.

    Over many steps a coarse pixel so has each label as often as the pixels under it do, and edges are where
    they are on average. Always the first pixel would shift edges by half a cell.
    """
    B, H, W = masks.shape
    cells = masks.reshape(B, H // stride, stride, W // stride, stride)
    rows = jax.lax.dynamic_index_in_dim(cells, phase[0], axis=2, keepdims=False)
    return jax.lax.dynamic_index_in_dim(rows, phase[1], axis=3, keepdims=False)
