"""What the page has loaded once: styles, nets, and the lock that lets one computation run at a time."""

import contextlib
import dataclasses
import functools
import threading
from collections.abc import Iterator, Mapping
from typing import Final

from emojax import weights
from emojax.avatar import demo
from emojax.avatar.extractors import table as extractors
from emojax.avatar.faces.parser import FaceParser
from emojax.avatar.motion.film import sight_of
from emojax.avatar.motion.live.following import Follower
from emojax.avatar.pipeline import AvatarMaker
from emojax.avatar.reading.net.shown import Reader
from emojax.avatar.styles import style
from emojax.avatar.styles.style import Style
from emojax.core import rng
from emojax.core.errors import UserError
from emojax.emoji import parts, reading
from emojax.emoji.parts import PartEmojiGenerator
from emojax.emoji.prompts import Chooser
from emojax.emoji.reading import TextReader
from emojax.media import image
from emojax.media.clips import Frame

WAIT: Final = 60.0
"""Seconds that a request waits for its turn. Shorter, the last of ten people who upload at once is turned
away on a slow machine; longer, a page seems dead."""

MAX_UPLOADED: Final = 8
"""Uploaded styles that are kept; of more the oldest are forgotten. More take memory: some 10 MB each."""


class Engine:
    """Everything that is loaded once and shared by all visitors of the page."""

    def __init__(self) -> None:
        self.parser = FaceParser.load()
        self.extractor = extractors.load(extractors.DEFAULT)
        self._reader: Reader | None = None
        self._uploaded: dict[str, AvatarMaker] = {}
        self._lock = threading.Lock()

    @property
    def makers(self) -> Mapping[str, AvatarMaker]:
        """By style's name what makes its avatars: the styles that ship, then uploaded ones."""
        return {**self._shipped, **self._uploaded}

    @functools.cached_property
    def _shipped(self) -> dict[str, AvatarMaker]:
        loaded = [style.load(folder) for folder in style.built_in_styles()]
        return {each.name: self._maker(each) for each in loaded}

    def add(self, uploaded: Style) -> None:
        """Takes a style in, in place of an uploaded one of the same name.

        Raises:
          UserError: a style that ships has the name.
        """
        if uploaded.name in self._shipped:
            raise UserError(
                f"the style is called {uploaded.name}, as one that is already here; give it another name "
                "in style.json"
            )
        with self.turn():
            maker = self._maker(uploaded)
            self._uploaded.pop(uploaded.name, None)
            self._uploaded[uploaded.name] = maker
            for name in list(self._uploaded)[:-MAX_UPLOADED]:
                del self._uploaded[name]

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Waits until nobody else computes; two at once would take longer than one after the other.

        Raises:
          UserError: it took longer than `WAIT`.
        """
        if not self._lock.acquire(timeout=WAIT):
            raise UserError("many people are drawing right now, and your turn did not come; try again")
        try:
            with rng.standard_settings():
                yield
        finally:
            self._lock.release()

    @functools.cached_property
    def generator(self) -> PartEmojiGenerator:
        """What draws emoji."""
        return parts.load(weights.shipped("parts"))

    @functools.cached_property
    def reader(self) -> TextReader:
        """What reads descriptions."""
        return reading.load(weights.shipped("text"))

    @functools.cached_property
    def chooser(self) -> Chooser:
        """What chooses parts for what was read."""
        return Chooser(self.generator.part_set, self.reader.slots)

    def warm(self) -> None:
        """Compiles what the first photo, and the first camera, would wait for."""
        photo = image.read_photo(demo.PORTRAIT)
        for maker in self.makers.values():
            with self.turn():  # a visitor who comes meanwhile waits for one style, not for all
                maker.make([photo])
        self.warm_live()

    def warm_live(self) -> None:
        """Compiles what the first camera would wait for."""
        photo = image.read_photo(demo.PORTRAIT)
        with self.turn():
            live = self.follower()
            for number in range(3):
                live.see(Frame(photo, 0.5 * number))
            live.identity(next(iter(self.makers.values())))

    def follower(self) -> Follower:
        """What follows the face before one visitor's camera."""
        return Follower(self.parser, sight_of(next(iter(self.makers.values()))))

    def _maker(self, loaded: Style) -> AvatarMaker:
        made = AvatarMaker.load(loaded, self.extractor, self.parser)
        # One net for all styles, which is compiled once.
        self._reader = self._reader or made.reader
        return dataclasses.replace(made, reader=self._reader)
