"""The net that says which of OpenMoji's emoji a description names.

python train.py --config=configs/naming.py --workdir=runs/naming
python -m emojax.training.export runs/naming naming.safetensors
"""

import ml_collections

from configs import common


def get_config() -> ml_collections.ConfigDict:
    """A net of 0.7 M parameters and 150,000 captions; a minute or two of one core."""
    config = ml_collections.ConfigDict()
    config.task = "naming"
    config.seed = 0
    config.steps = 5000
    config.batch_size = 256  # captions

    config.data = ml_collections.ConfigDict()
    config.data.captions = 150_000

    config.model = ml_collections.ConfigDict()
    config.model.num_classes = 0  # answers; the data says so
    config.model.features = 64
    config.model.dropout = 0.3  # of n-grams

    config.optimizer = ml_collections.ConfigDict()
    config.optimizer.learning_rate = 4e-3
    config.optimizer.b1 = 0.9
    config.optimizer.b2 = 0.98
    config.optimizer.warmup = 0.05  # share of the steps

    config.average_decay = 0.999

    # Validated at the end alone: the learning rate has fallen by then, and scores before it are noise.
    config.run = common.run_settings(log_every=100, validate_every=5000, checkpoint_every=1000)
    config.run.validate_count = 400  # held-out names and keywords
    return config
