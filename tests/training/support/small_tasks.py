"""Of every task the smallest net and a batch, which need no data set; and its first step."""

import functools
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import jax
import jax.numpy as jnp
import ml_collections
import numpy as np
from support import small_parts
from training.support.face_sets import SIZE, segmentation_config
from training.support.part_sets import KINDS, reconstruction_config
from training.support.small_gan import EVERYTHING, small_config, small_images

from configs import attributes, features, naming, text
from emojax.core import rng
from emojax.data.faces.attributes import WORDS
from emojax.models.text import tokens
from emojax.training.attributes.task import AttributeTask
from emojax.training.devices import parallel
from emojax.training.emoji_parts.task import EmojiPartsTask
from emojax.training.engine.task import Task
from emojax.training.features.task import ExemplarTask
from emojax.training.gan.task import GanTask
from emojax.training.naming.task import NamingTask
from emojax.training.parser.batches import STRIDES
from emojax.training.parser.task import SegmentationTask
from emojax.training.parts.task import ReconstructionTask
from emojax.training.text.task import TextTask

BATCH: Final = 16
Case = tuple[type[Task], ml_collections.ConfigDict, Any]
"""A task's class, its configuration and a batch."""


def _normal(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(BATCH, *shape))


def _whole(below: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, below, (BATCH, *shape))


def _gan(**changes: Any) -> Case:
    config = small_config(dtype="float64", **(changes or EVERYTHING))
    config.model.num_classes = 20 if config.model.num_classes else 0
    task = GanTask(ml_collections.FrozenConfigDict(config))
    return GanTask, config, task.batch(small_images(), jnp.asarray(0), rng.root(0))


def _emoji_parts() -> Case:
    groups = (2, 3, 3, 2, 1)
    config = small_parts.config(batch_size=BATCH, dtype="float64", **{"model.groups": groups})
    config.model.num_classes = sum(groups)
    classes = np.eye(sum(groups))[_whole(sum(groups))]
    return EmojiPartsTask, config, {"images": _normal(16, 16, 3), "latents": _normal(17), "classes": classes}


def _segmentation() -> Case:
    config = segmentation_config(batch_size=BATCH)
    labels = [_whole(19, SIZE // s, SIZE // s) for s in STRIDES]
    return SegmentationTask, config, {"images": _normal(SIZE, SIZE, 3), "labels": labels}


def _reconstruction() -> Case:
    numbers = _normal(len(KINDS), 64, 64, 3)
    batch = {"inputs": np.float64(numbers > 0.5), "targets": np.float64(numbers > 0)}
    return ReconstructionTask, reconstruction_config(batch_size=BATCH), batch


def _attributes() -> Case:
    config = attributes.get_config()
    config.batch_size, config.model.features = BATCH, 10
    words = np.stack([_whole(len(listed)) for listed in WORDS.values()], 1)
    return AttributeTask, config, {"rows": _normal(10), "words": words}


def _text() -> Case:
    config = text.get_config()
    config.batch_size, config.model.counts, config.model.dropout = BATCH, (3, 4), 0.5
    config.model.features, config.model.layers, config.model.heads = 16, 2, 2
    batch = {
        "ngrams": _whole(50, tokens.MAX_WORDS, tokens.MAX_NGRAMS),
        "targets": np.concatenate([np.eye(3)[_whole(3)], np.eye(4)[[1] * BATCH]], 1),
        "weights": np.abs(_normal(2)),
        "keys": jax.random.key_data(jax.random.split(jax.random.key(0), BATCH)),
    }
    return TextTask, config, batch


def _naming() -> Case:
    config = naming.get_config()
    config.batch_size, config.model.num_classes, config.model.features = BATCH, 7, 8
    meant = np.stack([_whole(7), np.where(_whole(2), -1, 3)], 1)
    shares = np.abs(_normal(tokens.BAG))
    return NamingTask, config, {"ngrams": _whole(50, tokens.BAG), "shares": shares, "meant": meant}


def _features() -> Case:
    config = features.get_config()
    config.batch_size, config.run_length = BATCH, 4
    config.data.size = 16
    config.model.widths, config.model.embedding = (8, 16), 6
    labels = _whole(12)  # some occur twice
    return ExemplarTask, config, {"labels": labels, "images": _normal(2, 16, 16, 3)}


CASES: Final[dict[str, Callable[[], Case]]] = {
    "gan": _gan,
    "published gan": lambda: _gan(loss={"smoothing": 0.1}),
    "emoji_parts": _emoji_parts,
    "segmentation": _segmentation,
    "reconstruction": _reconstruction,
    "attributes": _attributes,
    "text": _text,
    "naming": _naming,
    "exemplar": _features,
}


class Taken(NamedTuple):
    """A step that was taken: state after and metrics, and the bytes of its intermediate results."""

    state: Any
    metrics: Any
    memory: int


def _wide(tree: Any) -> Any:
    return jax.tree.map(lambda x: jnp.asarray(x, "float64" if jnp.issubdtype(x.dtype, "f") else None), tree)


@functools.cache
def step(name: str, accumulate: int = 1, mode: str = "jit", count: int = 1, *, remat: bool = False) -> Taken:
    """A task's first step in float64, on `count` devices."""
    kind, config, batch = CASES[name]()
    config.run.update(accumulate=accumulate, remat=remat)
    task = kind(ml_collections.FrozenConfigDict(config))
    with jax.enable_x64(True):
        plan = parallel.make_plan(mode, BATCH, jax.devices()[:count], micro_batches=accumulate)
        steps = parallel.compile_steps(plan, lambda batch, step: batch, task.step, 1)
        state = parallel.place(plan, _wide(jax.jit(task.init)(rng.root(0))))
        if mode == "pmap":
            return Taken(*jax.device_get(steps(state, parallel.place(plan, _wide(batch)))), 0)
        batch = parallel.place(plan, _wide(batch))
        compiled = steps.lower(state, batch).compile()
        memory = compiled.memory_analysis().temp_size_in_bytes
        return Taken(*jax.device_get(compiled(state, batch)), memory)


def agree(found: Any, expected: Any, tolerance: float = 1e-9) -> None:
    """Asserts that arrays differ by at most `tolerance` of the largest number in each."""
    paths = jax.tree_util.tree_leaves_with_path(expected)
    for (path, right), got in zip(paths, jax.tree.leaves(found), strict=True):
        scale = max(float(np.abs(right).max(initial=0.0)), 1e-3)
        np.testing.assert_allclose(got / scale, right / scale, rtol=0, atol=tolerance, err_msg=str(path))
