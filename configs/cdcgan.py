"""The published conditional DCGAN, to the letter: 108 OpenMoji smileys by their labels, 128 px.

python train.py --config=configs/cdcgan.py --workdir=runs/cdcgan
python infer.py --generate 8 --label "kissing heart" --workdir=runs/cdcgan
"""

import ml_collections


def get_config() -> ml_collections.ConfigDict:
    """200 epochs of 6.75 steps: 1,350 steps."""
    config = ml_collections.ConfigDict()
    config.task = "gan"
    config.seed = 0
    config.epochs = 200
    config.batch_size = 16
    config.dtype = "float32"  # of activations and products; "bfloat16" for accelerators

    config.data = ml_collections.ConfigDict()
    config.data.name = "smileys"  # or faces, people, hands, animals, all
    config.data.size = 128
    config.data.background = "black"
    config.data.renderings = 1  # of each drawing; further ones are moved by at most
    config.data.rotation = 4.0  # degrees,
    config.data.scale = 0.04  # of the logarithm,
    config.data.translation = 0.02  # of the side
    config.data.mirror = False

    config.model = ml_collections.ConfigDict()
    config.model.latent_size = 100
    config.model.generator_widths = (512, 256, 128, 64)
    config.model.discriminator_widths = (64, 128, 256, 512)
    config.model.first_size = 8  # side that the latent and the class are opened to
    config.model.num_classes = -1  # as many as there are emoji
    config.model.embedding_size = 50
    config.model.projection = False  # the discriminator sees the class as a fourth channel
    # What later papers have added, see emojax.models.dcgan; all of it is off.
    config.model.upsampling = "transposed"  # or "nearest"
    config.model.skips = False
    config.model.excitation = False
    config.model.attention = 0  # side of the features that look at themselves
    config.model.modes = 0  # latents that choose a kind of image
    config.model.discriminator_norm = "batch"  # or "none"
    config.model.spectral_norm = False

    config.loss = ml_collections.ConfigDict()
    config.loss.name = "bce"  # or "hinge"
    config.loss.smoothing = 0.1  # the discriminator aims at 0.9 and 0.1
    config.loss.r1_weight = 0.0
    config.loss.r1_every = 4  # images, of which one is penalised
    config.loss.likeness_weight = 0.0  # of what a label draws to its drawing, averaged down to
    config.loss.likeness_side = 16  # pixels

    # Of what the discriminator sees, with fields of emojax.training.augment.differentiable.Augmentation.
    config.augmentation = ml_collections.ConfigDict()
    config.augmentation.strength = 0.0  # probability of each change
    config.augmentation.target = 0.0  # mean sign of real logits that strength is steered to; 0: it stays
    config.augmentation.adapt_images = 20_000
    config.augmentation.colour = 1.0
    config.augmentation.translation = 0.125
    config.augmentation.scale = 0.0
    config.augmentation.rotation = 0.0
    config.augmentation.cutout = 0.5

    config.generator_optimizer = ml_collections.ConfigDict()
    config.generator_optimizer.learning_rate = 4e-4
    config.generator_optimizer.b1 = 0.5
    config.generator_optimizer.b2 = 0.999

    config.discriminator_optimizer = ml_collections.ConfigDict()
    config.discriminator_optimizer.learning_rate = 4e-4
    config.discriminator_optimizer.b1 = 0.5
    config.discriminator_optimizer.b2 = 0.999

    # The moving average is not in the paper and does not touch its training: it is a
    # second generator that only samples are drawn from. It looks 50 steps back: this recipe
    # changes its faces from one hundred steps to the next, and a longer memory blends them.
    config.average_decay = 0.98
    config.average_warmup = False

    # How the run is carried out. Nothing here changes a step; what is validated decides which one is kept.
    config.run = ml_collections.ConfigDict()
    config.run.parallel = "auto"  # jit, pmap, mesh; auto: pmap where there are several devices
    config.run.steps_per_call = 0  # 0: 1 on CPU, 50 on accelerators
    config.run.log_every = 25
    config.run.sample_every = 125
    config.run.sample_count = 64
    config.run.validate_every = 0  # steps between looks at kernel distance and copying; 0: never
    config.run.validate_count = 256
    config.run.checkpoint_every = 500
    config.run.keep_checkpoints = 3
    return config
