"""python -m emojax.avatar.styles: builds, checks and draws styles; writes the schema of style.json."""

import json
from collections.abc import Sequence
from pathlib import Path

from emojax.avatar.styles import build as style_build
from emojax.avatar.styles import check as style_check
from emojax.avatar.styles import manifest, style
from emojax.avatar.styles import sheet as style_sheet
from emojax.core import paths
from emojax.core.runtime import OneLineParser, any_seed, local_path, name_or_path, run_program, whole_number
from emojax.media import image


def main(argv: list[str] | None = None) -> None:
    """Parses flags and does what they say.

    Raises:
      UserError: a flag or a style is wrong.
    """
    arguments = _parser().parse_args(argv)
    if arguments.what in ("sheet", "people"):
        names = arguments.style if arguments.what == "people" else [arguments.style]
        folders = [style.find(name) for name in names]
        paths.refuse_replacing({f"--out {arguments.out}": arguments.out}, folders)
    if arguments.what == "people":
        _people(arguments.style, arguments.out, tile=arguments.tile, seed=arguments.seed)
        return
    if arguments.what == "schema":
        with image.writing(arguments.out) as temporary:
            temporary.write_text(json.dumps(manifest.json_schema(), indent=1) + "\n", encoding="utf-8")
        print(f"{arguments.out}: written")
        return
    folder = style.find(arguments.style)
    if arguments.what == "build":
        count = style_build.build(folder)
        style_check.check(style.load(folder))
        print(f"{folder}: {count} parts built from templates")
    elif arguments.what == "check":
        checked = style.load(folder)
        style_check.check(checked)
        counts = ", ".join(f"{len(listed.variants)} {part}" for part, listed in checked.parts.items())
        print(f"{folder}: the style {checked.name} {checked.version} is sound: {counts}")
    else:
        image.save_png(arguments.out, style_sheet.sheet(style.load(folder), tile=arguments.tile))
        print(f"{arguments.out}: drawn")


def _people(names: Sequence[str], out: Path, *, tile: int, seed: int) -> None:
    styles = [style.load(style.find(name)) for name in names]
    image.save_png(out, style_sheet.people(styles, tile=tile, seed=seed))
    print(f"{out}: drawn")


def _parser() -> OneLineParser:
    parser = OneLineParser(prog="python -m emojax.avatar.styles", description=__doc__)
    commands = parser.add_subparsers(dest="what", required=True, metavar="build|check|sheet|people|schema")
    for what, meaning in (
        ("build", "make style.json and parts/ from templates/"),
        ("check", "say whether a style is sound, or the first thing that is wrong"),
        ("sheet", "draw every variant, and random people, as one picture"),
        ("people", "draw eight random people in each of several styles as one picture"),
    ):
        command = commands.add_parser(what, help=meaning, description=meaning)
        several = "+" if what == "people" else None
        command.add_argument(
            "style",
            type=name_or_path,
            metavar="STYLE",
            nargs=several,
            help="a style that comes with emojax, or a folder",
        )
        if what in ("sheet", "people"):
            command.add_argument(
                "--out", type=local_path, default=Path(f"{what}.png"), help="the PNG to write"
            )
            command.add_argument(
                "--tile", type=whole_number(16, 1024), default=160, help="side of each drawing in pixels"
            )
        if what == "people":
            command.add_argument("--seed", type=any_seed, default=0, help="other people for another seed (0)")
    meaning = "write the JSON Schema of style.json, by which editors complete it"
    schema = commands.add_parser("schema", help=meaning, description=meaning)
    schema.add_argument("--out", type=local_path, default=Path("style.schema.json"), help="the file to write")
    return parser


if __name__ == "__main__":
    run_program(main)
