"""The figures of GAN reports: names, explanations, which way is better, and how they are formatted."""

import math
from typing import Final, Literal, NamedTuple

Better = Literal["lower", "higher", "as real", "as 1"]


class Meaning(NamedTuple):
    """What a figure is, for people who have never heard of it.

    Attributes:
      title: its name.
      explanation: in a sentence or two.
      better: which way is better; "as real" means near the figure of real emoji, neither below nor above,
        "as 1" near 1.
      digits: decimals of a value below 10, one fewer for each more digit before the point; of per cent,
      always. percent: whether it is a share, to be formatted in per cent.
    """

    title: str
    explanation: str
    better: Better
    digits: int = 3
    percent: bool = False


PER_EXTRACTOR: Final = {
    "kid": Meaning(
        "KID",
        "Kernel distance between the distributions of samples and of real emoji; 0 means that they cannot be "
        "told apart, and an estimate of 0 may fall slightly below it.",
        "lower",
        4,
    ),
    "fd": Meaning(
        "FD",
        "Fréchet distance along the main directions of real emoji: how far mean and spread of the samples "
        "are from theirs. It is larger the fewer pictures there are; that of real emoji is of half of them. "
        "(It is not FID, which has other features and needs thousands of pictures.)",
        "lower",
        4,
    ),
    "precision": Meaning(
        "Precision",
        "Share of samples that are near some real emoji: how many look right.",
        "higher",
        1,
        percent=True,
    ),
    "recall": Meaning(
        "Recall",
        "Share of real emoji that are near some sample, as near as samples are to each other: how much of "
        "the variety the generator could have drawn.",
        "higher",
        1,
        percent=True,
    ),
    "density": Meaning(
        "Density",
        "To how many real emoji a sample is near, relative to what is expected; single unusual emoji raise "
        "it less than precision. Real emoji have about 1.",
        "higher",
        3,
    ),
    "coverage": Meaning(
        "Coverage",
        "Share of real emoji that have a sample near them: how much of the variety is really drawn.",
        "higher",
        1,
        percent=True,
    ),
    "copying_ratio": Meaning(
        "Copying ratio",
        "Mean distance from a sample to the nearest training emoji, divided by that from a real emoji to the "
        "nearest other one; far below 1 means copies, far above 1 means unlike any emoji.",
        "as 1",
        3,
    ),
    "near_copies": Meaning(
        "Near copies",
        "Share of samples nearer to a training emoji than 95 % of real emoji are to each other; of new "
        "drawings by the same artists 5 % would be.",
        "lower",
        1,
        percent=True,
    ),
    "copying_p": Meaning(
        "Copying test",
        "Probability (p-value) that samples are as near to training emoji as they are if they were new emoji "
        "by the same artists; below 0.01 means that they are copied.",
        "higher",
        4,
    ),
    "feature_variance": Meaning(
        "Feature variance",
        "Total variance of the samples' features, divided by that of real emoji; far below 1, the generator "
        "has collapsed.",
        "as 1",
        3,
    ),
    "pairwise_distance": Meaning(
        "Pairwise distance",
        "Mean distance between two samples; below that of real emoji, samples repeat themselves.",
        "as real",
        3,
    ),
    "label_accuracy": Meaning(
        "Label accuracy",
        "Share of samples whose nearest real emoji is the one that was asked for.",
        "higher",
        1,
        percent=True,
    ),
    "label_variety": Meaning(
        "Variety within labels",
        "Distance between two samples of one label, divided by that between two real emoji.",
        "higher",
        3,
    ),
}
"""Figures of the features of one extractor; their keys are ``NAME/EXTRACTOR``."""

OF_PIXELS: Final = {
    "ssim": Meaning(
        "SSIM to the nearest",
        "Structural similarity of a sample to the most similar training emoji, mean over samples. Blur and "
        "copying both raise it: it is here because published reports have it.",
        "as real",
        3,
    ),
    "color_distance": Meaning(
        "Colour distance",
        "By how many levels of 255 pixels would have to change, on average, for the samples to have the "
        "colours of real emoji.",
        "lower",
        2,
    ),
    "edge_quality": Meaning(
        "Edge quality",
        "Share of an edge's contrast that is crossed within two pixels: 1 is crisp, 0.4 is blurred.",
        "as real",
        3,
    ),
    "speckle": Meaning(
        "Speckle in the face",
        "Noise in the face, divided by what little real emoji have.",
        "as 1",
        1,
    ),
    "speckle_ground": Meaning(
        "Speckle around it",
        "The same on the ground outside of the face.",
        "as 1",
        1,
    ),
    "outline": Meaning(
        "Outline completeness",
        "Share of the directions in which a face's border is on a circle; hats and hands lower it for real "
        "emoji, too.",
        "as real",
        1,
        percent=True,
    ),
    "shading": Meaning(
        "Shading",
        "Share of a face in which colours change gradually, as in smears and blur; drawings are flat but for "
        "their edges.",
        "as real",
        1,
        percent=True,
    ),
}
"""Figures of pixels alone."""


SUMMARY: Final = (
    "kid/emoji_net",
    "kid/random_cnn",
    "fd/emoji_net",
    "precision/emoji_net",
    "recall/emoji_net",
    "density/emoji_net",
    "coverage/emoji_net",
    "copying_ratio/emoji_net",
    "near_copies/emoji_net",
    "label_accuracy/emoji_net",
    "ssim",
    "speckle",
    "speckle_ground",
    "outline",
    "shading",
)
"""Keys of a short table's figures, the main figure first."""

BRIEF: Final = (
    "kid/emoji_net",
    "kid/random_cnn",
    "precision/emoji_net",
    "coverage/emoji_net",
    "copying_ratio/emoji_net",
    "speckle",
    "outline",
    "shading",
)
"""Keys of a table with a row for each recipe."""


def meaning(key: str) -> Meaning:
    """The `Meaning` of a figure by its key.

    Raises:
      KeyError: there is no such figure.
    """
    name = key.split("/")[0]
    return PER_EXTRACTOR[name] if "/" in key else OF_PIXELS[name]


def title(key: str) -> str:
    """A figure's name, with its extractor where it has one."""
    name = meaning(key).title
    return f"{name} ({key.split('/')[1]})" if "/" in key else name


def format_value(key: str, value: float | None, *, beside: float | None = None) -> str:
    """A value as reports have it, such as ``12.3 %``.

    Args:
      key: of the figure.
      value: the number; None gives a dash.
      beside: the number whose decimals it gets: an error has those of the value that it is the error of.
    """
    if value is None:
        return "–"
    what = meaning(key)
    scale = 100.0 if what.percent else 1.0
    size = abs(value if beside is None else beside) * scale
    digits = (
        what.digits if what.percent else max(0, what.digits - max(0, math.floor(math.log10(size or 1.0))))
    )
    text = f"{scale * value:.{digits}f}".replace("-", "−")
    return f"{text} %" if what.percent else text


def direction(key: str) -> str:
    """Which way is better, in words."""
    words = {
        "lower": "lower is better",
        "higher": "higher is better",
        "as real": "near real is better",
        "as 1": "near 1 is better",
    }
    return words[meaning(key).better]
