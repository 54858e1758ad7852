"""The task of the autoencoders: state, batch, step and validation, all pure."""

import dataclasses
import functools
import json
from pathlib import Path
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
import optax

from emojax.core import rng
from emojax.core.errors import UserError
from emojax.data.parts import shapes as part_shapes
from emojax.models import autoencoder
from emojax.training.augment.shapes import ShapeNoise
from emojax.training.engine.accumulation import accumulate, micro_batches, remat
from emojax.training.engine.optimization import update_net, warmup_cosine
from emojax.training.engine.state import NetState, Network, Params
from emojax.training.engine.task import Dataset, Export, Folders, Task
from emojax.training.parts import batches
from emojax.training.parts.batches import Batch
from emojax.training.parts.losses import shape_loss

Metrics = dict[str, jax.Array]

_VALIDATED_AT_ONCE = 64
"""Shapes of each kind per call of the compiled validation: more take more memory, fewer more calls."""


FORMAT: Final = "emojax.autoencoder.1"
"""What ``metadata["format"]`` of exported autoencoders says."""


@dataclasses.dataclass(frozen=True)
class ReconstructionTask(Task):
    """Training of one `autoencoder.Autoencoder` for each kind of part.

    `config` has the fields of ``configs/autoencoder.py``.
    """

    name = "reconstruction"
    product = "autoencoders"
    reads = ("data_dir", "drawn_dir")
    score = "mean_iou"

    @functools.cached_property
    def noise(self) -> ShapeNoise:
        return ShapeNoise(**self.config.noise)

    def model(self) -> autoencoder.Autoencoder:
        model = self.config.model
        widths, again = tuple(model.widths), remat(self.config)
        return autoencoder.Autoencoder(widths, model.embedding, remat=again)

    def check(self) -> None:
        """Raises `UserError` where the configuration cannot make a model."""
        config = self.config
        unknown = set(config.kinds) - set(part_shapes.PARTS_OF_TYPE)
        if unknown or not config.kinds or len(set(config.kinds)) < len(config.kinds):
            raise UserError(
                f"config.kinds is {config.kinds}: give some of {', '.join(part_shapes.PARTS_OF_TYPE)}"
            )
        if config.batch_size < 2 or config.batch_size % 2:
            raise UserError(f"config.batch_size is {config.batch_size}: give an even number, half is drawn")
        if config.steps < 1:
            raise UserError(f"config.steps is {config.steps}: it must be at least 1")
        widths = config.model.widths
        if not 1 <= len(widths) <= 5 or min(widths) < 1:
            raise UserError(f"config.model.widths is {tuple(widths)}: give one to five layers' features")
        if config.model.embedding < 1:
            raise UserError(f"config.model.embedding is {config.model.embedding}: it must be at least 1")
        unknown = set(config.noise) - {field.name for field in dataclasses.fields(ShapeNoise)}
        if unknown:
            raise UserError(f"config.noise.{min(unknown)} is not known: remove it")

    def limits(self) -> dict[str, str]:
        """None."""
        return {}

    def load_data(self, folders: Folders) -> Dataset:
        """See `batches.load_real` and `batches.load_drawn`."""
        drawn = folders.get("drawn_dir")
        if drawn is None:
            raise UserError(
                "--drawn_dir is missing: name the --out of python -m emojax.avatar.datasets.drawn_parts"
            )
        real = batches.load_real(self.config, folders.get("data_dir"))
        return real | batches.load_drawn(self.config, drawn)

    def optimizer(self) -> optax.GradientTransformation:
        """Adam, whose updates are elementwise, so that the stacked nets stay independent."""
        o = self.config.optimizer
        return optax.adam(warmup_cosine(o, self.config.steps), b1=o.b1, b2=o.b2)

    def init(self, key: jax.Array) -> NetState:
        """The state before the first step."""
        stacked = autoencoder.init_stacked(self.model(), rng.stream(key, "model"), len(self.config.kinds))
        params = stacked["params"]
        # A copy: the state is donated, and one buffer cannot be donated twice.
        average = jax.tree.map(jnp.copy, params)
        return NetState(jnp.zeros((), jnp.int32), Network(params, {}, self.optimizer().init(params)), average)

    def batch(self, dataset: Batch, step: jax.Array, key: jax.Array) -> Batch:
        """See `batches.draw`."""
        return batches.draw(self.config, self.noise, dataset, step, key)

    def step(self, state: NetState, batch: Batch, axis_name: str | None = None) -> tuple[NetState, Metrics]:
        """One update of all nets.

        Args:
          state: the state before.
          batch: of `batch`; under a mapped axis the device's share.
          axis_name: mapped axis over which gradients and metrics are averaged.

        Returns:
          The state after, and scalar metrics, means over the nets.
        """
        model, tx, config, network = self.model(), self.optimizer(), self.config, state.network

        def loss_fn(params: Params, inputs: jax.Array, targets: jax.Array) -> tuple[jax.Array, Metrics]:
            cross_entropy, dice = shape_loss(model.apply({"params": params}, inputs), targets)  # type: ignore[arg-type]
            loss = cross_entropy + config.dice * dice
            return loss, {"loss": loss, "cross_entropy": cross_entropy, "dice": dice}

        every_net = jax.vmap(jax.grad(loss_fn, has_aux=True), in_axes=(0, 1, 1))

        def gradient(part: Batch, _: Any) -> tuple[Any, None]:
            return every_net(network.params, part["inputs"], part["targets"]), None

        (grads, each), _ = accumulate(gradient, batch, micro_batches(config))
        metrics = jax.tree.map(jnp.mean, each)
        return update_net(state, tx, grads, metrics, average_decay=config.average_decay, axis_name=axis_name)

    def validate(self, state: NetState, dataset: Batch) -> tuple[dict[str, float], np.ndarray]:
        """Scores of the moving average on the held-out faces.

        Returns:
          ``mean_iou`` (by which the best step is chosen), and for every kind of which there is a held-out
          part ``iou_KIND``, the mean intersection over union of shapes and their reconstructions; and the
          first ``run.sample_count`` shapes of each kind, each followed by its reconstruction,
          ``uint8[2 T n, 64, 64, 3]``.
        """
        masks, order, counts = (
            np.asarray(dataset[f"validation{name}"]) for name in ("", "_order", "_counts")
        )
        overlaps, pictures = [], []
        for start in range(0, order.shape[1], _VALIDATED_AT_ONCE):
            # The last chunk is padded with its last shapes: another length would be compiled anew.
            chunk = np.minimum(np.arange(start, start + _VALIDATED_AT_ONCE), order.shape[1] - 1)
            overlap, truth, drawn = map(
                np.asarray, self._reconstructed(state.average, masks[order[:, chunk].T])
            )
            overlaps.append(overlap)
            pictures.append((truth, drawn))
        iou = np.concatenate(overlaps)  # [V, T]
        scores = {
            f"iou_{kind}": float(iou[:count, i].mean())
            for i, (kind, count) in enumerate(zip(self.config.kinds, counts, strict=True))
            if count
        }
        pairs = np.stack(pictures[0])[:, : self.config.run.sample_count]  # [2, n, T, 64, 64, 3]
        return {"mean_iou": float(np.mean([*scores.values()])), **scores}, _rows_of_kinds(pairs)

    def export(self, state: NetState, workdir: Path) -> Export:
        """The moving averages.

        Returns:
          ``{"params": ...}``, whose arrays all have the kinds of parts as their first axis; and format, the
          kinds in order and the configuration as JSON.
        """
        parts, config = json.dumps(list(self.config.kinds)), self.config.to_json()
        metadata = {"format": FORMAT, "parts": parts, "config": config}
        return Export({"params": jax.tree.map(np.asarray, state.average)}, metadata)

    @functools.cached_property
    def _reconstructed(self) -> Any:
        model = self.model()

        @jax.jit
        def reconstructed(params: Params, masks: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
            """``uint8[V, T, 64, 64]`` to IoU ``[V, T]``, and shapes and reconstructions in [0, 1]."""
            shapes = batches.shapes(self.config.kinds, masks)
            logits: Any = jax.vmap(lambda p, x: model.apply({"params": p}, x), (0, 1), 1)(params, shapes)
            drawn, axes = logits > 0, (2, 3, 4)
            both, either = jnp.sum(drawn * shapes, axes), jnp.sum(jnp.maximum(drawn, shapes), axes)
            return both / jnp.maximum(either, 1), shapes, jax.nn.sigmoid(logits)

        return reconstructed


def _rows_of_kinds(pairs: np.ndarray) -> np.ndarray:
    """``[2, n, T, S, S, 3]`` in [0, 1] to ``uint8[2 T n, S, S, 3]``: a kind's pairs after each other."""
    rows = pairs.transpose(2, 1, 0, 3, 4, 5).reshape(-1, *pairs.shape[3:])
    return np.round(rows * 255).astype(np.uint8)
