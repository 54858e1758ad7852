"""The task of the generator of faces from parts: state, batch, step, samples and scores, all pure."""

import dataclasses
import functools
from pathlib import Path
from typing import Any, Final

import jax
import jax.numpy as jnp
import ml_collections
import numpy as np

from emojax import weights
from emojax.core import rng
from emojax.data.openmoji.parts import composing
from emojax.data.openmoji.parts.composing import Distribution
from emojax.data.openmoji.parts.part_set import PartSet
from emojax.media.svg import parse_rgb
from emojax.models.emoji_parts import placing
from emojax.models.emoji_parts.generator import FORMAT
from emojax.training.emoji_parts import config as part_config
from emojax.training.emoji_parts import step as part_step
from emojax.training.emoji_parts.step import Batch, Metrics
from emojax.training.engine import run_files
from emojax.training.engine.state import Network
from emojax.training.engine.task import Dataset, Export, Folders, Task
from emojax.training.gan.state import GanState

FILE: Final = "parts.json"
"""What the parts are: a file of the work directory."""

_MAX_BYTES: Final = 2**24
_AT_ONCE: Final = 64


@dataclasses.dataclass(frozen=True)
class EmojiPartsTask(Task):
    """Training on faces that are composed of OpenMoji's parts, which never repeat.

    `config` has the fields of ``configs/parts.py``.
    """

    name = "emoji_parts"
    product = "generator"
    reads = ("openmoji_dir", "init_weights")
    score = "psnr"

    def check(self) -> None:
        """Raises `UserError` where the configuration cannot make a model."""
        part_config.check(self.config)

    def limits(self) -> dict[str, str]:
        """None."""
        return {}

    def load_data(self, folders: Folders) -> Dataset:
        """The tables and layers of `composing.tables`, and how many parts there are of each kind:
        ``groups``."""
        # Imported here because drawing from a checkpoint needs the task but no data.
        from emojax.data.openmoji.parts import collecting, layers

        parts = collecting.load(folders.get("openmoji_dir"))
        tables = composing.tables(parts, layers.load(parts, self.config.data.size))
        return tables | {"groups": np.asarray(parts.counts, np.int32)}

    def for_data(self, dataset: Dataset) -> "EmojiPartsTask":
        """This task with as many parts as there are."""
        config = ml_collections.ConfigDict(self.config)
        config.model.groups = tuple(int(count) for count in dataset["groups"])
        config.model.num_classes = sum(config.model.groups)
        return EmojiPartsTask(ml_collections.FrozenConfigDict(config))

    def run_files(self, folders: Folders) -> dict[str, str]:
        """``parts.json``, the parts that the classes are."""
        from emojax.data.openmoji.parts import collecting

        return {FILE: collecting.load(folders.get("openmoji_dir")).to_json() + "\n"}

    def init(self, key: jax.Array) -> GanState:
        """The state before the first step."""
        model, size = self.config.model, self.config.data.size
        classes, images = jnp.zeros((1, model.num_classes)), jnp.zeros((1, size, size, 3))
        latents = jnp.zeros((1, placing.AMOUNTS))
        g = part_config.generator(self.config).init(rng.stream(key, "generator"), latents, classes)["params"]
        d_model = part_config.discriminator(self.config)
        d = d_model.init(rng.stream(key, "discriminator"), images, classes, train=False)["params"]
        g_tx, d_tx = part_step.optimizers(self.config)
        return GanState(
            step=jnp.zeros((), jnp.int32),
            generator=Network(g, {}, g_tx.init(g)),
            discriminator=Network(d, {}, d_tx.init(d)),
            # A copy: the state is donated, and one buffer cannot be donated twice.
            average=jax.tree.map(jnp.copy, g),
        )

    def warm_start(self, state: GanState, folders: Folders) -> GanState:
        """The state before the first step with the generator of ``--init_weights``.

        Raises:
          UserError: the file is damaged, or of another net.
        """
        path = folders.get("init_weights")
        if path is None:
            return state
        shapes = jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype), {"params": state.average})
        variables, _ = weights.load(path, expect={"average": shapes})
        fresh = jax.tree.map(
            lambda new, old: jax.device_put(new, old.sharding), variables["average"]["params"], state.average
        )
        network = Network(fresh, {}, state.generator.opt_state)
        return GanState(state.step, network, state.discriminator, jax.tree.map(jnp.copy, fresh))

    def batch(self, dataset: Batch, step: jax.Array, key: jax.Array) -> Batch:
        """The global batch of `step`: faces, and the parts and movements that they are made of."""
        how = Distribution(self.config.data.own, self.config.data.mirrored)
        return self._faces(dataset, rng.at(key, "faces", step), self.config.batch_size, how)

    def step(self, state: GanState, batch: Batch, axis_name: str | None = None) -> tuple[GanState, Metrics]:
        """See `part_step.step`."""
        return part_step.step(self.config, state, batch, axis_name)

    def validate(self, state: GanState, dataset: Batch) -> tuple[dict[str, float], np.ndarray]:
        """The moving average on pairs of eyes and mouth that are never trained on.

        Returns:
          ``psnr``, by which the best step is chosen, in dB, of ``run.validate_count`` faces together, and of
          the tenth of them that is worst, ``psnr_worst``; and the first ``run.sample_count`` of them, in
          rows of six, each above what it should be.
        """
        key, count = rng.root(self.config.seed), self.config.run.validate_count
        found = []
        for i in range(-(-count // _AT_ONCE)):
            found.append(jax.device_get(self._validated(state.average, dataset, rng.at(key, "validate", i))))
        errors, fakes, reals = (np.concatenate(column)[:count] for column in zip(*found, strict=True))
        worst = np.sort(errors)[-max(count // 10, 1) :]
        scores = {"psnr": _psnr(errors), "psnr_worst": _psnr(worst)}
        from emojax.media import image

        rows = []
        for i in range(0, min(self.config.run.sample_count, count), 6):
            rows += [fakes[i : i + 6], reals[i : i + 6]]
        return scores, image.to_uint8(np.concatenate(rows))

    def export(self, state: GanState, workdir: Path) -> Export:
        """The generator as the last step left it, and its moving average.

        Returns:
          ``{"last": {"params": ...}, "average": {"params": ...}}``; and format, configuration and parts as
          JSON.

        Raises:
          UserError: the work directory lacks the parts.
        """
        path = workdir / FILE
        parts = PartSet.from_json(run_files.read_text(path, most=_MAX_BYTES), source=path)
        found = {"last": {"params": state.generator.params}, "average": {"params": state.average}}
        metadata = {"format": FORMAT, "config": self.config.to_json(), "parts": parts.to_json()}
        return Export(jax.tree.map(np.asarray, found), metadata)

    def _faces(self, dataset: Batch, key: jax.Array, count: int, how: Distribution) -> Batch:
        chosen, amounts = composing.draw_many(dataset, key, count, how)
        ground = parse_rgb(self.config.data.background)
        return {
            "images": composing.on(ground, composing.compose(dataset, chosen, amounts)),
            "latents": amounts,
            "classes": composing.classes(chosen, self.config.model.num_classes),
        }

    @functools.cached_property
    def _validated(self) -> Any:
        model = part_config.generator(self.config)
        how = Distribution(own=0.0, mirrored=self.config.data.mirrored, pairs="held out")

        @jax.jit
        def validated(params: Any, dataset: Batch, key: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
            faces = self._faces(dataset, key, _AT_ONCE, how)
            fakes: Any = model.apply({"params": params}, faces["latents"], faces["classes"])
            return jnp.mean(jnp.square(fakes - faces["images"]), (1, 2, 3)), fakes, faces["images"]

        return validated


def _psnr(errors: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB of mean squared errors of images in [-1, 1]."""
    return float(10 * np.log10(4.0 / max(float(errors.mean()), 1e-12)))
