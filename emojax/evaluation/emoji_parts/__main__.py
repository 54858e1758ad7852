"""Evaluates a generator of faces from parts against faces that are composed of the parts themselves.

python -m emojax.evaluation.emoji_parts --weights parts --out report.json
"""

import json
from pathlib import Path

from emojax.core import paths
from emojax.core.errors import UserError
from emojax.core.files import replacing
from emojax.core.runtime import OneLineParser, any_seed, local_path, name_or_path, run_program, whole_number


def main(argv: list[str] | None = None) -> None:
    """Trains a classifier of parts, draws, compares, and writes the figures as JSON.

    Raises:
      UserError: the weights cannot be read or know no parts, OpenMoji cannot be had, or the file cannot be
        written.
    """
    parser = OneLineParser(prog="python -m emojax.evaluation.emoji_parts", description=__doc__)
    parser.add_argument(
        "--weights", type=name_or_path, default="parts", help="name of installed weights, or a file (parts)"
    )
    parser.add_argument("--workdir", type=local_path, help="a training run instead")
    parser.add_argument(
        "--count", type=whole_number(40, 10_000), default=1000, help="faces of each kind (1000)"
    )
    parser.add_argument("--seed", type=any_seed, default=0, help="of all that is random (0)")
    parser.add_argument("--openmoji_dir", type=local_path, help="folder with OpenMoji; fetched by default")
    parser.add_argument("--out", type=local_path, required=True, help="the report, .json")
    args = parser.parse_args(argv)

    from emojax import weights
    from emojax.data.openmoji.parts import collecting, composing, layers
    from emojax.emoji import loading
    from emojax.emoji.parts import PartEmojiGenerator
    from emojax.evaluation.emoji_parts import classifier, report
    from emojax.evaluation.measures import features

    path = args.workdir or Path(args.weights)
    paths.refuse_replacing({f"--out {args.out}": args.out}, [path, args.openmoji_dir])
    generator = loading.load(path if path.exists() else weights.shipped(args.weights))
    if not isinstance(generator, PartEmojiGenerator):
        raise UserError(f"{path} knows no parts: give weights of a run of configs/parts.py")
    parts = collecting.load(args.openmoji_dir)
    if [p.name for p in parts.parts] != [p.name for p in generator.part_set.parts]:
        raise UserError(
            f"{path} was trained on other parts than OpenMoji now comes apart into: train it again"
        )
    side = generator.draw(generator.latents(0, [0]), generator.one_hot([0])).shape[1]
    tables = composing.tables(parts, layers.load(parts, side))
    reader = classifier.train(parts, tables, seed=args.seed)
    extractors = features.emoji_net(), features.random_cnn()
    found = report.evaluate(generator, parts, tables, reader, extractors, count=args.count, seed=args.seed)
    try:
        with replacing(args.out) as temporary:
            temporary.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise UserError(f"--out {args.out}: cannot be written ({error})") from error
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    run_program(main)
