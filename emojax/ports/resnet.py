"""torchvision's residual networks."""

from emojax.ports.table import Rule, batch_norm, kernel


def trunk(prefix: str = "") -> list[Rule]:
    """The rules of `emojax.models.resnet.ResNet`, called ``trunk``; ``prefix`` is a regular expression."""
    theirs, ours = prefix + r"layer([1-4])\.(\d+)\.", r"trunk/stage\1_block\2/"
    return [
        *kernel(prefix + "conv1", "trunk/stem"),
        *batch_norm(prefix + "bn1", "trunk/stem"),
        *kernel(theirs + "conv([123])", ours + r"conv\3/conv"),
        *batch_norm(theirs + "bn([123])", ours + r"conv\3"),
        *kernel(theirs + r"downsample\.0", ours + "downsample/conv"),
        *batch_norm(theirs + r"downsample\.1", ours + "downsample"),
    ]


# The classifier of ImageNet's thousand classes: the embedding is what enters it.
RESNET50 = [*trunk(), Rule(r"fc\.(weight|bias)", None)]
