"""python -m tests.fuzz --count 5000 --seed 1 [--only svg pth] [--keep FOLDER]

Prints what each kind of file came to, and every case that was not handled; exit code 1 if there is one.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # as pytest does, for tests' support

from fuzz.kinds import KINDS
from fuzz.running import run


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=1_000, help="of cases, of all kinds together (1000)")
    parser.add_argument("--seed", type=int, default=0, help="other cases for another seed (0)")
    parser.add_argument("--only", nargs="+", choices=list(KINDS), help="kinds of files; all by default")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where to copy files that failed")
    options = parser.parse_args()
    kinds = {name: KINDS[name] for name in options.only or KINDS}
    report = run(kinds, options.count, options.seed, keep=options.keep)
    for name in kinds:
        print(f"{name:14} {report.read[name]:5} read {report.refused[name]:5} refused")
    for failure in report.failures:
        print(f"FAILED {failure.kind} {failure.number}: {failure.reason}")
    sys.exit(1 if report.failures else 0)


if __name__ == "__main__":
    main()
