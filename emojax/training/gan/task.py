"""The GAN task: state, batch, step, samples and scores, all pure."""

import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import jax
import jax.numpy as jnp
import ml_collections
import numpy as np

from emojax.core import rng
from emojax.data import pipeline
from emojax.models.dcgan import Discriminator, Generator
from emojax.models.layers import parameter_dtype
from emojax.training.augment import differentiable
from emojax.training.engine.state import Network, Params
from emojax.training.engine.task import Dataset, Export, Folders, Task
from emojax.training.gan import adaptive
from emojax.training.gan import config as gan_config
from emojax.training.gan import labels as gan_labels
from emojax.training.gan import step as gan_step
from emojax.training.gan.state import AugmentedGanState, GanState
from emojax.training.gan.step import Batch, Metrics

_STATISTICS_BATCH = 256
"""Latents from which an averaged generator's batch statistics are measured. A mean's sampling error is a
standard deviation over sqrt(256), 6 %: with fewer it is larger, with more each validation takes longer."""

_SAMPLES_AT_ONCE = 64
"""Samples per call of the generator in a validation: more take more memory, fewer more calls."""

FORMAT: Final = "emojax.generator.1"
"""What ``metadata["format"]`` of an exported generator says."""


@dataclasses.dataclass(frozen=True)
class GanTask(Task):
    """DCGAN training.

    `config` has the fields of ``configs/dcgan.py``; for those it lacks it has the published values.
    """

    name = "gan"
    product = "generator"
    reads = ("openmoji_dir",)
    # Learning rates are constant, so the steps of a longer run begin with those of a shorter one.
    free_fields = frozenset({"epochs"})
    score = "kid"
    lower_is_better = True
    complete = staticmethod(gan_config.complete)

    def __post_init__(self) -> None:
        object.__setattr__(self, "config", ml_collections.FrozenConfigDict(self.complete(self.config)))

    def generator(self, *, momentum: float = 0.9) -> Generator:
        return gan_config.generator(self.config, momentum=momentum)

    def discriminator(self) -> Discriminator:
        return gan_config.discriminator(self.config)

    def check(self) -> None:
        """Raises `UserError` where the configuration cannot make a model."""
        gan_config.check(self.config)

    def limits(self) -> dict[str, str]:
        return gan_config.limits(self.config)

    def load_data(self, folders: Folders) -> Dataset:
        """The data set, ``{"images": uint8[N, S, S, 3]}``.

        With more than one rendering of each emoji also ``"renderings"``, ``uint8[N, R, S, S, 3]``, and with
        the likeness loss ``"movements"``, their jitter as latents, ``float32[N, R, 4]``.

        Raises `UserError` where OpenMoji cannot be read or fetched.
        """
        # Imported here because using a checkpoint needs the task but no data.
        from emojax.data.openmoji import emoji as openmoji_set

        data, source = self.config.data, folders.get("openmoji_dir")
        emoji = openmoji_set.load(data.name, size=data.size, background=data.background, openmoji_dir=source)
        dataset = {"images": emoji.images}
        if data.renderings > 1:
            from emojax.data.openmoji import renderings as openmoji_renderings

            dataset["renderings"] = openmoji_renderings.load(
                data.name,
                count=data.renderings,
                size=data.size,
                background=data.background,
                jitter=openmoji_renderings.Jitter(data.rotation, data.scale, data.translation),
                seed=self.config.seed,
                openmoji_dir=source,
            )
            if self.config.loss.likeness_weight and dataset["renderings"].shape[1] > 1:
                dataset["movements"] = openmoji_renderings.jitter_latents(
                    len(emoji.images), count=dataset["renderings"].shape[1], seed=self.config.seed
                )
        return dataset

    def for_data(self, dataset: Dataset) -> "GanTask":
        """This task with as many classes as there are emoji, where ``model.num_classes`` is -1."""
        if self.config.model.num_classes >= 0:
            return self
        config = ml_collections.ConfigDict(self.config)
        config.model.num_classes = len(dataset["images"])
        return GanTask(ml_collections.FrozenConfigDict(config))

    def run_files(self, folders: Folders) -> dict[str, str]:
        """``labels.json``, the names of the classes, where there are classes."""
        if not self.config.model.num_classes:
            return {}
        table = gan_labels.table(self.config.data, folders.get("openmoji_dir"))
        return {gan_labels.FILE: table.to_json() + "\n"}

    def total_steps(self, dataset: Dataset) -> int:
        """Steps that show every image `epochs` times."""
        return -(-self.config.epochs * len(dataset["images"]) // self.config.batch_size)

    def init(self, key: jax.Array) -> GanState:
        """The state before the first step."""
        size, model = self.config.data.size, self.config.model
        # Of a whole batch's shape, so that the step does not trace the nets again.
        B = self.config.batch_size
        classes = jnp.zeros((B, model.num_classes)) if model.num_classes else None
        latents, images = jnp.zeros((B, model.latent_size)), jnp.zeros((B, size, size, 3))
        g = self.generator().init(rng.stream(key, "generator"), latents, classes, train=True)
        d = self.discriminator().init(rng.stream(key, "discriminator"), images, classes, train=True)
        # Flax starts running statistics as float32 whatever the parameters are.
        g, d = jax.tree.map(lambda x: x.astype(parameter_dtype(self.config.dtype)), (g, d))
        g_tx, d_tx = gan_step.optimizers(self.config)
        state = GanState(
            step=jnp.zeros((), jnp.int32),
            generator=Network(g["params"], g["batch_stats"], g_tx.init(g["params"])),
            discriminator=Network(d["params"], d.get("batch_stats", {}), d_tx.init(d["params"])),
            # A copy: the state is donated, and one buffer cannot be donated twice.
            average=jax.tree.map(jnp.copy, g["params"]),
        )
        if gan_step.augmentation(self.config) is None:
            return state
        return AugmentedGanState(
            **vars(state), augmentation=adaptive.start(self.config.augmentation.strength)
        )

    def batch(self, dataset: Batch, step: jax.Array, key: jax.Array) -> Batch:
        """The global batch of `step`, see `gan_step.step`; latents are from N(0, 1).

        With the likeness loss and jittered renderings the first four latents are the rendering's jitter.
        Compared with drawings that were moved at random, a generator leaves out small coloured details.
        """
        config, B = self.config, self.config.batch_size
        latents = jax.random.normal(rng.at(key, "latents", step), (B, config.model.latent_size))
        indices = pipeline.epoch_indices(
            rng.stream(key, "shuffle"), step, dataset_size=len(dataset["images"]), batch_size=B
        )
        if "renderings" in dataset:
            count = dataset["renderings"].shape[1]
            which = jax.random.randint(rng.at(key, "renderings", step), (B,), 0, count)
            images = dataset["renderings"][indices, which]
            if "movements" in dataset:
                moved = dataset["movements"][indices, which]
                latents = latents.at[:, : moved.shape[1]].set(moved)
        else:
            images = dataset["images"][indices]
        if config.data.mirror:
            turned = jax.random.bernoulli(rng.at(key, "mirror", step), shape=(B, 1, 1, 1))
            images = jnp.where(turned, images[:, :, ::-1], images)
        batch: Batch = {
            "images": pipeline.to_float(images),
            "latents": latents,
        }
        if config.model.num_classes:
            batch["classes"] = jax.nn.one_hot(indices, config.model.num_classes)
        if gan_step.augmentation(config) is not None:
            keys = jax.random.split(rng.at(key, "augmentation", step), 3)
            batch["draws"] = [differentiable.draw(k, B) for k in keys]
        return batch

    def step(self, state: GanState, batch: Batch, axis_name: str | None = None) -> tuple[GanState, Metrics]:
        """See `gan_step.step`."""
        return gan_step.step(self.config, state, batch, axis_name)

    def samples(self, state: GanState, key: jax.Array, count: int) -> jax.Array:
        """Images of the averaged generator, at latents and labels that are the same throughout a run.

        Returns:
          ``float32[count, S, S, 3]`` in [-1, 1].
        """
        latents = jax.random.normal(rng.stream(key, "samples"), (count, self.config.model.latent_size))
        variables = self.averaged_variables(state, key)
        images: Any = self.generator().apply(variables, latents, self._classes(key, count), train=False)
        return images

    def validate(self, state: GanState, dataset: Batch) -> tuple[dict[str, float], None]:
        """Scores of the moving average's samples.

        Returns:
          The scores of `validation.Progress.scores`, by whose ``kid`` the best step is chosen; and None, for
          `samples` makes the pictures.
        """
        # Imported here, as is `validation`, because the first step should not wait for them.
        from emojax.media import image

        key, count = rng.root(self.config.seed), self.config.run.validate_count
        variables = self._standing(state, key)
        latents = jax.random.normal(rng.stream(key, "samples"), (count, self.config.model.latent_size))
        classes = self._classes(key, count)
        chunks = [slice(i, i + _SAMPLES_AT_ONCE) for i in range(0, count, _SAMPLES_AT_ONCE)]
        drawn = [self._draw(variables, latents[c], None if classes is None else classes[c]) for c in chunks]
        images = image.to_uint8(np.concatenate(drawn))
        return self._score(np.asarray(dataset["images"]), images), None

    def export(self, state: GanState, workdir: Path) -> Export:
        """The generator of the last step, and its moving average with batch statistics of its own.

        Returns:
          ``{"last": variables, "average": variables}``, where variables are ``{"params": ...,
          "batch_stats": ...}``; and format, configuration and, with classes, their labels
          (`emojax.data.openmoji.labels.LabelTable`) as JSON.

        Raises:
          UserError: the work directory lacks the labels' names.
        """
        last = {"params": state.generator.params, "batch_stats": state.generator.batch_stats}
        average = self._standing(state, rng.root(self.config.seed))
        metadata = {"format": FORMAT, "config": self.config.to_json()}
        if self.config.model.num_classes:
            metadata["labels"] = gan_labels.read(workdir).to_json()
        return Export(jax.tree.map(np.asarray, {"last": last, "average": average}), metadata)

    @functools.cached_property
    def _standing(self) -> Any:
        return jax.jit(self.averaged_variables)

    @functools.cached_property
    def _draw(self) -> Any:
        return jax.jit(functools.partial(self.generator().apply, train=False))

    @functools.cached_property
    def _score(self) -> Callable[[np.ndarray, np.ndarray], dict[str, float]]:
        """``(real, generated) -> scores``; features of the real images are computed once."""
        from emojax.training.gan import validation

        progress: list[validation.Progress] = []

        def score(real: np.ndarray, generated: np.ndarray) -> dict[str, float]:
            if not progress:
                progress.append(validation.Progress.load(real))
            return progress[0].scores(generated)

        return score

    def averaged_variables(self, state: GanState, key: jax.Array) -> dict[str, Params]:
        """The averaged parameters with batch statistics measured on them.

        The running statistics in `state` are those of the last steps' parameters; activations of the averaged
        parameters have others ("standing statistics", Brock et al., 2019, "Large Scale GAN Training for High
        Fidelity Natural Image Synthesis", appendix C).

        Returns:
          ``{"params": ..., "batch_stats": ...}``.
        """
        shape = (_STATISTICS_BATCH, self.config.model.latent_size)
        latents = jax.random.normal(rng.stream(key, "statistics"), shape)
        variables = {"params": state.average, "batch_stats": state.generator.batch_stats}
        model = self.generator(momentum=0.0)
        _, updates = model.apply(
            variables, latents, self._classes(key, len(latents)), train=True, mutable=["batch_stats"]
        )
        return {"params": state.average, "batch_stats": updates["batch_stats"]}

    def _classes(self, key: jax.Array, count: int) -> jax.Array | None:
        """One-hot ``[count, num_classes]``, all labels in a fixed random order, repeated; or None."""
        K = self.config.model.num_classes
        if not K:
            return None
        order = jax.random.permutation(rng.stream(key, "sample labels"), K)
        return jax.nn.one_hot(order[jnp.arange(count) % K], K)
