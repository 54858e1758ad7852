"""The best recipe measured for emoji: 108 OpenMoji smileys, 64 px, black background.

python train.py --config=configs/dcgan_best.py --workdir=runs/dcgan_best
python train.py --config=configs/dcgan_best.py:VARIANT --workdir=runs/VARIANT

The variants are the rows of its ablation, see `VARIANTS`.
"""

import ml_collections


def _best(config: ml_collections.ConfigDict) -> None:
    """All that helps, for 1,700 epochs. `short` and what follows are trained for 250, which ranks them."""


def _late(config: ml_collections.ConfigDict) -> None:
    """Longer: better drawn, and nearer to the pictures that it learned from than these are to each other."""
    config.epochs = 2400


def _early(config: ml_collections.ConfigDict) -> None:
    """The best recipe for fewer steps."""
    config.epochs = 1200


def _single(config: ml_collections.ConfigDict) -> None:
    """`early` without latents that choose a kind of image: all kinds are one."""
    _early(config)
    config.model.modes = 0


def _short(config: ml_collections.ConfigDict) -> None:
    """`single` for as long as the others, each of which changes one thing about this."""
    _single(config)
    config.epochs = 250


def _unaugmented(config: ml_collections.ConfigDict) -> None:
    """The discriminator sees images as they are."""
    _short(config)
    config.augmentation.strength = 0.0


def _adaptive(config: ml_collections.ConfigDict) -> None:
    """Augmentation as strong as overfitting asks for."""
    _short(config)
    config.augmentation.strength = 0.0
    config.augmentation.target = 0.6


def _translated(config: ml_collections.ConfigDict) -> None:
    """Augmentation without colours and cutout."""
    _short(config)
    config.augmentation.colour = 0.0
    config.augmentation.cutout = 0.0


def _batch(config: ml_collections.ConfigDict) -> None:
    """Batch norm in the discriminator, as published, instead of the R1 penalty."""
    _short(config)
    config.model.discriminator_norm = "batch"
    config.loss.r1_weight = 0.0


def _hinge(config: ml_collections.ConfigDict) -> None:
    """Hinge loss and a spectrally normalised discriminator instead of cross-entropy and the R1 penalty."""
    _short(config)
    config.loss.name = "hinge"
    config.loss.r1_weight = 0.0
    config.model.spectral_norm = True


def _attention(config: ml_collections.ConfigDict) -> None:
    """Self-attention at 16 px in both nets."""
    _short(config)
    config.model.attention = 16


def _plain(config: ml_collections.ConfigDict) -> None:
    """A generator without skips and excitation, of transposed convolutions, as published."""
    _short(config)
    config.model.generator_widths = (256, 128, 64, 32)
    config.model.upsampling = "transposed"
    config.model.skips = False
    config.model.excitation = False


def _still(config: ml_collections.ConfigDict) -> None:
    """One rendering of each drawing instead of 32."""
    _short(config)
    config.data.renderings = 1


def _momentum(config: ml_collections.ConfigDict) -> None:
    """Adam as published: with momentum, and at its learning rates."""
    _short(config)
    config.generator_optimizer.learning_rate = 1.5e-4
    config.generator_optimizer.b1 = 0.4
    config.generator_optimizer.b2 = 0.999
    config.discriminator_optimizer.learning_rate = 1.05e-4
    config.discriminator_optimizer.b1 = 0.4
    config.discriminator_optimizer.b2 = 0.999


VARIANTS = {
    "best": _best,
    "late": _late,
    "early": _early,
    "single": _single,
    "short": _short,
    "unaugmented": _unaugmented,
    "adaptive": _adaptive,
    "translated": _translated,
    "batch": _batch,
    "hinge": _hinge,
    "attention": _attention,
    "plain": _plain,
    "still": _still,
    "momentum": _momentum,
}


def get_config(variant: str = "best") -> ml_collections.ConfigDict:
    """1,700 epochs of 6.75 steps: 11,475 steps, some 37 minutes on one CPU core; `short` takes 1,688.

    Args:
      variant: one of `VARIANTS`.
    """
    if variant not in VARIANTS:
        raise ValueError(f"unknown variant {variant!r}: choose one of {', '.join(VARIANTS)}")
    config = ml_collections.ConfigDict()
    config.task = "gan"
    config.seed = 0
    config.epochs = 1700
    config.batch_size = 16
    config.dtype = "float32"  # of activations and products; "bfloat16" for accelerators

    config.data = ml_collections.ConfigDict()
    config.data.name = "smileys"  # or faces, people, hands, animals, all
    config.data.size = 64
    config.data.background = "black"
    config.data.renderings = 32  # of each drawing, or what 1 GiB holds; all but the first moved by at most:
    config.data.rotation = 4.0  # degrees
    config.data.scale = 0.04  # of the logarithm
    config.data.translation = 0.02  # of the side
    config.data.mirror = False

    config.model = ml_collections.ConfigDict()
    config.model.latent_size = 100
    config.model.first_size = 4  # side that the latent is opened to
    config.model.generator_widths = (256, 128, 64, 32, 16)
    config.model.discriminator_widths = (32, 64, 128, 256)
    config.model.num_classes = 0  # -1: as many as there are emoji
    config.model.embedding_size = 50
    config.model.projection = False  # how the discriminator judges classes; else as a fourth channel
    config.model.upsampling = "nearest"  # or "transposed" convolutions
    config.model.skips = True  # the image is a sum over resolutions, one more entry of generator_widths
    config.model.excitation = True  # features weighted by those at an eighth of the resolution
    config.model.attention = 0  # side at which both nets look at themselves; 0: nowhere
    config.model.modes = 48  # latents that choose one of as many kinds of image; 0: none do
    config.model.discriminator_norm = "none"  # or "batch"
    config.model.spectral_norm = False  # of the discriminator

    config.loss = ml_collections.ConfigDict()
    config.loss.name = "bce"  # or "hinge"
    config.loss.smoothing = 0.0  # of the discriminator's targets, for "bce"
    config.loss.r1_weight = 1.0
    config.loss.r1_every = 8  # on every eighth image of a batch
    config.loss.likeness_weight = 0.0  # of what a label draws to its drawing, averaged down to
    config.loss.likeness_side = 16  # pixels

    # Of what the discriminator sees, with fields of emojax.training.augment.differentiable.Augmentation.
    config.augmentation = ml_collections.ConfigDict()
    config.augmentation.strength = 1.0  # probability of each change, where a run starts
    config.augmentation.target = 0.0  # mean sign of real logits that strength is steered to; 0: it stays
    config.augmentation.adapt_images = 20_000  # images after which strength may have gone from 0 to 1
    config.augmentation.colour = 1.0
    config.augmentation.translation = 0.125
    config.augmentation.scale = 0.0
    config.augmentation.rotation = 0.0
    config.augmentation.cutout = 0.5

    config.generator_optimizer = ml_collections.ConfigDict()
    config.generator_optimizer.learning_rate = 4e-4
    config.generator_optimizer.b1 = 0.0
    config.generator_optimizer.b2 = 0.99

    config.discriminator_optimizer = ml_collections.ConfigDict()
    config.discriminator_optimizer.learning_rate = 4e-4
    config.discriminator_optimizer.b1 = 0.0
    config.discriminator_optimizer.b2 = 0.99

    config.average_decay = 0.998
    config.average_warmup = True  # before step 5,000 it looks back over a tenth of the run at most

    # How the run is carried out. Nothing here changes a step; what is validated decides which one is kept.
    config.run = ml_collections.ConfigDict()
    config.run.parallel = "auto"  # jit, pmap, mesh; auto: pmap where there are several devices
    config.run.steps_per_call = 0  # 0: 1 on CPU, 50 on accelerators
    config.run.log_every = 25
    config.run.sample_every = 125
    config.run.sample_count = 64
    config.run.validate_every = 500  # kernel distance and copying, by which the best step is kept; 0: never
    config.run.validate_count = 256  # samples to judge by
    config.run.checkpoint_every = 500
    config.run.keep_checkpoints = 3
    VARIANTS[variant](config)
    return config
