"""The page in a real browser: what people click is what they get, and nothing comes from elsewhere."""

from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image
from studio.support.visit import Visit

from emojax.avatar import demo, files
from emojax.media import image


@pytest.fixture
def visit(served: Any, browser: Any) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    opened = Visit(context.new_page(), served.local_url)
    yield opened
    assert opened.errors == []
    assert opened.foreign == []
    context.close()


def give_photo(page: Any) -> None:
    page.locator("#photo input[type=file]").first.set_input_files(demo.PORTRAIT)
    page.locator("#avatar img.avatar").wait_for()
    page.locator("#variants button img").first.wait_for()


def test_a_photo_becomes_the_avatar_that_the_library_makes(visit: Visit, engine: Any) -> None:
    give_photo(visit.page)
    drawn = visit.download("#download-svg").read_text()
    photo = image.read_photo(demo.PORTRAIT)
    assert drawn == files.one(engine.makers["flat"], photo).svg()
    before = visit.page.locator("#avatar img.avatar").get_attribute("src")
    wanted = visit.page.locator("#variants button").nth(2)
    chosen = wanted.inner_text().strip().replace(" ", "-")
    wanted.click()
    visit.page.wait_for_function(
        "before => document.querySelector('#avatar img.avatar').src != before", arg=before
    )
    edited = visit.download("#download-svg").read_text()
    assert edited != drawn
    assert edited == files.one(engine.makers["flat"], photo, overrides={"hair": chosen}).svg()
    visit.page.locator("#undo").click()
    visit.page.wait_for_function(
        "before => document.querySelector('#avatar img.avatar').src == before", arg=before
    )
    assert visit.download("#download-svg").read_text() == drawn
    visit.page.get_by_role("button", name="Remove Image").click()
    visit.page.locator("#avatar .avatar-empty").wait_for()
    visit.page.wait_for_function("!document.querySelector('#variants button')")
    visit.page.locator("#part").get_by_text("Mouth").click()  # with nothing there is nothing to show


def test_a_description_becomes_emoji_and_a_morph_a_gif(visit: Visit) -> None:
    visit.page.get_by_role("tab", name="Emoji").click()
    visit.page.locator("#prompt textarea, #prompt input").first.fill("crying face with heart eyes")
    visit.page.locator("#draw").click()
    visit.page.locator("#emoji button img").nth(7).wait_for()
    assert "hearts" in visit.page.locator("#said").inner_text()
    visit.page.locator("#morph").click()
    visit.page.locator("#frame img").wait_for()
    visit.page.wait_for_function("!document.querySelector('#download-gif').disabled")
    with Image.open(visit.download("#download-gif")) as animation:
        assert animation.format == "GIF"
        assert animation.n_frames > 10


def test_the_camera_gives_a_photo(visit: Visit) -> None:
    """A fake device shows a pattern without a face: the page says so in words."""
    visit.page.locator("#photo button[aria-label='Capture from camera']").click()
    visit.page.locator("#photo").get_by_text("Click to Access Webcam").click()
    # Before the first frame is there the button takes a picture of no pixels, and nothing happens.
    visit.page.wait_for_function("document.querySelector('#photo video')?.videoWidth > 0")
    visit.page.locator("#photo button[aria-label='capture photo']").click()
    visit.page.get_by_text("no face found").wait_for()


@pytest.mark.parametrize("tab", ["Avatar", "Live", "Emoji", "Styles"])
def test_everything_has_a_name_for_screen_readers(visit: Visit, tab: str) -> None:
    visit.page.get_by_role("tab", name=tab).click()
    nameless = visit.page.evaluate(
        """() => [...document.querySelectorAll('button, input, select, textarea, img')].filter(e => {
          if (!e.checkVisibility() || e.type == 'hidden') return false;
          const label = e.labels && [...e.labels].map(l => l.innerText).join('');
          return !(e.innerText || e.ariaLabel || e.alt || e.title || label || e.placeholder ||
            e.getAttribute('aria-labelledby') || e.ariaHidden == 'true' || e.tabIndex == -1);
        }).map(e => e.outerHTML.slice(0, 200))"""
    )
    assert nameless == []


def test_nothing_is_wider_than_a_phone(served: Any, browser: Any) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    opened = Visit(context.new_page(), served.local_url)
    give_photo(opened.page)
    for tab in ("Avatar", "Live", "Emoji", "Styles"):
        opened.page.get_by_role("tab", name=tab).click()
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= 390, tab
    context.close()
