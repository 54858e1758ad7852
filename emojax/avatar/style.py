"""The old name of ``python -m emojax.avatar.styles``: it says so, and does nothing else."""

from emojax.core.errors import UserError
from emojax.core.runtime import run_program


def main() -> None:
    """Raises `UserError` with the new name."""
    raise UserError("python -m emojax.avatar.style has moved: write python -m emojax.avatar.styles")


if __name__ == "__main__":
    run_program(main)
