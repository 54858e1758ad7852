"""The face parser: the public net at 512 px, or a light one that a CPU can train and run.

python train.py --config=configs/bisenet.py --workdir=runs/bisenet --data_dir=CelebAMask-HQ
python train.py --config=configs/bisenet.py:light --workdir=runs/light --data_dir=FACES

A student goes on from the light net, with photos that this has labelled beside the true labels:

python -m emojax.training.export runs/light light.safetensors
python -m emojax.training.pseudo_labels light.safetensors PHOTOS --out PSEUDO
python train.py --config=configs/bisenet.py:student --workdir=runs/student --data_dir=FACES \
    --pseudo_dir=PSEUDO --init_weights=light.safetensors

and bisenet.py:finish, started from the student, sharpens it at a larger size.
"""

import ml_collections


def get_config(variant: str = "full") -> ml_collections.ConfigDict:
    """Settings of one variant.

    Args:
      variant: "full": 13.3 M parameters at 512 px, for accelerators; "light": 3.2 M at 256 px;
        "student": the light net's second run; "finish": its third, at 320 px.
    """
    if variant not in ("full", "light", "student", "finish"):
        raise ValueError(
            f"configs/bisenet.py:{variant} is not known: write bisenet.py, or bisenet.py:light, "
            "bisenet.py:student or bisenet.py:finish"
        )
    light, finish = variant != "full", variant == "finish"
    student = variant == "student" or finish
    config = ml_collections.ConfigDict()
    config.task = "segmentation"
    config.seed = 0
    config.variant = "light" if light else "full"
    config.steps = 1500 if finish else 5000 if student else 6500 if light else 40_000
    config.batch_size = 8 if light else 16
    config.dtype = "float32" if light else "bfloat16"  # of activations; bfloat16 gains nothing on CPUs

    config.data = ml_collections.ConfigDict()
    config.data.size = 320 if finish else 256 if light else 512  # what the net is validated and used at
    # Training sees smaller pictures at first: it is a third faster, and scales vary anyway.
    config.data.train_size = 320 if finish else 256 if student else 224 if light else 448
    # What is kept in memory and augmented.
    config.data.source_size = 384 if student else 320 if light else 512
    config.data.validation = "^[01]" if light else "7$"  # names of held-out photos: a regular expression
    config.data.pseudo_share = 0.125 if finish else 0.25 if student else 0.0  # of a batch, from --pseudo_dir
    config.data.repeat_rare = 3  # times an epoch shows faces with glasses, hats, necklaces

    # Fields of emojax.training.augment.Augmentation.
    config.augmentation = ml_collections.ConfigDict()
    config.augmentation.min_zoom = 0.4
    config.augmentation.max_zoom = 1.7
    config.augmentation.max_rotation = 55.0
    if finish:  # mostly faces as `avatar.face` cuts them
        config.augmentation.near = 0.7
        config.augmentation.turned = 0.15
    config.augmentation.coarse = 0.2 if finish else 0.35
    config.augmentation.accessories = 0.125  # 0 for photos whose faces are not aligned with each other

    config.loss = ml_collections.ConfigDict()
    # (0.02 / share of the pixels)^0.4 of 746 faces of CelebAMask-HQ, within [0.4, 3];
    # the necklace's is twice that, for else a net does best never to see one.
    config.loss.class_weights = (
        *(0.4, 0.4, 1.86, 1.86, 2.41, 2.41, 2.02, 1.84, 1.84, 2.44),
        *(0.99, 2.18, 1.88, 1.55, 0.75, 6.0, 0.81, 0.4, 1.25),
    )
    config.loss.taken_back = 0.75  # share of the weights' effect, when the net is used
    config.loss.dice = 0.5
    config.loss.auxiliary = 0.3

    config.optimizer = ml_collections.ConfigDict()
    config.optimizer.learning_rate = 6e-4 if finish else 1.2e-3 if student else 1.5e-3 if light else 2e-3
    config.optimizer.b1 = 0.9
    config.optimizer.b2 = 0.99
    config.optimizer.weight_decay = 0.02
    config.optimizer.warmup = 0.05  # share of the steps
    config.optimizer.clip = 2.0  # of the gradient's norm

    config.average_decay = 0.998

    # How the run is carried out. Nothing here changes what comes out.
    config.run = ml_collections.ConfigDict()
    config.run.parallel = "auto"  # jit, pmap, mesh; auto: pmap where there are several devices
    config.run.steps_per_call = 0  # 0: 1 on CPU, 50 on accelerators
    config.run.log_every = 50
    config.run.sample_every = 0  # pictures come with validation
    config.run.sample_count = 8
    config.run.validate_every = 1300
    config.run.checkpoint_every = 650
    config.run.keep_checkpoints = 2
    return config
