"""The flags of ``infer.py``, each declared with the modes that it belongs to.

A flag of another mode is an error, also where it is given with its default value.
"""

import argparse
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emojax.core.errors import UserError
from emojax.core.runtime import OneLineParser


@dataclasses.dataclass(frozen=True)
class Mode:
    """One thing that the program does.

    Attributes:
      name: the flag that chooses it, such as ``--selfie``; or a flag of other modes with the one value
        that chooses it, such as ``--label list``.
      run: does it, given the values of all flags.
      options: arguments of `argparse.ArgumentParser.add_argument`; unused where `name` has a value.
    """

    name: str
    run: Callable[[argparse.Namespace], None]
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def is_chosen(self, given: argparse.Namespace) -> bool:
        """Whether the flags given choose this mode."""
        flag, _, value = self.name.partition(" ")
        found = getattr(given, flag.removeprefix("--"), None)
        return found == [value] if value else found is not None


@dataclasses.dataclass(frozen=True)
class Flag:
    """A flag of some modes.

    Attributes:
      name: as it is typed, such as ``--frames``.
      modes: names of the modes that it belongs to.
      default: its value where it is not given.
      options: further arguments of `argparse.ArgumentParser.add_argument`.
    """

    name: str
    modes: tuple[str, ...]
    default: Any = None
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def destination(self) -> str:
        """Its attribute of the namespace that `parse` returns."""
        return str(self.options.get("dest", self.name.removeprefix("--")))


def flag(name: str, *modes: str, default: Any = None, **options: Any) -> Flag:
    """A `Flag` with `options` as keyword arguments."""
    return Flag(name, modes, default, options)


def parse(
    parser: OneLineParser, modes: Sequence[Mode], flags: Sequence[Flag], argv: Sequence[str] | None
) -> tuple[Mode, argparse.Namespace]:
    """Adds modes and flags to `parser` and reads the command line.

    Args:
      parser: an empty parser.
      modes: of which exactly one must be chosen.
      flags: of all modes.
      argv: the arguments; those of the process if None.

    Returns:
      The chosen mode, and the values of all flags, with defaults for those not given.

    Raises:
      UserError: a flag is unknown, has a wrong value or belongs to another mode, or not exactly one
        mode is chosen.
    """
    group = parser.add_mutually_exclusive_group()
    for mode in modes:
        if " " not in mode.name:
            group.add_argument(mode.name, default=argparse.SUPPRESS, **mode.options)
    sections: dict[tuple[str, ...], argparse._ArgumentGroup] = {}
    for each in flags:
        if each.modes not in sections:
            sections[each.modes] = parser.add_argument_group(f"for {listed(each.modes)}")
        # Without default values, so that the namespace holds the flags that were given and no others.
        sections[each.modes].add_argument(each.name, default=argparse.SUPPRESS, **each.options)
    given = parser.parse_args(argv)
    chosen = [mode for mode in modes if mode.is_chosen(given)]
    if not chosen:
        parser.error(f"one of {', '.join(mode.name for mode in modes)} is required")
    if len(chosen) > 1:
        parser.error(f"argument {chosen[1].name}: not allowed with argument {chosen[0].name}")
    for each in flags:
        if each.destination in given and chosen[0].name not in each.modes:
            raise UserError(
                f"{each.name} belongs to {listed(each.modes)}, not to {chosen[0].name}: leave it out"
            )
    values = {each.destination: each.default for each in flags} | vars(given)
    return chosen[0], argparse.Namespace(**values)


def listed(names: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
