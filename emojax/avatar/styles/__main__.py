"""python -m emojax.avatar.styles: builds, checks, draws and imports styles; writes style.json's schema."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from emojax.avatar.styles import build as style_build
from emojax.avatar.styles import check as style_check
from emojax.avatar.styles import manifest, style
from emojax.avatar.styles import sheet as style_sheet
from emojax.avatar.styles.imports import folder as style_folder
from emojax.avatar.styles.imports import python_avatars
from emojax.core import paths
from emojax.core.runtime import OneLineParser, any_seed, local_path, name_or_path, run_program, whole_number
from emojax.media import image

SYSTEMS: Final = {python_avatars.PACKAGE: python_avatars.read}
"""What styles can be imported from, and what reads each."""


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
    if arguments.what == "import":
        _import(arguments.system, arguments.out or Path(arguments.system))
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


def _import(system: str, out: Path) -> None:
    count = style_folder.write(SYSTEMS[system](), out)
    style_check.check(style.load(out))
    print(f"{out}: {count} drawings of {system}; infer.py --style {out} draws with them")


def _people(names: Sequence[str], out: Path, *, tile: int, seed: int) -> None:
    styles = [style.load(style.find(name)) for name in names]
    image.save_png(out, style_sheet.people(styles, tile=tile, seed=seed))
    print(f"{out}: drawn")


def _parser() -> OneLineParser:
    parser = OneLineParser(prog="python -m emojax.avatar.styles", description=__doc__)
    commands = parser.add_subparsers(
        dest="what", required=True, metavar="build|check|sheet|people|import|schema"
    )
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
    meaning = "make a style of an avatar system that is installed beside emojax"
    command = commands.add_parser("import", help=meaning, description=meaning)
    command.add_argument("system", choices=list(SYSTEMS), help="package that the drawings are from")
    command.add_argument("--out", type=local_path, help="folder to write; the system's name by default")
    meaning = "write the JSON Schema of style.json, by which editors complete it"
    schema = commands.add_parser("schema", help=meaning, description=meaning)
    schema.add_argument("--out", type=local_path, default=Path("style.schema.json"), help="the file to write")
    return parser


if __name__ == "__main__":
    run_program(main)
