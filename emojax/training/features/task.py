"""The task of the feature net, in whose features generated drawings are judged: all pure functions.

Every drawing is a class of its own, of which the net is given views (Dosovitskiy et al., 2014,
"Discriminative Unsupervised Feature Learning with Convolutional Neural Networks"). A classifier would learn a
weight vector for each of thousands of classes from few views. Instead the net finds a view's other view among
those of the batch's other drawings (Sohn, 2016, "Improved Deep Metric Learning with Multi-class N-pair Loss
Objective").
"""

import dataclasses
import functools
from pathlib import Path
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
import optax

from emojax.core import rng
from emojax.core.errors import UserError
from emojax.data import pipeline
from emojax.models.features import EmojiFeatures
from emojax.training.augment.views import Views, view
from emojax.training.engine.accumulation import micro_batches, remat, vjp
from emojax.training.engine.optimization import update_net, warmup_cosine
from emojax.training.engine.state import NetState, Network, Params
from emojax.training.engine.task import Dataset, Export, Folders, Task

Batch = dict[str, Any]
Metrics = dict[str, jax.Array]

_VALIDATED_VIEWS = 4
"""Views of each smiley: 432 in all, so that one is 0.2 % of the accuracy. More take longer."""


FORMAT: Final = "emojax.features.1"
"""What ``metadata["format"]`` of an exported net says."""


@dataclasses.dataclass(frozen=True)
class ExemplarTask(Task):
    """Training of an `EmojiFeatures`. `config` has the fields of ``configs/features.py``."""

    name = "exemplar"
    product = "features"
    reads = ("openmoji_dir",)
    score = "accuracy"

    @functools.cached_property
    def views(self) -> Views:
        return Views(**self.config.views)

    def model(self) -> EmojiFeatures:
        model = self.config.model
        size, again = self.config.data.size, remat(self.config)
        return EmojiFeatures(tuple(model.widths), model.embedding, size, again)

    def check(self) -> None:
        """Raises `UserError` where the configuration cannot make a model."""
        config, model = self.config, self.config.model
        for name, value in (
            ("batch_size", config.batch_size),
            ("steps", config.steps),
            ("data.smileys", config.data.smileys),
            ("run_length", config.run_length),
            ("model.embedding", model.embedding),
        ):
            if value < 1:
                raise UserError(f"config.{name} is {value}: it must be at least 1")
        if config.batch_size % config.run_length:
            raise UserError(
                f"config.batch_size is {config.batch_size}: give a multiple of config.run_length, which is "
                f"{config.run_length}"
            )
        if not model.widths or any(width < 8 or width % 8 for width in model.widths):
            raise UserError(f"config.model.widths is {tuple(model.widths)}: give multiples of eight")
        coarsest = 4 * 2 ** (len(model.widths) - 1)
        if config.data.size < coarsest or config.data.size % coarsest:
            raise UserError(f"config.data.size is {config.data.size}: it must be a multiple of {coarsest}")
        fields = {field.name for field in dataclasses.fields(Views)}
        if fields ^ set(config.views):
            raise UserError(f"config.views.{min(fields ^ set(config.views))} is missing or not known")

    def limits(self) -> dict[str, str]:
        """None."""
        return {}

    def load_data(self, folders: Folders) -> Dataset:
        """OpenMoji's drawings and random avatars.

        Returns:
          ``drawings`` ``uint8[K, S, S, 3]``, no two the same; ``order`` ``int32[M]``, an epoch's indices
          into them: all in OpenMoji's order, where related ones are neighbours, and then the smileys,
          ``data.smileys`` - 1 times more; ``smileys`` ``uint8[108, S, S, 3]``, for `validate`.

        Raises:
          UserError: as `openmoji_set.load`.
        """
        # Imported here because using a checkpoint needs the task but no data.
        from emojax.avatar.datasets import drawn_avatars
        from emojax.data.openmoji import emoji as openmoji_set

        data, source = self.config.data, folders.get("openmoji_dir")
        emoji = openmoji_set.load("all", size=data.size, openmoji_dir=source).images
        smileys = openmoji_set.load("smileys", size=data.size, openmoji_dir=source).images
        avatars = drawn_avatars.draw(data.avatars, size=data.size, seed=self.config.seed)
        drawings = _distinct(np.concatenate([emoji, avatars]))
        faces = {smiley.tobytes() for smiley in smileys}
        repeated = [i for i, drawing in enumerate(drawings) if drawing.tobytes() in faces]
        order = np.concatenate([np.arange(len(drawings)), np.tile(repeated, data.smileys - 1)])
        return {"drawings": drawings, "order": order.astype(np.int32), "smileys": smileys}

    def optimizer(self) -> optax.GradientTransformation:
        """Adam, at a rate that rises and then falls."""
        o = self.config.optimizer
        return optax.adam(warmup_cosine(o, self.config.steps), b1=o.b1, b2=o.b2)

    def init(self, key: jax.Array) -> NetState:
        """The state before the first step."""
        model = self.model()
        images = jnp.zeros((2 * self.config.batch_size, model.size, model.size, 3))
        params = model.init(rng.stream(key, "model"), images)["params"]
        # A copy: the state is donated, and one buffer cannot be donated twice.
        average = jax.tree.map(jnp.copy, params)
        return NetState(jnp.zeros((), jnp.int32), Network(params, {}, self.optimizer().init(params)), average)

    def batch(self, dataset: Batch, step: jax.Array, key: jax.Array) -> Batch:
        """The global batch of `step`: runs of ``run_length`` neighbours in OpenMoji's order.

        Neighbours are hard to tell apart: a face and the same face with other eyes, a person and the same
        person in another skin tone.

        Returns:
          ``labels`` ``int32[B]``, indices of the drawings, and ``images`` ``float32[B, 2, S, S, 3]`` in
          [-1, 1], two views of each.
        """
        config, order = self.config, dataset["order"]
        runs = pipeline.epoch_indices(
            rng.stream(key, "shuffle"),
            step,
            dataset_size=-(-len(order) // config.run_length),
            batch_size=config.batch_size // config.run_length,
        )
        # Runs start elsewhere in each step, so that no two neighbours are always in different runs.
        start = jax.random.randint(rng.at(key, "start", step), (), 0, len(order))
        places = start + runs[:, None] * config.run_length + jnp.arange(config.run_length)
        labels = order[places.reshape(-1) % len(order)]
        views = view(rng.at(key, "views", step), jnp.repeat(dataset["drawings"][labels], 2, 0), self.views)
        return {"labels": labels, "images": views.reshape(len(labels), 2, *views.shape[1:])}

    def step(self, state: NetState, batch: Batch, axis_name: str | None = None) -> tuple[NetState, Metrics]:
        """One update.

        Args:
          state: the state before.
          batch: of `batch`; under a mapped axis the device's share.
          axis_name: mapped axis over which gradients and metrics are averaged.

        Returns:
          The state after, and scalar metrics.
        """
        model, config, network = self.model(), self.config, state.network

        def embed(params: Params, images: jax.Array) -> jax.Array:
            vectors: Any = model.apply({"params": params}, images.reshape(-1, *images.shape[2:]))
            return vectors.reshape(*images.shape[:2], -1)

        vectors, gradient = vjp(embed, network.params, batch["images"], micro_batches(config))
        judge = jax.value_and_grad(exemplar_loss, has_aux=True)
        (loss, accuracy), by_vectors = judge(vectors, batch["labels"], config.sharpness, axis_name)
        grads = gradient(by_vectors)
        metrics = {"loss": loss, "train_accuracy": accuracy}
        return update_net(
            state, self.optimizer(), grads, metrics, average_decay=config.average_decay, axis_name=axis_name
        )

    def validate(self, state: NetState, dataset: Batch) -> tuple[dict[str, float], np.ndarray]:
        """Scores of the moving average on views of the smileys, ``validation_strength`` times as strong.

        Returns:
          ``accuracy``, the share of views whose nearest smiley is their own; ``margin``, the mean difference
          of the cosines with their own smiley and with the nearest other; and the ``run.sample_count`` views
          of smallest margin, each followed by its nearest smiley, ``uint8[2 n, S, S, 3]``.
        """
        smileys = np.asarray(dataset["smileys"])
        known, _ = self._vectors(state.average, smileys, 0.0, 0)
        strength = self.config.validation_strength
        rounds = [self._vectors(state.average, smileys, strength, i) for i in range(_VALIDATED_VIEWS)]
        cosines = np.stack([np.asarray(views) @ np.asarray(known).T for views, _ in rounds])  # [V, 108, 108]
        own, others = np.einsum("vnn->vn", cosines), cosines - 3 * np.eye(len(smileys))
        margins = own - others.max(-1)
        worst = np.argsort(margins, axis=None)[: self.config.run.sample_count]
        pictures = np.concatenate([np.asarray(images) for _, images in rounds])[worst]
        nearest = smileys[cosines.argmax(-1).reshape(-1)[worst]]
        scores = {"accuracy": float((margins > 0).mean()), "margin": float(margins.mean())}
        return scores, np.stack([pictures, nearest], axis=1).reshape(-1, *smileys.shape[1:])

    def export(self, state: NetState, workdir: Path) -> Export:
        """The moving average, ``{"params": ...}``; and format and configuration as JSON."""
        metadata = {"format": FORMAT, "config": self.config.to_json()}
        return Export({"params": jax.tree.map(np.asarray, state.average)}, metadata)

    @functools.cached_property
    def _vectors(self) -> Any:
        model, key = self.model(), rng.stream(rng.root(self.config.seed), "validation")

        @jax.jit
        def vectors(
            params: Params, drawings: jax.Array, strength: float, index: int
        ) -> tuple[jax.Array, jax.Array]:
            """The net's vectors of views of that strength ``[N, D]``, and the views ``uint8[N, S, S, 3]``."""
            images = view(jax.random.fold_in(key, index), drawings, self.views.times(strength))
            pixels = jnp.round((images + 1) * 127.5).astype(jnp.uint8)
            found: Any = model.apply({"params": params}, pipeline.to_float(pixels))
            return found, pixels

        return vectors


def exemplar_loss(
    vectors: jax.Array, labels: jax.Array, sharpness: float, axis_name: str | None = None
) -> tuple[jax.Array, jax.Array]:
    """Cross-entropy of finding a drawing's other view among the other views of all drawings of the batch.

    Args:
      vectors: ``float32[B, 2, D]`` of length 1, of two views of each drawing.
      labels: ``int32[B]``; where one occurs twice, the views of its other copy are left out.
      sharpness: factor of the cosines in the softmax, the inverse of its temperature.
      axis_name: mapped axis over which the batch is split. The mean over it is the whole batch's loss.

    Returns:
      Two scalars: the loss (Sohn, 2016, section 3.2, with both views as queries), and the share of views
      whose nearest other view is of their own drawing.
    """
    B = len(labels)
    own, all_vectors, all_labels = jnp.arange(B), vectors, labels
    if axis_name is not None:
        own += B * jax.lax.axis_index(axis_name)
        all_vectors, all_labels = jax.lax.all_gather((vectors, labels), axis_name, tiled=True)
    logits = sharpness * jnp.einsum("avd,bvd->vab", vectors, all_vectors[:, ::-1])
    twin = (labels[:, None] == all_labels) & (own[:, None] != jnp.arange(len(all_labels)))
    logits = jnp.where(twin, -jnp.inf, logits)
    targets = jnp.broadcast_to(own, (2, B))
    loss = optax.softmax_cross_entropy_with_integer_labels(logits, targets)
    return jnp.mean(loss), jnp.mean(jnp.argmax(logits, -1) == targets)


def _distinct(drawings: np.ndarray) -> np.ndarray:
    """Without repetitions, in the order given: OpenMoji has some drawings under several names."""
    first = {drawing.tobytes(): i for i, drawing in reversed(list(enumerate(drawings)))}
    return drawings[sorted(first.values())]
