"""``python -m emojax.ports bisenet 79999_iter.pth --out bisenet.safetensors``."""

import sys

from emojax.errors import UserError
from emojax.ports import PORTS, port
from emojax.runtime import OneLineParser


def main(arguments: list[str] | None = None) -> int:
    """Converts one checkpoint; returns the exit code: 0, or 2 with one line on standard error."""
    parser = OneLineParser(prog="python -m emojax.ports", description="Convert a public checkpoint.")
    parser.add_argument("net", choices=sorted(PORTS))
    parser.add_argument("checkpoint", help="a PyTorch state_dict (.pth) or a safetensors file")
    parser.add_argument("--out", required=True, help="the safetensors file to write")
    parser.add_argument("--half", action="store_true", help="store kernels as float16: half the size")
    try:
        options = parser.parse_args(arguments)
        port(options.net, options.checkpoint, options.out, half=options.half)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"wrote {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
