"""The face parser's loss equals its definition, on one device and on several."""

import jax
import jax.numpy as jnp
import numpy as np
import optax

from emojax.training.parser.losses import segmentation_loss


def _logits_and_labels() -> tuple[jax.Array, jax.Array, jax.Array]:
    logits = 2 * jax.random.normal(jax.random.key(0), (4, 6, 6, 19))
    labels = jax.random.randint(jax.random.key(1), (4, 6, 6), 0, 12)
    return logits, labels, jnp.linspace(0.5, 2, 19)


def test_cross_entropy_equals_the_weighted_mean_of_optax() -> None:
    logits, labels, class_weights = _logits_and_labels()
    each = optax.softmax_cross_entropy_with_integer_labels(logits, labels)
    expected = jnp.sum(each * class_weights[labels]) / jnp.sum(class_weights[labels])
    np.testing.assert_allclose(segmentation_loss(logits, labels, class_weights, 0.0), expected, rtol=1e-5)


def test_the_dice_loss_equals_its_definition() -> None:
    logits, labels, class_weights = _logits_and_labels()
    p, t = np.asarray(jax.nn.softmax(logits)), np.eye(19)[np.asarray(labels)]
    dice = [2 * (p[..., k] * t[..., k]).sum() / (p[..., k].sum() + t[..., k].sum()) for k in range(12)]
    with_dice, without = (segmentation_loss(logits, labels, class_weights, w) for w in (1.0, 0.0))
    np.testing.assert_allclose(with_dice - without, 1 - np.mean(dice), rtol=1e-4)
    certain = 50 * jax.nn.one_hot(labels, 19)
    assert segmentation_loss(certain, labels, class_weights, 1.0) < 1e-5


def test_pixels_of_unknown_label_are_ignored() -> None:
    logits, labels, class_weights = _logits_and_labels()
    labels = labels.at[:, :2].set(255)
    gradient = jax.grad(segmentation_loss)(logits, labels, class_weights, 0.5)
    assert (gradient[:, :2] == 0).all()
    assert (gradient[:, 2:] != 0).any(axis=-1).all()
    alone = segmentation_loss(logits[:, 2:], labels[:, 2:], class_weights, 0.5)
    np.testing.assert_allclose(segmentation_loss(logits, labels, class_weights, 0.5), alone, rtol=1e-5)
    assert jnp.isfinite(segmentation_loss(logits, jnp.full_like(labels, 255), class_weights, 0.5))


def test_a_split_batch_has_the_loss_of_the_whole() -> None:
    logits, labels, class_weights = _logits_and_labels()
    whole = segmentation_loss(logits, labels, class_weights, 0.5)
    parts = jax.vmap(lambda x, y: segmentation_loss(x, y, class_weights, 0.5, "data"), axis_name="data")(
        logits[:, None], labels[:, None]
    )
    np.testing.assert_allclose(parts, jnp.full(4, whole), rtol=1e-5)
