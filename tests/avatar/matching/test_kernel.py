"""The matching kernel against a float64 reference, and its edge cases."""

import jax.numpy as jnp
import numpy as np
import pytest

from emojax.avatar.matching import kernel


def _clouds(N: int, T: int, V: int, D: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(N, T, D)).astype(np.float32), rng.normal(size=(T, V, D)).astype(np.float32)


def _reference(faces: np.ndarray, library: np.ndarray) -> np.ndarray:
    """Cosine similarities ``float64[N, T, V]``."""
    a, b = faces.astype(np.float64), library.astype(np.float64)
    lengths = np.linalg.norm(a, axis=-1)[..., None] * np.linalg.norm(b, axis=-1)[None]
    return np.einsum("ntd,tvd->ntv", a, b) / lengths


@pytest.mark.parametrize("shape", [(1, 1, 1, 3), (5, 3, 7, 16), (40, 11, 30, 64)])
def test_it_finds_what_a_float64_reference_finds(shape: tuple[int, int, int, int]) -> None:
    faces, library = _clouds(*shape)
    V, k = shape[2], min(4, shape[2])
    found = kernel.match(faces, library, jnp.ones(library.shape[:2], bool), k=k)
    expected = _reference(faces, library)
    order = np.argsort(-expected, axis=-1)[..., :k]
    np.testing.assert_array_equal(found.variant, order)
    np.testing.assert_allclose(found.similarity, np.take_along_axis(expected, order, -1), atol=2e-6)
    assert (np.asarray(found.variant) < V).all()


def test_padding_is_never_found() -> None:
    faces, library = _clouds(6, 3, 8, 5)
    present = np.arange(8) < np.asarray([[8], [3], [1]])
    library[1, 3:], library[2, 1:] = faces[0, 1], np.nan
    found = kernel.match(faces, library, present, k=3)
    assert (np.asarray(found.variant[:, 1]) < 3).all()
    np.testing.assert_array_equal(found.variant[:, 2], [[0, -1, -1]] * 6)
    assert np.isneginf(found.similarity[:, 2, 1:]).all()
    few = kernel.match(faces, library[:, :3], present[:, :3], k=3)
    np.testing.assert_array_equal(found.similarity[:, 1:], few.similarity[:, 1:])


def test_a_face_may_have_variants_of_its_own() -> None:
    faces, library = _clouds(5, 2, 6, 4)
    present = np.random.default_rng(1).random((5, 2, 6)) < 0.6
    found = kernel.match(faces, library, present, k=2)
    for i in range(5):
        alone = kernel.match(faces[i : i + 1], library, present[i], k=2)
        np.testing.assert_array_equal(found.variant[i], alone.variant[0])


def test_a_library_may_differ_from_face_to_face() -> None:
    faces, _ = _clouds(5, 2, 6, 4)
    libraries = np.random.default_rng(2).normal(size=(5, 2, 6, 4)).astype(np.float32)
    present = np.ones((2, 6), bool)
    found = kernel.match(faces, libraries, present, k=3)
    for i in range(5):
        alone = kernel.match(faces[i : i + 1], libraries[i], present, k=3)
        np.testing.assert_array_equal(found.variant[i], alone.variant[0])
        np.testing.assert_allclose(found.similarity[i], alone.similarity[0], atol=1e-6)


def test_zeros_are_harmless_and_length_does_not_count() -> None:
    faces, library = _clouds(4, 2, 6, 5)
    faces[0, 0], library[1, 2] = 0, 0
    present = np.ones((2, 6), bool)
    found = kernel.match(faces, library, present, k=6)
    np.testing.assert_array_equal(found.similarity[0, 0], np.zeros(6))
    np.testing.assert_array_equal(found.variant[0, 0], np.arange(6))
    assert np.isfinite(found.similarity).all()
    for scale in (1e-30, 1e30):
        scaled = kernel.match(faces * np.float32(scale), library, present, k=6)
        np.testing.assert_array_equal(found.variant, scaled.variant)
        np.testing.assert_allclose(found.similarity, scaled.similarity, atol=1e-6)


def test_faces_do_not_disturb_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many are compared at once."""
    faces, library = _clouds(13, 3, 20, 8)
    present = np.ones((3, 20), bool)
    whole = kernel.match(faces, library, present, k=5)
    monkeypatch.setattr(kernel, "_MAX_SIMILARITIES", 4 * 3 * 20)
    parts = kernel.match(faces, library, present, k=5)
    np.testing.assert_array_equal(whole.variant, parts.variant)
    np.testing.assert_allclose(whole.similarity, parts.similarity, atol=1e-6)


@pytest.mark.parametrize(
    ("limit", "expected"), [(10**9, 13), (13 * 60, 13), (13 * 60 - 1, 12), (4 * 60 + 1, 4), (60, 1), (1, 1)]
)
def test_batches_are_as_large_as_the_limit_allows(
    limit: int, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []
    monkeypatch.setattr(kernel, "_MAX_SIMILARITIES", limit)
    monkeypatch.setattr(kernel, "_match", lambda *arguments: sizes.append(arguments[4]))
    kernel.match(*_clouds(13, 3, 20, 8), np.ones((3, 20), bool), k=5)
    assert sizes == [expected]


def test_memory_is_bounded() -> None:
    """A thousand faces against ten thousand variants of each type: far less than all similarities."""
    faces = jnp.zeros((1000, 11, 32))
    library, present = jnp.zeros((11, 10_000, 32)), jnp.ones((11, 10_000), bool)
    batch_size = max(1, min(1000, kernel._MAX_SIMILARITIES // (11 * 10_000)))
    compiled = kernel._match.lower(faces, library, present, 5, batch_size).compile()
    memory = compiled.memory_analysis()
    assert memory.temp_size_in_bytes < 200e6 < 4 * 1000 * 11 * 10_000


def test_what_does_not_fit_is_refused() -> None:
    faces, library = _clouds(2, 3, 4, 5)
    present = np.ones((3, 4), bool)
    with pytest.raises(ValueError, match="do not fit"):
        kernel.match(faces, library[:2], present, k=1)
    for k in (0, 5):
        with pytest.raises(ValueError, match=f"k is {k}"):
            kernel.match(faces, library, present, k=k)
    for shape in ((3, 4, 6), (1, 3, 4, 5)):
        with pytest.raises(ValueError, match="do not fit"):
            kernel.match(faces, np.zeros(shape), present, k=1)
    for shape in ((4, 3), (1, 3, 4)):
        with pytest.raises(ValueError, match="do not fit"):
            kernel.match(faces, library, np.ones(shape, bool), k=1)


def _evidence(
    probabilities: list[list[float]], words: list[list[list[float]]], weight: float
) -> kernel.Evidence:
    """One face, one type: A attributes, and of each variant the words of each."""
    faces, shown = np.asarray([probabilities], np.float32), np.asarray([words], np.float32)
    return kernel.Evidence(faces, shown, np.full(faces.shape[1], weight), np.zeros((1, 1, len(words))))


def _ranked(evidence: kernel.Evidence, cosines: list[float]) -> list[int]:
    faces = np.asarray([[[1.0, 0.0]]])
    library = np.asarray([[[c, np.sqrt(1 - c * c)] if c else [0, 0] for c in cosines]])
    found = kernel.match(faces, library, np.ones((1, len(cosines)), bool), k=len(cosines), evidence=evidence)
    np.testing.assert_allclose(found.similarity[0, 0], np.asarray(cosines)[found.variant[0, 0]], atol=1e-6)
    return np.asarray(found.variant[0, 0]).tolist()


def test_what_is_likelier_wins_by_as_much_as_its_weight_says() -> None:
    words = [[[1.0, 0.0]], [[0.0, 1.0]]]
    lead = np.log(0.8 / 0.2)  # nats
    for weight, first in ((0.19 / lead, 0), (0.21 / lead, 1)):
        assert _ranked(_evidence([[0.2, 0.8]], words, weight), [0.9, 0.7])[0] == first


def test_several_words_are_as_likely_as_they_are_together() -> None:
    words = [[[1.0, 1.0, 0.0]], [[0.0, 0.0, 1.0]]]
    assert _ranked(_evidence([[0.3, 0.3, 0.4]], words, 1.0), [0.5, 0.5]) == [0, 1]


def test_a_variant_without_words_is_neither_best_nor_worst() -> None:
    words = [[[1.0, 0.0]], [[0.0, 0.0]], [[0.0, 1.0]]]
    assert _ranked(_evidence([[0.1, 0.9]], words, 1.0), [0.5, 0.5, 0.5]) == [2, 1, 0]


def test_an_attribute_that_was_not_read_or_that_no_variant_shows_changes_nothing() -> None:
    own = [[0.2, 0.8], [0.0, 0.0], [0.5, 0.5]]
    words = [[[1.0, 0.0], [1.0, 0.0], [0.0, 0.0]], [[0.0, 1.0], [0.0, 1.0], [0.0, 0.0]]]
    assert _ranked(_evidence(own, words, 0.01), [0.9, 0.7])[0] == 0
    assert _ranked(_evidence(own, words, 1.0), [0.9, 0.7])[0] == 1


def test_what_cannot_be_compared_is_judged_by_its_words_alone() -> None:
    words = [[[1.0, 0.0]], [[0.0, 1.0]]]
    assert _ranked(_evidence([[0.4, 0.6]], words, 0.01), [0.9, 0.0])[0] == 1
    assert _ranked(_evidence([[0.6, 0.4]], words, 0.01), [0.9, 0.0])[0] == 0


def test_contenders_are_those_that_can_be_among_the_best_and_not_many_more() -> None:
    rng = np.random.default_rng(3)
    N, T, V, A, W, k = 20, 3, 12, 2, 4, 3
    probabilities = rng.dirichlet(np.ones(W) * 0.3, size=(N, A))
    words = np.eye(W)[rng.integers(0, W, (T, V, A))]
    evidence = kernel.Evidence(probabilities, words, np.ones(A), rng.normal(0, 0.2, (N, T, V)))
    present = np.arange(V) < np.asarray([[V], [7], [V]])
    wanted = kernel.contenders(evidence, present, k=k)
    assert not (wanted & ~present).any()
    assert 0.2 < wanted[:, present].mean() < 0.8
    # Whoever is left out is left out even as the most similar, with the others the least similar.
    n, t, v = np.argwhere(~wanted & present)[0]
    faces = np.zeros((N, T, 2))
    faces[..., 0] = 1
    library = np.zeros((T, V, 2))
    library[..., 0] = -1
    library[t, v, 0] = 1
    found = kernel.match(faces, library, present, k=k, evidence=evidence)
    assert v not in np.asarray(found.variant)[n, t]
    # And the others suffice.
    faces, library = _clouds(N, T, V, 5)
    every = kernel.match(faces, library, present, k=k, evidence=evidence)
    some = kernel.match(faces, library, wanted, k=k, evidence=evidence)
    np.testing.assert_array_equal(every.variant, some.variant)
