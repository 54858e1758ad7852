"""Drawings of our own and features that take no time, for the GAN report's tests."""

from pathlib import Path

import pytest
from evaluation.support import drawn_emoji
from evaluation.support.drawn_emoji import Projection

from emojax import evaluate
from emojax.evaluation.gan import controls
from emojax.evaluation.measures import features
from emojax.media import grids, image

COUNT = 48
NAME = "<b>mine</b> & yours"


@pytest.fixture(scope="session")
def drawn_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """OpenMoji of our own in ``openmoji``; ``samples`` that are blurred and not of it."""
    root = tmp_path_factory.mktemp("gan")
    drawn_emoji.write_folder(root / "openmoji")
    new = controls.blurred(drawn_emoji.pictures(range(150, 150 + COUNT)))
    for number, picture in enumerate(new):
        image.save_png(root / "samples" / f"{number:04d}.png", picture)
    image.save_png(root / "samples" / "grid.png", grids.grid(new))
    return root


@pytest.fixture(autouse=True)
def _own_features(shared_cache: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    replace_features(monkeypatch)
    monkeypatch.chdir(tmp_path)


def replace_features(patch: pytest.MonkeyPatch) -> None:
    """Replaces features and controls by cheap ones; the real ones have tests of their own."""
    patch.setattr(features, "emoji_net", lambda path=None: Projection())
    patch.setattr(features, "random_cnn", lambda: Projection("random_cnn", "another"))
    patch.setattr(controls, "SPLITS", 2)


@pytest.fixture(scope="session")
def written_report(drawn_folder: Path) -> Path:
    """A report of samples that are blurred, and have no other fault."""
    with pytest.MonkeyPatch.context() as patch:
        replace_features(patch)
        folder = drawn_folder / "report"
        given = [f"--openmoji_dir={drawn_folder / 'openmoji'}", f"--samples={drawn_folder / 'samples'}"]
        evaluate.main(["gan", *given, f"--name={NAME}", f"--out={folder}"])
    return folder
