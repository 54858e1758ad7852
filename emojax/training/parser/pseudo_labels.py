"""Self-training: a teacher, a trained face parser, labels photos that have no labels, where it is confident.

python -m emojax.training.parser.pseudo_labels teacher.safetensors PHOTOS --out PSEUDO
python train.py --config=configs/bisenet.py:student --pseudo_dir=PSEUDO --init_weights=teacher.safetensors ...

A pixel's probabilities are the mean over several views of the photo. Its label is the most probable class
where that probability is high (Lee, 2013, "Pseudo-Label: The Simple and Efficient Semi-Supervised Learning
Method for Deep Neural Networks"); elsewhere it is unknown, and the student's loss ignores the pixel. The
student sees the photos augmented (Xie et al., 2020, "Self-training with Noisy Student Improves ImageNet
Classification", section 2).
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

from emojax.core import paths
from emojax.core.errors import UserError
from emojax.core.runtime import OneLineParser, local_path, run_program, share, whole_number
from emojax.data.faces.labels import CLASSES, UNKNOWN
from emojax.evaluation.measures import segmentation as evaluation
from emojax.media import image
from emojax.models import bisenet
from emojax.models.interpolation import resize_bilinear
from emojax.weights import face_parser

_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
_SMALL_VIEW = 0.75
"""Side of the photo in the small view, as a share of the frame's. Nearer to 1, and the view hardly differs
from the first one; much smaller, and a teacher of 224 to 384 pixels no longer resolves brows and lips."""
_REQUIRED = [CLASSES.index(name) for name in ("skin", "nose")]

Teacher = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""``uint8[B, S, S, 3]`` to labels ``uint8[B, S, S]`` and their mean probability ``float32[B, S, S]``."""


@dataclasses.dataclass(frozen=True)
class Thresholds:
    """Which labels are kept, and which photos.

    With the defaults the shipped parser's teachers kept 1,202 of 2,000 photos of UTKFace and 1,844 of 2,144.
    Lower, and a student learns more of its teacher's errors; higher, and it is left with photos that the
    teacher labels well already. Neither was measured.

    Attributes:
      confidence: smallest mean probability of a label that is kept.
      certain: smallest share of kept labels among a photo's pixels.
    """

    confidence: float = 0.6
    certain: float = 0.85


def teacher(model: bisenet.BiSeNet, variables: Any, size: int) -> Teacher:
    """Labels by the mean of a net's probabilities of a photo, its mirror image, and a smaller copy of it.

    Args:
      model: the net.
      variables: its parameters and batch statistics.
      size: side of the net's input in pixels.
    """

    @jax.jit
    def run(variables: Any, images: jax.Array) -> tuple[jax.Array, jax.Array]:
        B, S = images.shape[:2]
        x = images.astype(jnp.float32) / 127.5 - 1.0
        full = jax.nn.softmax(evaluation.class_scores(model, variables, x, size, mirror=True))
        inner = round(_SMALL_VIEW * S / 2) * 2
        margin = (S - inner) // 2
        small = jax.image.resize(x, (B, inner, inner, 3), "linear")
        small = jnp.pad(small, [(0, 0), (margin, margin), (margin, margin), (0, 0)], mode="edge")
        scores = evaluation.class_scores(model, variables, small, size, mirror=False)
        scores = scores[:, margin : margin + inner, margin : margin + inner]
        enlarged = resize_bilinear(jax.nn.softmax(scores), S, S, align_corners=False)
        # `full` is the mean of two views already.
        mean = (2 * full + enlarged) / 3
        return jnp.argmax(mean, -1).astype(jnp.uint8), jnp.max(mean, -1)

    def label(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        labels, confidence = run(variables, images)
        return np.asarray(labels), np.asarray(confidence)

    return label


def keep(labels: np.ndarray, confidence: np.ndarray, thresholds: Thresholds) -> tuple[np.ndarray | None, str]:
    """The labels of one photo that are good enough to learn from.

    Args:
      labels: ``uint8[S, S]``.
      confidence: ``float32[S, S]``, their mean probabilities.
      thresholds: see `Thresholds`.

    Returns:
      The labels with `UNKNOWN` where the teacher is not confident, and ""; or None, and the reason: "unsure",
      or "no face" where no skin or no nose is left.
    """
    confident = confidence >= thresholds.confidence
    if confident.mean() < thresholds.certain:
        return None, "unsure"
    kept = np.where(confident, labels, np.uint8(UNKNOWN))
    if not all((kept == label).any() for label in _REQUIRED):
        return None, "no face"
    return kept, ""


def label_folder(
    photos: Path, out: Path, label: Teacher, *, size: int, thresholds: Thresholds, batch_size: int = 8
) -> dict[str, int]:
    """Labels square photos, into ``out/images/`` and ``out/masks/`` as `builder.load` reads them.

    Resumes a stopped run: the outcome of each photo is logged in ``out/log.jsonl``.

    Args:
      photos: folder; files without a picture's suffix are ignored.
      out: created if missing.
      label: see `teacher`.
      size: side of the labelled and written photos in pixels.
      thresholds: see `Thresholds`.
      batch_size: photos per call of `label`.

    Returns:
      How many photos were ``kept``, and how many were left out for each reason.

    Raises:
      UserError: there are no photos, or `out` cannot be written or is another run's.
    """
    found = sorted(p for p in photos.glob("*") if p.suffix.lower() in _SUFFIXES and p.is_file())
    if not found:
        raise UserError(f"{photos}: no photos there; name a folder that holds JPEG or PNG files")
    # "standard" and "fate" stay the log's words: logs of stopped runs must remain readable.
    outcomes = _logged(out, {"standard": dataclasses.asdict(thresholds), "size": size})
    outputs = _output_names(found)
    todo = [p for p in found if p.name not in outcomes]
    bar = tqdm(total=len(found), initial=len(found) - len(todo), unit="photo", disable=None)
    with bar, (out / "log.jsonl").open("a", encoding="utf-8") as log:
        for paths, pixels, reasons in _batches(todo, size, batch_size):
            labels, confidence = label(pixels)
            readable = iter(range(len(pixels)))
            for path, reason in zip(paths, reasons, strict=True):
                outcome = reason
                if not outcome:
                    i = next(readable)
                    kept, outcome = keep(labels[i], confidence[i], thresholds)
                    if kept is not None:
                        outcome = "kept"
                        image.save_png(out / "images" / f"{outputs[path]}.png", pixels[i])
                        image.save_png(out / "masks" / f"{outputs[path]}.png", kept)
                outcomes[path.name] = outcome
                log.write(json.dumps({"photo": path.name, "fate": outcome}) + "\n")
            log.flush()
            bar.update(len(paths))
    return dict(collections.Counter(outcomes[p.name] for p in found))


def _output_names(photos: list[Path]) -> dict[Path, str]:
    """A name for each photo's files: without suffix, or with it where photos differ by that alone."""
    counts = collections.Counter(photo.stem for photo in photos)
    named = {photo: photo.stem if counts[photo.stem] == 1 else photo.name for photo in photos}
    twin = next((name for name, n in collections.Counter(named.values()).items() if n > 1), None)
    if twin is not None:
        raise UserError(f"{photos[0].parent}: two photos would both be labelled as {twin}; rename one")
    return named


def _batches(
    paths: list[Path], size: int, batch_size: int
) -> Iterator[tuple[list[Path], np.ndarray, list[str]]]:
    """Paths, their photos, and for each path why it has no photo, or "".

    Photos are ``uint8[batch_size, size, size, 3]``, the usable ones first and black ones after them, so that
    all batches have one shape, for which the teacher is compiled once.
    """
    for start in range(0, len(paths), batch_size):
        batch = paths[start : start + batch_size]
        pixels, reasons = np.zeros((batch_size, size, size, 3), np.uint8), []
        for path in batch:
            try:
                photo = image.read_photo(path)
            except UserError:
                reasons.append("unreadable")
                continue
            if photo.shape[0] != photo.shape[1]:
                reasons.append("not square")
                continue
            resized = Image.fromarray(photo).resize((size, size), Image.Resampling.LANCZOS)
            pixels[reasons.count("")] = np.asarray(resized)
            reasons.append("")
        yield batch, pixels, reasons


def _logged(out: Path, settings: dict[str, Any]) -> dict[str, str]:
    """The outcomes that a stopped run has logged, by file name; starts the log where there is none."""
    path = out / "log.jsonl"
    try:
        out.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_text(json.dumps(settings) + "\n", encoding="utf-8")
        lines = path.read_text(encoding="utf-8-sig").split("\n")
        if not lines[-1]:
            lines.pop()
        else:
            # A kill cut the last line short: its photo is labelled again.
            lines.pop()
            path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        first, *rest = map(json.loads, lines)
        if first != settings:
            raise UserError(f"{out}: holds labels made with other settings; name another --out")
        return {row["photo"]: row["fate"] for row in rest}
    except OSError as error:
        raise UserError(f"--out {out}: cannot be written ({error.strerror}); choose another place") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path}: is no log of this program; name another --out") from error


def main(argv: list[str] | None = None) -> None:
    """Labels a folder of photos.

    Raises:
      UserError: see `label_folder`; or the size is below the teacher's.
    """
    parser = OneLineParser(prog="python -m emojax.training.parser.pseudo_labels", description=__doc__)
    parser.add_argument("weights", type=local_path, help="safetensors file of a face parser, the teacher")
    parser.add_argument("photos", type=local_path, help="folder of square photos of one face each")
    parser.add_argument("--out", type=local_path, required=True, help="folder that gets images/ and masks/")
    parser.add_argument(
        "--size", type=whole_number(32, 2048), default=320, help="side of the labelled photos, in pixels"
    )
    parser.add_argument(
        "--confidence", type=share, default=Thresholds.confidence, help="smallest probability of a kept label"
    )
    parser.add_argument(
        "--certain", type=share, default=Thresholds.certain, help="smallest share of kept labels in a photo"
    )
    args = parser.parse_args(argv)
    folders = {f"--out {args.out}/{name}": args.out / name for name in ("images", "masks")}
    paths.refuse_replacing(folders, [args.photos, args.weights])
    model, variables, size = face_parser.load(args.weights)
    if args.size < size:
        raise UserError(f"--size {args.size}: the net takes {size} pixels; give at least as many")
    counts = label_folder(
        args.photos,
        args.out,
        teacher(model, jax.device_put(variables), size),
        size=args.size,
        thresholds=Thresholds(args.confidence, args.certain),
    )
    print(f"{args.out}: " + ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())))


if __name__ == "__main__":
    run_program(main)
