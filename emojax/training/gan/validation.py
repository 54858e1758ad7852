"""The cheap part of the GAN report, for training to call every so many steps."""

import dataclasses

import numpy as np

from emojax.evaluation.measures import features
from emojax.evaluation.measures.copying import copying
from emojax.evaluation.measures.distances import kernel_distance
from emojax.evaluation.measures.similarity import nearest_ssim

LEAST_SAMPLES = 20
"""Samples that `Progress.scores` needs."""

_SEED = 0


@dataclasses.dataclass(frozen=True)
class Progress:
    """Scores samples against the emoji they were learned from; those are embedded once.

    Attributes:
      images: real emoji, ``uint8[M, S, S, 3]``.
      extractors: the report's own.
      known: the features of real emoji in each, ``float32[M, D]``.
    """

    images: np.ndarray
    extractors: tuple[features.Extractor, ...]
    known: tuple[np.ndarray, ...]

    @classmethod
    def load(cls, images: np.ndarray) -> "Progress":
        """For real emoji ``uint8[M, S, S, 3]``, M at least 20.

        Raises:
          UserError: an extractor's weights cannot be read.
        """
        extractors = features.emoji_net(), features.random_cnn()
        return cls(images, extractors, tuple(extractor(images) for extractor in extractors))

    def scores(self, images: np.ndarray) -> dict[str, float]:
        """Of samples ``uint8[N, S, S, 3]``, N at least `LEAST_SAMPLES`.

        Returns:
          ``kid``: kernel distance in `features.emoji_net`, lower is better, and unbiased however few
          samples there are; ``kid_random_cnn``: the same in `features.random_cnn`, which sees speckle and
          blur where that sees what is drawn; ``copying_ratio``: mean distance to the nearest training emoji
          over that between real emoji, below 1 where samples are copies; ``near_copies``: the share of
          samples nearer to a training emoji than 95 % of real emoji are to each other; ``ssim``: mean
          similarity to the training emoji most alike.

        Raises:
          UserError: too few samples, or emoji.
        """
        found = [extractor(images) for extractor in self.extractors]
        content, texture = (
            kernel_distance(known, fake, seed=_SEED).value
            for known, fake in zip(self.known, found, strict=True)
        )
        copies = copying(self.known[0], found[0], seed=_SEED)
        return {
            "kid": content,
            "kid_random_cnn": texture,
            "copying_ratio": copies.ratio.value,
            "near_copies": copies.near_copies.value,
            "ssim": float(nearest_ssim(self.images, images).mean()),
        }
