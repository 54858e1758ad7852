"""The GAN task: state, batch, step and samples, all pure."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import ml_collections
import numpy as np
import optax

from emojax.data import pipeline
from emojax.errors import UserError
from emojax.models.dcgan import Discriminator, Generator
from emojax.models.layers import parameter_dtype
from emojax.training import losses, rng
from emojax.training.state import GanState, Network, Params

Batch = dict[str, jax.Array]
Metrics = dict[str, jax.Array]

_DTYPES = ("float32", "bfloat16", "float64")

_STATISTICS_BATCH = 256
"""Latents from which an averaged generator's batch statistics are measured."""


@dataclasses.dataclass(frozen=True)
class GanTask:
    """DCGAN training as a bundle of pure functions.

    `config` has the fields of ``configs/dcgan.py``.
    """

    config: ml_collections.FrozenConfigDict

    free_fields = frozenset({"epochs"})
    """Fields that may change between resumes: rates are constant, so more epochs only go further."""

    def generator(self, *, axis_name: str | None = None, momentum: float = 0.9) -> Generator:
        model = self.config.model
        return Generator(
            widths=tuple(model.generator_widths),
            dtype=jnp.dtype(self.config.dtype),
            axis_name=axis_name,
            momentum=momentum,
        )

    def discriminator(self, *, axis_name: str | None = None) -> Discriminator:
        model = self.config.model
        return Discriminator(
            widths=tuple(model.discriminator_widths), dtype=jnp.dtype(self.config.dtype), axis_name=axis_name
        )

    def check(self) -> None:
        """Raises `UserError` where the configuration cannot make a model."""
        if self.config.data.size < 16:
            raise UserError(f"config.data.size is {self.config.data.size}: the smallest emoji are 16 px")
        for name in ("generator_widths", "discriminator_widths"):
            if 4 * 2 ** len(self.config.model[name]) != self.config.data.size:
                raise UserError(
                    f"config.model.{name} has {len(self.config.model[name])} entries, which makes "
                    f"{4 * 2 ** len(self.config.model[name])} px images, but config.data.size is "
                    f"{self.config.data.size}: give it log2(size / 4) entries"
                )
        if self.config.dtype not in _DTYPES:
            raise UserError(f"config.dtype is {self.config.dtype!r}: choose one of {', '.join(_DTYPES)}")
        if self.config.dtype == "float64" and not jax.config.jax_enable_x64:  # type: ignore[attr-defined]
            raise UserError("config.dtype is 'float64', which JAX has switched off: set JAX_ENABLE_X64=1")
        for name in ("batch_size", "epochs"):
            if self.config[name] < 1:
                raise UserError(f"config.{name} is {self.config[name]}: it must be at least 1")

    def load_data(self, source: Any = None) -> dict[str, np.ndarray]:
        """The data set, ``{"images": uint8[N, S, S, 3]}``."""
        # Imported here because drawing from a checkpoint needs the task but no data.
        from emojax.data import openmoji_set

        data = self.config.data
        emoji = openmoji_set.load(data.name, size=data.size, background=data.background, openmoji_dir=source)
        return {"images": emoji.images}

    def total_steps(self, dataset: dict[str, np.ndarray]) -> int:
        """Steps that show every image `epochs` times."""
        return -(-self.config.epochs * len(dataset["images"]) // self.config.batch_size)

    def optimizers(self) -> tuple[optax.GradientTransformation, optax.GradientTransformation]:
        """Adam for the generator and for the discriminator."""

        def adam(o: ml_collections.FrozenConfigDict) -> optax.GradientTransformation:
            return optax.adam(o.learning_rate, b1=o.b1, b2=o.b2)

        return adam(self.config.generator_optimizer), adam(self.config.discriminator_optimizer)

    def init(self, key: jax.Array) -> GanState:
        """The state before the first step."""
        size, latent_size = self.config.data.size, self.config.model.latent_size
        # Of a whole batch's shape only so that what is traced here need not be again.
        B = self.config.batch_size
        g = self.generator().init(rng.stream(key, "generator"), jnp.zeros((B, latent_size)), train=True)
        d = self.discriminator().init(
            rng.stream(key, "discriminator"), jnp.zeros((B, size, size, 3)), train=True
        )
        # Flax starts running statistics as float32 whatever the parameters are.
        wide = parameter_dtype(self.config.dtype)
        g, d = jax.tree.map(lambda x: x.astype(wide), (g, d))
        g_tx, d_tx = self.optimizers()
        return GanState(
            step=jnp.zeros((), jnp.int32),
            generator=Network(g["params"], g["batch_stats"], g_tx.init(g["params"])),
            discriminator=Network(d["params"], d["batch_stats"], d_tx.init(d["params"])),
            # A copy: the state is donated, and one buffer cannot be donated twice.
            average=jax.tree.map(jnp.copy, g["params"]),
        )

    def batch(self, dataset: Batch, step: jax.Array, key: jax.Array) -> Batch:
        """The global batch of `step`: images in [-1, 1] and latents from N(0, 1)."""
        indices = pipeline.epoch_indices(
            rng.stream(key, "shuffle"),
            step,
            dataset_size=len(dataset["images"]),
            batch_size=self.config.batch_size,
        )
        shape = (self.config.batch_size, self.config.model.latent_size)
        return {
            "images": pipeline.to_float(dataset["images"][indices]),
            "latents": jax.random.normal(rng.at(key, "latents", step), shape),
        }

    def step(self, state: GanState, batch: Batch, axis_name: str | None = None) -> tuple[GanState, Metrics]:
        """One update of the discriminator, then one of the generator.

        The generator runs once: its fakes train the discriminator, and the generator
        is then trained on the same fakes seen by the updated discriminator, as in the
        published loop.

        Args:
          state: the state before.
          batch: ``images`` ``[B, S, S, 3]`` and ``latents`` ``[B, latent_size]``; under
            a mapped axis the device's share.
          axis_name: mapped axis over which gradients, metrics and batch statistics are
            averaged.

        Returns:
          The state after, and scalar metrics.
        """
        g_model, d_model = self.generator(axis_name=axis_name), self.discriminator(axis_name=axis_name)
        g_tx, d_tx = self.optimizers()
        g, d = state.generator, state.discriminator

        def mean(tree: Any) -> Any:
            return tree if axis_name is None else jax.lax.pmean(tree, axis_name)

        def generate(params: Params) -> tuple[jax.Array, Params]:
            variables = {"params": params, "batch_stats": g.batch_stats}
            fakes, updates = g_model.apply(variables, batch["latents"], train=True, mutable=["batch_stats"])
            return fakes, updates["batch_stats"]

        def discriminate(params: Params, batch_stats: Params, images: jax.Array) -> tuple[jax.Array, Params]:
            variables = {"params": params, "batch_stats": batch_stats}
            logits, updates = d_model.apply(variables, images, train=True, mutable=["batch_stats"])
            return logits, updates["batch_stats"]

        fakes, generator_gradient, g_stats = jax.vjp(generate, g.params, has_aux=True)

        def d_loss(params: Params) -> tuple[jax.Array, Any]:
            real_logits, stats = discriminate(params, d.batch_stats, batch["images"])
            fake_logits, stats = discriminate(params, stats, fakes)
            loss = losses.discriminator_loss(real_logits, fake_logits)
            return loss, (stats, jax.nn.sigmoid(real_logits).mean(), jax.nn.sigmoid(fake_logits).mean())

        (d_value, (d_stats, d_real, d_fake)), d_grads = jax.value_and_grad(d_loss, has_aux=True)(d.params)
        d_grads = mean(d_grads)
        d_updates, d_opt_state = d_tx.update(d_grads, d.opt_state, d.params)
        d_params = optax.apply_updates(d.params, d_updates)

        def g_loss(images: jax.Array) -> tuple[jax.Array, tuple[Params, jax.Array]]:
            fake_logits, stats = discriminate(d_params, d_stats, images)
            return losses.generator_loss(fake_logits), (stats, jax.nn.sigmoid(fake_logits).mean())

        (g_value, (d_stats, d_fake_after)), fakes_grad = jax.value_and_grad(g_loss, has_aux=True)(fakes)
        g_grads = mean(generator_gradient(fakes_grad)[0])
        g_updates, g_opt_state = g_tx.update(g_grads, g.opt_state, g.params)
        g_params = optax.apply_updates(g.params, g_updates)

        decay = self.config.average_decay
        average = optax.incremental_update(g_params, state.average, 1.0 - decay)
        metrics = mean(
            {
                "d_loss": d_value,
                "g_loss": g_value,
                "d_real": d_real,
                "d_fake": d_fake,
                "d_fake_after": d_fake_after,
            }
        )
        metrics |= {"g_grad_norm": optax.tree.norm(g_grads), "d_grad_norm": optax.tree.norm(d_grads)}
        state = GanState(
            step=state.step + 1,
            generator=Network(g_params, g_stats, g_opt_state),
            discriminator=Network(d_params, d_stats, d_opt_state),
            average=average,
        )
        return state, metrics

    def samples(self, state: GanState, key: jax.Array, count: int) -> jax.Array:
        """Images of the averaged generator at `count` latents that never change in a run.

        Returns:
          ``float32[count, S, S, 3]`` in [-1, 1].
        """
        latents = jax.random.normal(rng.stream(key, "samples"), (count, self.config.model.latent_size))
        images: Any = self.generator().apply(self.averaged_variables(state, key), latents, train=False)
        return images

    def averaged_variables(self, state: GanState, key: jax.Array) -> dict[str, Params]:
        """The averaged parameters with batch statistics measured on them.

        The running statistics in `state` belong to the parameters of single steps;
        under the average activations are distributed otherwise ("standing statistics",
        Brock et al., "Large Scale GAN Training", 2019, appendix C).
        """
        shape = (_STATISTICS_BATCH, self.config.model.latent_size)
        latents = jax.random.normal(rng.stream(key, "statistics"), shape)
        variables = {"params": state.average, "batch_stats": state.generator.batch_stats}
        model = self.generator(momentum=0.0)
        _, updates = model.apply(variables, latents, train=True, mutable=["batch_stats"])
        return {"params": state.average, "batch_stats": updates["batch_stats"]}
