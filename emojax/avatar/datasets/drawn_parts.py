"""Writes data sets of the parts of random avatars, whose label maps are exact, like those of photos.

python -m emojax.avatar.datasets.drawn_parts --out drawn
python -m emojax.avatar.datasets.drawn_parts flat path/to/mystyle --count 2000 --seed 1 --out drawn

Read them with emojax.data.parts.builder.load. An interrupted run can be resumed.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from tqdm import tqdm

from emojax.avatar.faces.portraits import Portrait
from emojax.avatar.reading.segments import PARTS
from emojax.avatar.styles import style
from emojax.avatar.styles.composition import compose, label_map, view_box
from emojax.avatar.styles.sheet import random_person
from emojax.avatar.styles.style import FRAME, Style
from emojax.core.errors import UserError
from emojax.core.extras import importing
from emojax.core.runtime import OneLineParser, any_seed, local_path, name_or_path, positive, run_program
from emojax.media import svg

with importing(__name__):
    from emojax.avatar.datasets import celeb_parts as program
    from emojax.avatar.datasets import cutting
    from emojax.data.parts import builder, chunks
    from emojax.data.parts.chunks import Row

CHUNK: Final = 128
"""Avatars per file of parts. Smaller, more files; larger, more work is lost when a run is interrupted."""

_OCCLUDERS: Final[dict[str, tuple[str, ...]]] = {
    "hair": ("hat",),
    "ears": ("hat",),
    "brows": ("hat", "glasses"),
    "eyes": ("glasses",),
}
"""Part types that are left at their default in an avatar that is to show a part."""


def build(styles: Sequence[Style], count: int, out: Path, *, seed: int) -> program.Summary:
    """Writes the data sets of the parts of random avatars to ``out/celeb_parts``.

    Args:
      styles: whose parts are put together.
      count: avatars per style. As many avatars as a style has variants contain each variant at least once.
      out: a directory, created if missing.
      seed: of the random choices.

    Raises:
      UserError: two styles have one name, or `out` holds something else.
    """
    names = [each.name for each in styles]
    if len(set(names)) < len(names):
        raise UserError(f"two of the styles are called {max(names, key=names.count)}; give each once")
    made_from = {
        "styles": {each.name: each.digest for each in styles},
        "count": count,
        "seed": seed,
        "version": f"{builder.CelebParts.VERSION}/{CHUNK}",
    }

    def cut(staging: Path) -> list[Path]:
        bar = tqdm(total=count * len(styles), unit="avatar", disable=None)
        with bar:
            return [
                _chunk(each, range(start, min(start + CHUNK, count)), staging, seed, bar)
                for each in styles
                for start in range(0, count, CHUNK)
            ]

    return program.publish(out, made_from, cut)


def portrait(each: Style, index: int, seed: int) -> Portrait:
    """Avatar number `index`: its pixels in the face frame, and their exact label map."""
    choice, colors = person(each, index, seed)
    drawing = compose(each, choice, colors, background="#ffffff")
    drawing = drawing.replace(view_box(each.canvas), view_box((0, 0, FRAME)), 1)
    pixels = svg.rasterize(drawing.encode(), size=FRAME, background="white", name=f"style {each.name}")
    return Portrait(pixels, label_map(each, choice))


def person(each: Style, index: int, seed: int) -> tuple[dict[str, str], dict[str, str]]:
    """The parts and colours of avatar number `index`, which shows variant ``index % V`` of the style's V."""
    choice, colors = random_person(each, np.random.default_rng([seed, index]))
    variants = [(part, variant) for part, listed in each.parts.items() for variant in listed.variants]
    part, variant = variants[index % len(variants)]
    choice[part] = variant
    for other in _OCCLUDERS.get(part, ()):
        choice.pop(other, None)
    return choice, colors


def _chunk(each: Style, numbers: range, staging: Path, seed: int, bar: tqdm) -> Path:
    path = staging / f"{each.name}-{numbers.start:06d}.zip"
    if not path.exists():
        rows: dict[str, list[Row]] = {part: [] for part in PARTS}
        for number in numbers:
            name = f"{each.name}-{number:06d}"
            for part, row in cutting.rows_of(name, portrait(each, number, seed)).items():
                rows[part].append(row)
            bar.update()
        chunks.write(path, rows, photos=len(numbers), skipped={})
    return path


def main(argv: list[str] | None = None) -> None:
    """Parses flags and does what they say.

    Raises:
      UserError: a flag or a style is wrong.
    """
    flags = OneLineParser(
        prog="python -m emojax.avatar.datasets.drawn_parts",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    flags.add_argument(
        "styles",
        nargs="*",
        type=name_or_path,
        metavar="STYLE",
        help="names or folders (all that are installed)",
    )
    flags.add_argument("--out", type=local_path, required=True, metavar="DIR", help="where the data sets go")
    flags.add_argument("--count", type=positive, default=600, metavar="N", help="avatars per style (600)")
    flags.add_argument(
        "--seed", type=any_seed, default=0, metavar="S", help="other avatars for another seed (0)"
    )
    args = flags.parse_args(argv)
    folders = [style.find(name) for name in args.styles] or style.built_in_styles()
    styles = [style.load(folder) for folder in folders]
    try:
        args.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--out {args.out}: cannot be a folder ({error.strerror}); choose another") from error
    print(build(styles, args.count, args.out, seed=args.seed))


if __name__ == "__main__":
    run_program(main)
