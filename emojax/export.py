"""Writes a model that ships as StableHLO, so that others can serve it with JAX alone.

python -m emojax.export dcgan --out served
python -m emojax.export all --out served

writes ``served/dcgan.stablehlo``, weights included, and ``served/dcgan.json``, which says what the model
takes and returns. Any batch size, on CPUs, NVIDIA GPUs and TPUs:

    import jax, numpy as np
    model = jax.export.deserialize(bytearray(open("served/dcgan.stablehlo", "rb").read()))
    images = model.call(np.random.normal(size=(4, 100)).astype("float32"))

Before a file is written it is read back and run, and must agree with what emojax itself computes.
"""

import argparse
import functools
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import export as jax_export

from emojax import weights
from emojax.core.errors import UserError
from emojax.core.files import replacing
from emojax.core.runtime import OneLineParser, local_path, run_program

PLATFORMS: Final = ("cpu", "cuda", "tpu")

TOLERANCE: Final = 1e-3
"""Largest difference between the written program and emojax's own, as a share of the largest number. Smaller,
and the folded normalisations of the face parser, which round differently, would be refused; larger, and an
error in a layer could pass."""

_ALL: Final = "all"
_CHECKED: Final = 3
"""Examples in the comparison. One would not show that examples are mixed up; more only take longer."""


class Served(NamedTuple):
    """A model as others call it.

    Attributes:
      function: of arrays that all have the batch as their first axis, to one such array.
      inputs: shape without the batch, dtype and meaning, by name, in the order of `function`'s arguments.
      output: the meaning of the result.
      reference: the same by emojax's own use of the weights, of NumPy arrays.
    """

    function: Callable[..., jax.Array]
    inputs: Mapping[str, tuple[tuple[int, ...], str, str]]
    output: str
    reference: Callable[..., np.ndarray]


def served(name: str) -> Served:
    """The model in a weight file that ships.

    Raises:
      UserError: there is no such file.
    """
    path = weights.shipped(name)
    kind = weights.read_metadata(path).get("format", "")
    makers = {
        "emojax.segmentation.1": _parser,
        "emojax.autoencoder.1": _autoencoders,
        "emojax.features.1": _features,
    }
    return makers.get(kind, _generator)(path)


def to_stablehlo(model: Served) -> bytes:
    """The model as a serialised `jax.export.Exported` for all `PLATFORMS` and any batch size."""
    (batch,) = jax_export.symbolic_shape("batch")
    arguments = [jax.ShapeDtypeStruct((batch, *shape), dtype) for shape, dtype, _ in model.inputs.values()]
    exported = jax_export.export(jax.jit(model.function), platforms=PLATFORMS)(*arguments)
    return bytes(exported.serialize())


def difference(data: bytes, model: Served) -> float:
    """The largest difference between `to_stablehlo`'s program and the reference, over the largest number."""
    rng = np.random.default_rng(0)
    arguments = [_example(rng, shape, dtype) for shape, dtype, _ in model.inputs.values()]
    found = np.asarray(jax_export.deserialize(bytearray(data)).call(*arguments), np.float32)
    expected = np.asarray(model.reference(*arguments), np.float32)
    if found.shape != expected.shape:
        return float("inf")
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def write(name: str, folder: Path) -> Path:
    """Exports a model that ships.

    Args:
      name: of its weight file.
      folder: gets ``NAME.stablehlo`` and ``NAME.json``.

    Raises:
      UserError: there is no such model, the folder cannot be written, or the program does not agree with
        emojax's own on this machine.
    """
    model = served(name)
    data = to_stablehlo(model)
    off = difference(data, model)
    if not off <= TOLERANCE:
        raise UserError(
            f"{name}: the exported program differs from emojax's by {off:.1e} of the largest number, more "
            f"than {TOLERANCE:.0e}; nothing is written. Export on a CPU, whose arithmetic is exact enough"
        )
    about = {
        "inputs": {
            n: {"shape": ["batch", *shape], "dtype": dtype, "meaning": meaning}
            for n, (shape, dtype, meaning) in model.inputs.items()
        },
        "output": model.output,
        "platforms": PLATFORMS,
        "jax": jax.__version__,
        "largest_difference": off,
    }
    target = folder / f"{name}.stablehlo"
    with replacing(target) as temporary:
        temporary.write_bytes(data)
    with replacing(target.with_suffix(".json")) as temporary:
        temporary.write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    return target


def _example(rng: np.random.Generator, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    if dtype == "uint8":
        return rng.integers(0, 256, (_CHECKED, *shape), np.uint8)
    return rng.normal(size=(_CHECKED, *shape)).astype(dtype)


def _generator(path: Path) -> Served:
    from emojax.emoji import loading

    generator = loading.load(path)
    inputs = {"latents": ((generator.latent_size,), "float32", "standard normal numbers")}
    if generator.labels is not None:
        classes = _count_classes(generator)
        inputs["classes"] = ((classes,), "float32", "weights of the classes, such as one-hot rows")
    apply = functools.partial(generator.model.apply, train=False)
    variables = jax.device_put(generator.variables)

    def images(*arguments: jax.Array) -> jax.Array:
        drawn: Any = apply(variables, *arguments)
        return drawn

    def one_by_one(*arguments: np.ndarray) -> np.ndarray:
        draw: Any = jax.jit(apply)
        rows = [draw(variables, *(x[i : i + 1] for x in arguments)) for i in range(_CHECKED)]
        return np.concatenate(rows)

    return Served(images, inputs, "float32[batch, side, side, 3], sRGB pictures in [-1, 1]", one_by_one)


def _count_classes(generator: Any) -> int:
    from emojax.emoji.parts import PartEmojiGenerator

    if isinstance(generator, PartEmojiGenerator):
        return len(generator.part_set.parts)
    return len(generator.labels)


def _parser(path: Path) -> Served:
    from emojax.avatar.faces.parser import FaceParser

    parser = FaceParser.load(path, mirror=False)
    variables = jax.device_put(parser.variables)

    def scores(images: jax.Array) -> jax.Array:
        x = images.astype(jnp.float32) / 127.5 - 1.0
        found: Any = parser.model.apply(variables, x, train=False, auxiliary=False, upsample=False)
        return found.logits

    return Served(
        scores,
        {"images": ((parser.size, parser.size, 3), "uint8", "sRGB photos")},
        "float32[batch, side / stride, side / stride, 19], scores of the classes of "
        "emojax.data.faces.labels.CLASSES",
        lambda images: np.asarray(parser.net(parser.folded, images)),
    )


def _autoencoders(path: Path) -> Served:
    from emojax.models.autoencoder import Autoencoder
    from emojax.weights import autoencoder

    stored = autoencoder.load(path)
    variables = jax.device_put(stored.variables)
    encode = functools.partial(stored.model.apply, method=Autoencoder.encode)

    def embed(shapes: jax.Array) -> jax.Array:
        found: Any = jax.vmap(encode, in_axes=(0, 1), out_axes=1)(variables, shapes)
        return found

    def one_by_one(shapes: np.ndarray) -> np.ndarray:
        nets = [jax.tree.map(lambda leaf, i=i: leaf[i], variables) for i in range(len(stored.parts))]
        return np.stack([np.asarray(encode(net, shapes[:, i])) for i, net in enumerate(nets)], axis=1)

    side, channels = stored.model.size, stored.model.channels
    meaning = f"shapes of {', '.join(stored.parts)}, each 0 to 1"
    return Served(
        embed,
        {"shapes": ((len(stored.parts), side, side, channels), "float32", meaning)},
        f"float32[batch, {len(stored.parts)}, {stored.model.embedding}], a vector for each part",
        one_by_one,
    )


def _features(path: Path) -> Served:
    from emojax.evaluation.measures import features

    net, (model, read) = features.emoji_net(path), features.read_net(path)
    variables = jax.device_put(read)

    def embed(images: jax.Array) -> jax.Array:
        found: Any = model.apply(variables, images.astype(jnp.float32) / 127.5 - 1.0)
        return found

    return Served(
        embed,
        {"images": ((model.size, model.size, 3), "uint8", "sRGB drawings")},
        f"float32[batch, {model.embedding}], unit vectors",
        lambda images: net(images) / np.sqrt(np.float32(model.embedding)),
    )


def main(argv: list[str] | None = None) -> None:
    """Parses flags and exports.

    Raises:
      UserError: as `write`.
    """
    parser = OneLineParser(
        prog="python -m emojax.export",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", help="of a weight file that ships, or all")
    parser.add_argument(
        "--out", type=local_path, default=Path(), metavar="DIR", help="the folder to write to"
    )
    args = parser.parse_args(argv)
    if args.out.is_file():
        raise UserError(f"--out {args.out} is a file: name a folder")
    names = [args.name]
    if args.name == _ALL:
        names = sorted(file.stem for file in Path(weights.__file__).parent.glob("*.safetensors"))
    for name in names:
        target = write(name, args.out)
        print(f"{target}: {target.stat().st_size / 1e6:.1f} MB, for {', '.join(PLATFORMS)}")


if __name__ == "__main__":
    run_program(main)
