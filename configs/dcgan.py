"""The published emoji DCGAN, to the letter: 108 OpenMoji smileys, 64 px, black background.

python train.py --config=configs/dcgan.py --workdir=runs/dcgan
"""

import ml_collections


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
    config.data.size = 64
    config.data.background = "black"

    config.model = ml_collections.ConfigDict()
    config.model.latent_size = 100
    config.model.generator_widths = (512, 256, 128, 64)
    config.model.discriminator_widths = (64, 128, 256, 512)

    config.generator_optimizer = ml_collections.ConfigDict()
    config.generator_optimizer.learning_rate = 1.5e-4
    config.generator_optimizer.b1 = 0.4
    config.generator_optimizer.b2 = 0.999

    config.discriminator_optimizer = ml_collections.ConfigDict()
    config.discriminator_optimizer.learning_rate = 1.05e-4
    config.discriminator_optimizer.b1 = 0.4
    config.discriminator_optimizer.b2 = 0.999

    # The moving average is not in the paper and does not touch its training: it is a
    # second generator that only samples are drawn from. It looks 50 steps back: this recipe
    # changes its faces from one hundred steps to the next, and a longer memory blends them.
    config.average_decay = 0.98

    # How the run is carried out. Nothing here changes what comes out.
    config.run = ml_collections.ConfigDict()
    config.run.parallel = "auto"  # jit, pmap, mesh; auto: pmap where there are several devices
    config.run.steps_per_call = 0  # 0: 1 on CPU, 50 on accelerators
    config.run.log_every = 25
    config.run.sample_every = 125
    config.run.sample_count = 64
    config.run.checkpoint_every = 500
    config.run.keep_checkpoints = 3
    return config
