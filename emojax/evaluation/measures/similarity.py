"""Structural similarity to the nearest training picture (SSIM; Wang et al. 2004)."""

from typing import Final, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from emojax.evaluation.measures.estimates import check_images, require

# The window's size and sigma in pixels, and the constants that keep quotients of flat pictures finite:
# those of the paper. Published figures of SSIM have them, and with others ours could not be compared.
_SIZE: Final = 11
_SIGMA: Final = 1.5
_C1: Final = 0.01**2
_C2: Final = 0.03**2
_CHUNK: Final = 8  # samples at a time, which bounds memory


class _Moments(NamedTuple):
    """Pictures ``float32[N, 3, S, S]`` in [0, 1], and their local means and variances.

    These are ``float32[N, 3, S - 10, S - 10]``.
    """

    images: jax.Array
    mean: jax.Array
    variance: jax.Array


def nearest_ssim(train: np.ndarray, fake: np.ndarray) -> np.ndarray:
    """SSIM of each sample to the training picture it is most similar to.

    The mean of SSIM over the three channels and all places of an 11×11 Gaussian window (sigma 1.5) inside the
    picture, on values in [0, 1], as `dm_pix.ssim` computes it. That takes five blurs for each pair of
    pictures, of which four are of one picture alone; here these are done once for each picture.

    High values mean that samples look like training pictures, as copies do best of all.

    Args:
      train: ``uint8[M, S, S, 3]``, S at least 11.
      fake: ``uint8[N, S, S, 3]``.

    Returns:
      ``float32[N]``, -1 to 1, and 1 for a copy.

    Raises:
      UserError: there is no training picture, or the pictures are not of one size of at least 11 pixels.
    """
    train, fake = check_images("SSIM", train, fake, least_side=_SIZE)
    require("SSIM (training)", samples=len(train), least=1)
    moments = _moments(jnp.asarray(train))
    found = np.zeros(len(fake), np.float32)
    for start in range(0, len(fake), _CHUNK):
        part = fake[start : start + _CHUNK]
        # One shape, so that it is compiled once and a sample's value does not depend on its batch.
        padded = np.pad(part, [(0, _CHUNK - len(part))] + [(0, 0)] * 3)
        found[start : start + _CHUNK] = np.asarray(_most_similar(moments, jnp.asarray(padded)))[: len(part)]
    return found


def _window(size: int) -> jax.Array:
    """The Gaussian mean at every place as a matrix, ``float32[size - 10, size]``."""
    offsets = np.arange(_SIZE) - _SIZE // 2
    weights = np.exp(-0.5 * (offsets / _SIGMA) ** 2)
    rows = [np.roll(np.pad(weights, (0, size - _SIZE)), i) for i in range(size - _SIZE + 1)]
    return jnp.asarray(np.stack(rows) / weights.sum(), jnp.float32)


def _blur(images: jax.Array) -> jax.Array:
    H, W = images.shape[-2:]
    precise = jax.lax.Precision.HIGHEST  # variances are small differences of blurred values
    rows = jnp.einsum("...hw,qw->...hq", images, _window(W), precision=precise)
    return jnp.einsum("...hq,ph->...pq", rows, _window(H), precision=precise)


@jax.jit
def _moments(images: jax.Array) -> _Moments:
    """`_Moments` of ``uint8[N, S, S, 3]``."""
    floats = jnp.moveaxis(images, -1, 1).astype(jnp.float32) / 255.0
    mean = _blur(floats)
    return _Moments(floats, mean, jnp.maximum(_blur(floats**2) - mean**2, 0.0))


@jax.jit
def _most_similar(train: _Moments, fake: jax.Array) -> jax.Array:
    """`nearest_ssim` of ``uint8[_CHUNK, S, S, 3]``."""
    samples = _moments(fake)

    def best(one: _Moments) -> jax.Array:
        means = train.mean * one.mean
        covariance = _blur(train.images * one.images) - means
        # |covariance| ≤ √(product of variances), which rounding may break where pictures are flat.
        bound = jnp.sqrt(train.variance * one.variance)
        covariance = jnp.clip(covariance, -bound, bound)
        ssim = (2 * means + _C1) * (2 * covariance + _C2)
        ssim /= (train.mean**2 + one.mean**2 + _C1) * (train.variance + one.variance + _C2)
        return ssim.mean((1, 2, 3)).max()

    return jnp.stack([best(jax.tree.map(lambda x, i=i: x[i], samples)) for i in range(_CHUNK)])
