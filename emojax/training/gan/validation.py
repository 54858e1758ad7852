"""Scores of a GAN in training: the part of the GAN report that takes little time."""

import dataclasses

import numpy as np

from emojax.evaluation.measures import features
from emojax.evaluation.measures.copying import copying
from emojax.evaluation.measures.distances import kernel_distance
from emojax.evaluation.measures.similarity import nearest_ssim

_SEED = 0


@dataclasses.dataclass(frozen=True)
class Progress:
    """Scores samples against the emoji that they were learned from, whose features are computed once.

    Attributes:
      images: real emoji, ``uint8[M, S, S, 3]``.
      extractors: `features.emoji_net` and `features.random_cnn`.
      known: the features of the real emoji by each extractor, ``float32[M, D]``.
    """

    images: np.ndarray
    extractors: tuple[features.Extractor, ...]
    known: tuple[np.ndarray, ...]

    @classmethod
    def load(cls, images: np.ndarray) -> "Progress":
        """Computes the features of the real emoji.

        Args:
          images: ``uint8[M, S, S, 3]``, M at least 20.

        Raises:
          UserError: an extractor's weights cannot be read.
        """
        extractors = features.emoji_net(), features.random_cnn()
        return cls(images, extractors, tuple(extractor(images) for extractor in extractors))

    def scores(self, images: np.ndarray) -> dict[str, float]:
        """Scores of samples.

        Args:
          images: ``uint8[N, S, S, 3]``, N at least 20.

        Returns:
          ``kid``: kernel distance in the features of `features.emoji_net`, lower is better, unbiased for any
          number of samples; ``kid_random_cnn``: the same in those of `features.random_cnn`, which depend on
          speckle and blur more than on content; ``copying_ratio``: mean distance to the nearest training
          emoji over that between real emoji, below 1 where samples are copies; ``near_copies``: the share
          of samples nearer to a training emoji than 95 % of real emoji are to each other; ``ssim``: mean
          over the samples of the largest structural similarity to a training emoji.

        Raises:
          UserError: too few samples or emoji.
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
