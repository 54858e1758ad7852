"""What reads labels in code instead of photos, for tests of what is done with faces."""

import pytest
from avatar.support.coded_face import ReadsCode
from avatar.support.shape_extractor import ShapeExtractor

from emojax.avatar.extractors.autoencoder import Autoencoders
from emojax.avatar.faces.parser import FaceParser
from emojax.avatar.matching import library
from emojax.avatar.pipeline import AvatarMaker
from emojax.avatar.reading.net.shown import Reader
from emojax.avatar.styles import style


def coded_maker() -> AvatarMaker:
    """A maker of avatars in flat, of faces that `coded_face.photo` drew."""
    flat, parser = style.load(style.find("flat")), ReadsCode()
    return AvatarMaker(flat, ShapeExtractor(), library.load(flat, ShapeExtractor()), parser, parser)  # type: ignore[arg-type]


def use_coded_faces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs load no weights, and read such faces."""
    monkeypatch.setattr(Autoencoders, "load", staticmethod(lambda path=None: ShapeExtractor()))
    monkeypatch.setattr(FaceParser, "load", staticmethod(lambda path=None: ReadsCode()))
    monkeypatch.setattr(Reader, "load", staticmethod(lambda path=None: None))  # which needs a real parser
