"""python tests/studio/support/animation.py docs/studio.webp

Films the page in a real browser: a photo becomes avatars, mood and hair are changed, words become emoji,
one morphs into another. It shows the demo's portrait, which is in the public domain, and what emojax draws;
emoji are of OpenMoji's parts (CC BY-SA 4.0).
"""

import argparse
import io
import os
import shutil
import sys
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parents[3]))
sys.path.insert(0, str(Path(__file__).parents[2]))  # as pytest does, for tests' support

from PIL import Image
from studio.support.visit import Visit, in_browser

from emojax.studio import server

_VIEW: Final = {"width": 1120, "height": 840}
_WIDTH: Final = 800  # pixels
_PROMPT: Final = "crying face with heart eyes and a party hat"
_QUALITY: Final = 62


class Film:
    """Frames of a page, and how long each is shown."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.frames: list[Image.Image] = []
        self.milliseconds: list[int] = []

    def take(self, milliseconds: int) -> None:
        """Takes a picture of the page as it is now, once nothing moves."""
        self.page.wait_for_timeout(700)
        shot = Image.open(io.BytesIO(self.page.screenshot(animations="disabled"))).convert("RGB")
        height = round(shot.height * _WIDTH / shot.width)
        self.frames.append(shot.resize((_WIDTH, height), Image.Resampling.LANCZOS))
        self.milliseconds.append(milliseconds)

    def save(self, path: Path) -> None:
        """Writes an animated WebP."""
        first, *others = self.frames
        first.save(
            path,
            "WEBP",
            save_all=True,
            append_images=others,
            duration=self.milliseconds,
            loop=0,
            quality=_QUALITY,
            method=4,
        )


def act(film: Film) -> None:
    """What is done on the page."""
    page = film.page
    film.take(900)
    page.locator("#example").click()
    page.locator("#avatar img.avatar").wait_for()
    page.locator("#variants button img").first.wait_for()
    film.take(1800)
    for mood in ("Laughing", "Surprised", "Happy"):
        before = page.locator("#avatar img.avatar").get_attribute("src")
        page.get_by_label(mood, exact=True).click()
        page.wait_for_function("it => document.querySelector('#avatar img.avatar').src != it", arg=before)
        film.take(900)
    for number in (3, 5, 1):
        picture = page.locator("#avatar img.avatar")
        before = picture.get_attribute("src")
        page.locator("#variants button").nth(number).click()
        page.wait_for_function("it => document.querySelector('#avatar img.avatar').src != it", arg=before)
        page.locator("#variants").scroll_into_view_if_needed()
        film.take(1000)
    page.evaluate("window.scrollTo(0, 0)")
    page.get_by_role("tab", name="Emoji").click()
    prompt = page.locator("#prompt textarea, #prompt input").first
    for end in (11, 27, len(_PROMPT)):
        prompt.fill(_PROMPT[:end])
        film.take(350)
    page.locator("#draw").click()
    page.locator("#emoji button img").nth(7).wait_for()
    film.take(2000)
    page.locator("#morph").click()
    page.locator("#frame img").wait_for()
    page.locator("#frame").scroll_into_view_if_needed()
    slider = page.locator("input[type=range][aria-label*='How far']")
    slider.scroll_into_view_if_needed()
    for position in (1, 4, 8, 10, 12, 14, 16, 20, 24):
        before = page.locator("#frame img").get_attribute("src")
        slider.fill(str(position))
        if position > 1:
            page.wait_for_function("it => document.querySelector('#frame img').src != it", arg=before)
        film.take(1500 if position == 24 else 350)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    work = server.work_folder()
    served = server.serve(work)
    try:
        with in_browser() as browser:
            visit = Visit(browser.new_context(viewport=_VIEW).new_page(), served.local_url)
            film = Film(visit.page)
            act(film)
        film.save(out)
        print(f"{out}: {len(film.frames)} frames, {out.stat().st_size:,} bytes")
    finally:
        served.close(verbose=False)
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # as the page's own program ends
