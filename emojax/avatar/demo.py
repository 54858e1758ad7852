"""The portrait that ``--selfie demo`` takes."""

from pathlib import Path
from typing import Final

PORTRAIT: Final = Path(__file__).with_name("demo.jpg")
"""Rear Admiral Grace Hopper, photographed by the US Navy: in the public domain."""
