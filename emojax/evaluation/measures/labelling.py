"""Whether a conditional model draws what it is asked for, and more than one picture of it."""

import numpy as np

from emojax.core.errors import UserError
from emojax.evaluation.measures.copying import nearest
from emojax.evaluation.measures.estimates import check_features, check_varied, require


def label_accuracy(
    train_features: np.ndarray, train_labels: np.ndarray, fake_features: np.ndarray, requested: np.ndarray
) -> float:
    """Share of samples whose nearest training picture has the label that was asked for.

    Args:
      train_features: ``[M, D]``, M at least 1.
      train_labels: integers ``[M]``.
      fake_features: of the samples, ``[N, D]``, N at least 1.
      requested: labels asked for, integers ``[N]``.

    Returns:
      0 to 1; guessing gives one over the number of labels.

    Raises:
      UserError: there are no samples, features cannot be compared, or labels do not match them in number.
    """
    require("label accuracy", samples=len(fake_features), least=1)
    _check_labels("label accuracy (training)", train_features, train_labels)
    _check_labels("label accuracy", fake_features, requested)
    index, _ = nearest(train_features, fake_features)
    return float((np.asarray(train_labels)[index] == np.asarray(requested)).mean())


def label_variety(train_features: np.ndarray, fake_features: np.ndarray, requested: np.ndarray) -> float:
    """How much samples of one label differ, relative to how much the training pictures do.

    ``Σ_l n_l s_l / Σ_l n_l`` over labels asked for at least twice, divided by the training set's s, where
    s² is the mean squared distance between two different members, ``2 Σ_d var_d``.

    Args:
      train_features: ``[M, D]``, M at least 2.
      fake_features: of the samples, ``[N, D]``.
      requested: labels asked for, integers ``[N]``.

    Returns:
      0 where each label always gives one picture; 1 where its samples differ as labels do.

    Raises:
      UserError: no label was asked for twice, training pictures are all the same, features cannot be
        compared, or labels do not match them in number.
    """
    train, fake = check_features("variety within labels", train_features, fake_features)
    require("variety within labels (training)", samples=len(train), least=2)
    _check_labels("variety within labels", fake, requested)
    labels, counts = np.unique(np.asarray(requested), return_counts=True)
    require("variety within labels (of one label)", samples=int(counts.max(initial=0)), least=2)
    check_varied("variety within labels", train)
    repeated = counts > 1
    spreads = [_spread(fake[np.asarray(requested) == label]) for label in labels[repeated]]
    return float(np.average(spreads, weights=counts[repeated]) / _spread(train))


def _spread(features: np.ndarray) -> float:
    """Root of the total variance of ``float64[N, D]``, which is `label_variety`'s s but for a factor √2."""
    return float(np.sqrt(features.var(0, ddof=1).sum()))


def _check_labels(figure: str, features: np.ndarray, labels: np.ndarray) -> None:
    if np.shape(labels) != (len(features),):
        raise UserError(
            f"{figure}: {len(features)} pictures but labels {list(np.shape(labels))}: give one for each"
        )
