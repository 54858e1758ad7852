"""Looks at the parts that OpenMoji's faces come apart into.

python -m emojax.data.openmoji.parts sheet --out sheets
"""

from pathlib import Path

from emojax.core import paths
from emojax.core.runtime import OneLineParser, any_seed, local_path, positive, run_program
from emojax.data.openmoji.parts import sheet


def main(argv: list[str] | None = None) -> None:
    """Writes contact sheets.

    Raises:
      UserError: OpenMoji cannot be had, or a file cannot be written.
    """
    parser = OneLineParser(prog="python -m emojax.data.openmoji.parts", description=__doc__)
    parser.add_argument("what", choices=["sheet"], help="contact sheets of all parts and of recombinations")
    parser.add_argument("--out", type=local_path, default=Path("parts"), help="folder for them")
    parser.add_argument("--count", type=positive, default=100, help="recombinations")
    parser.add_argument("--seed", type=any_seed, default=0, help="which recombinations")
    parser.add_argument("--background", default="#dddddd", help="a CSS colour")
    parser.add_argument("--openmoji_dir", type=local_path, help="folder with OpenMoji; fetched by default")
    args = parser.parse_args(argv)
    written = {f"--out {args.out}/{name}": args.out / name for name in sheet.FILES}
    paths.refuse_replacing(written, [args.openmoji_dir])
    for path in sheet.write(
        args.out, count=args.count, seed=args.seed, background=args.background, openmoji_dir=args.openmoji_dir
    ):
        print(path)


if __name__ == "__main__":
    run_program(main)
