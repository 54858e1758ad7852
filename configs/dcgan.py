"""The published DCGAN, to the letter: 108 OpenMoji smileys, 64 px, black background.

python train.py --config=configs/dcgan.py --workdir=runs/dcgan

The other GAN recipes start from this one and state their differences.
"""

import ml_collections

from configs import common


def get_config() -> ml_collections.ConfigDict:
    """500 epochs of 6.75 steps: 3,375 steps."""
    config = ml_collections.ConfigDict()
    config.task = "gan"
    config.seed = 0
    config.epochs = 500
    config.batch_size = 16
    config.dtype = "float32"  # of activations and products; "bfloat16" for accelerators

    config.data = ml_collections.ConfigDict()
    config.data.name = "smileys"  # or faces, people, hands, animals, all
    config.data.size = 64  # side in pixels
    config.data.background = "black"
    config.data.renderings = 1  # of each drawing, or as many as 1 GiB holds; all but the first have jitter:
    config.data.rotation = 4.0  # at most, in degrees
    config.data.scale = 0.04  # at most, of the logarithm of the size
    config.data.translation = 0.02  # at most, of the side
    config.data.mirror = False  # whether half of the images are mirrored

    config.model = ml_collections.ConfigDict()
    config.model.latent_size = 100
    config.model.first_size = 4  # side of the first feature map, to which the latent is projected
    config.model.generator_widths = (512, 256, 128, 64)
    config.model.discriminator_widths = (64, 128, 256, 512)
    config.model.num_classes = 0  # 0: unconditional; -1: as many as there are emoji
    config.model.embedding_size = 50
    config.model.projection = False  # projection discriminator; else the class is a fourth channel
    # Additions of later papers, see emojax.models.dcgan; all are off.
    config.model.upsampling = "transposed"  # convolutions; or "nearest"
    config.model.skips = False  # the image is a sum over resolutions; generator_widths has one more entry
    config.model.excitation = False  # skip-layer excitation: channels gated by features of 1/8 of the side
    config.model.attention = 0  # side of the feature map with self-attention in both nets; 0: none
    config.model.modes = 0  # how many latents are a one-hot choice of the kind of image; 0: none
    config.model.discriminator_norm = "batch"  # or "none"
    config.model.spectral_norm = False  # of the discriminator

    config.loss = ml_collections.ConfigDict()
    config.loss.name = "bce"  # a name of emojax.training.gan.losses.LOSSES
    config.loss.smoothing = 0.0  # of the discriminator's targets
    config.loss.r1_weight = 0.0  # of the R1 penalty
    config.loss.r1_every = 4  # the penalty is computed on every fourth image of a batch
    config.loss.likeness_weight = 0.0  # of the mean absolute difference from the label's drawing
    config.loss.likeness_side = 16  # pixels a side to which both are averaged down for that

    # Of the discriminator's images, with fields of emojax.training.augment.differentiable.Augmentation.
    config.augmentation = ml_collections.ConfigDict()
    config.augmentation.strength = 0.0  # probability of each operation, at the start of a run
    config.augmentation.target = 0.0  # mean sign of real logits at which strength settles; 0: it is constant
    config.augmentation.adapt_images = 20_000  # images after which strength can have gone from 0 to 1
    config.augmentation.colour = 1.0
    config.augmentation.translation = 0.125
    config.augmentation.scale = 0.0
    config.augmentation.rotation = 0.0
    config.augmentation.cutout = 0.5

    config.generator_optimizer = ml_collections.ConfigDict()
    config.generator_optimizer.learning_rate = 1.5e-4
    config.generator_optimizer.b1 = 0.4
    config.generator_optimizer.b2 = 0.999

    config.discriminator_optimizer = ml_collections.ConfigDict()
    config.discriminator_optimizer.learning_rate = 1.05e-4
    config.discriminator_optimizer.b1 = 0.4
    config.discriminator_optimizer.b2 = 0.999

    # The moving average is not in the paper and does not affect its training: samples are drawn from it. Its
    # memory is 50 steps. With a longer one it blends faces, since this recipe changes them from one hundred
    # steps to the next; with a shorter one samples are those of single steps.
    config.average_decay = 0.98
    config.average_warmup = False  # whether the memory grows at first, see engine.optimization.warmup_decay

    config.run = common.run_settings(
        log_every=25, sample_every=125, sample_count=64, checkpoint_every=500, keep_checkpoints=3
    )
    config.run.validate_count = 256  # samples in a validation, which scores kernel distance and copying
    return config
