"""The workload ``parser``: inference with the light face parser.

``emojax`` is the net alone, from uint8 images of its input size to logits at its output resolution; the peer
does the same. ``emojax_labels`` is what an avatar needs: from face crops to label maps of the same size, with
logits averaged over the crop and its mirror image, so that the net runs twice. Weights and images are
random: the time does not depend on their values.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from emojax.benchmark.timing import Program
from emojax.benchmark.workloads import devices

CROP = 306
"""Side of a face crop, in pixels."""


def emojax_program(config: dict[str, Any]) -> Program:
    """The net's forward pass on ``config["batch_size"]`` images in one call."""
    parser = _face_parser(config, mirror=False)
    import jax

    images = random_images(config["batch_size"], config["data"]["size"])
    net, costs = devices.compile_program(parser.net.lower(parser.folded, images))

    def call() -> None:
        jax.block_until_ready(net(parser.folded, images))

    facts = devices.jax_facts(jax.devices()[0]) | costs
    return Program(call, 1, facts | _step_facts(config, len(images)))


def labels_program(config: dict[str, Any], faces: int) -> Program:
    """`FaceParser.label_maps` with its default settings, on `faces` crops in one call."""
    parser = _face_parser(config)
    import jax

    images = random_images(faces, CROP)
    facts = _step_facts(config, faces, passes=2)
    return Program(lambda: parser.label_maps(images), 1, devices.jax_facts(jax.devices()[0]) | facts)


def torch_program(
    config: dict[str, Any], variant: Any, *, platform: str, steps: int, keep_memory: bool
) -> Program:
    """The same net in PyTorch.

    Args:
      config: as for `emojax_program`.
      variant: a `torch_bisenet.Variant`.
      platform: JAX's name of the platform: "cpu", "gpu", ...
      steps: forward passes per call; on a GPU the host waits for the device after the last one only.
      keep_memory: whether the allocator keeps freed memory, as in emojax's programs.

    Raises:
      WorkerError: JAX runs on an accelerator and PyTorch finds no CUDA device.
    """
    device = devices.configure_torch(platform, keep_memory)
    import torch

    from emojax.benchmark.peers import torch_bisenet
    from emojax.models.bisenet import VARIANTS

    net = torch_bisenet.BiSeNet(**VARIANTS[config["variant"]])
    parse = torch_bisenet.make_parser(variant, net.to(device))
    images = torch.from_numpy(random_images(config["batch_size"], config["data"]["size"]))

    def call() -> None:
        for _ in range(steps):
            parse(images.to(device))
        if device.type == "cuda":
            torch.cuda.synchronize()

    facts = devices.torch_facts(device) | _step_facts(config, len(images))
    return Program(call, steps, facts, devices.torch_memory(device))


def random_images(count: int, size: int) -> np.ndarray:
    """``uint8[count, size, size, 3]``, the same in every call."""
    return np.random.default_rng(0).integers(0, 256, (count, size, size, 3), np.uint8)


def gflop(config: Mapping[str, Any]) -> float:
    """Arithmetic of a forward pass on one image in 10⁹ operations: that of the convolutions.

    Products with the zeros of padding are not counted, nor are normalizations, gates and interpolations,
    a few per cent of the whole. The count is that of the direct algorithm for all programs.
    """
    from emojax.models.bisenet import NUM_CLASSES, VARIANTS

    net = {"head_stride": 8, **VARIANTS[config["variant"]]}
    w, size = net["width"], config["data"]["size"]
    # Kernel side, stride, side of the input, channels of input and output.
    layers = [(7, 2, size, 3, w)]
    for stage in range(4):
        side, before, after = size >> (stage + 1 + (stage == 0)), w << max(stage - 1, 0), w << stage
        stride = 1 if stage == 0 else 2
        layers += [(3, stride, side, before, after), *[(3, 1, side // stride, after, after)] * 3]
        layers += [(1, stride, side, before, after)] * (stage > 0)
    s8, s16, s32 = size // 8, size // 16, size // 32
    layers += [(1, 1, 1, 8 * w, 2 * w)]  # tail
    for side, before in ((s32, 8 * w), (s16, 4 * w)):  # refinement, and the convolution after upsampling
        layers += [(3, 1, side, before, 2 * w), (1, 1, 1, 2 * w, 2 * w), (3, 1, 2 * side, 2 * w, 2 * w)]
    layers += [(1, 1, s8, 4 * w, 4 * w), (1, 1, 1, 4 * w, w), (1, 1, 1, w, 4 * w)]  # fusion
    features = 4 * w
    if net["head_stride"] == 4:
        layers += [(1, 1, s8, 4 * w, w)]
        features = 2 * w
    head = size // net["head_stride"]
    layers += [(3, 1, head, features, features), (1, 1, head, features, NUM_CLASSES)]
    return 2 * sum(_taps(k, stride, side) ** 2 * c * d for k, stride, side, c, d in layers) / 1e9


def _taps(kernel: int, stride: int, side: int) -> int:
    """Number of (input pixel, kernel tap) pairs along one axis, with padding of half the kernel."""
    starts = np.arange(0, side, stride) - kernel // 2
    return int((np.minimum(starts + kernel, side) - np.maximum(starts, 0)).sum())


def _step_facts(config: Mapping[str, Any], images: int, passes: int = 1) -> dict[str, Any]:
    return {"images": images, "gflop": passes * images * gflop(config)}


def _face_parser(config: Mapping[str, Any], **options: Any) -> Any:
    devices.configure_jax()
    import jax

    from emojax.avatar.faces.parser import FaceParser
    from emojax.models import bisenet
    from emojax.models.resnet import abstract_variables

    model = bisenet.create(config["variant"])
    rng = np.random.default_rng(0)

    def draw(leaf: jax.ShapeDtypeStruct) -> np.ndarray:
        # Kernels that preserve the scale of activations (He et al., 2015); variances and scales above zero.
        spread = np.sqrt(2 / np.prod(leaf.shape[:-1]))
        values = rng.normal(0, spread, leaf.shape) if leaf.ndim > 1 else rng.uniform(0.5, 1.5, leaf.shape)
        return values.astype(np.float32)

    variables = jax.tree.map(draw, abstract_variables(model))
    return FaceParser(model, variables, config["data"]["size"], **options)
