"""Frames of a browser's camera as they come, and HTML of what is drawn for them."""

import base64
import binascii
import html
from typing import Final

import cv2
import numpy as np

from emojax.avatar.motion.live.following import State
from emojax.avatar.motion.posing import Pose
from emojax.core.errors import UserError
from emojax.media import image
from emojax.studio import words

MAX_SIDE: Final = 640
"""Longer side in pixels to which frames are reduced. Smaller: who sits far away is not found. Larger: copying
takes longer, and nothing is gained, since crops have 306 pixels."""

_MAX_BYTES: Final = 4 * 2**20
"""Of one frame's file; a camera's of 640 x 480 have 0.1 MB. Smaller refuses large cameras; larger, decoding
one frame takes a second."""

SAID: Final = {
    State.NOBODY: "No face in the picture. Face the camera, come nearer, or turn on a light.",
    State.MEETING: "Hello! Look at the camera for a moment.",
    State.FOLLOWING: "Following you.",
    State.AWAY: "No face in the picture. The avatar waits for you; for somebody else, press Start anew.",
}
"""What is said of each state."""


EMPTY: Final = '<div class="avatar-empty">Your avatar appears here.</div>'
"""HTML of the place of an avatar."""


def frame(payload: object) -> np.ndarray | None:
    """A frame as the browser sends it, ``uint8[H, W, 3]``; None where there is none.

    Raises:
      UserError: it is no picture, or too large.
    """
    url = payload.get("url") if isinstance(payload, dict) else None
    if not isinstance(url, str) or not url.startswith("data:"):
        return None
    head, _, text = url.partition(",")
    if len(text) > _MAX_BYTES * 4 // 3 + 4 or not head.endswith(";base64"):
        raise UserError("the camera's picture is too large; choose a smaller size for it")
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UserError("the camera's picture is damaged; start the camera again") from error
    pixels = image.decode_photo("the camera's picture", data)
    scale = MAX_SIDE / max(pixels.shape[:2])
    if scale >= 1:
        return pixels
    width, height = (max(1, round(side * scale)) for side in pixels.shape[1::-1])
    return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)


def avatar_page(pixels: np.ndarray | None, style: str, pose: Pose | None) -> str:
    """HTML of an avatar ``uint8[S, S, 4]``; of none, of its place."""
    if pixels is None or pose is None:
        return EMPTY
    mouth = words.plain(pose.words.get("mouth", ""))
    text = f"Your avatar in the style {words.plain(style)}, following you: mouth {mouth or 'at rest'}"
    _, data = cv2.imencode(
        ".png", cv2.cvtColor(pixels, cv2.COLOR_RGBA2BGRA), (cv2.IMWRITE_PNG_COMPRESSION, 1)
    )
    return _picture("avatar", text, "image/png", data.tobytes(), "")


def emoji_page(document: str | None, pose: Pose | None) -> str:
    """HTML of an emoji as SVG, which leans and moves as the head does; of none, of its place."""
    if document is None or pose is None:
        return EMPTY
    head = pose.head
    moved = (
        f"transform: translate({100 * head.right:.1f}%, {100 * head.down:.1f}%) "
        f"rotate({head.roll_degrees:.1f}deg) scale({head.scale:.3f})"
    )
    return _picture(
        "avatar emoji", "An emoji with your expression", "image/svg+xml", document.encode(), moved
    )


def _picture(names: str, alt: str, kind: str, data: bytes, style: str) -> str:
    # Decoded before it is shown, lest the picture flickers from frame to frame.
    source = f"data:{kind};base64,{base64.b64encode(data).decode()}"
    return f'<img class="{names}" alt="{html.escape(alt)}" decoding="sync" style="{style}" src="{source}">'
