"""Self-training: a teacher labels faces that nobody has, where it is sure of itself.

python -m emojax.training.parser.pseudo_labels teacher.safetensors PHOTOS --out PSEUDO
python train.py --config=configs/bisenet.py:student --pseudo_dir=PSEUDO --init_weights=teacher.safetensors ...

The teacher sees each photo several ways. What it says of a pixel is the mean over these, and
counts where the winner's share of that mean is large (Lee, 2013, "Pseudo-Label"; Xie et al.,
2020, "Self-training with Noisy Student"): elsewhere the label is unknown, from which a student
learns nothing.
"""

import collections
import dataclasses
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from PIL import Image
from tqdm import tqdm

from emojax.core.errors import UserError
from emojax.core.runtime import OneLineParser, run_program
from emojax.data.faces.labels import CLASSES, UNKNOWN
from emojax.evaluation.measures import segmentation as evaluation
from emojax.media import image
from emojax.models import bisenet
from emojax.weights import face_parser

_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
_SHRUNK = 0.75  # of the frame that a photo fills in the second view
_NEEDED = [CLASSES.index(name) for name in ("skin", "nose")]

Teacher = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""``uint8[B, S, S, 3]`` to labels ``uint8[B, S, S]`` and their mean probability ``float32[B, S, S]``."""


@dataclasses.dataclass(frozen=True)
class Standard:
    """What is good enough to learn from.

    Attributes:
      confidence: least mean probability of a label that is kept.
      certain: least share of a photo's pixels whose labels are kept.
    """

    confidence: float = 0.6
    certain: float = 0.85


def teacher(model: bisenet.BiSeNet, variables: Any, size: int) -> Teacher:
    """The mean of what a net says of a photo, of its mirror image, and of it shrunk in its frame.

    Args:
      model: the net.
      variables: its parameters and batch statistics.
      size: side of the net's input.
    """

    @jax.jit
    def run(variables: Any, images: jax.Array) -> tuple[jax.Array, jax.Array]:
        B, S = images.shape[:2]
        x = images.astype(jnp.float32) / 127.5 - 1.0
        straight = jax.nn.softmax(evaluation.class_scores(model, variables, x, size, mirror=True))
        inner = round(_SHRUNK * S / 2) * 2
        margin = (S - inner) // 2
        small = jax.image.resize(x, (B, inner, inner, 3), "linear")
        small = jnp.pad(small, [(0, 0), (margin, margin), (margin, margin), (0, 0)], mode="edge")
        seen = evaluation.class_scores(model, variables, small, size, mirror=False)
        seen = seen[:, margin : margin + inner, margin : margin + inner]
        seen = bisenet.resize_bilinear(jax.nn.softmax(seen), S, S, align_corners=False)
        # The upright view is a mean of two already.
        mean = (2 * straight + seen) / 3
        return jnp.argmax(mean, -1).astype(jnp.uint8), jnp.max(mean, -1)

    def ask(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        labels, confidence = run(variables, images)
        return np.asarray(labels), np.asarray(confidence)

    return ask


def keep(labels: np.ndarray, confidence: np.ndarray, standard: Standard) -> tuple[np.ndarray | None, str]:
    """Labels ``uint8[S, S]`` with `UNKNOWN` where the teacher is unsure; or None, and why not."""
    sure = confidence >= standard.confidence
    if sure.mean() < standard.certain:
        return None, "unsure"
    kept = np.where(sure, labels, np.uint8(UNKNOWN))
    if not all((kept == label).any() for label in _NEEDED):
        return None, "no face"
    return kept, ""


def label_folder(
    photos: Path, out: Path, ask: Teacher, *, size: int, standard: Standard, batch_size: int = 8
) -> dict[str, int]:
    """Labels square photos, into ``out/images/`` and ``out/masks/`` as `face_parsing.load` reads them.

    Goes on where a stopped run left off: what was decided of a photo stands in ``out/log.jsonl``.

    Args:
      photos: folder; what is no picture by its suffix is left aside.
      out: created if missing.
      ask: see `teacher`.
      size: side of what is labelled and written, in pixels.
      standard: see `Standard`.
      batch_size: photos at once.

    Returns:
      How many photos were ``kept``, and how many were left out for each reason.

    Raises:
      UserError: there are no photos, or `out` cannot be written or is another run's.
    """
    found = sorted(p for p in photos.glob("*") if p.suffix.lower() in _SUFFIXES and p.is_file())
    if not found:
        raise UserError(f"{photos}: no photos there; name a folder that holds JPEG or PNG files")
    decided = _decided(out, {"standard": dataclasses.asdict(standard), "size": size})
    todo = [p for p in found if p.name not in decided]
    bar = tqdm(total=len(found), initial=len(found) - len(todo), unit="photo", disable=None)
    with bar, (out / "log.jsonl").open("a") as log:
        for names, pixels, fates in _batches(todo, size, batch_size):
            labels, confidence = ask(pixels) if len(pixels) else (pixels, pixels)
            readable = iter(range(len(pixels)))
            for path, fate in zip(names, fates, strict=True):
                if not fate:
                    i = next(readable)
                    kept, fate = keep(labels[i], confidence[i], standard)
                    if kept is not None:
                        fate = "kept"
                        image.save_png(out / "images" / f"{path.stem}.png", pixels[i])
                        image.save_png(out / "masks" / f"{path.stem}.png", kept)
                decided[path.name] = fate
                log.write(json.dumps({"photo": path.name, "fate": fate}) + "\n")
            log.flush()
            bar.update(len(names))
    return dict(collections.Counter(decided[p.name] for p in found))


def _batches(
    paths: list[Path], size: int, batch_size: int
) -> Iterator[tuple[list[Path], np.ndarray, list[str]]]:
    """Photos ``uint8[batch_size, size, size, 3]``, and of each path why it is not among them, or ""."""
    for start in range(0, len(paths), batch_size):
        names = paths[start : start + batch_size]
        pixels, fates = np.zeros((batch_size, size, size, 3), np.uint8), []
        for path in names:
            try:
                photo = image.read_photo(path)
            except UserError:
                fates.append("unreadable")
                continue
            if photo.shape[0] != photo.shape[1]:
                fates.append("not square")
                continue
            resized = Image.fromarray(photo).resize((size, size), Image.Resampling.LANCZOS)
            pixels[fates.count("")] = np.asarray(resized)
            fates.append("")
        yield names, pixels, fates


def _decided(out: Path, settings: dict[str, Any]) -> dict[str, str]:
    """What a stopped run has decided so far; starts the log where there is none."""
    path = out / "log.jsonl"
    try:
        out.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_text(json.dumps(settings) + "\n")
        lines = path.read_text().split("\n")
        if not lines[-1]:
            lines.pop()
        else:
            # A line cut short by a kill: its photo is labelled again.
            lines.pop()
            path.write_text("".join(line + "\n" for line in lines))
        first, *rest = map(json.loads, lines)
        if first != settings:
            raise UserError(f"{out}: holds labels made with other settings; name another --out")
        return {row["photo"]: row["fate"] for row in rest}
    except OSError as error:
        raise UserError(f"--out {out}: cannot be written ({error.strerror}); choose another place") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path}: is no log of ours; name another --out") from error


def main(argv: list[str] | None = None) -> None:
    """Labels a folder of photos.

    Raises:
      UserError: see `label_folder`; or the size is below the teacher's.
    """
    parser = OneLineParser(prog="python -m emojax.training.parser.pseudo_labels", description=__doc__)
    parser.add_argument("weights", type=Path, help="safetensors file of a face parser, the teacher")
    parser.add_argument("photos", type=Path, help="folder of square photos of one face each")
    parser.add_argument("--out", type=Path, required=True, help="folder that gets images/ and masks/")
    parser.add_argument("--size", type=int, default=320, help="side of what is labelled, in pixels")
    parser.add_argument("--confidence", type=float, default=Standard.confidence)
    parser.add_argument("--certain", type=float, default=Standard.certain)
    args = parser.parse_args(argv)
    model, variables, size = face_parser.load(args.weights)
    if args.size < size:
        raise UserError(f"--size {args.size}: the net takes {size} pixels; give at least as many")
    counts = label_folder(
        args.photos,
        args.out,
        teacher(model, jax.device_put(variables), size),
        size=args.size,
        standard=Standard(args.confidence, args.certain),
    )
    print(f"{args.out}: " + ", ".join(f"{count} {fate}" for fate, count in sorted(counts.items())))


if __name__ == "__main__":
    run_program(main)
