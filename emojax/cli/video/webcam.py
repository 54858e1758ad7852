"""``infer.py --webcam``: a window in which an avatar follows the face before a camera."""

import argparse
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, Protocol

from emojax.avatar.extractors import table as extractors
from emojax.cli.flags import Mode
from emojax.core.errors import Interrupted, UserError
from emojax.core.interrupts import stoppable
from emojax.core.runtime import whole_number

# As in infer.py, what a mode needs is imported where it begins.
if TYPE_CHECKING:
    import numpy as np

    from emojax.avatar.motion.live.picture import Picture
    from emojax.avatar.pipeline import AvatarMaker

_BLANK: Final = (255, 255, 255)
_TITLES: Final = {
    "nobody": "no face in the picture",
    "meeting": "looking who you are",
    "following": "following you",
    "away": "where are you?",
}
"""What the window's title says of each state."""


class Window(Protocol):
    """Shows pictures."""

    def show(self, pixels: "np.ndarray", title: str) -> bool:
        """Shows ``uint8[S, S, 3]``; False once the window has been closed."""
        ...


def main(args: argparse.Namespace) -> None:
    """Opens the camera and the window, and follows the face until the window is closed.

    Raises:
      UserError: there is no such camera, or no more; no display; or a flag or a file is wrong.
      Interrupted: a signal ended it.
    """
    from emojax.avatar.faces.parser import FaceParser
    from emojax.avatar.motion.film import sight_of
    from emojax.avatar.motion.live.following import Follower
    from emojax.avatar.motion.live.picture import Picture
    from emojax.avatar.pipeline import AvatarMaker
    from emojax.avatar.styles import style
    from emojax.media.color import parse_hex

    ground = _BLANK
    if args.background is not None:
        red, green, blue = (round(255 * each) for each in parse_hex(args.background, "--background"))
        ground = (red, green, blue)
    drawings = style.load(style.find(args.style))
    window = _TkWindow(args.size)
    frames = camera(args.webcam)
    parser = FaceParser.load(args.segmentation_weights)
    maker = AvatarMaker.load(drawings, extractors.load(extractors.DEFAULT), parser)
    picture = Picture(Follower(parser, sight_of(maker)), size=args.size)
    with stoppable() as stop:
        follow(frames, window, picture, maker, ground=ground, stopped=lambda: bool(stop))
        if stop.signum is not None:
            raise Interrupted(stop.signum, "the camera is closed")


def follow(
    frames: "Iterator[np.ndarray]",
    window: Window,
    picture: "Picture",
    maker: "AvatarMaker",
    *,
    ground: tuple[int, int, int] = _BLANK,
    stopped: Callable[[], bool] = lambda: False,
) -> int:
    """Shows the avatar of each frame until there are no more, the window is closed, or it is stopped.

    Args:
      frames: of the camera, ``uint8[H, W, 3]``; errors that it raises go on.
      window: shows the avatar.
      picture: of the face before the camera.
      maker: of the avatar's style.
      ground: colour behind the avatar.
      stopped: whether to end.

    Returns:
      How many frames were seen.
    """
    import numpy as np

    from emojax.avatar.motion.output.blending import on_color
    from emojax.media.clips import Frame

    blank = np.full((picture.size, picture.size, 3), ground, np.uint8)
    count, last, begin = 0, 0.0, time.monotonic()
    for pixels in frames:
        last = max(time.monotonic() - begin, last + 1e-3)  # no two frames are of one time
        state = picture.follower.see(Frame(pixels, last))
        count += 1
        drawn = picture.draw(maker)
        shown = blank if drawn is None else on_color(drawn, ground)
        if not window.show(shown, f"emojax: {_TITLES[state.value]}") or stopped():
            break
    return count


def camera(number: int) -> "Iterator[np.ndarray]":
    """The frames ``uint8[H, W, 3]`` of the camera of that number, from now on.

    Raises:
      UserError: there is no such camera, or it gives no picture; later, where it is disconnected.
    """
    import cv2

    # OpenCV names the devices that it tried in vain on standard error.
    level = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        opened = cv2.VideoCapture(number)
        opened.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # the newest frame, not the oldest one that waits
        there, first = opened.read() if opened.isOpened() else (False, None)
    finally:
        cv2.utils.logging.setLogLevel(level)
    if not there or first is None:
        opened.release()
        raise UserError(
            f"--webcam {number}: there is no camera of that number, or another program uses it; "
            "connect one, or name another: --webcam 1"
        )
    return _frames(opened, first)


def _frames(opened: Any, first: Any) -> "Iterator[np.ndarray]":
    import cv2

    pixels = first
    try:
        while True:
            yield cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
            there, pixels = opened.read()
            if not there:
                raise UserError("--webcam: the camera gives no more pictures; connect it, and start again")
    finally:
        opened.release()


class _TkWindow:
    """A window of Tk, which Python brings along."""

    def __init__(self, size: int) -> None:
        try:
            import tkinter

            self._root = tkinter.Tk()
        except ImportError as error:
            raise UserError(
                "--webcam opens a window by tkinter, which this Python lacks: install it (on Debian, "
                "apt install python3-tk), or use the page: python -m emojax.studio"
            ) from error
        except tkinter.TclError as error:
            raise UserError(
                "--webcam opens a window, and there is no display: run it where there is one, or use the "
                "page in a browser: python -m emojax.studio"
            ) from error
        self._root.resizable(width=False, height=False)
        self._root.protocol("WM_DELETE_WINDOW", self._close)
        self._root.bind("<Escape>", lambda _: self._close())
        self._label = tkinter.Label(self._root, width=size, height=size, borderwidth=0)
        self._label.pack()
        self._open = True
        self._image: Any = None

    def _close(self) -> None:
        self._open = False

    def show(self, pixels: "np.ndarray", title: str) -> bool:
        from PIL import Image, ImageTk

        self._image = ImageTk.PhotoImage(Image.fromarray(pixels))  # kept: Tk does not
        self._label.configure(image=self._image)
        self._root.title(title)
        self._root.update()
        if not self._open:
            self._root.destroy()
        return self._open


MODES: Final = (
    Mode(
        "--webcam",
        main,
        {
            "metavar": "N",
            "type": whole_number(0, 99),
            "nargs": "?",
            "const": 0,
            "help": "a window in which an avatar follows your face; N is the camera's number (0)",
        },
    ),
)
