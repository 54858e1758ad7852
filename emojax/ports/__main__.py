"""``python -m emojax.ports bisenet 79999_iter.pth --out bisenet.safetensors``."""

from emojax.core import paths
from emojax.core.runtime import OneLineParser, local_path, run_program
from emojax.ports import PORTS, port


def main(argv: list[str] | None = None) -> None:
    """Converts one checkpoint.

    Raises:
      UserError: see `port`.
    """
    parser = OneLineParser(prog="python -m emojax.ports", description="Convert a public checkpoint.")
    parser.add_argument("net", choices=sorted(PORTS))
    parser.add_argument(
        "checkpoint", type=local_path, help="a PyTorch state_dict (.pth) or a safetensors file"
    )
    parser.add_argument("--out", type=local_path, required=True, help="the safetensors file to write")
    parser.add_argument("--half", action="store_true", help="store kernels as float16: half the size")
    options = parser.parse_args(argv)
    paths.refuse_replacing({f"--out {options.out}": options.out}, [options.checkpoint])
    port(options.net, options.checkpoint, options.out, half=options.half)
    print(f"wrote {options.out}")


if __name__ == "__main__":
    run_program(main)
