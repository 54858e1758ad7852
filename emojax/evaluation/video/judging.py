"""Compares what was seen of a clip with its truth."""

import dataclasses
import itertools
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from emojax.avatar.motion.film import Film
from emojax.avatar.motion.posing import Pose
from emojax.avatar.motion.sight import EXPRESSION
from emojax.avatar.motion.watching import Moment
from emojax.avatar.summary import as_document
from emojax.core import untrusted
from emojax.core.errors import UserError
from emojax.data.faces.attributes import SHOWN, WORDS

SETTLE: Final = 3
"""Frames after a change that are not judged: it has to show within so many."""

_NEAR: Final = 2
"""Frames by which a blink may be seen early or late."""


@dataclasses.dataclass(frozen=True)
class Judgement:
    """Figures of one clip; None where it does not tell.

    Attributes:
      frames: how many.
      found: share of frames with an uncovered face in which it was found.
      right: by attribute, share of those frames, `SETTLE` after a change, that show the right expression:
        brows by word, the mouth by whether it is open and whether it smiles, eyes by whether they are closed.
      identity_changes: how often another part than eyes, brows and mouth changes within a scene.
      flips, flips_raw: changes of expression per 100 still frames, with and without hysteresis.
      reaction: frames until a change shows: median over changes.
      blinks, blinks_seen: how many there are, and the share of them that is drawn.
      roll: mean error of the head's roll, in degrees.
      roll_largest: the largest of 95 in 100.
      jitter: root mean square of the crop's steps while the face is still, in shares of the face's side.
      scenes, scenes_found: how many the clip has, and how many were told apart.
    """

    frames: int
    found: float
    right: dict[str, float]
    identity_changes: int
    flips: float | None
    flips_raw: float | None
    reaction: float | None
    blinks: int
    blinks_seen: float | None
    roll: float | None
    roll_largest: float | None
    jitter: float | None
    scenes: int
    scenes_found: int


def load_truth(path: Any) -> list[dict[str, Any]]:
    """The frames of a truth file.

    Raises:
      UserError: it is none.
    """
    content = untrusted.read_json(path, most=untrusted.MAX_LOG)
    try:
        frames = content["frames"]
        for frame in frames:
            _ = [float(frame[key]) for key in ("roll_degrees", "scale")], [float(v) for v in frame["square"]]
            for name, word in frame["words"].items():
                WORDS[name].index(word)
            _ = bool(frame["closed"]), bool(frame["still"]), bool(frame["hidden"]), int(frame["scene"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserError(f"{path}: is no truth of a clip ({error!r}); see docs/video.md") from error
    if not frames:
        raise UserError(f"{path}: has no frames; see docs/video.md")
    return list(frames)


def judge(film: Film, truth: Sequence[dict[str, Any]]) -> Judgement:
    """Judges a film.

    Args:
      film: of the clip.
      truth: of `load_truth`; what one of them has more frames of is left out.
    """
    count = min(len(truth), len(film.watched.moments))
    truth, moments = truth[:count], film.watched.moments[:count]
    poses, raw = film.poses()[:count], film.poses(hysteresis=False)[:count]
    visible = np.asarray([not frame["hidden"] for frame in truth])
    looked = np.asarray([not moment.skipped for moment in moments])
    found = np.asarray([moment.square is not None for moment in moments])
    still = np.asarray([bool(frame["still"]) for frame in truth]) & visible
    rolls = [
        abs((moment.square.roll_degrees - frame["roll_degrees"] + 180) % 360 - 180)
        for moment, frame in zip(moments, truth, strict=True)
        if moment.square is not None and not frame["hidden"]
    ]
    starts = _blinks(truth)
    seen = [any(pose.blinking for pose in poses[max(a - _NEAR, 0) : b + _NEAR]) for a, b in starts]
    return Judgement(
        frames=count,
        found=float(found[visible & looked].mean()) if (visible & looked).any() else 0.0,
        right={name: share for name in EXPRESSION if (share := _right(name, poses, truth)) is not None},
        identity_changes=_identity_changes(poses, truth),
        flips=_flips(poses, still),
        flips_raw=_flips(raw, still),
        reaction=_reaction(poses, truth),
        blinks=len(starts),
        blinks_seen=float(np.mean(seen)) if seen else None,
        roll=float(np.mean(rolls)) if rolls else None,
        roll_largest=float(np.quantile(rolls, 0.95)) if rolls else None,
        jitter=_jitter(moments, still),
        scenes=len({frame["scene"] for frame in truth}),
        scenes_found=len({moment.track for moment in moments if moment.track >= 0}),
    )


def _meaning(name: str, word: str, closed: bool) -> object:
    """What must be right of an expression."""
    if name == "mouth":
        shown = as_document(dict.fromkeys(SHOWN, "") | {"mouth": word})
        return shown["mouth_open"], shown["smile"]
    return closed if name == "eyes" else word


def _meanings(name: str, truth: Sequence[dict[str, Any]]) -> list[object]:
    return [_meaning(name, frame["words"].get(name, ""), bool(frame["closed"])) for frame in truth]


def _shown(name: str, poses: Sequence[Pose]) -> list[object]:
    return [_meaning(name, pose.words.get(name, ""), pose.blinking) for pose in poses]


def _right(name: str, poses: Sequence[Pose], truth: Sequence[dict[str, Any]]) -> float | None:
    if not all(name in frame["words"] for frame in truth):
        return None
    wanted, shown = _meanings(name, truth), _shown(name, poses)
    judged, since = [], SETTLE
    for n, frame in enumerate(truth):
        changed = n > 0 and (wanted[n] != wanted[n - 1] or frame["scene"] != truth[n - 1]["scene"])
        since = 0 if changed or frame["hidden"] else since + 1
        if since >= SETTLE:
            judged.append(wanted[n] == shown[n])
    return float(np.mean(judged)) if judged else None


def _identity_changes(poses: Sequence[Pose], truth: Sequence[dict[str, Any]]) -> int:
    changes = 0
    for n in range(SETTLE, len(poses)):
        same = all(truth[n]["scene"] == truth[n - k]["scene"] for k in range(SETTLE + 1))
        before, now = poses[n - 1].choice, poses[n].choice
        changes += same and any(before[part] != now[part] for part in now if part not in EXPRESSION)
    return changes


def _flips(poses: Sequence[Pose], still: np.ndarray) -> float | None:
    """Changes of the drawn expression per 100 frames, long enough after anything has changed.

    The frame before a change does not count: between two looks a change may be drawn a frame early.
    """
    settled = [n for n in range(SETTLE + 1, len(poses)) if still[n - SETTLE : n + 2].all()]
    flips = [any(poses[n].words[k] != poses[n - 1].words[k] for k in poses[n].words) for n in settled]
    return float(100 * np.mean(flips)) if flips else None


def _reaction(poses: Sequence[Pose], truth: Sequence[dict[str, Any]]) -> float | None:
    waits = []
    for name in EXPRESSION:
        wanted, shown = _meanings(name, truth), _shown(name, poses)
        for n in range(1, len(truth)):
            same_scene = truth[n]["scene"] == truth[n - 1]["scene"]
            if wanted[n] != wanted[n - 1] and same_scene and name != "eyes":
                end = next((m for m in range(n, len(truth)) if wanted[m] != wanted[n]), len(truth))
                waits.append(next((m - n for m in range(n, end) if shown[m] == wanted[n]), end - n))
    return float(np.median(waits)) if waits else None


def _blinks(truth: Sequence[dict[str, Any]]) -> list[tuple[int, int]]:
    """First frame of each blink, and the first after it."""
    found, start = [], None
    for n, closed in enumerate([*(bool(frame["closed"]) for frame in truth), False]):
        if closed and start is None:
            start = n
        elif not closed and start is not None:
            found.append((start, n))
            start = None
    return found


def _jitter(moments: Sequence[Moment], still: np.ndarray) -> float | None:
    steps = []
    looks = [n for n, moment in enumerate(moments) if not moment.skipped]
    for before, now in itertools.pairwise(looks):
        first, second = moments[before].cropped, moments[now].cropped
        if still[max(before - SETTLE, 0) : now + 1].all() and first is not None and second is not None:
            steps.append(abs(complex(second.x - first.x, second.y - first.y)) / (0.65 * second.side))
    return float(np.sqrt(np.mean(np.square(steps)))) if steps else None
