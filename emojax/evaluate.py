"""Evaluates trained models and styles.

python -m emojax.evaluate parser FACES [--weights FILE] [--validation REGEX] [--out DIR]
python -m emojax.evaluate attributes PHOTOS --labels CSV|celebamask [--validation REGEX]
python -m emojax.evaluate avatar --photos DIR [--masks DIR] [--labels CSV] [--style NAME|DIR] [--out DIR]
python -m emojax.evaluate people FOLDER [--style NAME|DIR] [--out JSON]
python -m emojax.evaluate approaches --photos DIR --masks DIR [--labels CSV] [--only NAME,...] [--out FILE]
python -m emojax.evaluate tables FILE... [--check]
python -m emojax.evaluate prompts [--drawn] [--sheet FILE] --out FILE
python -m emojax.evaluate video [CLIP --truth FILE] [--style NAME|DIR] [--out FILE]
python -m emojax.evaluate gan [--workdir DIR | --samples DIR | --weights NAME|FILE] --out DIR
python -m emojax.evaluate gan --compare NAME=DIR[,DIR...] NAME=DIR[,DIR...] ... --out DIR
"""

import argparse

from emojax.cli import evaluate_approaches, evaluate_avatar, evaluate_gan, evaluate_parser, evaluate_tables
from emojax.cli.prompts import evaluate as evaluate_prompts
from emojax.cli.video import evaluate as evaluate_video
from emojax.core.runtime import OneLineParser, run_program


def main(argv: list[str] | None = None) -> None:
    """Parses flags, prints a report and writes it where ``--out`` says.

    Raises:
      UserError: a flag or a file is wrong.
    """
    parser = OneLineParser(
        prog="python -m emojax.evaluate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    subcommands = parser.add_subparsers(title="what is evaluated", required=True, metavar="WHAT")
    # Each imports JAX and the like only when it runs: a misspelt flag is refused at once.
    for subcommand in (
        *(evaluate_parser, evaluate_avatar, evaluate_approaches, evaluate_gan),
        *(evaluate_prompts, evaluate_video, evaluate_tables),
    ):
        subcommand.add_parser(subcommands)
    args = parser.parse_args(argv)
    args.run(args)


if __name__ == "__main__":
    run_program(main)
