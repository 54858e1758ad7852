"""Structural similarity to the nearest training picture (SSIM; Wang et al. 2004)."""

from typing import Final, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from emojax.core.errors import UserError
from emojax.evaluation.measures.estimates import require

_SIZE: Final = 11  # of the Gaussian window, and its sigma, in pixels: the paper's, and dm-pix's defaults
_SIGMA: Final = 1.5
_C1, _C2 = 0.01**2, 0.03**2
_CHUNK: Final = 8  # samples at a time, each against all training pictures


class _Moments(NamedTuple):
    """Of pictures ``float32[N, 3, S, S]`` in [0, 1]; local ones are ``[N, 3, S - 10, S - 10]``."""

    images: jax.Array
    mean: jax.Array
    variance: jax.Array


def nearest_ssim(train: np.ndarray, fake: np.ndarray) -> np.ndarray:
    """SSIM of each sample to the training picture it is most similar to.

    The mean of SSIM over the three channels and the places of an 11×11 Gaussian window (sigma 1.5) that lie
    wholly inside, on values in [0, 1]: `dm_pix.ssim`. That takes five blurs for each pair of pictures,
    four of which are the pictures' own; here these are done once for each picture.

    High values say that samples look like training pictures, which a copying model does best of all.

    Args:
      train: ``uint8[M, S, S, 3]``, S at least 11.
      fake: ``uint8[N, S, S, 3]``.

    Returns:
      ``float32[N]``, -1 to 1, and 1 for a copy.

    Raises:
      UserError: there is no training picture, or the pictures are not of one size of at least 11 pixels.
    """
    train, fake = np.asarray(train), np.asarray(fake)
    shapes = f"{list(train.shape)} and {list(fake.shape)}"
    if any(x.ndim != 4 or x.shape[-1] != 3 or x.dtype != np.uint8 for x in (train, fake)):
        raise UserError(f"SSIM: pictures must be uint8 [N, S, S, 3], not {shapes}")
    if train.shape[1:] != fake.shape[1:] or min(train.shape[1:3]) < _SIZE:
        raise UserError(f"SSIM: pictures must be of one size of at least {_SIZE} pixels, not {shapes}")
    require("SSIM (training)", samples=len(train), least=1)
    known = _moments(jnp.asarray(train))
    found = np.zeros(len(fake), np.float32)
    for start in range(0, len(fake), _CHUNK):
        part = fake[start : start + _CHUNK]
        # One shape, so that it is compiled once and a sample's value does not depend on its batch.
        padded = np.pad(part, [(0, _CHUNK - len(part))] + [(0, 0)] * 3)
        found[start : start + _CHUNK] = np.asarray(_most_similar(known, jnp.asarray(padded)))[: len(part)]
    return found


def _window(size: int) -> jax.Array:
    """``float32[size - 10, size]``: the Gaussian mean at every place, as a matrix."""
    offsets = np.arange(_SIZE) - _SIZE // 2
    weights = np.exp(-0.5 * (offsets / _SIGMA) ** 2)
    rows = [np.roll(np.pad(weights, (0, size - _SIZE)), i) for i in range(size - _SIZE + 1)]
    return jnp.asarray(np.stack(rows) / weights.sum(), jnp.float32)


def _blur(images: jax.Array) -> jax.Array:
    H, W = images.shape[-2:]
    precise = jax.lax.Precision.HIGHEST  # variances are small differences of what is blurred
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
    samples = _moments(fake)

    def best(one: _Moments) -> jax.Array:
        means = train.mean * one.mean
        covariance = _blur(train.images * one.images) - means
        # As the paper's inequality has it; rounding may break it where pictures are flat.
        bound = jnp.sqrt(train.variance * one.variance)
        covariance = jnp.clip(covariance, -bound, bound)
        ssim = (2 * means + _C1) * (2 * covariance + _C2)
        ssim /= (train.mean**2 + one.mean**2 + _C1) * (train.variance + one.variance + _C2)
        return ssim.mean((1, 2, 3)).max()

    return jnp.stack([best(jax.tree.map(lambda x, i=i: x[i], samples)) for i in range(_CHUNK)])
