"""Cameras: frames of strangers are bounded, visitors are few, and what is drawn can be downloaded."""

import base64
import re
import threading
from typing import Any

import numpy as np
import pytest

from emojax.avatar import demo
from emojax.avatar.motion.live.following import State
from emojax.core.errors import UserError
from emojax.media import image, svg
from emojax.studio import pictures as studio_pictures
from emojax.studio.live import pictures, visitors
from emojax.studio.live.visitors import Emojis, Visitor, Visitors


def sent(data: bytes, kind: str = "image/jpeg") -> dict[str, str]:
    return {"url": f"data:{kind};base64,{base64.b64encode(data).decode()}"}


@pytest.fixture(scope="module")
def seen(engine: Any) -> Visitor:
    """Somebody who has looked at the camera for a second."""
    visitor = Visitor(engine.follower())
    photo = image.read_photo(demo.PORTRAIT)
    with pytest.MonkeyPatch.context() as clock:
        for number in range(4):
            clock.setattr(visitors.time, "monotonic", lambda number=number: 0.5 * number)
            state = visitor.look(photo)
    assert state == State.FOLLOWING
    return visitor


def test_frames_are_reduced_and_small_ones_stay() -> None:
    large = np.full((300, 1600, 3), 90, np.uint8)
    found = pictures.frame(sent(studio_pictures.png(large), "image/png"))
    assert found is not None
    assert found.shape == (120, 640, 3)
    small = pictures.frame(sent(studio_pictures.png(large[:50, :60]), "image/png"))
    assert small is not None
    assert small.shape == (50, 60, 3)


@pytest.mark.parametrize(
    "payload", [None, 3, {}, {"url": None}, {"url": "/etc/passwd"}, {"path": "/etc/passwd"}]
)
def test_no_picture_is_no_frame(payload: Any) -> None:
    assert pictures.frame(payload) is None


@pytest.mark.parametrize(
    "payload",
    [
        {"url": "data:image/jpeg,abc"},
        {"url": "data:image/jpeg;base64,***"},
        {"url": "data:image/jpeg;base64," + "A" * 6_000_000},
        sent(b"no picture"),
        sent(b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    ],
)
def test_hostile_frames_are_refused_in_a_line(payload: Any) -> None:
    with pytest.raises(UserError, match="^the camera's picture"):
        pictures.frame(payload)


def test_visitors_are_kept_apart_bounded_and_forgotten(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(visitors.time, "monotonic", lambda: now[0])
    present = Visitors(engine)
    first = present.of("a")
    assert present.of("a") is first
    assert present.of("b") is not first
    present.end("a")
    assert present.of("a") is not first
    for number in range(20):
        present.of(f"visitor {number}")
    assert len(present) == visitors._MAX_VISITORS
    now[0] += visitors._IDLE + 1
    present.of("late")
    assert len(present) == 1
    present.end("nobody")


def test_there_is_nothing_to_draw_before_a_face_is_seen(engine: Any) -> None:
    visitor, maker = Visitor(engine.follower()), engine.makers["flat"]
    assert visitor.drawn(maker) is None
    assert Emojis(engine).of(visitor, maker) is None
    assert "avatar-empty" in pictures.avatar_page(None, "flat", None)
    assert "avatar-empty" in pictures.emoji_page(None, None)
    with pytest.raises(UserError, match="no avatar yet"):
        visitor.snapshot(maker)


def test_the_avatar_is_drawn_in_the_style_that_was_chosen(engine: Any, seen: Visitor) -> None:
    drawn = {name: seen.drawn(engine.makers[name]) for name in ("flat", "line")}
    assert drawn["flat"].shape == drawn["line"].shape == (420, 420, 4)
    assert (drawn["flat"] != drawn["line"]).any()
    np.testing.assert_array_equal(seen.drawn(engine.makers["flat"]), drawn["flat"])
    page = pictures.avatar_page(drawn["flat"], "flat", seen.follower.pose(engine.makers["flat"]))
    assert re.search(r'alt="Your avatar in the style flat, following you: mouth \w+', page)


def test_a_snapshot_is_what_is_seen(engine: Any, seen: Visitor) -> None:
    document, pixels = seen.snapshot(engine.makers["flat"])
    assert pixels.shape == (1024, 1024, 4)
    again = svg.rasterize(document.encode(), size=1024, background=None, name="snapshot")
    np.testing.assert_array_equal(pixels, again)
    # On the page there is a margin for heads that move.
    head = seen.follower.pose(engine.makers["flat"]).head
    assert f"rotate({head.roll_degrees:.2f})" in document


def test_the_emoji_has_the_expression_and_the_glasses(engine: Any, seen: Visitor) -> None:
    emojis = Emojis(engine)
    document = emojis.of(seen, engine.makers["flat"])
    assert document is not None
    assert emojis.of(seen, engine.makers["flat"]) is document  # drawn once
    page = pictures.emoji_page(document, seen.follower.pose(engine.makers["flat"]))
    assert "rotate(" in page
    assert len(emojis._drawn) == 1


def test_starting_anew_forgets(engine: Any) -> None:
    visitor = Visitor(engine.follower(), threading.Lock())
    visitor.look(image.read_photo(demo.PORTRAIT))
    assert visitor.follower.state == State.MEETING
    visitor.anew()
    assert visitor.follower.state == State.NOBODY
