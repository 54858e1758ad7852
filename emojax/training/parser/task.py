"""The face parsing task: state, batch, step and validation, all pure."""

import dataclasses
import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
import optax

from emojax import weights
from emojax.core import rng
from emojax.core.errors import UserError
from emojax.data.faces.labels import CLASSES, colorize
from emojax.evaluation.measures import segmentation as evaluation
from emojax.models import bisenet
from emojax.models.interpolation import resize_bilinear
from emojax.models.resnet import IMAGENET_MEAN, IMAGENET_STD, abstract_variables
from emojax.training.augment import jewellery
from emojax.training.augment.copy_paste import ACCESSORIES
from emojax.training.augment.faces import Augmentation
from emojax.training.engine.accumulation import remat
from emojax.training.engine.optimization import update_net, warmup_cosine
from emojax.training.engine.state import NetState, Network, Params
from emojax.training.engine.task import Dataset, Export, Folders, Task
from emojax.training.parser import batches
from emojax.training.parser.batches import Batch
from emojax.training.parser.losses import segmentation_loss

Metrics = dict[str, jax.Array]

_DTYPES = ("float32", "bfloat16")


FORMAT: Final = "emojax.segmentation.1"
"""What ``metadata["format"]`` of an exported face parser says."""


@dataclasses.dataclass(frozen=True)
class SegmentationTask(Task):
    """Training of a `bisenet.BiSeNet`. `config` has the fields of ``configs/bisenet.py``."""

    name = "segmentation"
    product = "face parser"
    reads = ("data_dir", "pseudo_dir", "init_weights")
    score = "mean_f1"
    averageable = True

    @functools.cached_property
    def augmentation(self) -> Augmentation:
        return Augmentation(**self.config.augmentation)

    def model(self, *, axis_name: str | None = None) -> bisenet.BiSeNet:
        loss = self.config.loss
        return bisenet.create(
            self.config.variant,
            dtype=jnp.dtype(self.config.dtype),
            axis_name=axis_name,
            remat=remat(self.config),
            class_bias=bisenet.class_bias(loss.class_weights, loss.taken_back),
        )

    def check(self) -> None:
        """Raises `UserError` where the configuration cannot make a model."""
        config = self.config
        if config.variant not in bisenet.VARIANTS:
            raise UserError(f"config.variant is {config.variant!r}: choose {' or '.join(bisenet.VARIANTS)}")
        if config.dtype not in _DTYPES:
            raise UserError(f"config.dtype is {config.dtype!r}: choose {' or '.join(_DTYPES)}")
        for name, multiple in (("size", 32), ("train_size", 32), ("source_size", 8)):
            if config.data[name] < multiple or config.data[name] % multiple:
                raise UserError(f"config.data.{name} is {config.data[name]}: give a multiple of {multiple}")
        for name in ("batch_size", "steps"):
            if config[name] < 1:
                raise UserError(f"config.{name} is {config[name]}: it must be at least 1")
        if not 0 <= config.data.pseudo_share < 1:
            raise UserError(f"config.data.pseudo_share is {config.data.pseudo_share}: give a share below 1")
        for name in ("accessories", "jewellery"):
            if config.augmentation[name] < 0:
                raise UserError(
                    f"config.augmentation.{name} is {config.augmentation[name]}: give a share, or 0 for none"
                )
        added = {
            name: round(config.augmentation[name] * config.batch_size)
            for name in ("accessories", "jewellery")
        }
        recipients = len(ACCESSORIES) * added["accessories"] + len(jewellery.KINDS) * added["jewellery"]
        labelled = config.batch_size - round(config.data.pseudo_share * config.batch_size)
        if recipients > labelled:
            raise UserError(
                f"config.augmentation.accessories and jewellery are {config.augmentation.accessories} and "
                f"{config.augmentation.jewellery}: {recipients} faces of a batch would get an accessory, and "
                f"{labelled} have true labels; give smaller shares"
            )
        unknown = set(config.augmentation) - {field.name for field in dataclasses.fields(Augmentation)}
        if unknown:
            raise UserError(f"config.augmentation.{min(unknown)} is not known: remove it")

    def limits(self) -> dict[str, str]:
        """Batch norms, and a loss that is no mean over photos."""
        return {
            "accumulate": "the face parser's batch norms need the whole batch at once; use 1, and "
            "config.run.remat=True for less memory"
        }

    def load_data(self, folders: Folders) -> Dataset:
        """See `batches.load`; with ``data.pseudo_share`` also `batches.load_pseudo_labels`."""
        dataset = batches.load(self.config.data, folders.get("data_dir"))
        pseudo = folders.get("pseudo_dir")
        if pseudo is not None:
            return dataset | batches.load_pseudo_labels(self.config.data, pseudo)
        if self.config.data.pseudo_share:
            raise UserError(
                "--pseudo_dir is missing: config.data.pseudo_share asks for pseudo-labelled faces"
            )
        return dataset

    def optimizer(self) -> optax.GradientTransformation:
        """AdamW whose rate rises and then falls along a cosine; kernels alone decay."""
        o = self.config.optimizer
        rate = warmup_cosine(o, self.config.steps)
        adam = optax.adamw(rate, b1=o.b1, b2=o.b2, weight_decay=o.weight_decay, mask=_is_kernel)
        return optax.chain(optax.clip_by_global_norm(o.clip), adam)

    def init(self, key: jax.Array) -> NetState:
        """The state before the first step."""
        variables = self.model().init(rng.stream(key, "model"), jnp.zeros((2, 64, 64, 3)), train=True)
        opt_state = self.optimizer().init(variables["params"])
        network = Network(variables["params"], variables["batch_stats"], opt_state)
        average = {"params": network.params, "batch_stats": network.batch_stats}
        # A copy: the state is donated, and one buffer cannot be donated twice.
        return NetState(jnp.zeros((), jnp.int32), network, jax.tree.map(jnp.copy, average))

    def warm_start(self, state: NetState, folders: Folders) -> NetState:
        """The state before the first step with the weights of ``--init_weights``, an exported or ported net.

        Raises:
          UserError: the file is damaged, or of another net or variant.
        """
        path = folders.get("init_weights")
        if path is None:
            return state
        variables, _ = weights.load(path, expect=abstract_variables(self.model()))
        # Beside what it replaces, on every device that the state is on.
        fresh = jax.tree.map(lambda new, old: jax.device_put(new, old.sharding), variables, state.average)
        network = Network(fresh["params"], fresh["batch_stats"], state.network.opt_state)
        return NetState(state.step, network, jax.tree.map(jnp.copy, fresh))

    def batch(self, dataset: Batch, step: jax.Array, key: jax.Array) -> Batch:
        """See `batches.draw`."""
        return batches.draw(self.config, self.augmentation, dataset, step, key)

    def step(self, state: NetState, batch: Batch, axis_name: str | None = None) -> tuple[NetState, Metrics]:
        """One update.

        Args:
          state: the state before.
          batch: of `batch`; under a mapped axis the device's share.
          axis_name: mapped axis over which gradients, metrics and batch statistics are
            averaged.

        Returns:
          The state after, and scalar metrics.
        """
        model, tx, config = self.model(axis_name=axis_name), self.optimizer(), self.config
        network = state.network
        class_weights = jnp.asarray(config.loss.class_weights)

        def loss_fn(params: Params) -> tuple[jax.Array, tuple[Params, Metrics]]:
            variables = {"params": params, "batch_stats": network.batch_stats}
            heads, updates = model.apply(
                variables, batch["images"], train=True, upsample=False, mutable=["batch_stats"]
            )
            side = config.data.train_size // batches.STRIDES[0]
            main = resize_bilinear(heads.logits, side, side, align_corners=model.align_corners)
            main_loss, *auxiliary = (
                segmentation_loss(logits, labels, class_weights, config.loss.dice, axis_name)
                for logits, labels in zip((main, heads.aux16, heads.aux32), batch["labels"], strict=True)
            )
            loss = main_loss + config.loss.auxiliary * sum(auxiliary)
            right = jnp.argmax(main, -1) == batch["labels"][0]
            metrics = {"loss": loss, "main_loss": main_loss, "accuracy": jnp.mean(right)}
            return loss, (updates["batch_stats"], metrics)

        grads, (batch_stats, metrics) = jax.grad(loss_fn, has_aux=True)(network.params)
        return update_net(
            state,
            tx,
            grads,
            metrics,
            average_decay=config.average_decay,
            axis_name=axis_name,
            batch_stats=batch_stats,
        )

    def validate(self, state: NetState, dataset: Batch) -> tuple[dict[str, float], np.ndarray]:
        """Scores of the moving average on the held-out faces.

        Returns:
          ``mean_f1`` (by which the best step is chosen), ``avatar_f1``, ``mean_iou`` and the F1
          of every class; and of each of the first ``run.sample_count`` faces the photo, the
          truth and the prediction, ``uint8[3 n, size, size, 3]``.
        """
        pixels = np.asarray(dataset["validation"])
        photos, masks = pixels[..., :3], pixels[..., 3]
        predict = functools.partial(self._labels, state.average)
        found = evaluation.evaluate(predict, photos, masks)
        metrics = {"mean_f1": found.mean_f1, "avatar_f1": found.avatar_f1, "mean_iou": found.mean_iou}
        for name, f1 in zip(CLASSES[1:], found.f1[1:], strict=True):
            if np.isfinite(f1):
                metrics[f"f1_{name.replace(' ', '_')}"] = float(f1)
        first = slice(self.config.run.sample_count)
        truth, labels = colorize(masks[first]), colorize(predict(photos[first]))
        pictures = np.stack([photos[first], truth, labels], axis=1)
        return metrics, pictures.reshape(-1, *pictures.shape[2:])

    def export(self, state: NetState, workdir: Path) -> Export:
        """The moving average.

        Returns:
          ``{"params": ..., "batch_stats": ...}``; and format, variant (a name in `bisenet.VARIANTS`),
          configuration and pixel normalisation as JSON.
        """
        metadata = {
            "format": FORMAT,
            "variant": self.config.variant,
            "config": self.config.to_json(),
            "normalisation": json.dumps({"mean": IMAGENET_MEAN, "std": IMAGENET_STD}),
        }
        return Export(jax.tree.map(np.asarray, state.average), metadata)

    @functools.cached_property
    def _labels(self) -> Callable[[Any, np.ndarray], np.ndarray]:
        return evaluation.labeller(self.model(), size=self.config.data.size)


def _is_kernel(params: Params) -> Params:
    return jax.tree.map(lambda x: x.ndim > 1, params)
