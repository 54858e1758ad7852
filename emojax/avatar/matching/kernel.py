"""The k best variants for every face and part type, in one compiled program.

By cosine similarity, or by that and by how likely the face shows what the variants show.
"""

import functools
from typing import Final, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

_MAX_SIMILARITIES: Final = 2**23
"""Similarities in memory at a time, 32 MB of float32. Smaller, faces are compared in more, shorter batches;
larger, memory grows: 1,000 faces with 10,000 variants of 11 types have 440 MB of similarities."""


_LEAST: Final = 1e-4
"""Probability below which words count as this unlikely. Smaller: one attribute that a drawing has wrong
outweighs all others that it has right. Larger: the unlikely and the impossible are alike."""


_MAX_DIFFERENCE: Final = 2.0 + 1e-4
"""Of two cosines, with some rounding."""


class Evidence(NamedTuple):
    """What faces show and what variants show: A attributes with up to W words each.

    Attributes:
      faces: ``float[N, A, W]``, how likely each word is; zeros for attributes that were not read.
      words: ``float[T, V, A, W]``, how much of each word a variant shows, 0 to 1.
      weights: ``float[A]``, how much a nat of each attribute counts against similarity.
      bonus: ``float[N, T, V]``, added to the variants' scores.
    """

    faces: ArrayLike
    words: ArrayLike
    weights: ArrayLike
    bonus: ArrayLike


class Matches(NamedTuple):
    """The k best variants, the best first.

    Attributes:
      similarity: ``float32[N, T, k]``, cosines in [-1, 1]; -inf where fewer than k variants are present.
      variant: ``int32[N, T, k]``, indices into V; -1 where fewer are present.
    """

    similarity: jax.Array
    variant: jax.Array


def match(
    faces: ArrayLike, library: ArrayLike, present: ArrayLike, *, k: int, evidence: Evidence | None = None
) -> Matches:
    """Compares the N faces' parts of each of T types with all V variants of that type.

    Args:
      faces: ``float[N, T, D]`` vectors. A zero vector has similarity 0 to every variant.
      library: ``float[T, V, D]`` vectors of the variants, padded where a type has fewer than V; or
        ``float[N, T, V, D]`` where they differ between faces.
      present: ``bool[T, V]``, False for padding; or ``bool[N, T, V]``, False also for variants that are
        ruled out for a face.
      k: how many to return, 1 to V. Ties are in the order of the library.
      evidence: ranks variants by similarity plus weights times log probability, instead of by similarity
        alone. A variant has the probability of its words together; one without words for an attribute that
        was read, the face's expected log probability, as if its words were drawn from what was read. A
        variant without vector, which nothing can be compared with, counts as similar as the most similar.

    Raises:
      ValueError: shapes or k do not fit.
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
    batch_size = max(1, min(N, _MAX_SIMILARITIES // (T * V)))
    arrays = None if evidence is None else Evidence(*map(jnp.asarray, evidence))
    return _match(faces, library, present, k, batch_size, arrays)


@functools.partial(jax.jit, static_argnames=("k", "batch_size"))
def _match(
    faces: jax.Array,
    library: jax.Array,
    present: jax.Array,
    k: int,
    batch_size: int,
    evidence: Evidence | None = None,
) -> Matches:
    library = _unit(library)

    def of_type(
        part: jax.Array, variants: jax.Array, present: jax.Array, bonus: jax.Array | None = None
    ) -> Matches:
        # HIGHEST: bfloat16 products, the default on TPUs, would make near neighbours tie.
        similarity = jnp.matmul(variants, part, precision=jax.lax.Precision.HIGHEST)
        if bonus is None:
            best, index = jax.lax.top_k(jnp.where(present, similarity, -jnp.inf), k)
            return Matches(best, jnp.where(jnp.isfinite(best), index, -1))
        has_vector = jnp.any(variants != 0, axis=-1)
        nearest = jnp.max(jnp.where(present & has_vector, similarity, -1.0))
        score = jnp.where(has_vector, similarity, nearest) + bonus
        best, index = jax.lax.top_k(jnp.where(present, score, -jnp.inf), k)
        found = jnp.isfinite(best)
        return Matches(jnp.where(found, similarity[index], -jnp.inf), jnp.where(found, index, -1))

    per_face = {"library": library} if library.ndim == 4 else {}
    per_face |= {"present": present} if present.ndim == 3 else {}

    if evidence is not None:
        per_face["bonus"] = _bonus(evidence)

    def of_face(row: dict[str, jax.Array]) -> Matches:
        face = {"library": library, "present": present} | row
        bonus = (face["bonus"],) if evidence is not None else ()
        return jax.vmap(of_type)(_unit(face["face"]), face["library"], face["present"], *bonus)

    return jax.lax.map(of_face, {"face": faces} | per_face, batch_size=batch_size)


def contenders(evidence: Evidence, present: ArrayLike, *, k: int) -> np.ndarray:
    """``bool[N, T, V]``: variants of `present` that could be among the k best whatever their similarity.

    Cosines differ by 2 at most, so a variant whose words are further behind the k-th best's cannot be.

    Args:
      evidence: of the same call of `match`.
      present: ``bool[T, V]``.
      k: 1 to V.
    """
    return np.asarray(_contenders(Evidence(*map(jnp.asarray, evidence)), np.asarray(present), k))


@functools.partial(jax.jit, static_argnames="k")
def _contenders(evidence: Evidence, present: jax.Array, k: int) -> jax.Array:
    bonus = jnp.where(present, _bonus(evidence), -jnp.inf)
    least = jax.lax.top_k(bonus, k)[0][..., -1:]
    return jnp.isfinite(bonus) & (bonus >= least - _MAX_DIFFERENCE)


def _bonus(evidence: Evidence) -> jax.Array:
    """``float32[N, T, V]``: what is added to similarities: the weighted log probability of each variant's
    words, and `Evidence.bonus`."""
    faces, words, weights = (jnp.asarray(x, jnp.float32) for x in evidence[:3])
    likely = jnp.einsum("naw,tvaw->ntva", faces, words, precision=jax.lax.Precision.HIGHEST)
    expected = jnp.sum(faces * jnp.log(jnp.maximum(faces, _LEAST)), -1)[:, None, None]
    tagged = jnp.any(words > 0, -1)
    log = jnp.where(tagged, jnp.log(jnp.maximum(likely, _LEAST)), expected)
    # An attribute of which no variant of the type has words says nothing about it.
    matters = jnp.any(tagged, axis=1, keepdims=True) & jnp.any(faces > 0, -1)[:, None, None]
    return jnp.sum(jnp.where(matters, weights * log, 0.0), -1) + jnp.asarray(evidence.bonus)


def _unit(x: jax.Array) -> jax.Array:
    """``float32[..., D]``: vectors scaled to length 1; zero vectors stay zero."""
    x = x.astype(jnp.float32)
    # Scaled by the largest element first, since squares of very small or large floats leave float32's range.
    # Then a vector's squares sum to 1 or more unless it is zero, which 0.5 keeps from a division by zero.
    x = x / jnp.maximum(jnp.max(jnp.abs(x), axis=-1, keepdims=True), jnp.finfo(jnp.float32).tiny)
    return x * jax.lax.rsqrt(jnp.maximum(jnp.sum(x * x, axis=-1, keepdims=True), 0.5))
