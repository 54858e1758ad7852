"""The attribute net: what photos show, in the words by which people label them.

python -m emojax.training.attributes.views PHOTOS --labels celebamask --out views.npz
python train.py --config=configs/attributes.py --data_dir=views.npz --workdir=runs/attributes
python -m emojax.training.export runs/attributes attributes.safetensors
"""

import ml_collections

from configs import common


def get_config() -> ml_collections.ConfigDict:
    """One linear map of the face parser's pooled features; a minute on one core."""
    config = ml_collections.ConfigDict()
    config.task = "attributes"
    config.seed = 0
    config.steps = 400
    config.batch_size = 128

    config.model = ml_collections.ConfigDict()
    config.model.features = 1  # as many as the data has

    config.loss = ml_collections.ConfigDict()
    # Exponent of the inverse frequencies by which faces count. 0: what few people have is never read; 1: a
    # handful of faces decide.
    config.loss.weighted = 0.5
    config.loss.smoothing = 0.1  # share of a label that its neighbours on an ordered scale get

    # By attribute the same exponent of the evidence by which drawings are chosen; `loss.weighted` where none
    # is given. Chosen by cross-validation on the training faces. At 1 for the arrangement of hair 38 of 743
    # are read as put up, 3 of the 25 who have it so among them; at 0.5 18 and 2.
    config.balance = ml_collections.ConfigDict(
        {
            "hairline": 1.0,
            **dict.fromkeys(
                ("lipstick", "eye_makeup", "lines", "earrings", "headwear", "brows", "eyes"), 1.0
            ),
            "facial_hair": 0.75,
        }
    )

    # The same for the first word, that there is nothing or what is usual, against all others together. By
    # cross-validation on the training faces, of 691 bare heads 0 get a hat, with balance alone 13; of 590
    # smooth chins 13 and 38 get a beard, of 653 level brows 19 and 78 are drawn raised, cross or worried;
    # and 12, 12 and 17 in a hundred more of those who have such are missed. Smaller: more are missed. Larger:
    # more people get what they do not have.
    config.presence = ml_collections.ConfigDict(
        {
            **dict.fromkeys(("headwear", "eyes", "hairline", "lipstick"), 0.5),
            **dict.fromkeys(("brows", "earrings", "facial_hair", "lines"), 0.75),
        }
    )

    config.optimizer = ml_collections.ConfigDict()
    config.optimizer.learning_rate = 0.4
    config.optimizer.momentum = 0.9
    config.optimizer.warmup = 0.05  # share of the steps
    config.optimizer.weight_decay = 1e-3

    config.average_decay = 0.99

    config.run = common.run_settings(log_every=50, sample_count=8, validate_every=100, checkpoint_every=100)
    return config
