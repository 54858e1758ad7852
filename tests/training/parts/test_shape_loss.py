"""The loss of the autoencoders equals its definition."""

import jax.numpy as jnp
import numpy as np

from emojax.training.parts.losses import shape_loss


def test_the_loss_equals_its_definition_and_does_not_depend_on_the_area() -> None:
    shapes = np.zeros((2, 16, 16, 2), np.float32)
    shapes[0, 4:12, 4:12, 0] = 1
    logits = np.random.default_rng(0).normal(size=shapes.shape).astype(np.float32)
    p = 1 / (1 + np.exp(-logits.astype(np.float64)))
    each = -(shapes * np.log(p) + (1 - shapes) * np.log(1 - p)).sum((1, 2))
    area = shapes.sum((1, 2))
    dice = 1 - (2 * (p * shapes).sum((1, 2)) + 1) / (area + p.sum((1, 2)) + 1)
    cross_entropy, dice_loss = shape_loss(jnp.asarray(logits), jnp.asarray(shapes))
    np.testing.assert_allclose(cross_entropy, (each / np.maximum(area, 16)).sum(-1).mean(), rtol=1e-5)
    np.testing.assert_allclose(dice_loss, dice.sum(-1).mean(), rtol=1e-5)
    certain = jnp.where(jnp.asarray(shapes) > 0, 50.0, -50.0)
    assert max(map(float, shape_loss(certain, jnp.asarray(shapes)))) < 1e-5
    assert all(jnp.isfinite(loss) for loss in shape_loss(-20 * certain, jnp.asarray(shapes)))
