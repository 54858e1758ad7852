"""Further renderings are the same drawings, moved as far as they may be, and no farther."""

from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import kstest

from emojax.core.errors import UserError
from emojax.data.openmoji import emoji, renderings
from emojax.data.openmoji.renderings import Jitter, transform_drawing
from emojax.media import svg

JITTER = Jitter(rotation=10.0, scale=0.1, translation=0.05)
SQUARE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="10 20 60 60">'
    b'<path d="M35 45h10v10h-10z" fill="#fff"/></svg>'
)


def load(folder: Path, **changes) -> np.ndarray:  # type: ignore[no-untyped-def]
    arguments = {"count": 4, "size": 32, "background": "black", "jitter": JITTER, "seed": 0} | changes
    return renderings.load("smileys", openmoji_dir=folder, **arguments)


def _drawn(drawing: bytes) -> np.ndarray:
    return svg.rasterize(drawing, size=120, name="square").astype(float)[..., 0] / 255


def test_the_first_is_the_drawing_as_it_is_and_the_others_differ(openmoji_folder: Path) -> None:
    pictures = load(openmoji_folder)
    assert pictures.shape == (12, 4, 32, 32, 3)
    plain = emoji.load("smileys", size=32, openmoji_dir=openmoji_folder).images
    np.testing.assert_array_equal(pictures[:, 0], plain)
    flat = pictures.reshape(48, -1)
    assert len(np.unique(flat, axis=0)) == 48
    # Moved a little: each is still nearest to its own drawing.
    distances = np.abs(pictures[:, 1:, None].astype(int) - plain[None, None].astype(int)).mean((3, 4, 5))
    assert (distances.argmin(-1) == np.arange(12)[:, None]).all()


def test_latents_are_the_jitter_of_the_renderings(openmoji_folder: Path) -> None:
    moved = renderings.jitter_latents(12, count=4, seed=0)
    assert moved.shape == (12, 4, 4)
    assert not moved[:, 0].any()
    drawing = (openmoji_folder / "color" / "svg" / "1F600.svg").read_bytes()
    amounts = 2 * ndtr(moved[0, 3].astype(float)) - 1
    again = svg.rasterize(
        transform_drawing(drawing, JITTER, amounts, name="x"), size=32, background="black", name="x"
    )
    difference = np.abs(again.astype(int) - load(openmoji_folder)[0, 3].astype(int))
    assert difference.max() <= 1  # amounts have been through float32
    # They are latents: those of many renderings are distributed as latents are.
    many = renderings.jitter_latents(50, count=100, seed=1)[:, 1:].reshape(-1, 4)
    assert all(kstest(column, "norm").pvalue > 1e-3 for column in many.T)


def test_they_are_a_function_of_the_seed_and_kept(
    openmoji_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load(openmoji_folder)
    assert (load(openmoji_folder, seed=1)[:, 1:] != first[:, 1:]).any()
    more = load(openmoji_folder, count=6)
    np.testing.assert_array_equal(more[:, :4], first)
    monkeypatch.setattr(renderings, "rasterize", lambda *_, **__: pytest.fail("drawn again"))
    np.testing.assert_array_equal(load(openmoji_folder), first)


@pytest.mark.parametrize(
    ("amounts", "area", "shift"),
    [
        ([0, 0, 0, 0], 1.0, (0, 0)),
        ([0, 0, 1, -1], 1.0, (6, -6)),  # 5 % of 120 pixels
        ([0, 1, 0, 0], np.exp(0.2), (0, 0)),
        ([-1, 0, 0, 0], 1.0, (0, 0)),
    ],
    ids=["nothing", "shifted", "larger", "turned"],
)
def test_amounts_are_shares_of_the_jitter(amounts: list[float], area: float, shift: tuple[int, int]) -> None:
    before = _drawn(SQUARE)
    after = _drawn(transform_drawing(SQUARE, JITTER, np.asarray(amounts, float), name="square"))
    assert after.sum() == pytest.approx(area * before.sum(), rel=0.02)
    y, x = np.mgrid[:120, :120] + 0.5
    centre = np.array([(after * x).sum(), (after * y).sum()]) / after.sum()
    # The view is 10 to 70 and 20 to 80; the square is about its middle, (40, 50), which is what stays.
    np.testing.assert_allclose(centre, [60 + shift[0], 60 + shift[1]], atol=0.1)
    assert (after == before).all() == (not any(amounts))


def test_what_the_rasteriser_refuses_is_refused(openmoji_folder: Path) -> None:
    drawing = openmoji_folder / "color" / "svg" / "1F600.svg"
    drawing.write_text(drawing.read_text().replace("</svg>", '<image href="http://x/y.png"/></svg>'))
    with pytest.raises(UserError, match=r"1F600\.svg.*image"):
        load(openmoji_folder)
    drawing.write_text('<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>')
    with pytest.raises(UserError, match=r"1F600\.svg.*DOCTYPE"):
        load(openmoji_folder)


def test_of_many_emoji_there_are_as_many_renderings_as_fit(
    openmoji_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renderings, "_MAX_BYTES", 12 * 32 * 32 * 3 * 4 + 100)
    pictures = load(openmoji_folder, count=10_000_000)
    assert pictures.shape == (12, 4, 32, 32, 3)
    monkeypatch.undo()
    np.testing.assert_array_equal(pictures, load(openmoji_folder, count=4))
