"""Whether a classifier can tell generated from real pictures."""

from typing import Final

import numpy as np

from emojax.evaluation.measures.estimates import check_features, require

_LEAST: Final = 40
"""Pictures of each set: half of them are tested on, and the accuracy's error is then 0.11 at most."""

_STRENGTH: Final = 0.01
"""Inverse of the weight of the L2 penalty. At 1 the classifier of 432 features learns 500 pictures by heart;
at 1e-4 it is next to the difference of means."""


def two_sample_accuracy(real: np.ndarray, fake: np.ndarray, *, seed: int) -> float:
    """The classifier two-sample test (Lopez-Paz & Oquab 2017, section 3) on frozen features.

    A logistic regression learns on one half of both sets, and its accuracy on the other is the figure; both
    halves take both roles, and the mean is returned.

    Args:
      real: ``[N, D]``.
      fake: ``[N, D]``, as many.
      seed: of the halves.

    Returns:
      0.5 where nothing tells them apart, on average; 1 where each can be told.

    Raises:
      UserError: too few pictures, not as many of each, or features that cannot be compared.
    """
    from sklearn.linear_model import LogisticRegression

    real, fake = check_features("two-sample test", real, fake)
    require("two-sample test", samples=min(len(real), len(fake)), least=_LEAST)
    count = min(len(real), len(fake))
    order = np.random.default_rng(seed).permutation(count)
    features = np.stack([real[order], fake[order]], 1)  # so that halves are balanced
    labels = np.tile([0, 1], (count, 1))
    half = count // 2
    accuracies = []
    for learned, tested in ((slice(half), slice(half, None)), (slice(half, None), slice(half))):
        x = features[learned].reshape(-1, features.shape[-1])
        mean, deviation = x.mean(0), x.std(0) + 1e-8
        model = LogisticRegression(C=_STRENGTH, max_iter=1000)
        model.fit((x - mean) / deviation, labels[learned].reshape(-1))
        y = features[tested].reshape(-1, features.shape[-1])
        accuracies.append(model.score((y - mean) / deviation, labels[tested].reshape(-1)))
    return float(np.mean(accuracies))
