"""Corruption starts with nothing, grows with severity, and does what its constants say."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from emojax.avatar.datasets import drawn_parts
from emojax.avatar.faces.portraits import Portrait
from emojax.avatar.styles import style
from emojax.evaluation.avatar import corruption

S = 306


def _disc(radius: int = 60) -> Portrait:
    labels = cv2.circle(np.zeros((S, S), np.uint8), (153, 153), radius, 1, -1)
    return Portrait(np.repeat(labels[..., None] * np.uint8(200), 3, -1), labels)


def test_the_page_on_avatars_states_what_is_done() -> None:
    """Figures measured with other settings cannot be compared, so these are part of what is published."""
    page = " ".join((Path(__file__).parents[3] / "docs/avatars.md").read_text().split())
    assert (
        f"At severity 1 a face is shifted by {100 * corruption.SHIFT:g} % of the frame, scaled by "
        f"{100 * corruption.SCALE:g} %, blurred by {corruption.BLUR:g} pixels, recoloured by up to "
        f"{100 * corruption.GAIN:g} % a channel and noisy by {corruption.NOISE:g} of 255, all at once, and "
        f"the borders of its labels are displaced by {corruption.BORDER:g} pixels"
    ) in page
    assert corruption.SEVERITIES == (0, 0.25, 0.5, 0.75, 1)


@pytest.fixture
def nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is done but what a test asks for."""
    for name in ("SHIFT", "SCALE", "BLUR", "NOISE", "BORDER", "GAIN"):
        monkeypatch.setattr(corruption, name, 1e-3 if name == "BLUR" else 0.0)


def test_severities_begin_with_nothing_and_go_on() -> None:
    flat = style.load(style.find("flat"))
    drawn = drawn_parts.portrait(flat, 3, 0)
    seen = [corruption.corrupt(drawn, s, np.random.default_rng(1)) for s in corruption.SEVERITIES]
    assert corruption.SEVERITIES[0] == 0
    np.testing.assert_array_equal(seen[0].pixels, drawn.pixels)
    np.testing.assert_array_equal(seen[0].labels, drawn.labels)
    same = [np.mean(each.labels == drawn.labels) for each in seen]
    apart = [np.abs(each.pixels.astype(int) - drawn.pixels).mean() for each in seen]
    assert same == sorted(same, reverse=True)
    assert apart == sorted(apart)
    assert same[-1] < 0.95
    assert set(np.unique(seen[-1].labels)) <= set(np.unique(drawn.labels))
    again = corruption.corrupt(drawn, 1.0, np.random.default_rng(1))
    np.testing.assert_array_equal(again.pixels, seen[-1].pixels)
    np.testing.assert_array_equal(again.labels, seen[-1].labels)


@pytest.mark.parametrize("severity", [0.5, 1.0])
def test_picture_and_labels_are_moved_alike_and_as_far_as_said(
    severity: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corruption, "BORDER", 0.0)
    drawn = _disc()
    grew = set()
    for seed in range(6):
        seen = corruption.corrupt(drawn, severity, np.random.default_rng(seed))
        visible = seen.pixels.mean(-1) > 100
        middle, other = (np.argwhere(mask).mean(0) for mask in (visible, seen.labels == 1))
        assert np.hypot(*(middle - other)) < 0.5
        assert np.hypot(*(middle - 153)) == pytest.approx(severity * corruption.SHIFT * S, abs=1.5)
        grown = (visible.sum() / (drawn.labels == 1).sum()) ** 0.5
        assert abs(grown - 1) == pytest.approx(severity * corruption.SCALE, abs=0.03)
        grew.add(grown > 1)
    assert grew == {True, False}


@pytest.mark.usefixtures("nothing_else")
@pytest.mark.parametrize("severity", [0.5, 1.0])
def test_noise_and_gain_are_as_large_as_said(severity: float, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Portrait(np.full((S, S, 3), 128, np.uint8), np.zeros((S, S), np.uint8))
    monkeypatch.setattr(corruption, "NOISE", 20.0)
    noisy = corruption.corrupt(plain, severity, np.random.default_rng(0)).pixels.astype(float) - 128
    assert noisy.std() == pytest.approx(severity * 20, rel=0.02)
    assert abs(noisy.mean()) < 0.3
    monkeypatch.setattr(corruption, "NOISE", 0.0)
    small = Portrait(plain.pixels[:32, :32], plain.labels[:32, :32])
    monkeypatch.setattr(corruption, "GAIN", 0.2)
    gains = np.array(
        [corruption.corrupt(small, severity, np.random.default_rng(s)).pixels[0, 0] / 128 for s in range(60)]
    )
    assert abs(gains - 1).max() == pytest.approx(severity * 0.2, abs=0.015)
    assert np.abs(np.corrcoef(gains.T) - np.eye(3)).max() < 0.4  # each channel for itself


@pytest.mark.usefixtures("nothing_else")
def test_blur_and_borders_are_as_wide_as_said(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = (np.arange(S)[:, None] > 152).repeat(S, 1).astype(np.uint8)
    edge = Portrait(np.repeat(labels[..., None] * np.uint8(200), 3, -1), labels)
    monkeypatch.setattr(corruption, "BLUR", 3.0)
    rows = corruption.corrupt(edge, 1.0, np.random.default_rng(0)).pixels[:, 100, 0] / 200
    middle = np.diff(rows)
    spread = (middle * (np.arange(S - 1) - 152) ** 2).sum() ** 0.5
    assert spread == pytest.approx(3.0, abs=0.2)
    monkeypatch.setattr(corruption, "BLUR", 1e-3)
    monkeypatch.setattr(corruption, "BORDER", 2.0)
    seen = corruption.corrupt(edge, 1.0, np.random.default_rng(0)).labels
    border = S - seen.sum(0, dtype=int)
    assert border.std() == pytest.approx(2.0, rel=0.35)
    # Neighbours are displaced together: smooth over some 6 pixels.
    apart = np.diff(border).std()
    assert 0.1 < apart < 0.8


@pytest.mark.usefixtures("nothing_else")
def test_specks_of_labels_vanish_in_the_blur(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corruption, "BLUR", 3.0)
    speck = corruption.corrupt(_disc(2), 1.0, np.random.default_rng(0)).labels
    assert not speck.any()
    disc = corruption.corrupt(_disc(40), 1.0, np.random.default_rng(0)).labels
    assert disc.sum() == pytest.approx(np.pi * 40**2, rel=0.03)
