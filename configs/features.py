"""The feature net, in whose features generated drawings are judged: every drawing is a class of its own.

python train.py --config=configs/features.py --workdir=runs/features
python -m emojax.training.export runs/features features.safetensors
"""

import ml_collections

from configs import common


def get_config() -> ml_collections.ConfigDict:
    """A net of 0.7 M parameters, 14 epochs of 5,560 drawings; some ten minutes on one core."""
    config = ml_collections.ConfigDict()
    config.task = "exemplar"
    config.seed = 0
    config.steps = 1200
    config.batch_size = 64  # drawings, with two views of each
    config.run_length = 32  # drawings of a batch that are neighbours in OpenMoji's order

    config.data = ml_collections.ConfigDict()
    config.data.size = 64
    config.data.avatars = 200  # of each style that ships
    config.data.smileys = 8  # how often an epoch has each of the 108; all others once

    config.model = ml_collections.ConfigDict()
    config.model.widths = (48, 96, 160)
    config.model.embedding = 128

    # Fields of emojax.training.augment.views.Views, which explains them.
    config.views = ml_collections.ConfigDict()
    config.views.shift = 0.05
    config.views.scale = 0.1
    config.views.rotation = 10.0
    config.views.still = 0.2
    config.views.color = 0.12
    config.views.contrast = 0.12
    config.views.brightness = 0.05
    config.views.blur = 0.6
    config.views.noise = 0.03

    # Factor of the cosines in the softmax. Larger, and all drawings end up equally far from each other.
    config.sharpness = 14.0
    config.validation_strength = 1.5  # of the views by which the best step is chosen

    config.optimizer = ml_collections.ConfigDict()
    config.optimizer.learning_rate = 3e-3
    config.optimizer.b1 = 0.9
    config.optimizer.b2 = 0.98
    config.optimizer.warmup = 0.05  # share of the steps

    config.average_decay = 0.99

    # sample_count: views of smallest margin in a validation's picture.
    config.run = common.run_settings(log_every=25, sample_count=18, validate_every=100, checkpoint_every=100)
    return config
