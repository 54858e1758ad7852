"""``infer.py --generate --prompt``; ``prompt.json`` says what was understood."""

import argparse
import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from emojax.cli import draw_parts
from emojax.cli.flags import flag
from emojax.cli.generators import short
from emojax.core.errors import UserError
from emojax.core.runtime import local_path

# As in infer.py, what a mode needs is imported where it begins.
if TYPE_CHECKING:
    from emojax.emoji.parts import PartEmojiGenerator, Samples
    from emojax.emoji.prompts import Chooser
    from emojax.emoji.reading import Reading

WEIGHTS: Final = "text"
"""The weights that read descriptions."""

_NAME: Final = "prompt.json"
_MAX_PROMPTS: Final = 1000
_MAX_SAID: Final = 5  # lines about prompts; the rest is in the file

FLAGS: Final = (
    flag(
        "--prompt",
        "--generate",
        metavar="TEXT",
        action="append",
        help="a description of a face, such as 'crying face with heart eyes and a party hat'; repeat it to "
        "draw several in turn. prompt.json beside the pictures says what was understood",
    ),
    flag(
        "--text_weights",
        *("--generate", "--interpolate"),
        metavar="FILE",
        type=local_path,
        help="a reader of descriptions of your own training",
    ),
    flag(
        "--naming_weights",
        *("--generate", "--interpolate"),
        metavar="FILE",
        type=local_path,
        help="what tells faces from other things, of your own training",
    ),
)


@dataclasses.dataclass(frozen=True)
class Drawn:
    """What to draw for prompts.

    Attributes:
      samples: of the generator.
      further: extras of each emoji beyond the first.
      understood: for each prompt, what ``prompt.json`` says of it.
    """

    samples: "Samples"
    further: Sequence[Sequence[int]]
    understood: list[dict[str, Any]]


def files(args: argparse.Namespace) -> dict[str, Path]:
    """Weights of the user's that read descriptions, by flag."""
    given = {"--text_weights": args.text_weights, "--naming_weights": args.naming_weights}
    return {name: path for name, path in given.items() if path}


def check(args: argparse.Namespace) -> None:
    """Raises `UserError` where other flags contradict ``--prompt``, or a prompt has no words."""
    if not args.prompt:
        for name in files(args):
            raise UserError(f"{name} is for --prompt: give a description, or leave it out")
        return
    others = [name for name in ("label", *draw_parts.SLOTS) if getattr(args, name)]
    if others:
        raise UserError(f"--prompt and --{others[0]} both say what to draw: leave one out")
    if len(args.prompt) > _MAX_PROMPTS:
        raise UserError(f"{len(args.prompt)} prompts are more than {_MAX_PROMPTS}: give fewer")
    for text in args.prompt:
        _check_words(text, "--prompt")


def sample(generator: "PartEmojiGenerator", args: argparse.Namespace) -> Drawn:
    """Parts and movements of ``--generate`` emoji for the prompts in turn.

    Raises:
      UserError: the weights that read descriptions cannot be read.
    """
    import numpy as np

    from emojax.emoji import parts

    chooser, readings = _read(generator, args, args.prompt)
    understood = [chooser.understood(each) for each in readings]
    choices = []
    for i in range(args.generate):
        which = i % len(readings)
        # The first picture of each prompt has the likeliest parts.
        rng = np.random.default_rng((args.seed, i)) if i >= len(readings) else None
        choices.append(chooser.choose(readings[which], rng))
        for key, values in (("left out", choices[-1].left_out), ("pictures", (i,))):
            known = understood[which].setdefault(key, [])
            known += [value for value in values if value not in known]
    samples = generator.sample(args.seed, range(args.generate), [choice.fixed for choice in choices])
    further = [choice.further for choice in choices]
    return Drawn(parts.with_further(samples, further), further, understood)


def endpoints(
    generator: "PartEmojiGenerator", args: argparse.Namespace, numbers: Sequence[int | None]
) -> tuple["Samples", list[dict[str, Any]]]:
    """What to morph between: numbers of emoji where there are any; else labels, and descriptions where no
    label fits.

    Returns:
      Samples of the generator; and for each description what was understood, ``endpoint`` being its number
      among what is morphed.
    """
    labels: list[int | None] = []
    wanted: list[int | Mapping[str, int]] = []
    described: list[tuple[str, int]] = []
    for i, (text, number) in enumerate(zip(args.interpolate, numbers, strict=True)):
        labels.append(None)
        wanted.append(number or 0)
        if number is None:
            try:
                labels[i] = generator.part_set.labels.find(text)
            except UserError:
                _check_words(text, "--interpolate")
                described.append((text, i))
    further: list[tuple[int, ...]] = [()] * len(wanted)
    understood = []
    if described:
        chooser, readings = _read(generator, args, [text for text, _ in described])
        for reading, (_, i) in zip(readings, described, strict=True):
            choice = chooser.choose(reading, None)
            wanted[i], further[i] = choice.fixed, choice.further
            understood.append(
                chooser.understood(reading) | {"left out": list(choice.left_out), "endpoint": i}
            )
    from emojax.emoji.parts import with_further

    return with_further(generator.endpoints(args.seed, wanted, labels), further), understood


def write(understood: list[dict[str, Any]], path: Path) -> None:
    """Writes what was understood as JSON, and says it."""
    from emojax.core.files import replacing

    with replacing(path) as temporary:
        text = json.dumps(understood, ensure_ascii=False, indent=1)
        temporary.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")
    for row in understood[:_MAX_SAID]:
        print(said(row))
    if len(understood) > _MAX_SAID:
        print(f"and {len(understood) - _MAX_SAID} more: see {path}")


def target(out: Path) -> Path:
    """Where `write` writes for an ``--out`` of ``--generate``: ``prompt.json`` in a folder, or a file beside
    one drawing."""
    return out.with_suffix(".json") if out.suffix.lower() == ".svg" else out / _NAME


def said(row: Mapping[str, Any]) -> str:
    """One line about what was understood of a prompt."""
    named = [f"{key} {row[key]}" for key in ("whole", "base", "eyes", "mouth") if row[key] is not None]
    named += row["extra"]
    text = f"{short(row['prompt'])}: "
    if row["another thing"]:
        instead = f"a face with {', '.join(named)}" if named else row["nearest emoji"]
        text += f"only faces are drawn, and this names {row['named emoji']}; drawn instead: {instead}"
    else:
        text += ", ".join(named) or "nothing understood, so any face is drawn"
    for key in ("left out", "unknown words"):
        if row.get(key):
            text += f"; {key}: {', '.join(row[key])}"
    return text


def _check_words(text: str, flag: str) -> None:
    from emojax.emoji.reading import has_words

    if not has_words(text):
        raise UserError(
            f"{flag} {short(text)} has no words: describe a face, such as 'crying face with heart eyes'"
        )


def _read(
    generator: "PartEmojiGenerator", args: argparse.Namespace, texts: list[str]
) -> tuple["Chooser", list["Reading"]]:
    from emojax import weights
    from emojax.emoji import reading
    from emojax.emoji.prompts import Chooser

    reader = reading.load(args.text_weights or weights.shipped(WEIGHTS), args.naming_weights)
    return Chooser(generator.part_set, reader.slots), reader.read(texts)
