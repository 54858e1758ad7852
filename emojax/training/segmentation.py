"""The face parsing task: state, batch, step and validation, all pure."""

import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import ml_collections
import numpy as np
import optax

from emojax.data import pipeline
from emojax.data.face_parsing_source import CLASSES
from emojax.errors import UserError
from emojax.evaluation import segmentation as evaluation
from emojax.models import bisenet
from emojax.training import augment, losses, rng
from emojax.training.augment import Augmentation
from emojax.training.state import Network, Params, SegmentationState

Batch = dict[str, Any]
Metrics = dict[str, jax.Array]

_DTYPES = ("float32", "bfloat16")

_STRIDES = (2, 8, 16)
"""At which the heads are compared with the labels: the main head, enlarged, at half the pixels
in either direction, which costs a quarter, and the auxiliary heads as they are."""


@dataclasses.dataclass(frozen=True)
class SegmentationTask:
    """Training of a `bisenet.BiSeNet` as a bundle of pure functions.

    `config` has the fields of ``configs/bisenet.py``.
    """

    config: ml_collections.FrozenConfigDict

    free_fields = frozenset[str]()
    """No field may change between resumes: the learning rate's schedule depends on the length."""

    @functools.cached_property
    def augmentation(self) -> Augmentation:
        return Augmentation(**self.config.augmentation)

    def model(self, *, axis_name: str | None = None) -> bisenet.BiSeNet:
        return bisenet.create(self.config.variant, dtype=jnp.dtype(self.config.dtype), axis_name=axis_name)

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
        unknown = set(config.augmentation) - {field.name for field in dataclasses.fields(Augmentation)}
        if unknown:
            raise UserError(f"config.augmentation.{min(unknown)} is not known: remove it")

    def load_data(self, source: Path | None = None) -> dict[str, np.ndarray]:
        """The faces of a folder, see `face_parsing.load`.

        Returns:
          ``train`` ``uint8[N, S, S, 4]`` and ``validation`` ``uint8[V, size, size, 4]``, colours
          and labels; ``picks`` ``int32[M]``, an epoch's indices into ``train``, in which faces
          with rare labels come several times; and the indices of faces with ``eyeglasses``
          and with a ``hat``.
        """
        # Imported here because using a checkpoint needs the task but no data.
        from emojax.data import face_parsing

        if source is None:
            raise UserError("--data_dir is missing: name a folder with CelebAMask-HQ, or images/ and masks/")
        data = self.config.data
        faces = face_parsing.load(source, size=data.source_size)
        held_out = evaluation.held_out(faces.names, data.validation)
        if held_out.all() or not held_out.any():
            raise UserError(
                f"config.data.validation is {data.validation!r}, which matches the names of "
                f"{'all' if held_out.any() else 'none'} of the {len(held_out)} photos in {source}"
            )
        checked = faces if data.size == data.source_size else face_parsing.load(source, size=data.size)
        masks = faces.masks[~held_out]

        def having(label: int) -> np.ndarray:
            return np.flatnonzero((masks == label).any(axis=(1, 2))).astype(np.int32)

        everyone = np.arange(len(masks), dtype=np.int32)
        glasses, hat = having(augment.EYEGLASSES), having(augment.HAT)
        return {
            "train": augment.pack(faces.images[~held_out], masks),
            "validation": augment.pack(checked.images[held_out], checked.masks[held_out]),
            "picks": np.concatenate([everyone, *[glasses, hat] * (data.repeat_rare - 1)]),
            # A data set without any lends nobody's: each face then gets what it has itself.
            "eyeglasses": glasses if glasses.size else everyone,
            "hat": hat if hat.size else everyone,
        }

    def total_steps(self, dataset: dict[str, np.ndarray]) -> int:
        """``config.steps``, whatever the data: the learning rate's schedule is made for it."""
        return self.config.steps

    def optimizer(self) -> optax.GradientTransformation:
        """AdamW whose rate rises and then falls along a cosine; kernels alone decay."""
        o, steps = self.config.optimizer, self.config.steps
        rate = optax.warmup_cosine_decay_schedule(
            init_value=o.learning_rate / 25,
            peak_value=o.learning_rate,
            warmup_steps=round(o.warmup * steps),
            decay_steps=steps,
            end_value=o.learning_rate / 1000,
        )
        adam = optax.adamw(rate, b1=o.b1, b2=o.b2, weight_decay=o.weight_decay, mask=_is_kernel)
        return optax.chain(optax.clip_by_global_norm(o.clip), adam)

    def init(self, key: jax.Array) -> SegmentationState:
        """The state before the first step."""
        variables = self.model().init(rng.stream(key, "model"), jnp.zeros((2, 64, 64, 3)), train=True)
        opt_state = self.optimizer().init(variables["params"])
        network = Network(variables["params"], variables["batch_stats"], opt_state)
        average = {"params": network.params, "batch_stats": network.batch_stats}
        # A copy: the state is donated, and one buffer cannot be donated twice.
        return SegmentationState(jnp.zeros((), jnp.int32), network, jax.tree.map(jnp.copy, average))

    def batch(self, dataset: Batch, step: jax.Array, key: jax.Array) -> Batch:
        """The global batch of `step`: images in [-1, 1], and labels at every head's stride."""
        config, share = self.config, self.augmentation.accessories
        B, size = config.batch_size, config.data.train_size
        picks = pipeline.epoch_indices(
            rng.stream(key, "shuffle"), step, dataset_size=len(dataset["picks"]), batch_size=B
        )
        pixels = dataset["train"][dataset["picks"][picks]]
        key = rng.at(key, "augment", step)
        count = round(share * B)
        for index, name in enumerate(("hat", "eyeglasses") if count else ()):
            donors = jax.random.choice(rng.stream(key, name), dataset[name], (count,))
            label = {"hat": augment.HAT, "eyeglasses": augment.EYEGLASSES}[name]
            mine = slice(index * count, (index + 1) * count)
            pasted = augment.paste_accessory(pixels[mine], dataset["train"][donors], label)
            pixels = pixels.at[mine].set(pasted)
        # The shares of the batch that are pasted on and compressed must not coincide.
        pixels = jnp.roll(pixels, -count, axis=0)
        images, masks = augment.augment(rng.stream(key, "faces"), pixels, size, self.augmentation)
        phases = jax.random.randint(rng.stream(key, "phases"), (3, 2), 0, jnp.asarray([[2], [8], [16]]))
        labels = [_one_of_each_cell(masks, s, p) for s, p in zip(_STRIDES, phases, strict=True)]
        return {"images": images, "labels": labels}

    def step(
        self, state: SegmentationState, batch: Batch, axis_name: str | None = None
    ) -> tuple[SegmentationState, Metrics]:
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
            side = config.data.train_size // _STRIDES[0]
            main = bisenet.resize_bilinear(heads.logits, side, side, align_corners=model.align_corners)
            main_loss, *auxiliary = (
                losses.segmentation_loss(logits, labels, class_weights, config.loss.dice, axis_name)
                for logits, labels in zip((main, heads.aux16, heads.aux32), batch["labels"], strict=True)
            )
            loss = main_loss + config.loss.auxiliary * sum(auxiliary)
            right = jnp.argmax(main, -1) == batch["labels"][0]
            metrics = {"loss": loss, "main_loss": main_loss, "accuracy": jnp.mean(right)}
            return loss, (updates["batch_stats"], metrics)

        grads, (batch_stats, metrics) = jax.grad(loss_fn, has_aux=True)(network.params)
        if axis_name is not None:
            grads, metrics = jax.lax.pmean((grads, metrics), axis_name)
        updates, opt_state = tx.update(grads, network.opt_state, network.params)
        params = optax.apply_updates(network.params, updates)
        # The average is young at first: a fixed rate would hold on to the initialisation.
        decay = jnp.minimum(config.average_decay, (1.0 + state.step) / (10.0 + state.step))
        new = {"params": params, "batch_stats": batch_stats}
        average = optax.incremental_update(new, state.average, 1.0 - decay)
        metrics |= {"grad_norm": optax.global_norm(grads)}
        network = Network(params, batch_stats, opt_state)
        return SegmentationState(state.step + 1, network, average), metrics

    def validate(self, state: SegmentationState, dataset: Batch) -> tuple[dict[str, float], np.ndarray]:
        """The moving average on faces it has not learned from.

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
        shown = slice(self.config.run.sample_count)
        truth, labels = evaluation.colorize(masks[shown]), evaluation.colorize(predict(photos[shown]))
        pictures = np.stack([photos[shown], truth, labels], axis=1)
        return metrics, pictures.reshape(-1, *pictures.shape[2:])

    @functools.cached_property
    def _labels(self) -> Callable[[Any, np.ndarray], np.ndarray]:
        return evaluation.labeller(self.model(), size=self.config.data.size)


def _is_kernel(params: Params) -> Params:
    return jax.tree.map(lambda x: x.ndim > 1, params)


def _one_of_each_cell(masks: jax.Array, stride: int, phase: jax.Array) -> jax.Array:
    """From each stride × stride cell of ``[B, H, W]`` the pixel in row and column `phase`.

    What a coarse pixel should be is what the pixels under it are; drawing one at a time
    teaches their shares, and puts edges where they are on average.
    """
    B, H, W = masks.shape
    cells = masks.reshape(B, H // stride, stride, W // stride, stride)
    rows = jax.lax.dynamic_index_in_dim(cells, phase[0], axis=2, keepdims=False)
    return jax.lax.dynamic_index_in_dim(rows, phase[1], axis=3, keepdims=False)
