"""The content of a GAN report's ``report.json``, and its checks when it is read."""

import dataclasses
import json
import math
from pathlib import Path
from typing import Any, Final

from emojax.core import untrusted
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
      low, high: 95 % confidence interval by bootstrap, where there is one.
      standard_error: of `value`, likewise.
      real: the same figure of real emoji; if it compares two sets, of one half of them with the other, the
        mean over random splits; None where it has no meaning.
    """

    value: float
    low: float | None = None
    high: float | None = None
    standard_error: float | None = None
    real: float | None = None


@dataclasses.dataclass(frozen=True)
class Check:
    """Whether one figure of a control is as expected.

    Attributes:
      figure: its key.
      expected: in words, such as "above".
      value: of the control.
      bound: what it is compared with.
      right: whether it is as expected.
      required: whether the control fails if it is not; else another figure has to detect the same fault.
    """

    figure: str
    expected: str
    value: float
    bound: float
    right: bool
    required: bool = True


@dataclasses.dataclass(frozen=True)
class Control:
    """Pictures of known quality, evaluated as samples are.

    Attributes:
      name: such as "blurred".
      what: how it was made, in a sentence.
      figures: by key, means over random splits of the real emoji.
      spread: by key, standard deviations over the splits.
      checks: what the figures must detect, and the result of each kernel distance.
    """

    name: str
    what: str
    figures: dict[str, float]
    spread: dict[str, float]
    checks: list[Check]

    @property
    def right(self) -> bool:
        """Whether all required checks are as expected."""
        return all(check.right for check in self.checks if check.required)


@dataclasses.dataclass(frozen=True)
class Report:
    """The evaluation of one set of samples.

    Attributes:
      name: of the samples.
      samples, size, seed: their number, their side in pixels, and the seed of everything random.
      reference: ``name``, ``emoji`` (how many), ``version``, ``digest``, ``held_out`` (hexcodes).
      extractors: versions by name.
      figures: by key; see `emojax.evaluation.gan.meaning`.
      controls: evaluated in the same way.
      phases: shares of the training run by name; empty without a run.
      ssim_over_epochs: ``(step, mean SSIM to the nearest)``; empty without a run.
      copies: the samples nearest to a training emoji: sample number, hexcode of the emoji, and distance
        divided by the mean distance from a real emoji to the nearest other one.
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
    """The report as JSON, floats with all their digits.

    Raises:
      ValueError: a figure is not finite.
    """
    document = {"format": FORMAT} | dataclasses.asdict(report)
    for control, written in zip(report.controls, document["controls"], strict=True):
        written["right"] = control.right
    return json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def read(path: Path) -> Report:
    """Reads a file that `to_json` wrote, or anybody else.

    Args:
      path: the file, or the folder of a report.

    Raises:
      UserError: it is missing, too large, damaged, or no GAN report.
    """
    file = path / FILE if path.is_dir() else path
    if not file.exists():
        raise UserError(f"{file}: is missing; name the folder of a finished GAN report")
    try:
        document = untrusted.read_json(file, most=_MAX_BYTES)
        if document["format"] != FORMAT:
            raise ValueError(f"format {document['format']!r:.40}")
        return _report(document)
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
