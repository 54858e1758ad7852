"""One step of a GAN: an update of the discriminator, then one of the generator."""

from typing import Any

import jax
import jax.numpy as jnp
import ml_collections
import optax

from emojax.training.augment import differentiable
from emojax.training.augment.differentiable import Augmentation
from emojax.training.engine.accumulation import accumulate, micro_batches
from emojax.training.engine.optimization import ema, warmup_decay
from emojax.training.engine.state import Network, Params
from emojax.training.gan import adaptive, losses
from emojax.training.gan import config as gan_config
from emojax.training.gan.state import AugmentedGanState, GanState

Batch = dict[str, Any]
Metrics = dict[str, jax.Array]


def optimizers(
    config: ml_collections.FrozenConfigDict,
) -> tuple[optax.GradientTransformation, optax.GradientTransformation]:
    """Adam for the generator and for the discriminator."""

    def adam(o: ml_collections.FrozenConfigDict) -> optax.GradientTransformation:
        return optax.adam(o.learning_rate, b1=o.b1, b2=o.b2)

    return adam(config.generator_optimizer), adam(config.discriminator_optimizer)


def augmentation(config: ml_collections.FrozenConfigDict) -> Augmentation | None:
    """The ranges of augmentation, or None where images are not augmented."""
    a = config.augmentation
    if not a.strength and not a.target:
        return None
    return Augmentation(a.colour, a.translation, a.scale, a.rotation, a.cutout)


def step(
    config: ml_collections.FrozenConfigDict, state: GanState, batch: Batch, axis_name: str | None = None
) -> tuple[GanState, Metrics]:
    """One update of the discriminator, then one of the generator.

    The generator runs once: its images train the discriminator, and then the updated discriminator's logits
    of the same images train the generator, as in the published loop.

    Args:
      config: of ``configs/dcgan.py``, whole.
      state: the state before.
      batch: ``images`` ``[B, S, S, 3]`` in [-1, 1], ``latents`` ``[B, latent_size]``; for a conditional GAN
        ``classes`` ``[B, num_classes]`` of both; where images are augmented ``draws``, three results of
        `differentiable.draw`: for real images, for generated ones in the discriminator's loss, and for
        generated ones in the generator's. Under a mapped axis the device's share.
      axis_name: mapped axis over which gradients, metrics and batch statistics are averaged.

    Returns:
      The state after, and scalar metrics.
    """
    g_model = gan_config.generator(config, axis_name=axis_name)
    d_model = gan_config.discriminator(config, axis_name=axis_name)
    g_tx, d_tx = optimizers(config)
    g, d, loss = state.generator, state.discriminator, config.loss
    adversarial = losses.LOSSES[loss.name]
    augmented = augmentation(config)
    strength = state.augmentation if isinstance(state, AugmentedGanState) else None

    def mean(tree: Any) -> Any:
        return tree if axis_name is None else jax.lax.pmean(tree, axis_name)

    def augment(images: jax.Array, part: Batch, use: int) -> jax.Array:
        """Augmented images; `use` is the index of the draw."""
        if augmented is None or strength is None:
            return images
        return differentiable.apply(augmented, images, part["draws"][use], strength.probability)

    def generate(params: Params) -> tuple[jax.Array, Params]:
        variables = {"params": params, "batch_stats": g.batch_stats}
        fakes, updates = g_model.apply(
            variables, batch["latents"], batch.get("classes"), train=True, mutable=["batch_stats"]
        )
        return fakes, updates["batch_stats"]

    def discriminate(
        params: Params, batch_stats: Params, images: jax.Array, part: Batch
    ) -> tuple[jax.Array, Params]:
        variables, classes = {"params": params, "batch_stats": batch_stats}, part.get("classes")
        logits, updates = d_model.apply(variables, images, classes, train=True, mutable=["batch_stats"])
        return logits, updates.get("batch_stats", {})

    fakes, generator_gradient, g_stats = jax.vjp(generate, g.params, has_aux=True)

    def discriminator_gradient(part: Batch, index: Any) -> tuple[Any, None]:
        reals, fakes = augment(part["images"], part, 0), augment(part["fakes"], part, 1)

        def d_loss(params: Params) -> tuple[jax.Array, Any]:
            real_logits, stats = discriminate(params, d.batch_stats, reals, part)
            fake_logits, stats = discriminate(params, stats, fakes, part)
            value = adversarial(real_logits, "real", smoothing=loss.smoothing)
            value += adversarial(fake_logits, "fake", smoothing=loss.smoothing)
            metrics = {"d_loss": value} | _mean_probabilities(real_logits, fake_logits)
            if loss.r1_weight:
                metrics["r1"] = r1(
                    d_model,
                    {"params": params, "batch_stats": d.batch_stats},
                    reals,
                    part.get("classes"),
                    every=loss.r1_every,
                    axis_name=axis_name,
                    micro_batch=index,
                )
                value += 0.5 * loss.r1_weight * metrics["r1"]
            return value, (stats, metrics, jnp.sign(real_logits).mean())

        return jax.grad(d_loss, has_aux=True)(d.params), None

    # The generator runs on the whole batch, of which its batch norms take statistics.
    count, judged = micro_batches(config), batch | {"fakes": fakes}
    (d_grads, (d_stats, metrics, real_sign)), _ = accumulate(discriminator_gradient, judged, count)
    d_grads = mean(d_grads)
    d_updates, d_opt_state = d_tx.update(d_grads, d.opt_state, d.params)
    d_params = optax.apply_updates(d.params, d_updates)

    def fakes_gradient(part: Batch, _: Any) -> tuple[Any, jax.Array]:
        def g_loss(images: jax.Array) -> tuple[jax.Array, tuple[Params, Metrics]]:
            fake_logits, stats = discriminate(d_params, d_stats, augment(images, part, 2), part)
            value = adversarial(fake_logits, "generator")
            metrics = {"g_loss": value, "d_fake_after": jax.nn.sigmoid(fake_logits).mean()}
            if loss.likeness_weight:
                metrics["likeness"] = losses.coarse_difference(images, part["images"], loss.likeness_side)
                value += loss.likeness_weight * metrics["likeness"]
            return value, (stats, metrics)

        gradient, found = jax.grad(g_loss, has_aux=True)(part["fakes"])
        return found, gradient

    (d_after, g_metrics), fakes_grad = accumulate(fakes_gradient, judged, count)
    g_grads = mean(generator_gradient(fakes_grad)[0])
    g_updates, g_opt_state = g_tx.update(g_grads, g.opt_state, g.params)
    g_params = optax.apply_updates(g.params, g_updates)

    metrics = mean(metrics | g_metrics)
    metrics |= {"g_grad_norm": optax.tree.norm(g_grads), "d_grad_norm": optax.tree.norm(d_grads)}
    if strength is not None:
        metrics["augmentation"] = strength.probability
        if config.augmentation.target:
            strength = adaptive.update(
                strength,
                mean(real_sign),
                target=config.augmentation.target,
                step=config.batch_size / config.augmentation.adapt_images,
            )
    after = {
        "step": state.step + 1,
        "generator": Network(g_params, g_stats, g_opt_state),
        "discriminator": Network(d_params, d_after, d_opt_state),
        "average": ema(state.average, g_params, _decay(config, state.step)),
    }
    return (
        GanState(**after) if strength is None else AugmentedGanState(**after, augmentation=strength)
    ), metrics


def _mean_probabilities(real_logits: jax.Array, fake_logits: jax.Array) -> Metrics:
    """The discriminator's mean probability that real and that generated images are real."""
    return {"d_real": jax.nn.sigmoid(real_logits).mean(), "d_fake": jax.nn.sigmoid(fake_logits).mean()}


def _decay(config: ml_collections.FrozenConfigDict, step: jax.Array) -> Any:
    """The decay of the moving average at a step."""
    return warmup_decay(config.average_decay, step) if config.average_warmup else config.average_decay


def r1(
    model: Any,
    variables: Any,
    images: jax.Array,
    classes: jax.Array | None,
    *,
    every: int,
    axis_name: str | None,
    micro_batch: Any = 0,
) -> jax.Array:
    """The R1 penalty on every `every`-th image of the batch, an unbiased estimate of the whole batch's.

    Lazy regularisation (Karras et al., 2020, "Analyzing and Improving the Image Quality of StyleGAN",
    appendix B) penalises whole batches in some steps. Some images in all steps are as much work with the same
    mean, and need no branch: inside one, XLA on CPU has no fast convolutions.

    Args:
      model: the discriminator.
      variables: its parameters and batch statistics.
      images: ``[B, S, S, 3]``; under a mapped axis the device's share.
      classes: ``[B, num_classes]`` or None.
      every: one image of so many is penalised, the first among them.
      axis_name: mapped axis over which the batch is split.
      micro_batch: number of the micro-batch, all of which have as many images.

    Returns:
      A scalar; its mean over micro-batches, and under a mapped axis over that, is the whole batch's.
    """
    share, before = len(images), micro_batch
    if axis_name is not None:
        before = before * jax.lax.psum(1, axis_name) + jax.lax.axis_index(axis_name)
    # The same images of the whole batch, however many devices and micro-batches split it.
    chosen = (-before * share) % every + every * jnp.arange(-(-share // every))
    weights, chosen = chosen < share, jnp.minimum(chosen, share - 1)
    picked = None if classes is None else classes[chosen]
    squares = losses.squared_gradients(
        lambda x: model.apply(variables, x, picked, train=False), images[chosen]
    )
    return jnp.sum(weights * squares) * every / share
