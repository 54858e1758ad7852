"""The published conditional DCGAN, to the letter: 108 OpenMoji smileys by their labels, 128 px.

python train.py --config=configs/cdcgan.py --workdir=runs/cdcgan
python infer.py --generate 8 --label "kissing heart" --workdir=runs/cdcgan
"""

import ml_collections

from configs import dcgan


def get_config() -> ml_collections.ConfigDict:
    """`dcgan` with labels, at twice the size: 200 epochs of 6.75 steps, 1,350 steps."""
    config = dcgan.get_config()
    config.epochs = 200
    config.data.size = 128
    config.model.num_classes = -1
    config.model.first_size = 8
    config.loss.smoothing = 0.1  # the discriminator's targets are 0.9 and 0.1
    for optimizer in (config.generator_optimizer, config.discriminator_optimizer):
        optimizer.learning_rate = 4e-4
        optimizer.b1 = 0.5
    return config
