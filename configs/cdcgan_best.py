"""The best conditional recipe measured: 108 OpenMoji smileys by their labels, 128 px, black background.

python train.py --config=configs/cdcgan_best.py --workdir=runs/cdcgan_best
python infer.py --generate 8 --label "kissing heart" --workdir=runs/cdcgan_best
"""

import ml_collections


def get_config() -> ml_collections.ConfigDict:
    """600 epochs of 6.75 steps: 4,050 steps, some 45 minutes on one CPU core."""
    config = ml_collections.ConfigDict()
    config.task = "gan"
    config.seed = 0
    config.epochs = 600
    config.batch_size = 16
    config.dtype = "float32"  # of activations and products; "bfloat16" for accelerators

    config.data = ml_collections.ConfigDict()
    config.data.name = "smileys"  # or faces, people, hands, animals, all
    config.data.size = 128
    config.data.background = "black"
    config.data.renderings = 32  # of each drawing, or what 1 GiB holds; all but the first moved by at most:
    config.data.rotation = 6.0  # degrees
    config.data.scale = 0.05  # of the logarithm
    config.data.translation = 0.02  # of the side
    config.data.mirror = False

    config.model = ml_collections.ConfigDict()
    config.model.latent_size = 100
    config.model.first_size = 4  # side that the latent is opened to
    config.model.generator_widths = (256, 160, 96, 48, 24, 12)
    config.model.discriminator_widths = (24, 48, 96, 192, 256)
    config.model.num_classes = -1  # as many as there are emoji
    config.model.embedding_size = 128
    config.model.projection = True  # how the discriminator judges classes; else as a fourth channel
    config.model.upsampling = "nearest"  # or "transposed" convolutions
    config.model.skips = True  # the image is a sum over resolutions, one more entry of generator_widths
    config.model.excitation = True  # features weighted by those at an eighth of the resolution
    config.model.attention = 0  # side at which both nets look at themselves; 0: nowhere
    config.model.modes = 0  # latents that choose one of as many kinds of image; 0: none do
    config.model.discriminator_norm = "none"  # or "batch"
    config.model.spectral_norm = False  # of the discriminator

    config.loss = ml_collections.ConfigDict()
    config.loss.name = "bce"  # or "hinge"
    config.loss.smoothing = 0.0  # of the discriminator's targets, for "bce"
    config.loss.r1_weight = 1.0
    config.loss.r1_every = 8  # on every eighth image of a batch
    config.loss.likeness_weight = 100.0  # of what a label draws to its drawing, averaged down to
    config.loss.likeness_side = 128  # pixels: the full size, so not at all

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
    config.generator_optimizer.learning_rate = 6e-4
    config.generator_optimizer.b1 = 0.5
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
    config.run.validate_every = 0  # kernel distance is soon at 0 and ranks nothing: the last step is kept
    config.run.validate_count = 256  # samples to judge by
    config.run.checkpoint_every = 500
    config.run.keep_checkpoints = 3
    return config
