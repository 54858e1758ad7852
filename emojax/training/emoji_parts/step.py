"""One step: an update of the discriminator, if there is to be one, then one of the generator."""

from typing import Any

import jax
import jax.numpy as jnp
import ml_collections
import optax

from emojax.training.emoji_parts import config as part_config
from emojax.training.engine.accumulation import accumulate, micro_batches, vjp
from emojax.training.engine.optimization import ema, warmup_cosine, warmup_decay
from emojax.training.engine.state import Network, Params
from emojax.training.gan import losses
from emojax.training.gan.state import GanState
from emojax.training.gan.step import r1

Batch = dict[str, Any]
Metrics = dict[str, jax.Array]

_SQUARED = 0.5
"""Weight of the squared difference beside the absolute one. Alone, the absolute one leaves out small things
that a face has on each side of where they may be; alone, the squared one blurs them."""


def optimizers(
    config: ml_collections.FrozenConfigDict,
) -> tuple[optax.GradientTransformation, optax.GradientTransformation]:
    """Adam for the generator, at a rate that rises and falls, and for the discriminator."""
    g, d = config.generator_optimizer, config.discriminator_optimizer
    rate = warmup_cosine(g, config.steps)
    return optax.adam(rate, b1=g.b1, b2=g.b2), optax.adam(d.learning_rate, b1=d.b1, b2=d.b2)


def likeness(images: jax.Array, targets: jax.Array) -> jax.Array:
    """How far images are from the faces that they should show: a mean over pixels."""
    difference = images - targets
    return jnp.mean(jnp.abs(difference)) + _SQUARED * jnp.mean(jnp.square(difference))


def step(
    config: ml_collections.FrozenConfigDict, state: GanState, batch: Batch, axis_name: str | None = None
) -> tuple[GanState, Metrics]:
    """One update of each net.

    The generator is held to the face that is composed of the parts it is told, and to what a discriminator
    that is told them, too, takes for real.

    Args:
      config: of ``configs/parts.py``, whole. With ``loss.adversarial_weight`` 0 there is no discriminator.
      state: the state before.
      batch: ``images`` ``[B, S, S, 3]``, ``latents`` ``[B, AMOUNTS]``, ``classes`` ``[B, K]``; under a
        mapped axis the device's share.
      axis_name: mapped axis over which gradients and metrics are averaged.

    Returns:
      The state after, and scalar metrics.
    """
    g_model = part_config.generator(config)
    g_tx, d_tx = optimizers(config)
    g, d, loss, count = state.generator, state.discriminator, config.loss, micro_batches(config)

    def mean(tree: Any) -> Any:
        return tree if axis_name is None else jax.lax.pmean(tree, axis_name)

    def generate(params: Params, part: Batch) -> jax.Array:
        fakes: Any = g_model.apply({"params": params}, part["latents"], part["classes"], train=True)
        return fakes

    told = {name: batch[name] for name in ("latents", "classes")}
    fakes, generator_gradient = vjp(generate, g.params, told, count)
    judged = {name: batch[name] for name in ("images", "classes")} | {"fakes": fakes}
    metrics: Metrics = {}
    d_after = d
    if loss.adversarial_weight:
        d_after, metrics = _discriminator_step(config, d_tx, d, judged, axis_name)

    def fakes_gradient(part: Batch, _: Any) -> tuple[Metrics, jax.Array]:
        def g_loss(fakes: jax.Array) -> tuple[jax.Array, Metrics]:
            found = {"likeness": likeness(fakes, part["images"])}
            value = loss.likeness_weight * found["likeness"]
            if loss.adversarial_weight:
                model = part_config.discriminator(config)
                logits: Any = model.apply({"params": d_after.params}, fakes, part["classes"], train=False)
                found["g_loss"] = losses.LOSSES[loss.name](logits, "generator")
                value += loss.adversarial_weight * found["g_loss"]
            return value, found

        gradient, found = jax.grad(g_loss, has_aux=True)(part["fakes"])
        return found, gradient

    found, by_fakes = accumulate(fakes_gradient, judged, count)
    g_grads = mean(generator_gradient(by_fakes))
    updates, opt_state = g_tx.update(g_grads, g.opt_state, g.params)
    params = optax.apply_updates(g.params, updates)
    metrics = mean(metrics | found) | {"g_grad_norm": optax.tree.norm(g_grads)}
    average = ema(state.average, params, warmup_decay(config.average_decay, state.step))
    return GanState(state.step + 1, Network(params, {}, opt_state), d_after, average), metrics


def _discriminator_step(
    config: ml_collections.FrozenConfigDict,
    tx: optax.GradientTransformation,
    net: Network,
    judged: Batch,
    axis_name: str | None,
) -> tuple[Network, Metrics]:
    model, loss = part_config.discriminator(config), config.loss
    adversarial = losses.LOSSES[loss.name]

    def gradient(part: Batch, index: Any) -> tuple[Any, None]:
        images, classes = part["images"], part["classes"]

        def d_loss(params: Params) -> tuple[jax.Array, Metrics]:
            variables = {"params": params}
            both = jnp.concatenate([images, part["fakes"]])
            logits: Any = model.apply(variables, both, jnp.concatenate([classes, classes]), train=False)
            real, fake = jnp.split(logits, 2)
            value = adversarial(real, "real") + adversarial(fake, "fake")
            found = {
                "d_loss": value,
                "d_real": jax.nn.sigmoid(real).mean(),
                "d_fake": jax.nn.sigmoid(fake).mean(),
            }
            if loss.r1_weight:
                chosen = {"every": loss.r1_every, "axis_name": axis_name, "micro_batch": index}
                found["r1"] = r1(model, variables, images, classes, **chosen)
                value += 0.5 * loss.r1_weight * found["r1"]
            return value, found

        return jax.grad(d_loss, has_aux=True)(net.params), None

    (grads, found), _ = accumulate(gradient, judged, micro_batches(config))
    if axis_name is not None:
        grads = jax.lax.pmean(grads, axis_name)
    updates, opt_state = tx.update(grads, net.opt_state, net.params)
    return Network(optax.apply_updates(net.params, updates), {}, opt_state), found
