"""The residual trunk: geometry, synchronised statistics and the colour range."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn

from emojax.models.resnet import ResNet50Features, abstract_variables, imagenet_normalize, max_pool


def test_black_and_white_are_mapped_to_imagenets_range():
    ends = imagenet_normalize(np.array([[-1.0] * 3, [1.0] * 3]))
    np.testing.assert_allclose(ends[0], [-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225], rtol=1e-6)
    np.testing.assert_allclose(ends[1], [0.515 / 0.229, 0.544 / 0.224, 0.594 / 0.225], rtol=1e-6)


@pytest.mark.parametrize("size", [(16, 16), (7, 12), (1, 5)])
def test_the_pool_is_a_window_maximum_and_so_is_its_gradient(size):
    x = jax.random.normal(jax.random.key(0), (2, *size, 3))

    def plain(x):
        return nn.max_pool(x, (3, 3), (2, 2), ((1, 1), (1, 1)))

    @jax.jit
    def both(key, x):
        g = jax.random.normal(key, jax.eval_shape(plain, x).shape)
        pairs = [jax.vjp(pool, x) for pool in (max_pool, plain)]
        return [pooled for pooled, _ in pairs], [pullback(g)[0] for _, pullback in pairs]

    pooled, gradients = both(jax.random.key(1), x)
    np.testing.assert_array_equal(*pooled)
    np.testing.assert_allclose(*gradients, atol=1e-6)


def test_the_embedding_has_2048_numbers_and_the_public_parameter_count():
    model = ResNet50Features()
    variables = abstract_variables(model)
    # torchvision's 25,557,032 less the classifier's 2048·1000 + 1000.
    assert sum(leaf.size for leaf in jax.tree.leaves(variables["params"])) == 25_557_032 - 2_049_000
    images = jax.ShapeDtypeStruct((3, 224, 224, 3), jnp.float32)
    out = jax.eval_shape(lambda v, x: model.apply(v, x, train=False), variables, images)
    assert (out.shape, out.dtype) == ((3, 2048), jnp.float32)
