"""torchvision's residual networks."""

from emojax.ports.table import Rule, batch_norm, kernel


def trunk(prefix: str = "") -> list[Rule]:
    """Rules for `emojax.models.resnet.ResNet` as a submodule ``trunk``.

    Args:
      prefix: of all keys, as a regular expression.
    """
    key, path = prefix + r"layer([1-4])\.(\d+)\.", r"trunk/stage\1_block\2/"
    return [
        *kernel(prefix + "conv1", "trunk/stem"),
        *batch_norm(prefix + "bn1", "trunk/stem"),
        *kernel(key + "conv([123])", path + r"conv\3/conv"),
        *batch_norm(key + "bn([123])", path + r"conv\3"),
        *kernel(key + r"downsample\.0", path + "downsample/conv"),
        *batch_norm(key + r"downsample\.1", path + "downsample"),
    ]


# Without the classifier of ImageNet's 1,000 classes: the embedding is its input.
RESNET50 = [*trunk(), Rule(r"fc\.(weight|bias)", None)]
