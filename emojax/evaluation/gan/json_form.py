"""A GAN report as data: what ``report.json`` holds, written in full and read with suspicion."""

import dataclasses
import json
import math
from pathlib import Path
from typing import Any, Final

from emojax.core.errors import UserError
from emojax.evaluation.gan import meaning as gan_meaning

FORMAT: Final = "emojax.gan_report.1"
FILE: Final = "report.json"
_MAX_BYTES: Final = 2**24


@dataclasses.dataclass(frozen=True)
class Figure:
    """A measured value, and the same of real emoji.

    Attributes:
      value: of the samples.
      low, high: 95 % interval by bootstrap, where there is one.
      standard_error: of `value`, likewise.
      real: of real emoji measured as the samples are; for figures that compare two sets, of one half of
        them against the other, mean over many halvings; None where it would say nothing.
    """

    value: float
    low: float | None = None
    high: float | None = None
    standard_error: float | None = None
    real: float | None = None


@dataclasses.dataclass(frozen=True)
class Check:
    """Whether the judge ranked a control right in one figure.

    Attributes:
      figure: its key.
      expected: in words, such as "higher than held-out real".
      value: of the control.
      bound: what it is compared with.
      right: whether it came out as expected.
      required: whether the control counts as ranked wrong where it did not; else another figure saw it.
    """

    figure: str
    expected: str
    value: float
    bound: float
    right: bool
    required: bool = True


@dataclasses.dataclass(frozen=True)
class Control:
    """Pictures of known quality, judged like samples.

    Attributes:
      name: such as "blurred".
      what: how it was made, in a sentence.
      figures: by key, mean over the halvings of the real emoji.
      spread: by key, standard deviation over them.
      checks: what the judge must see, and what each kernel distance saw by itself.
    """

    name: str
    what: str
    figures: dict[str, float]
    spread: dict[str, float]
    checks: list[Check]

    @property
    def right(self) -> bool:
        """Whether the judge saw all that it must."""
        return all(check.right for check in self.checks if check.required)


@dataclasses.dataclass(frozen=True)
class Report:
    """Everything that was measured of one set of samples.

    Attributes:
      name: of the samples.
      samples, size, seed: how many, their side in pixels, and the seed of all that is random.
      reference: ``name``, ``emoji`` (how many), ``version``, ``digest``, ``held_out`` (hexcodes).
      extractors: version by name.
      figures: by key; see `gan_meaning`.
      controls: likewise judged.
      phases: by name the share of the run; empty without a run.
      ssim_over_epochs: ``(step, mean SSIM to the nearest)``; empty without a run.
      copies: the samples nearest to a training emoji: sample number, hexcode, distance over the mean
        distance of a real emoji to the nearest other one.
    """

    name: str
    samples: int
    size: int
    seed: int
    reference: dict[str, Any]
    extractors: dict[str, str]
    figures: dict[str, Figure]
    controls: list[Control]
    phases: dict[str, float]
    ssim_over_epochs: list[tuple[int, float]]
    copies: list[tuple[int, str, float]]


def to_json(report: Report) -> str:
    """The same text for the same report; floats with all their digits.

    Raises:
      ValueError: a figure is not finite.
    """
    document = {"format": FORMAT} | dataclasses.asdict(report)
    for control, written in zip(report.controls, document["controls"], strict=True):
        written["right"] = control.right
    return json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def read(path: Path) -> Report:
    """What `to_json` wrote, from a file that nobody vouches for.

    Args:
      path: the file, or the folder of a report.

    Raises:
      UserError: it is missing, too large, damaged, or no GAN report.
    """
    file = path / FILE if path.is_dir() else path
    try:
        if file.stat().st_size > _MAX_BYTES:
            raise ValueError(f"more than {_MAX_BYTES:,} bytes")
        document = json.loads(file.read_text(encoding="utf-8"))
        if document["format"] != FORMAT:
            raise ValueError(f"format {document['format']!r:.40}")
        return _report(document)
    except FileNotFoundError:
        raise UserError(f"{file}: is missing; name the folder of a finished GAN report") from None
    except OSError as error:
        raise UserError(f"{file}: cannot be read ({error.strerror or error})") from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise UserError(f"{file}: is no GAN report ({error}); write it again") from error


def _report(document: dict[str, Any]) -> Report:
    figures = {key: Figure(**values) for key, values in document["figures"].items()}
    for key, figure in figures.items():
        gan_meaning.meaning(key)
        for name, value in dataclasses.asdict(figure).items():
            if value is None and name != "value":
                continue
            if not isinstance(value, float) or not math.isfinite(value):
                raise ValueError(f"{key} has the {name} {value!r:.40}")
    controls = [
        Control(
            **{name: value for name, value in control.items() if name not in ("checks", "right")},
            checks=[Check(**check) for check in control["checks"]],
        )
        for control in document["controls"]
    ]
    for name in ("samples", "size", "seed"):
        if not isinstance(document[name], int):
            raise ValueError(f"{name} is {document[name]!r:.40}")
    if not isinstance(document["name"], str) or not figures:
        raise ValueError("it has no name or no figures")
    return Report(
        **{name: document[name] for name in ("name", "samples", "size", "seed", "reference", "extractors")},
        figures=figures,
        controls=controls,
        phases=document["phases"],
        ssim_over_epochs=[(step, value) for step, value in document["ssim_over_epochs"]],
        copies=[(number, hexcode, ratio) for number, hexcode, ratio in document["copies"]],
    )
