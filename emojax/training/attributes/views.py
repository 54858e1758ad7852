"""What the attribute net is trained on: features of augmented views of labelled portraits, in one file.

python -m emojax.training.attributes.views PHOTOS --labels celebamask --validation '^[01]' --out views.npz

The parser's weights stay as they are, so its features of each view are computed once. Each further view is
of the portrait mirrored or not, moved, turned and scaled a little, in other light, blurred and compressed.
"""

import dataclasses
import re
from collections.abc import Sequence
from typing import Any, Final

import cv2
import numpy as np
from tqdm import tqdm

from emojax.avatar.faces.files import is_photo
from emojax.avatar.faces.parser import FaceParser
from emojax.avatar.faces.portraits import Portrait, find_portraits
from emojax.avatar.reading.net import features
from emojax.core.errors import UserError
from emojax.core.files import replacing
from emojax.core.runtime import OneLineParser, any_seed, local_path, positive, run_program
from emojax.data.faces.attributes import WORDS
from emojax.data.faces.labels import mirror_labels
from emojax.evaluation.avatar.labels import annotations
from emojax.media import image

_BATCH: Final = 16
_SIDE: Final = 306


def augmented(portrait: Portrait, rng: np.random.Generator) -> Portrait:
    """A view of a portrait, of the strength by which users' photos differ.

    Args:
      portrait: with the parser's labels, which move with the pixels.
      rng: random numbers.
    """
    pixels, labels = portrait.pixels, portrait.labels
    if rng.random() < 0.5:
        pixels, labels = pixels[:, ::-1], mirror_labels(labels)
    middle = ((_SIDE - 1) / 2, (_SIDE - 1) / 2)
    matrix = cv2.getRotationMatrix2D(middle, rng.normal(0, 2.5), float(np.exp(rng.normal(0, 0.035))))
    matrix = matrix + np.pad(rng.normal(0, 4, (2, 1)), ((0, 0), (2, 0)))
    size, border = (_SIDE, _SIDE), cv2.BORDER_REPLICATE
    pixels = cv2.warpAffine(
        np.ascontiguousarray(pixels), matrix, size, flags=cv2.INTER_LINEAR, borderMode=border
    )
    labels = cv2.warpAffine(
        np.ascontiguousarray(labels), matrix, size, flags=cv2.INTER_NEAREST, borderMode=border
    )
    return Portrait(_other_light(pixels, rng), labels)


def _other_light(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    x = (pixels.astype(np.float32) / 255) ** np.exp(rng.normal(0, 0.18))
    x = x * np.exp(rng.normal(0, 0.06, 3))
    x = x.mean() + (x - x.mean()) * np.exp(rng.normal(0, 0.12))
    grey = x.mean(-1, keepdims=True)
    x = grey + (x - grey) * np.exp(rng.normal(0, 0.2))
    if rng.random() < 0.4:
        x = cv2.GaussianBlur(x, (0, 0), rng.uniform(0.3, 1.6))
    if rng.random() < 0.3:
        x = x + rng.normal(0, rng.uniform(0, 0.03), x.shape)
    found = (np.clip(x, 0, 1) * 255 + 0.5).astype(np.uint8)
    if rng.random() < 0.3:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.uniform(35, 90))]
        decoded = cv2.imdecode(cv2.imencode(".jpg", found, quality)[1], cv2.IMREAD_COLOR)
        found = np.asarray(decoded, np.uint8)
    return found


def compute(
    portraits: Sequence[Portrait], parser: FaceParser, *, views: int, seed: int
) -> tuple[np.ndarray, dict[str, int]]:
    """The features of views of N portraits, the first of which is the portrait itself.

    Args:
      portraits: aligned and labelled.
      parser: whose features.
      views: V, at least 1.
      seed: of the augmentation.

    Returns:
      ``float16[V, N, F]``, and how many features each group has.
    """
    sizes: dict[str, int] = {}
    found = np.zeros((views, len(portraits), 0), np.float16)
    for view in range(views):
        for i, portrait in enumerate(tqdm(portraits, f"view {view}", disable=None, leave=False)):
            seen = augmented(portrait, np.random.default_rng((seed, view, i))) if view else portrait
            groups = features.compute(parser, seen.pixels, seen.labels)
            row = features.join(groups)
            if not sizes:
                sizes = {name: len(groups[name]) for name in features.ORDER}
                found = np.zeros((views, len(portraits), len(row)), np.float16)
            found[view, i] = row
    return found, sizes


def main(argv: list[str] | None = None) -> None:
    """Writes the file.

    Raises:
      UserError: photos or labels are missing or damaged.
    """
    parser = OneLineParser(prog="python -m emojax.training.attributes.views", description=__doc__)
    parser.add_argument("photos", type=local_path, help="folder of portraits")
    parser.add_argument("--labels", metavar="CSV|celebamask", required=True, help="their attributes")
    parser.add_argument(
        "--validation", metavar="REGEX", default=annotations.HELD_OUT, help="faces not trained on"
    )
    parser.add_argument("--views", type=positive, default=5, metavar="N", help="of each face (5)")
    parser.add_argument("--seed", type=any_seed, default=0, metavar="S", help="of the augmentation (0)")
    parser.add_argument("--out", type=local_path, required=True, metavar="NPZ", help="file to write")
    args = parser.parse_args(argv)
    labels = annotations.load(args.labels, None, WORDS).first
    photos = sorted(path for path in args.photos.glob("*") if is_photo(path) and path.stem in labels)
    if not photos:
        raise UserError(f"{args.photos}: has no photo that --labels {args.labels} names; name their folder")
    single = FaceParser.load()
    batched = dataclasses.replace(single, batch_size=_BATCH)
    portraits: dict[str, Portrait] = {}
    for start in tqdm(range(0, len(photos), _BATCH), "portraits", disable=None, leave=False):
        some = photos[start : start + _BATCH]
        found = find_portraits([image.read_photo(path) for path in some], parser=batched, single=single)
        portraits |= {path.stem: each for path, each in zip(some, found, strict=True) if each is not None}
    if not portraits:
        raise UserError(f"{args.photos}: no face is found in any of the photos; give portraits")
    names = list(portraits)
    rows, sizes = compute(list(portraits.values()), single, views=args.views, seed=args.seed)
    words = np.asarray([[WORDS[a].index(labels[name][a]) for a in WORDS] for name in names], np.int32)
    held = np.asarray([re.match(args.validation, name) is not None for name in names])
    with replacing(args.out) as temporary, temporary.open("wb") as file:
        arrays: dict[str, Any] = {"features": rows, "words": words, "held_out": held}
        arrays |= {"groups": np.asarray(list(sizes)), "sizes": np.asarray(list(sizes.values()))}
        np.savez(file, **arrays)
    print(f"{args.out}: {args.views} views of {len(names)} faces, {int(held.sum())} of them held out")


if __name__ == "__main__":
    run_program(main)
