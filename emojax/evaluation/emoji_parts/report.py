"""Figures of a generator of faces from parts, against faces composed of the same parts."""

import dataclasses
from typing import Any, Final, Protocol

import jax
import jax.numpy as jnp
import numpy as np

from emojax.core import rng
from emojax.data.openmoji.parts import composing
from emojax.data.openmoji.parts.composing import Distribution
from emojax.data.openmoji.parts.part_set import SLOTS, PartSet
from emojax.evaluation.emoji_parts.classifier import Reader
from emojax.evaluation.emoji_parts.two_sample import two_sample_accuracy
from emojax.evaluation.measures import labelling, manifold, silhouettes, texture
from emojax.evaluation.measures.copying import copying, nearest
from emojax.evaluation.measures.distances import kernel_distance
from emojax.evaluation.measures.features import Extractor
from emojax.media import image

_AT_ONCE: Final = 64
_NEIGHBOURS: Final = 5
"""As in the GAN report, so that both reports' coverage can be compared."""


class Generator(Protocol):
    """The part of `emojax.emoji.parts.PartEmojiGenerator` that is judged."""

    def draw(self, latents: np.ndarray, classes: np.ndarray | None = None) -> np.ndarray: ...

    def one_hot(self, labels: Any) -> np.ndarray: ...


@dataclasses.dataclass(frozen=True)
class Faces:
    """Faces, composed and as the generator draws them.

    Attributes:
      chosen: ``int32[N, 4]``, parts by slot.
      real, fake: ``uint8[N, S, S, 3]``.
    """

    chosen: np.ndarray
    real: np.ndarray
    fake: np.ndarray


def faces(
    generator: Generator,
    parts: PartSet,
    tables: composing.Tables,
    how: Distribution,
    *,
    count: int,
    seed: int,
) -> Faces:
    """Random faces of one distribution, on black: as composed, and as the generator draws them."""

    @jax.jit
    def some(tables: composing.Tables, key: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
        chosen, amounts = composing.draw_many(tables, key, _AT_ONCE, how)
        return chosen, amounts, composing.on((0, 0, 0), composing.compose(tables, chosen, amounts))

    tables, keys = jax.device_put(tables), jax.random.split(rng.root(seed), -(-count // _AT_ONCE))
    rows = [jax.device_get(some(tables, key)) for key in keys]
    chosen, amounts, real = (np.concatenate(column)[:count] for column in zip(*rows, strict=True))
    classes = np.asarray(composing.classes(jnp.asarray(chosen), len(parts.parts)))
    return Faces(chosen, image.to_uint8(real), generator.draw(amounts, classes))


def own(generator: Generator, parts: PartSet, tables: composing.Tables) -> Faces:
    """OpenMoji's own faces, as they are drawn."""
    chosen = np.asarray(tables["faces"])
    amounts = np.concatenate(
        [np.asarray(tables["offsets"]).reshape(len(chosen), -1), np.ones((len(chosen), 1))], 1
    ).astype(np.float32)
    real = composing.on((0, 0, 0), jax.jit(composing.compose)(jax.device_put(tables), chosen, amounts))
    fake = generator.draw(amounts, generator.one_hot(range(len(chosen))))
    return Faces(chosen, image.to_uint8(np.asarray(real)), fake)


def evaluate(
    generator: Generator,
    parts: PartSet,
    tables: composing.Tables,
    reader: Reader,
    extractors: tuple[Extractor, Extractor],
    *,
    count: int,
    seed: int,
) -> dict[str, Any]:
    """All figures, by name.

    Args:
      generator: judged.
      parts, tables: what it draws; tables with layers of its size.
      reader: see `classifier.train`.
      extractors: `features.emoji_net` and `features.random_cnn`.
      count: faces of each distribution, at least 40.
      seed: of all that is random.
    """
    held_out, trained = (
        faces(generator, parts, tables, Distribution(0.0, 0.5, pairs), count=count, seed=seed + i)
        for i, pairs in enumerate(("held out", "trained"))
    )
    # Composed faces of another draw, lest the generator be compared with its own targets.
    others = faces(generator, parts, tables, Distribution(0.0, 0.5, "held out"), count=count, seed=seed + 2)
    drawn = own(generator, parts, tables)
    found: dict[str, Any] = {"count": count, "seed": seed, "extractors": {}}
    for extractor in extractors:
        real, fake, again = (extractor(each) for each in (others.real, held_out.fake, held_out.real))
        emoji, redrawn = extractor(drawn.real), extractor(drawn.fake)
        whole = np.arange(len(emoji))
        apart = np.asarray(["whole" not in face.parts for face in parts.faces])
        near = manifold.prdc(emoji[apart], fake, neighbours=_NEIGHBOURS)
        wide = manifold.prdc(real, fake, neighbours=_NEIGHBOURS)
        found["extractors"][extractor.name] = {
            "version": extractor.version,
            "kid": kernel_distance(real, fake, seed=seed).value,
            "kid_of_composed": kernel_distance(real, again, seed=seed).value,
            "two_sample": two_sample_accuracy(real, fake, seed=seed),
            "two_sample_of_composed": two_sample_accuracy(real, again, seed=seed),
            "coverage_of_emoji": near.coverage,
            "coverage_of_emoji_by_composed": manifold.prdc(
                emoji[apart], again, neighbours=_NEIGHBOURS
            ).coverage,
            "coverage": wide.coverage,
            "density": wide.density,
            "recall": wide.recall,
            "copying_ratio": copying(emoji, fake, seed=seed).ratio.value,
            "copying_ratio_of_composed": copying(emoji, again, seed=seed).ratio.value,
            "label_accuracy": labelling.label_accuracy(emoji, whole, redrawn, whole),
            "labels_missed": _missed(parts, emoji, redrawn),
        }
    for name, pairs in (("trained", trained), ("held_out", held_out)):
        found[name] = _accuracy(reader, pairs, parts) | {"psnr": _psnr(pairs)}
    found["new_pairs"] = _new_pairs(parts, held_out.chosen)
    found["texture"] = {
        name: _texture(images, drawn.real)
        for name, images in (("fake", held_out.fake), ("real", others.real))
    }
    return found


def _accuracy(reader: Reader, pairs: Faces, parts: PartSet) -> dict[str, float]:
    wanted = pairs.chosen[:, [SLOTS.index("eyes"), SLOTS.index("mouth")]]
    found: dict[str, float] = {}
    for name, images in (("", pairs.fake), ("_of_composed", pairs.real)):
        right = reader.read(images) == wanted
        found |= {
            f"eyes{name}": float(right[:, 0].mean()),
            f"mouth{name}": float(right[:, 1].mean()),
            f"both{name}": float(right.all(1).mean()),
        }
    return found


def _psnr(pairs: Faces) -> float:
    """In dB, of all pixels together."""
    error = np.square(pairs.fake.astype(np.float64) - pairs.real).mean()
    return float(10 * np.log10(255.0**2 / max(error, 1e-9)))


def _new_pairs(parts: PartSet, chosen: np.ndarray) -> float:
    """Share of faces whose pair of eyes and mouth is in none of OpenMoji's own."""
    known = {(face.parts.get("eyes"), face.parts.get("mouth", len(parts.parts))) for face in parts.faces}
    return float(np.mean([(int(row[1]), int(row[2])) not in known for row in chosen]))


def _missed(parts: PartSet, emoji: np.ndarray, redrawn: np.ndarray) -> list[str]:
    index, _ = nearest(emoji, redrawn)
    return [parts.faces[i].label.shortcode for i in np.flatnonzero(index != np.arange(len(index)))]


def _texture(images: np.ndarray, reference: np.ndarray) -> dict[str, float]:
    speckle = texture.speckle(images, reference)
    return {
        "outline": float(silhouettes.outline_completeness(images).mean()),
        "speckle_inside": float(speckle.inside.mean()),
        "speckle_ground": float(speckle.ground.mean()),
        "edges": float(np.nanmean(texture.edge_quality(images))),
        "shading": float(np.nanmean(texture.shading(images))),
    }
