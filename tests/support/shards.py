"""``pytest --shard=K/N``: the K-th of N parts of the test files. A file's part depends on its name only."""

import argparse
import zlib


def parse(text: str) -> tuple[int, int]:
    """``K/N`` as two numbers.

    Raises:
        argparse.ArgumentTypeError: when it is anything else, or K is not in 1..N.
    """
    part, _, parts = text.partition("/")
    if not (part.isdecimal() and parts.isdecimal() and 1 <= int(part) <= int(parts)):
        raise argparse.ArgumentTypeError(f"{text!r} is no part such as 1/3")
    return int(part), int(parts)


def leaves_out(shard: tuple[int, int], name: str) -> bool:
    """Whether the test file `name`, a path relative to the repository, is in another part than `shard`."""
    part, parts = shard
    return zlib.crc32(name.encode()) % parts != part - 1
