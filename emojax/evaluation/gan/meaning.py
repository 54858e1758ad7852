"""What each figure of a GAN report is called, what it says in a sentence, and which way is better."""

import math
from typing import Final, Literal, NamedTuple

Better = Literal["lower", "higher", "as real", "as 1"]


class Meaning(NamedTuple):
    """Of a figure: for people who have never heard of it.

    Attributes:
      title: its name.
      means: one sentence.
      better: which way is better; "as real" means near to what real emoji have, neither below nor above,
        "as 1" near to 1.
      digits: after the point, where it is shown.
      percent: whether it is a share, to be shown in percent.
    """

    title: str
    means: str
    better: Better
    digits: int = 3
    percent: bool = False


PER_EXTRACTOR: Final = {
    "kid": Meaning(
        "KID",
        "Kernel distance: how far all samples together are from all real emoji; 0 means that nothing tells "
        "them apart, and an estimate of 0 may fall slightly below it.",
        "lower",
        4,
    ),
    "fd": Meaning(
        "FD",
        "Fréchet distance along the main directions of real emoji: how far mean and spread of the samples "
        "are from theirs. The fewer pictures the larger it comes out: that of real emoji is of half of them. "
        "(It is not FID, which has other features and needs thousands of pictures.)",
        "lower",
        4,
    ),
    "precision": Meaning(
        "Precision",
        "The share of samples that lie where real emoji lie: how many look right.",
        "higher",
        1,
        percent=True,
    ),
    "recall": Meaning(
        "Recall",
        "The share of real emoji that lie where samples lie: how much of the variety the generator could "
        "have drawn.",
        "higher",
        1,
        percent=True,
    ),
    "density": Meaning(
        "Density",
        "How crowded with real emoji the places of samples are, which single odd emoji cannot raise; real "
        "emoji have about 1.",
        "higher",
        3,
    ),
    "coverage": Meaning(
        "Coverage",
        "The share of real emoji that have a sample near them: how much of the variety is really drawn.",
        "higher",
        1,
        percent=True,
    ),
    "copying_ratio": Meaning(
        "Copying ratio",
        "Distance from a sample to the nearest training emoji, divided by that from a real emoji to the "
        "nearest other one; far below 1 means copies, far above 1 means unlike any emoji.",
        "as 1",
        3,
    ),
    "near_copies": Meaning(
        "Near copies",
        "The share of samples nearer to a training emoji than 95 % of real emoji are to each other; new "
        "drawings by the same artists would have 5 %.",
        "lower",
        1,
        percent=True,
    ),
    "copying_p": Meaning(
        "Copying test",
        "How likely samples would be as near to training emoji as they are if they were new emoji by the "
        "same artists: below 0.01 means that they are copied.",
        "higher",
        4,
    ),
    "feature_variance": Meaning(
        "Feature variance",
        "How much the samples differ from each other in all features together, as a share of how much real "
        "emoji do; far below 1, the generator has collapsed.",
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
        "The share of samples that are recognised as the emoji that was asked for.",
        "higher",
        1,
        percent=True,
    ),
    "label_variety": Meaning(
        "Variety within labels",
        "Mean distance between samples of one label, as a share of that between any two samples.",
        "higher",
        3,
    ),
}
"""Figures of the features of one extractor; their keys are ``NAME/EXTRACTOR``."""

OF_PIXELS: Final = {
    "ssim": Meaning(
        "SSIM to the nearest",
        "Structural similarity of a sample to the training emoji most alike, mean over samples. Blur and "
        "copying both raise it: it is here because published reports show it.",
        "as real",
        3,
    ),
    "color_distance": Meaning(
        "Colour distance",
        "By how many levels of 255 pixels would have to change for the samples to have the colours of real "
        "emoji.",
        "lower",
        2,
    ),
    "edge_quality": Meaning(
        "Edge quality",
        "The share of an edge's contrast that is crossed within two pixels: 1 is crisp, 0.4 is smeared.",
        "as real",
        3,
    ),
    "speckle": Meaning(
        "Speckle in the face",
        "Grain where real emoji are flat, as a multiple of what little those have.",
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
        "The share of directions in which a face's border is where a closed circle has it; hats and hands "
        "cost real emoji some.",
        "as real",
        1,
        percent=True,
    ),
    "shading": Meaning(
        "Shading",
        "The share of a face where colours run into each other, as in smears and blur: drawings are flat but "
        "for their edges.",
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
"""Keys of the figures that a short table shows, the one that recipes are chosen by first."""

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
"""Those of a table with a row for each recipe."""


def meaning(key: str) -> Meaning:
    """Of a figure by its key.

    Raises:
      KeyError: there is no such figure.
    """
    name = key.split("/")[0]
    return PER_EXTRACTOR[name] if "/" in key else OF_PIXELS[name]


def title(key: str) -> str:
    """A figure's name, with its extractor where it has one."""
    name = meaning(key).title
    return f"{name} ({key.split('/')[1]})" if "/" in key else name


def shown(key: str, value: float | None, *, beside: float | None = None) -> str:
    """A value as the report shows it, such as ``12.3 %``.

    Args:
      key: of the figure.
      value: to be shown; None gives a dash.
      beside: whose digits to show: an error has those of what it is the error of.
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
