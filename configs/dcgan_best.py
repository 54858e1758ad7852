"""The best recipe measured for emoji: 108 OpenMoji smileys, 64 px, black background.

python train.py --config=configs/dcgan_best.py --workdir=runs/dcgan_best
python train.py --config=configs/dcgan_best.py:VARIANT --workdir=runs/VARIANT

The variants are the rows of its ablation, see `VARIANTS`.
"""

import ml_collections

from configs import common, dcgan


def _best(config: ml_collections.ConfigDict) -> None:
    """The recipe that ships, 1,700 epochs. `short` and the variants after it have 250."""


def _late(config: ml_collections.ConfigDict) -> None:
    """Longer: samples are cleaner, and nearer to training images than these are to each other."""
    config.epochs = 2400


def _early(config: ml_collections.ConfigDict) -> None:
    """The best recipe for fewer steps."""
    config.epochs = 1200


def _single(config: ml_collections.ConfigDict) -> None:
    """`early` without modes."""
    _early(config)
    config.model.modes = 0


def _short(config: ml_collections.ConfigDict) -> None:
    """`single` for as many steps as the variants below, each of which changes one thing about this."""
    _single(config)
    config.epochs = 250


def _unaugmented(config: ml_collections.ConfigDict) -> None:
    """The discriminator's images are not augmented."""
    _short(config)
    config.augmentation.strength = 0.0


def _attention(config: ml_collections.ConfigDict) -> None:
    """Self-attention at 16 px in both nets."""
    _short(config)
    config.model.attention = 16


def _plain(config: ml_collections.ConfigDict) -> None:
    """The published generator: transposed convolutions, no skips, no excitation."""
    _short(config)
    config.model.generator_widths = (256, 128, 64, 32)
    config.model.upsampling = "transposed"
    config.model.skips = False
    config.model.excitation = False


VARIANTS = {
    "best": _best,
    "late": _late,
    "early": _early,
    "single": _single,
    "short": _short,
    "unaugmented": _unaugmented,
    "attention": _attention,
    "plain": _plain,
}


def get_config(variant: str = "best") -> ml_collections.ConfigDict:
    """1,700 epochs of 6.75 steps: 11,475 steps, some 37 minutes on one CPU core; `short` takes 1,688.

    Args:
      variant: one of `VARIANTS`.
    """
    change = common.variant(VARIANTS, variant, "dcgan_best")
    config = dcgan.get_config()
    config.epochs = 1700
    config.data.renderings = 32
    config.model.generator_widths = (256, 128, 64, 32, 16)
    config.model.discriminator_widths = (32, 64, 128, 256)
    config.model.upsampling = "nearest"
    config.model.skips = True
    config.model.excitation = True
    config.model.modes = 48
    config.model.discriminator_norm = "none"  # with the R1 penalty a logit must depend on its image alone
    config.loss.r1_weight = 1.0
    config.loss.r1_every = 8
    config.augmentation.strength = 1.0
    for optimizer in (config.generator_optimizer, config.discriminator_optimizer):
        optimizer.learning_rate = 4e-4
        optimizer.b1 = 0.0
        optimizer.b2 = 0.99
    config.average_decay = 0.998
    config.average_warmup = True  # up to step 4,500 the memory is a tenth of the steps taken
    config.run.validate_every = 500  # the step of the smallest kernel distance is kept
    change(config)
    return config
