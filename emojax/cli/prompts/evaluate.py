"""``python -m emojax.evaluate prompts``: how well descriptions of faces are understood."""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from emojax.core import paths
from emojax.core.errors import UserError
from emojax.core.runtime import any_seed, local_path, whole_number

_COLUMNS: Final = 8  # of the sheet


def add_parser(subcommands: Any) -> None:
    """Adds the subcommand to those of ``python -m emojax.evaluate``."""
    flags = subcommands.add_parser(
        "prompts", help="descriptions: which parts of faces, and which things, are understood"
    )
    flags.add_argument("--text_weights", type=local_path, metavar="FILE", help="a reader; the one installed")
    flags.add_argument("--naming_weights", type=local_path, metavar="FILE", help="a namer; the one installed")
    flags.add_argument("--count", type=whole_number(8, 10_000), default=400, help="of each kind (400)")
    flags.add_argument("--seed", type=any_seed, default=0, help="which descriptions (0)")
    flags.add_argument(
        "--drawn", action="store_true", help="judge drawings, too: trains a classifier of parts, minutes"
    )
    flags.add_argument("--openmoji_dir", type=local_path, help="folder with OpenMoji; fetched by default")
    flags.add_argument(
        "--keywords_dir", type=local_path, help="folder with emojibase-data; fetched by default"
    )
    flags.add_argument("--sheet", type=local_path, metavar="FILE", help="examples' pictures, .png")
    flags.add_argument("--out", type=local_path, required=True, metavar="FILE", help="the report, .json")
    flags.set_defaults(run=_run)


def table(files: Mapping[str, Path]) -> str:
    """A Markdown table of the examples of a stored report."""
    (path,) = files.values()
    rows = ["| | description | understood | not known |", "| --- | --- | --- | --- |"]
    for i, row in enumerate(json.loads(path.read_text(encoding="utf-8"))["examples"], 1):
        named = [f"{key}: {row[key]}" for key in ("whole", "base", "eyes", "mouth") if row[key] is not None]
        named += [f"extra: {name}" for name in row["extra"]]
        if row["another thing"]:
            named.insert(0, f"no face but {row['named emoji']}, nearest {row['nearest emoji']}")
        named += [f"left out: {name}" for name in row["left out"]]
        rows.append(f"| {i} | {row['prompt']} | {'; '.join(named)} | {', '.join(row['unknown words'])} |")
    return "\n".join(rows)


def _run(args: argparse.Namespace) -> None:
    written = {f"--out {args.out}": args.out, f"--sheet {args.sheet}": args.sheet}
    inputs = [args.text_weights, args.naming_weights, args.openmoji_dir, args.keywords_dir]
    paths.refuse_replacing({name: path for name, path in written.items() if path}, inputs)
    if args.sheet and args.sheet.suffix.lower() != ".png":
        raise UserError(f"--sheet {args.sheet}: give a name that ends in .png")
    from emojax import weights
    from emojax.core.files import replacing
    from emojax.emoji import parts, reading
    from emojax.emoji.prompts import Chooser
    from emojax.evaluation.prompts import drawing, report, things

    reader = reading.load(args.text_weights or weights.shipped("text"), args.naming_weights)
    generator = parts.load(weights.shipped("parts"))
    chooser = Chooser(generator.part_set, reader.slots)
    known = report.collect(args.openmoji_dir, args.keywords_dir)
    drawn = drawing.classified(generator, args.seed) if args.drawn else None
    found = report.evaluate(reader, chooser, known, count=args.count, seed=args.seed, drawn=drawn)
    described = [c for kind in ("phrases", "synonyms") for c in report.pairs_of(known, kind, args.count, 0)]
    named = things.collect(args.openmoji_dir, args.keywords_dir)
    found["naming"] = things.evaluate(reader.namer, named, described, count=args.count)
    pictures, found["examples"] = drawing.examples(reader, chooser, generator)
    with replacing(args.out) as temporary:
        text = json.dumps(found, indent=1, ensure_ascii=False)
        temporary.write_text(text + "\n", encoding="utf-8")
    if args.sheet:
        from emojax.media import grids, image

        image.save_png(args.sheet, grids.grid(pictures, columns=_COLUMNS))
    print(json.dumps({k: v for k, v in found.items() if k != "examples"}, indent=1))
