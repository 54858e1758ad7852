"""The models that ship as others call them: one function of arrays, and what it is of."""

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from emojax import weights


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
        "emojax.attributes.2": _attributes,
        "emojax.text.1": _text,
        "emojax.naming.1": _naming,
    }
    return makers.get(kind, _generator)(path)


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
        rows = [draw(variables, *(x[i : i + 1] for x in arguments)) for i in range(len(arguments[0]))]
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


def _attributes(path: Path) -> Served:
    from emojax.avatar.reading.net.shown import Reader
    from emojax.models.faces.attributes import AttributeHeads

    reader = Reader.load(path)
    heads, variables = reader.variables["params"]["heads"], jax.device_put(reader.variables)
    net = AttributeHeads(len(heads["bias"]))

    def logits(features: jax.Array) -> jax.Array:
        found: Any = net.apply(variables, features)
        return found

    def one_by_one(features: np.ndarray) -> np.ndarray:
        return np.concatenate([logits(jnp.asarray(row[None])) for row in features])

    words = ", ".join(reader.attributes)
    return Served(
        logits,
        {"features": ((len(heads["kernel"]),), "float32", "of emojax.avatar.reading.net.features.join")},
        f"float32[batch, {len(heads['bias'])}], logits of the words of {words}",
        one_by_one,
    )


def _text(path: Path) -> Served:
    from emojax.emoji import reading
    from emojax.models.text import tokens

    reader = reading.load(path)
    params = jax.device_put(reader.params)

    def logits(ngrams: jax.Array) -> jax.Array:
        found: Any = reader.model.apply(params, ngrams)
        return found

    slots = ", ".join(slot.name for slot in reader.slots.slots)
    return Served(
        logits,
        {"ngrams": ((tokens.MAX_WORDS, tokens.MAX_NGRAMS), "int32", "of emojax.models.text.tokens.encode")},
        f"float32[batch, {sum(reader.slots.counts)}], logits of the answers of {slots}",
        reader.logits,
    )


def _naming(path: Path) -> Served:
    from emojax.emoji import naming
    from emojax.models.text import tokens

    namer = naming.load(path)
    params = jax.device_put(namer.params)

    def logits(ngrams: jax.Array, shares: jax.Array) -> jax.Array:
        found: Any = namer.model.apply(params, ngrams, shares)
        return found

    inputs = {
        "ngrams": ((tokens.BAG,), "int32", "of emojax.models.text.tokens.bag"),
        "shares": ((tokens.BAG,), "float32", "of the same"),
    }
    meaning = (
        f"float32[batch, {len(namer.names) + 1}], logits of OpenMoji's emoji, and of a face of any parts"
    )
    return Served(logits, inputs, meaning, namer.logits)
