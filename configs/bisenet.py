"""The face parser: the public net at 512 px, or a light one that a CPU can train and run.

python train.py --config=configs/bisenet.py --workdir=runs/bisenet --data_dir=CelebAMask-HQ
python train.py --config=configs/bisenet.py:light --workdir=runs/light --data_dir=FACES

A student starts from the light net and also learns from photos that this net has labelled:

python -m emojax.training.export runs/light light.safetensors
python -m emojax.training.parser.pseudo_labels light.safetensors PHOTOS --out PSEUDO
python train.py --config=configs/bisenet.py:student --workdir=runs/student --data_dir=FACES \
    --pseudo_dir=PSEUDO --init_weights=light.safetensors

bisenet.py:finish starts from the student, at a larger size; bisenet.py:polish from that, on faces as large
and upright as infer.py crops them; bisenet.py:refine from that, at the size at which infer.py uses the net.
"""

import ml_collections

from configs import common


def _full(config: ml_collections.ConfigDict) -> None:
    """The public net, 13.3 M parameters at 512 px, for accelerators."""


def _light(config: ml_collections.ConfigDict) -> None:
    """3.2 M parameters at 256 px, for CPUs."""
    config.variant = "light"
    config.steps = 6500
    config.batch_size = 8
    config.dtype = "float32"  # bfloat16 gains nothing on CPUs
    config.data.size = 256
    config.data.train_size = 224
    config.data.source_size = 320
    config.data.validation = "^[01]"
    config.optimizer.learning_rate = 1.5e-3


def _student(config: ml_collections.ConfigDict) -> None:
    """The light net's second round: a quarter of a batch has the first round's pseudo-labels."""
    _light(config)
    config.steps = 5000
    config.data.train_size = 256
    config.data.source_size = 384
    config.data.pseudo_share = 0.25
    config.optimizer.learning_rate = 1.2e-3


def _finish(config: ml_collections.ConfigDict) -> None:
    """The third round, at 320 px, mostly on faces as `emojax.avatar.faces` crops them."""
    _student(config)
    config.steps = 1500
    config.data.size = 320
    config.data.train_size = 320
    config.data.pseudo_share = 0.125
    config.augmentation.near = 0.7
    config.augmentation.turned = 0.15
    config.augmentation.coarse = 0.2
    config.optimizer.learning_rate = 6e-4


def _polish(config: ml_collections.ConfigDict) -> None:
    """The fourth round: true labels alone, sharper photos, some with synthesised earrings and necklaces."""
    _finish(config)
    config.steps = 3400
    config.data.source_size = 512
    config.data.pseudo_share = 0.0
    config.augmentation.min_zoom = 0.5
    config.augmentation.near = 0.75
    config.augmentation.coarse = 0.1
    config.augmentation.grey = 0.05
    config.augmentation.jpeg = 0.125
    config.augmentation.occluders = 1
    config.augmentation.jewellery = 0.125
    config.optimizer.learning_rate = 8e-4


def _refine(config: ml_collections.ConfigDict) -> None:
    """The fifth round, at 352 px, at which the net is used, with more synthesised jewellery."""
    _polish(config)
    config.steps = 2700
    config.data.size = 352
    config.data.train_size = 352
    config.augmentation.jewellery = 0.25
    config.optimizer.learning_rate = 7e-4


VARIANTS = {
    "full": _full,
    "light": _light,
    "student": _student,
    "finish": _finish,
    "polish": _polish,
    "refine": _refine,
}


def get_config(variant: str = "full") -> ml_collections.ConfigDict:
    """Settings of one of `VARIANTS`."""
    change = common.variant(VARIANTS, variant, "bisenet")
    config = ml_collections.ConfigDict()
    config.task = "segmentation"
    config.seed = 0
    config.variant = "full"
    config.steps = 40_000
    config.batch_size = 16
    config.dtype = "bfloat16"  # of activations

    config.data = ml_collections.ConfigDict()
    config.data.size = 512  # pixels a side, in validation and use
    # Smaller in training: a third faster, and augmentation varies scales anyway.
    config.data.train_size = 448
    config.data.source_size = 512  # of the photos on the device, from which augmentation samples
    config.data.validation = "7$"  # a regular expression that the names of held-out photos match
    config.data.pseudo_share = 0.0  # share of a batch that comes from --pseudo_dir
    config.data.repeat_rare = 3  # how often an epoch has faces with glasses, hats or necklaces

    # Fields of emojax.training.augment.faces.Augmentation, which explains them.
    config.augmentation = ml_collections.ConfigDict()
    config.augmentation.min_zoom = 0.4
    config.augmentation.max_zoom = 1.7
    config.augmentation.near = 0.4
    config.augmentation.max_rotation = 55.0
    config.augmentation.turned = 0.25
    config.augmentation.coarse = 0.35
    config.augmentation.grey = 0.08
    config.augmentation.jpeg = 0.25
    config.augmentation.occluders = 2
    config.augmentation.accessories = 0.125  # 0 for photos whose faces are not aligned with each other
    config.augmentation.jewellery = 0.0  # share with a synthesised necklace, and likewise earrings

    config.loss = ml_collections.ConfigDict()
    # (0.02 / share of the pixels)^0.4 of 746 faces of CelebAMask-HQ, clipped to [0.4, 3]. The necklace's is
    # doubled: with 3 the loss is smallest where no necklace is ever predicted.
    config.loss.class_weights = (
        *(0.4, 0.4, 1.86, 1.86, 2.41, 2.41, 2.02, 1.84, 1.84, 2.44),
        *(0.99, 2.18, 1.88, 1.55, 0.75, 6.0, 0.81, 0.4, 1.25),
    )
    # Share of the class weights' bias that is subtracted from the logits when the net is used: of six tried
    # the one with the highest mean F1. With 0 rare classes are predicted too often.
    config.loss.taken_back = 0.75
    config.loss.dice = 0.5  # weight of the Dice loss
    config.loss.auxiliary = 0.3  # weight of each auxiliary head's loss

    config.optimizer = ml_collections.ConfigDict()
    config.optimizer.learning_rate = 2e-3
    config.optimizer.b1 = 0.9
    config.optimizer.b2 = 0.99
    config.optimizer.weight_decay = 0.02
    config.optimizer.warmup = 0.05  # share of the steps
    config.optimizer.clip = 2.0  # of the gradient's norm

    config.average_decay = 0.998  # of the moving average, which is validated and exported

    config.run = common.run_settings(validate_every=1300, checkpoint_every=650)

    change(config)
    return config
