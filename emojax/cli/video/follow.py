"""``infer.py --video``: flags, and what they do."""

import argparse
import itertools
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from emojax.avatar.extractors import table as extractors
from emojax.cli.flags import Mode, flag
from emojax.core import paths
from emojax.core.errors import Interrupted, UserError
from emojax.core.interrupts import Stop, stoppable
from emojax.core.runtime import local_path

# As in infer.py, what a mode needs is imported where it begins.
if TYPE_CHECKING:
    import numpy as np

    from emojax.avatar.extractors.table import Extractor
    from emojax.avatar.motion.film import Film
    from emojax.avatar.motion.output.demo_clip import DemoClip
    from emojax.avatar.motion.posing import Pose
    from emojax.avatar.motion.watching import Moment, View
    from emojax.avatar.pipeline import AvatarMaker
    from emojax.media.clips import Clip, Frame

VIDEO: Final = "--video"

FLAGS: Final = (
    flag(
        "--plot_embeddings",
        VIDEO,
        default=False,
        action="store_true",
        help="show each frame beside its avatar, with the embeddings of both, and print how steady they are",
    ),
)


def main(args: argparse.Namespace) -> None:
    """Writes the avatar of a clip's face, one of each face, or the clip beside its embeddings.

    Raises:
      UserError: a flag or a file is wrong; what is written is nothing, or a clip that can be played.
      Interrupted: a signal ended the work; what was done until then is written.
    """
    from emojax.avatar import photo_folder
    from emojax.avatar.faces.detection import NoSuchFaceError
    from emojax.avatar.faces.parser import FaceParser
    from emojax.avatar.pipeline import AvatarMaker
    from emojax.avatar.styles import style
    from emojax.media import encoding
    from emojax.media.color import parse_hex

    out = args.out or Path("avatar.mp4")
    suffix = out.suffix.lower()
    if suffix and suffix not in encoding.SUFFIXES:
        raise UserError(f"--out {out}: give a name that ends in .mp4, .gif or .webp, or a folder")
    if not suffix and args.plot_embeddings:
        raise UserError(f"--out {out}: --plot_embeddings makes a clip; give a name that ends in .mp4 or .gif")
    every = not isinstance(args.face, int)
    if every and args.plot_embeddings:
        raise UserError(f"--face {args.face}: --plot_embeddings shows one face; give its number")
    names = extractors.names(args.extractor)
    if len(names) > 1 and not args.plot_embeddings:
        raise UserError("--extractor: several are compared with --plot_embeddings; add that, or name one")
    if args.resnet50_weights is not None and "resnet50" not in names:
        raise UserError("--resnet50_weights FILE is for --extractor resnet50; add that, or leave it out")
    if args.background is not None:
        parse_hex(args.background, "--background")
    clip = _source(args)
    folder = style.find(args.style)
    read = [clip.path, folder, args.segmentation_weights, args.resnet50_weights]
    paths.refuse_replacing({f"--out {out}": out}, read)
    _check_writable(out)
    compared = [_extractor(name, args) for name in names]
    parser = FaceParser.load(args.segmentation_weights)
    makers = [AvatarMaker.load(style.load(folder), extractor, parser) for extractor in compared]
    with stoppable() as stop:
        if not every:
            _one(_Work(args, out, clip, stop), makers)
            return
        for number in itertools.count():
            path = photo_folder.numbered(out, number + 1)[number]
            paths.refuse_replacing({f"--out {path}": path}, read)
            _check_writable(path)
            try:
                _one(_Work(args, path, clip, stop, face=number), makers)
            except NoSuchFaceError:
                break


def _one(work: "_Work", makers: "list[AvatarMaker]") -> None:
    """Writes one clip, and says what it shows; errors as of `main`."""
    from emojax.media import clips

    begin = time.perf_counter()
    count = work.plot(makers) if work.plots else work.follow(makers[0])
    seconds = time.perf_counter() - begin
    film, out = work.film, work.out
    print(f"{out}: {count} frames in the style {makers[0].style.name}, {count / seconds:.1f} a second")
    for start, end in film.watched.lost:
        print(f"no face from {start:.2f} s to {end:.2f} s")
    if work.signum is not None:
        raise Interrupted(work.signum, f"{out} holds the first {count} frames")
    if film.ended is not None:
        raise clips.EndsEarly(f"{film.ended}; {out} holds the first {count} frames")


class _Work:
    """What a call does, and what it found."""

    def __init__(
        self,
        args: argparse.Namespace,
        out: Path,
        clip: "Clip | DemoClip",
        stop: Stop,
        face: int | None = None,
    ) -> None:
        self._args, self.out, self._clip, self._stop = args, out, clip, stop
        self._face: int = args.face if face is None else face
        self.plots: bool = args.plot_embeddings
        self.signum: int | None = None
        self.film: Film

    def follow(self, maker: "AvatarMaker") -> int:
        """Writes the avatar alone; returns the number of frames."""
        from emojax.avatar.motion.output import writing
        from emojax.media import encoding

        self.film = self._watch(maker)
        poses = self.film.poses()
        if not self.out.suffix:
            done = writing.write_folder(self.film, poses, self.out, background=self._args.background)
            return sum(1 for _ in self._until_stopped(done, "drawing"))
        frames = writing.avatars(
            self.film,
            poses,
            size=self._args.size,
            background=self._args.background,
            clear=self.out.suffix.lower() == ".webp",
        )
        sound = self._clip.path if self._clip.has_sound else None
        drawn = self._until_stopped(frames, "drawing")
        return encoding.write_clip(self.out, drawn, fps=self._clip.fps, sound=sound)

    def plot(self, makers: "list[AvatarMaker]") -> int:
        """Writes frames beside their embeddings, and prints the table; returns the number of frames."""
        from emojax.avatar.motion.output import vectors, writing
        from emojax.media import encoding

        tracks = [vectors.Track(maker.extractor, maker.library) for maker in makers]
        skins: list[np.ndarray | None] = []

        def note(moment: "Moment", view: "View | None") -> None:
            for track in tracks:
                track.add(view)
            skins.append(None if view is None else vectors.skin_lab(view))

        self.film = self._watch(makers[0], note)
        for track in tracks:
            track.flush()
        poses: list[Pose] = self.film.poses()
        again = self._frames()
        frames = writing.beside_embeddings(self.film, poses, again, tracks, skins)
        sound = self._clip.path if self._clip.has_sound else None
        drawn = self._until_stopped(frames, "drawing")
        count = encoding.write_clip(self.out, drawn, fps=self._clip.fps, sound=sound)
        words = [pose.words for pose in poses]
        print(writing.table({t.extractor.name: vectors.judge(t, words) for t in tracks}))
        return count

    def _frames(self) -> "Iterator[Frame]":
        from emojax.avatar.motion.film import MAX_SIDE
        from emojax.avatar.motion.output.prefetching import prefetched

        return prefetched(self._clip.frames(max_side=MAX_SIDE))

    def _watch(self, maker: "AvatarMaker", note=None) -> "Film":  # type: ignore[no-untyped-def]  # as of `shoot`
        from emojax.avatar.faces.detection import NoSuchFaceError
        from emojax.avatar.motion import film

        options = {} if note is None else {"on_frame": note, "every": 1}
        frames = self._until_stopped(self._frames(), "watching")
        try:
            return film.shoot(frames, maker, fps=self._clip.fps, face=self._face, **options)
        except UserError as error:
            if self.signum is not None:  # before a face was seen
                raise Interrupted(self.signum, f"{self.out}: nothing is written") from error
            if isinstance(error, NoSuchFaceError):
                raise
            raise UserError(f"{self._args.video}: {error}") from error

    def _until_stopped(self, items, what):  # type: ignore[no-untyped-def]  # an iterator of whatever it gets
        """The items, with a progress bar, until a signal comes."""
        from tqdm import tqdm

        bar = tqdm(items, what, total=self._clip.count, unit=" frames", disable=None, leave=False)
        try:
            yield from itertools.takewhile(lambda _: not self._stop, bar)
        finally:
            bar.close()
            self.signum = self._stop.take() or self.signum


def _source(args: argparse.Namespace) -> "Clip | DemoClip":
    if str(args.video) == "demo" and not args.video.exists():
        from emojax.avatar.motion.output.demo_clip import DemoClip

        return DemoClip()
    from emojax.media import clips

    return clips.inspect(args.video)


def _extractor(name: str, args: argparse.Namespace) -> "Extractor":
    if name == "resnet50" and args.resnet50_weights is None:
        from emojax.avatar.extractors.resnet import ResNet50

        print("resnet50: not trained, since --resnet50_weights names no file", file=sys.stderr)
        return ResNet50.random(0)
    return extractors.load(name, args.resnet50_weights if name == "resnet50" else None)


def _check_writable(out: Path) -> None:
    """Refuses a target that cannot be written before a long clip is watched for it."""
    if out.suffix and out.is_dir():
        raise UserError(f"--out {out}: is a folder; give the name of a file in it")
    if not out.suffix and out.exists() and not out.is_dir():
        raise UserError(f"--out {out}: is a file; give a folder, or a name that ends in .mp4, .gif or .webp")
    folder = out.parent if out.suffix else out
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UserError(
            f"--out {out}: cannot be written ({error.strerror or error}); choose another place"
        ) from error


MODES: Final = (
    Mode(
        VIDEO,
        main,
        {
            "metavar": "CLIP",
            "type": local_path,
            "help": "an avatar that follows a face; `demo` takes a clip made from the demo's portrait",
        },
    ),
)
