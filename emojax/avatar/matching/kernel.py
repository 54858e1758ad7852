"""Which drawn parts are most like the parts of faces: cosine similarity, all against all, in one program."""

import functools
from typing import Final, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

_AT_ONCE: Final = 2**23
"""Similarities held at once, 32 MB: those of 1,000 faces with 10,000 variants of 11 types would be 440."""


class Matches(NamedTuple):
    """The best variants, best first.

    Attributes:
      similarity: ``float32[N, T, k]`` in [-1, 1]; -inf where a type has fewer than k variants.
      variant: ``int32[N, T, k]``, -1 there.
    """

    similarity: jax.Array
    variant: jax.Array


def match(faces: ArrayLike, library: ArrayLike, present: ArrayLike, *, k: int) -> Matches:
    """Compares every face's part of every type with all variants of that type.

    Args:
      faces: ``float[N, T, D]`` embeddings; a part that a face lacks may be all zeros, and then is
        as like one variant as another (0).
      library: ``float[T, V, D]`` embeddings of the variants, filled up where a type has fewer; or
        ``float[N, T, V, D]`` where they differ from face to face.
      present: ``bool[T, V]``, False where filled up; or ``bool[N, T, V]``, False too where a variant
        is not for that face.
      k: how many to return, at most V. Of equals the first comes first.

    Raises:
      ValueError: shapes do not fit each other, or k does not fit V.
    """
    faces, library, present = (np.asarray(x) for x in (faces, library, present))
    N, T, D = faces.shape
    V = library.shape[-2]
    if library.shape not in ((T, V, D), (N, T, V, D)) or present.shape not in ((T, V), (N, T, V)):
        raise ValueError(
            f"faces {faces.shape}, library {library.shape} and present {present.shape} do not fit"
        )
    if not 1 <= k <= V:
        raise ValueError(f"k is {k}, but there are {V} variants")
    return _match(faces, library, present, k, max(1, min(N, _AT_ONCE // (T * V))))


@functools.partial(jax.jit, static_argnames=("k", "batch_size"))
def _match(faces: jax.Array, library: jax.Array, present: jax.Array, k: int, batch_size: int) -> Matches:
    library = _unit(library)

    def of_type(part: jax.Array, variants: jax.Array, present: jax.Array) -> Matches:
        # HIGHEST, because bfloat16 cannot tell neighbours in a full library apart.
        similarity = jnp.matmul(variants, part, precision=jax.lax.Precision.HIGHEST)
        best, index = jax.lax.top_k(jnp.where(present, similarity, -jnp.inf), k)
        return Matches(best, jnp.where(jnp.isfinite(best), index, -1))

    own = {"library": library} if library.ndim == 4 else {}
    own |= {"present": present} if present.ndim == 3 else {}

    def of_face(row: dict[str, jax.Array]) -> Matches:
        face = {"library": library, "present": present} | row
        return jax.vmap(of_type)(_unit(face["face"]), face["library"], face["present"])

    return jax.lax.map(of_face, {"face": faces} | own, batch_size=batch_size)


def _unit(x: jax.Array) -> jax.Array:
    """Vectors of length 1, and zeros where there are zeros: ``float32[..., D]``."""
    x = x.astype(jnp.float32)
    # Scaled first: squares of small or large floats leave float32's range.
    x = x / jnp.maximum(jnp.max(jnp.abs(x), axis=-1, keepdims=True), jnp.finfo(jnp.float32).tiny)
    return x * jax.lax.rsqrt(jnp.maximum(jnp.sum(x * x, axis=-1, keepdims=True), 0.5))
