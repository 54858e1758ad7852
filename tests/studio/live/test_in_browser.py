"""The live tab in a real browser, whose camera shows the demo's portrait moving, or a pattern."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from studio.support.visit import Visit, in_browser

from emojax.avatar.motion.output.demo_clip import DemoClip
from emojax.studio import emojis

FRAMES = 60


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's clip as Motion JPEG, which chromium takes for a camera."""
    path = tmp_path_factory.mktemp("camera") / "face.mjpeg"
    with path.open("wb") as out:
        for _, frame in zip(range(FRAMES), DemoClip().frames(max_side=640), strict=False):
            data = io.BytesIO()
            Image.fromarray(frame.pixels).save(data, "JPEG", quality=90)
            out.write(data.getvalue())
    return path


@pytest.fixture(scope="module")
def warm(engine: Any) -> None:
    """What the first frames would wait for is compiled."""
    engine.warm_live()
    emojis.documents(engine, emojis.draw(engine, emojis.Wish("smiling face", count=1)))


@pytest.fixture
def visit(served: Any, warm: None, clip: Path) -> Iterator[Visit]:
    """A browser whose camera shows the clip."""
    with in_browser(f"--use-file-for-fake-video-capture={clip}") as browser:
        context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
        opened = Visit(context.new_page(), served.local_url)
        yield opened
        assert opened.errors == []
        assert opened.foreign == []


def start_camera(page: Any) -> None:
    page.get_by_role("tab", name="Live").click()
    page.locator("#camera").get_by_text("Click to Access Webcam").click()
    page.locator("#camera button").filter(has_text="Record").click()


def wait_for_other(page: Any) -> None:
    """Until another picture is shown than now."""
    before = page.locator("#live img.avatar").get_attribute("src")
    page.wait_for_function("it => document.querySelector('#live img.avatar').src != it", arg=before)


def test_an_avatar_then_an_emoji_follow_the_camera(visit: Visit) -> None:
    page = visit.page
    start_camera(page)
    page.locator("#live img.avatar").wait_for()
    page.locator("#live-said").get_by_text("Following you.").wait_for()
    assert page.locator("#live-said").get_attribute("aria-live") == "polite"
    wait_for_other(page)
    wait_for_other(page)
    page.locator("#live-snap").click()
    page.locator("#live-shot img").wait_for()
    assert visit.download("#live-svg").read_text().startswith("<svg")
    with Image.open(visit.download("#live-png")) as picture:
        assert (picture.format, picture.size, picture.mode) == ("PNG", (1024, 1024), "RGBA")
    page.locator("#live-what").get_by_text("Emoji with my expression").click()
    page.locator("#live img.emoji").wait_for()
    page.locator("#camera button").filter(has_text="Stop").click()
    page.locator("#live-anew").click()
    page.locator("#live .avatar-empty").wait_for()


def test_a_picture_without_a_face_is_said_in_words(served: Any, warm: None, browser: Any) -> None:
    """The fake device of the other tests shows a pattern."""
    context = browser.new_context()
    opened = Visit(context.new_page(), served.local_url)
    start_camera(opened.page)
    opened.page.locator("#live-said").get_by_text("No face in the picture").wait_for()
    assert opened.page.locator("#live .avatar-empty").is_visible()
    context.close()
