"""The report on avatars in motion: scripted clips of drawn people, and the table of it in a document."""

import dataclasses
import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np

from emojax.avatar import demo
from emojax.avatar.motion.film import shoot
from emojax.avatar.motion.output import demo_clip, vectors
from emojax.avatar.motion.output.writing import avatars
from emojax.avatar.motion.watching import Moment, View
from emojax.avatar.pipeline import AvatarMaker
from emojax.core import markdown
from emojax.evaluation import documents
from emojax.evaluation.video import judging, script, staging
from emojax.evaluation.video.judging import Judgement

_COLUMNS: Final[Mapping[str, str]] = {
    "frames": "frames",
    "found": "face found",
    "mouth": "mouth right",
    "brows": "brows right",
    "eyes": "eyes right",
    "identity_changes": "identity changes",
    "flips": "flips per 100 still frames",
    "flips_raw": "without hysteresis",
    "reaction": "frames until a change shows",
    "blinks_seen": "blinks seen",
    "roll": "roll, mean error in degrees",
    "roll_largest": "95 in 100 below",
    "jitter": "crop's jitter, of the face",
    "scenes_found": "scenes found",
    "scenes": "of",
}
_HOLD: Final = 8
"""Frames of each expression when extractors are compared. Fewer: little of them is still. More: ResNet-50
takes minutes."""

_PERCENT: Final = ("found", "mouth", "brows", "eyes", "blinks_seen")


def judge_scripts(
    makers: Sequence[AvatarMaker], *, on_clip: Callable[[str], None] = lambda name: None
) -> dict[str, Any]:
    """Makes every script's clip, watches it and judges it.

    Args:
      makers: of one style, with the extractors that are compared; the first makes the avatars.
      on_clip: called with the name of each clip before it is made.

    Returns:
      The report as JSON: ``clips`` by name, ``demo``, and ``extractors`` by name and part type.
    """
    clips: dict[str, Any] = {}
    style, rate = makers[0].style, Fraction(script.FPS)
    for name, make in script.SCRIPTS.items():
        on_clip(name)
        instants = make()
        truth: Any = script.as_document(instants, staging.squares(style, instants))["frames"]
        film = shoot(staging.stage(style, instants), makers[0], fps=rate)
        clips[name] = dataclasses.asdict(judging.judge(film, truth))
        on_clip(str(clips[name]))
    on_clip("demo")
    shown = judge_demo(makers[0])
    on_clip("extractors")
    return {"style": style.name, "clips": clips, "demo": shown, "extractors": compare(makers)}


def compare(makers: Sequence[AvatarMaker]) -> dict[str, Any]:
    """What `vectors.judge` says of the makers' extractors on a clip of expressions, by name and part type."""
    instants = script.expressions(hold=_HOLD)
    tracks = [vectors.Track(maker.extractor, maker.library) for maker in makers]

    def note(moment: Moment, view: View | None) -> None:
        for track in tracks:
            track.add(view)

    frames = staging.stage(makers[0].style, instants)
    shoot(frames, makers[0], fps=Fraction(script.FPS), on_frame=note, every=1)
    found = {}
    for track in tracks:
        track.flush()
        verdicts = vectors.judge(track, [instant.words for instant in instants])
        found[track.extractor.name] = {part: dataclasses.asdict(each) for part, each in verdicts.items()}
    return found


def judge_demo(maker: AvatarMaker) -> dict[str, Any]:
    """Judges the clip made from the demo's portrait: a still photo, so that only the camera moves."""
    clip = demo_clip.DemoClip()
    begin = time.perf_counter()
    film = shoot(clip.frames(max_side=demo_clip.WIDTH), maker, fps=clip.fps)
    cameras = [demo_clip.camera(moment.time) for moment in film.watched.moments]
    seen = [moment.square for moment in film.watched.moments]
    first = next((s, c) for s, c in zip(seen, cameras, strict=True) if s is not None)
    rolls, sizes = [], []
    still = first[0].roll_degrees - first[1].roll_degrees
    for square, view in zip(seen, cameras, strict=True):
        if square is not None:
            rolls.append(square.roll_degrees - view.roll_degrees - still)
            sizes.append(square.side / view.zoom)
    errors = np.abs(np.asarray(rolls) - np.median(rolls))
    poses = film.poses()
    drawn = sum(1 for _ in avatars(film, poses, size=512, background=None, clear=False))
    changes = sum(
        any(now.words[k] != before.words[k] for k in now.words) for before, now in itertools.pairwise(poses)
    )
    return {
        "portrait": demo.PORTRAIT.name,
        "frames": drawn,
        "found": float(np.mean([m.square is not None for m in film.watched.moments if not m.skipped])),
        "flips": 100 * changes / max(drawn - 1, 1),
        "roll": float(errors.mean()),
        "roll_largest": float(np.quantile(errors, 0.95)),
        "size": float(np.std(sizes) / np.mean(sizes)),
        "frames_per_second": drawn / (time.perf_counter() - begin),
    }


def table(report: Mapping[str, Any]) -> str:
    """A Markdown table of a report's clips."""
    clips = report["clips"]
    rows = []
    for key, title in _COLUMNS.items():
        rows.append([title, *(_cell(key, clip) for clip in clips.values())])
    return markdown.table(["", *clips], rows)


def extractors_table(report: Mapping[str, Any]) -> str:
    """A Markdown table of signal by jitter and flips, by part type and extractor."""
    found = report["extractors"]
    header = ["part", *(f"{n}: signal / jitter" for n in found), *(f"{n}: flips per 100" for n in found)]
    parts = list(dict.fromkeys(part for own in found.values() for part in own))
    rows = [
        [part, *(_plain(own.get(part, {}).get(key)) for key in ("ratio", "flips") for own in found.values())]
        for part in parts
    ]
    return markdown.table(header, rows)


def judgement_table(judged: Judgement) -> str:
    """A Markdown table of one clip."""
    return table({"clips": {"clip": dataclasses.asdict(judged)}})


def read(file: Path) -> dict[str, Any]:
    """A stored report; UserError if it is none."""
    from emojax.core.errors import UserError

    content = documents.load(file)
    if not isinstance(content, dict) or not {"clips", "demo", "extractors"} <= content.keys():
        raise UserError(f"{file}: is no report on clips; write it with python -m emojax.evaluate video")
    return content


def _cell(key: str, clip: Mapping[str, Any]) -> str:
    value = clip["right"].get(key) if key in ("mouth", "brows", "eyes") else clip[key]
    if key == "blinks_seen" and value is not None:
        return f"{100 * value:.0f} % of {clip['blinks']}"
    if value is not None and key in _PERCENT:
        return f"{100 * value:.1f} %"
    if value is not None and key == "jitter":
        return f"{100 * value:.2f} %"
    return _plain(value)


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else f"{value:.1f}"
