"""Writes a model that ships as StableHLO, so that others can serve it with JAX alone.

python -m emojax.export dcgan --out served
python -m emojax.export all --out served

writes ``served/dcgan.stablehlo``, weights included, and ``served/dcgan.json``, which says what the model
takes and returns. Any batch size, on CPUs, NVIDIA GPUs and TPUs:

    import jax, numpy as np
    model = jax.export.deserialize(bytearray(open("served/dcgan.stablehlo", "rb").read()))
    images = model.call(np.random.normal(size=(4, 100)).astype("float32"))

Before a file is written it is read back and run, and must agree with what emojax itself computes.
"""

import argparse
from pathlib import Path
from typing import Final

from emojax import weights
from emojax.core.errors import UserError
from emojax.core.runtime import OneLineParser, local_path, run_program
from emojax.export.stablehlo import PLATFORMS, write

_ALL: Final = "all"


def main(argv: list[str] | None = None) -> None:
    """Parses flags and exports.

    Raises:
      UserError: as `write`.
    """
    parser = OneLineParser(
        prog="python -m emojax.export",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", help="of a weight file that ships, or all")
    parser.add_argument(
        "--out", type=local_path, default=Path(), metavar="DIR", help="the folder to write to"
    )
    args = parser.parse_args(argv)
    if args.out.is_file():
        raise UserError(f"--out {args.out} is a file: name a folder")
    names = [args.name]
    if args.name == _ALL:
        names = sorted(file.stem for file in Path(weights.__file__).parent.glob("*.safetensors"))
    for name in names:
        target = write(name, args.out)
        print(f"{target}: {target.stat().st_size / 1e6:.1f} MB, for {', '.join(PLATFORMS)}")


if __name__ == "__main__":
    run_program(main)
