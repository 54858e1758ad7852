"""Autoencoders of the shapes of face parts, one for each kind of part, trained together.

python -m emojax.avatar.datasets.celeb_parts PHOTOS --out REAL
python -m emojax.avatar.datasets.drawn_parts --out DRAWN
python train.py --config=configs/autoencoder.py --workdir=runs/autoencoder --data_dir=REAL --drawn_dir=DRAWN
python -m emojax.training.export runs/autoencoder autoencoder.safetensors
"""

import ml_collections

from configs import common


def get_config() -> ml_collections.ConfigDict:
    """Eight nets of 0.4 M parameters each; a few minutes on two cores."""
    config = ml_collections.ConfigDict()
    config.task = "reconstruction"
    config.seed = 0
    # Keys of emojax.data.parts.shapes.PARTS_OF_TYPE.
    config.kinds = ("face", "hair", "hat", "brow", "eye", "eyeglasses", "nose", "mouth")
    config.steps = 1200
    config.batch_size = 32  # shapes of every kind, half of them from photos, half from drawings

    config.data = ml_collections.ConfigDict()
    config.data.validation = "^[01]"  # a regular expression that the names of held-out faces match

    config.model = ml_collections.ConfigDict()
    config.model.widths = (32, 64, 96)
    config.model.embedding = 48

    # Fields of emojax.training.augment.shapes.ShapeNoise.
    config.noise = ml_collections.ConfigDict()
    config.noise.shift = 0.03  # largest shift, in sides of the picture
    config.noise.scale = 0.05  # largest share of growth or shrinkage
    config.noise.rotation = 4.0  # largest angle in degrees
    config.noise.holes = 0.4  # share of the shapes that an ellipse covers in part
    config.noise.ragged = 0.8  # largest probability that a pixel of the border is flipped
    config.noise.blurred = 1.0  # largest weight of the blurred shape

    config.dice = 1.0  # weight of the Dice loss beside the cross-entropy

    config.optimizer = ml_collections.ConfigDict()
    config.optimizer.learning_rate = 2e-3
    config.optimizer.b1 = 0.9
    config.optimizer.b2 = 0.99
    config.optimizer.warmup = 0.05  # share of the steps

    config.average_decay = 0.99

    # sample_count: shapes of each kind in a validation's picture, beside their reconstructions.
    config.run = common.run_settings(sample_count=3, validate_every=400)
    return config
