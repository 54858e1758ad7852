"""From logits to how likely words are: among people, and as if words were more alike in frequency."""

import numpy as np


def probabilities(logits: np.ndarray, frequencies: np.ndarray, *, weighted: float) -> np.ndarray:
    """``float64[..., K]``: how likely each of one attribute's K words is, with their true frequencies.

    Args:
      logits: ``float[..., K]`` of a net that was trained with weighted faces.
      frequencies: ``float[K]`` of the words in the training faces.
      weighted: exponent of the inverse frequencies by which training weighted faces.
    """
    return _softmax(logits + weighted * np.log(frequencies))


def evidence(
    logits: np.ndarray,
    frequencies: np.ndarray,
    *,
    weighted: float,
    balance: float,
    presence: float | None,
) -> np.ndarray:
    """``float64[..., K]``: the same as if words were as frequent as exponents of the inverse frequencies say.

    With true frequencies hardly anybody would be drawn with what few people have. With equal ones many would
    be who do not have it, since most people do not: for "something or nothing" there is an exponent of its
    own, and `balance` only decides what it is.

    Args:
      logits, frequencies, weighted: as of `probabilities`.
      balance: 0 leaves words as frequent as they are, 1 makes all alike.
      presence: the same of the first word, which says that there is nothing or the usual, against all others
        together; None if that is no question of its own.
    """
    found = _softmax(logits + (weighted - balance) * np.log(frequencies))
    if presence is None:
        return found
    usual = probabilities(logits, frequencies, weighted=weighted)[..., :1]
    # A share of at least so much, so that no odds are infinite.
    usual = np.clip(usual, 1e-12, 1 - 1e-12)
    odds = (1 - usual) / usual * (frequencies[0] / (1 - frequencies[0])) ** presence
    others = found[..., 1:] / np.maximum(found[..., 1:].sum(-1, keepdims=True), 1e-300)
    share = odds / (1 + odds)
    return np.concatenate([1 - share, share * others], -1)


def _softmax(logits: np.ndarray) -> np.ndarray:
    raised = np.exp(logits - logits.max(-1, keepdims=True))
    found: np.ndarray = raised / raised.sum(-1, keepdims=True)
    return found
