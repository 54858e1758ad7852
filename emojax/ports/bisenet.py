"""The public face parser, zllrunning/face-parsing.PyTorch: its ``79999_iter.pth``."""

from emojax.ports.resnet import trunk
from emojax.ports.table import Rule, batch_norm, kernel


def _conv_norm(key: str, path: str) -> list[Rule]:
    return [*kernel(rf"{key}\.conv", f"{path}/conv"), *batch_norm(rf"{key}\.bn", path)]


BISENET = [
    *trunk(r"cp\.resnet\."),
    *_conv_norm(r"cp\.conv_avg", "tail"),
    # The checkpoint names these layers by the stride of their input, the Flax model by that of the output.
    *_conv_norm(r"cp\.conv_head32", "context16"),
    *_conv_norm(r"cp\.conv_head16", "context8"),
    *_conv_norm(r"cp\.arm(16|32)\.conv", r"refine\1/conv"),
    *kernel(r"cp\.arm(16|32)\.conv_atten", r"refine\1/gate/conv"),
    *batch_norm(r"cp\.arm(16|32)\.bn_atten", r"refine\1/gate"),
    *_conv_norm(r"ffm\.convblk", "fusion/mix"),
    *kernel(r"ffm\.conv1", "fusion/squeeze"),
    *kernel(r"ffm\.conv2", "fusion/excite"),
    *_conv_norm(r"conv_out(16|32|)\.conv", r"head\1/conv"),
    *kernel(r"conv_out(16|32|)\.conv_out", r"head\1/classify"),
]
