"""Faces, a net and a run small enough to compile and train in seconds."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ml_collections
import numpy as np
import pytest
from PIL import Image

from configs import bisenet as bisenet_config
from emojax.models import bisenet
from emojax.models.resnet import ResNet
from emojax.training.augment import copy_paste, faces
from emojax.training.parser.task import SegmentationTask

SIZE = 64


@contextlib.contextmanager
def narrow_net() -> Iterator[None]:
    """A light net of a quarter of the width, with one block a stage: it compiles in seconds."""

    def shallow(stages: tuple[int, ...], *rest: Any, **options: Any) -> ResNet:
        return ResNet((1,) * len(stages), *rest, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(bisenet.VARIANTS, "light", {**bisenet.VARIANTS["light"], "width": 8})
        patch.setattr(bisenet, "ResNet", shallow)
        yield


def segmentation_config(**changes: Any) -> ml_collections.ConfigDict:
    config = bisenet_config.get_config("light")
    config.data.size = config.data.train_size = config.data.source_size = SIZE
    config.augmentation.occluders = 0  # a quarter of the batch to compile
    config.update(steps=6, batch_size=8)
    config.run.update(log_every=1, validate_every=3, checkpoint_every=2, sample_count=2, parallel="jit")
    config.update(changes)
    return config


def segmentation_task(**changes: Any) -> SegmentationTask:
    task = SegmentationTask(ml_collections.FrozenConfigDict(segmentation_config(**changes)))
    task.check()
    return task


def faces_dataset(count: int = 6) -> dict[str, np.ndarray]:
    """Round bright faces with dark hair above, at different places."""
    rows, columns = np.mgrid[:SIZE, :SIZE]
    masks = np.zeros((count, SIZE, SIZE), np.uint8)
    for i in range(count):
        masks[i][(rows - 36) ** 2 + (columns - 24 - 3 * i) ** 2 < 300] = 1
        masks[i][(rows - 22) ** 2 + (columns - 24 - 3 * i) ** 2 < 120] = 17
    images = np.asarray([[20, 90, 60], *[[200, 150, 120]] * 16, [60, 30, 10]], np.uint8)[masks]
    everyone = np.arange(count, dtype=np.int32)
    pixels = faces.pack(images, masks)
    return {
        "train": pixels,
        "validation": pixels[:3],
        "picks": everyone,
        **dict.fromkeys(copy_paste.ACCESSORIES, everyone),
    }


def write_faces(folder: Path, count: int = 6) -> Path:
    for kind in ("images", "masks"):
        (folder / kind).mkdir(parents=True)
    for i, pixels in enumerate(faces_dataset(count)["train"]):
        Image.fromarray(pixels[..., :3]).save(folder / "images" / f"{i}.png")
        Image.fromarray(pixels[..., 3]).save(folder / "masks" / f"{i}.png")
    return folder
