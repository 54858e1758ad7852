"""Texts become words, and words n-grams that a misspelling mostly keeps."""

import numpy as np
import pytest

from emojax.models.text import tokens


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Heart-Eyes, and a TEAR!", ["heart", "eyes", "and", "a", "tear"]),
        ("x's for its doctor\u2019s eyes", ["x's", "for", "its", "doctor's", "eyes"]),
        ("\ufb01ne snake_case", ["fine", "snake", "case"]),
        ("泣き顔", ["泣き", "き顔"]),
        ("涙", ["涙"]),
        ("🤠", ["face", "with", "cowboy", "hat"]),
        ("sad\u202ecat\x00\ud800face", ["sad", "cat", "face"]),
        (" \t\n\u200b", []),
        ("", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert tokens.words(text) == words


def test_a_text_of_any_length_has_bounded_words() -> None:
    assert tokens.words("a b " * 100_000) == ["a", "b"] * (tokens.MAX_WORDS // 2)
    assert len(tokens.words("顔" * 10_000)) == tokens.MAX_WORDS


def test_a_misspelling_keeps_most_ngrams_and_another_word_none() -> None:
    right, wrong, other = (set(tokens.ngrams(word)) for word in ("sunglasses", "sunglases", "moustache"))
    assert len(right & wrong) > len(right) / 2
    assert not right & other
    assert all(0 < row < tokens.BUCKETS for row in right)


def test_short_words_have_bigrams_with_their_ends() -> None:
    assert len(tokens.ngrams("hi")) == 4  # itself, <h, hi, i>
    assert set(tokens.ngrams("hi")) & set(tokens.ngrams("ho"))


def test_encoding_pads_with_zeros_and_cuts() -> None:
    rows = tokens.encode(["tear", "x" * 300])
    assert rows.shape == (tokens.MAX_WORDS, tokens.MAX_NGRAMS)
    np.testing.assert_array_equal(rows[0, :5], tokens.ngrams("tear"))
    assert not rows[0, 5:].any()
    assert rows[1].all()
    assert not rows[2:].any()
    assert tokens.encode(["a"] * 50).shape == rows.shape


def test_a_bag_has_all_ngrams_and_each_word_counts_the_same() -> None:
    ngrams, shares = tokens.bag(["tear", "sunglasses"])
    expected = [*tokens.ngrams("tear"), *tokens.ngrams("sunglasses")]
    assert ngrams[: len(expected)].tolist() == expected
    assert not ngrams[len(expected) :].any()
    assert not shares[len(expected) :].any()
    first = len(tokens.ngrams("tear"))
    np.testing.assert_allclose((shares[:first] ** 2).sum(), 1.0, rtol=1e-6)
    np.testing.assert_allclose((shares[first:] ** 2).sum(), 1.0, rtol=1e-6)


def test_a_bag_is_cut_and_may_be_empty() -> None:
    ngrams, shares = tokens.bag(["sunglasses"] * 50)
    assert ngrams.shape == shares.shape == (tokens.BAG,)
    assert ngrams.all()
    assert (shares > 0).all()
    assert not tokens.bag([])[0].any()
