"""The generator of faces from parts: eyes, mouths and extras of 108 smileys, recombined without end; 128 px.

python train.py --config=configs/parts.py --workdir=runs/parts

In two runs: the first learns where parts are, the second, with a discriminator, how they are drawn.

python train.py --config=configs/parts.py:64_likeness --workdir=runs/likeness
python -m emojax.training.export --average_only runs/likeness likeness.safetensors
python train.py --config=configs/parts.py:64 --workdir=runs/parts64 --init_weights=likeness.safetensors
"""

import ml_collections

from configs import common


def get_config(variant: str = "") -> ml_collections.ConfigDict:
    """The recipe, or its variant ``64``, ``likeness`` or ``64_likeness``."""
    config = ml_collections.ConfigDict()
    config.task = "emoji_parts"
    config.seed = 0
    config.steps = 20_000
    config.batch_size = 16
    config.dtype = "float32"  # of activations and products; "bfloat16" for accelerators

    config.data = ml_collections.ConfigDict()
    config.data.size = 128  # side in pixels
    config.data.background = "black"
    config.data.own = 0.15  # share of faces that are OpenMoji's own
    config.data.mirrored = 0.5  # share of faces that are mirrored

    config.model = ml_collections.ConfigDict()
    config.model.groups = ()  # numbers of parts of each kind; the data says so
    config.model.num_classes = 0  # their sum
    config.model.generator_widths = (128, 64, 32)  # features at each resolution
    config.model.grid_size = 16  # side of the grid on which parts are laid out
    config.model.code = 32  # features of that grid
    config.model.embedding_size = 192  # of a part
    config.model.style = 128  # features of what tells all layers about the face as a whole
    config.model.discriminator_widths = (24, 48, 96, 192, 256)
    config.model.first_size = 4  # side of the discriminator's last features
    config.model.discriminator_norm = "none"
    config.model.projection = True

    config.loss = ml_collections.ConfigDict()
    config.loss.name = "bce"  # a name of emojax.training.gan.losses.LOSSES
    config.loss.adversarial_weight = 1.0  # 0: no discriminator
    config.loss.likeness_weight = 100.0  # of the distance to the composed face
    config.loss.r1_weight = 1.0  # of the R1 penalty
    config.loss.r1_every = 8  # it is computed on every eighth image of a batch

    config.generator_optimizer = ml_collections.ConfigDict()
    config.generator_optimizer.learning_rate = 2e-3  # the peak
    config.generator_optimizer.warmup = 0.03  # share of the steps
    config.generator_optimizer.b1 = 0.9
    config.generator_optimizer.b2 = 0.99

    config.discriminator_optimizer = ml_collections.ConfigDict()
    config.discriminator_optimizer.learning_rate = 4e-4
    config.discriminator_optimizer.b1 = 0.0
    config.discriminator_optimizer.b2 = 0.99

    config.average_decay = 0.995

    config.run = common.run_settings(
        log_every=25, validate_every=500, sample_count=48, checkpoint_every=500, keep_checkpoints=2
    )
    config.run.validate_count = 256
    common.variant(VARIANTS, variant, "parts")(config)
    return config


def _small(config: ml_collections.ConfigDict) -> None:
    """64 px, from the weights of ``64_likeness``."""
    config.steps = 3_500
    config.generator_optimizer.learning_rate = 1e-3
    _small_nets(config)


def _small_nets(config: ml_collections.ConfigDict) -> None:
    config.data.size = 64
    config.model.generator_widths = (96, 32)
    config.model.discriminator_widths = (32, 64, 128, 256)


def _likeness(config: ml_collections.ConfigDict) -> None:
    """Without a discriminator."""
    config.steps = 6_000
    config.loss.adversarial_weight = 0.0


def _small_likeness(config: ml_collections.ConfigDict) -> None:
    _small_nets(config)
    _likeness(config)
    config.steps = 8_000


VARIANTS = {"": lambda config: None, "64": _small, "likeness": _likeness, "64_likeness": _small_likeness}
