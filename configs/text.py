"""The net that reads descriptions: from words to the parts of a face.

python train.py --config=configs/text.py --workdir=runs/text
python -m emojax.training.export runs/text text.safetensors
"""

import ml_collections

from configs import common


def get_config() -> ml_collections.ConfigDict:
    """A net of 0.7 M parameters and 80,000 captions; some twenty minutes of one core."""
    config = ml_collections.ConfigDict()
    config.task = "text"
    config.seed = 0
    config.steps = 6000
    config.batch_size = 64  # captions

    config.data = ml_collections.ConfigDict()
    config.data.captions = 80_000

    config.model = ml_collections.ConfigDict()
    config.model.counts = ()  # numbers of answers of each slot; the data says so
    config.model.features = 64
    config.model.heads = 4
    config.model.layers = 2
    config.model.dropout = 0.1  # of the features of words

    config.optimizer = ml_collections.ConfigDict()
    config.optimizer.learning_rate = 2e-3
    config.optimizer.b1 = 0.9
    config.optimizer.b2 = 0.98
    config.optimizer.warmup = 0.05  # share of the steps

    config.average_decay = 0.995

    config.run = common.run_settings(log_every=50, validate_every=1000, checkpoint_every=1000)
    config.run.validate_count = 512  # captions of held-out pairs
    return config
