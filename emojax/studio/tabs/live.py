"""The tab in which an avatar or an emoji follows the camera."""

import html
from pathlib import Path
from typing import Any, Final

import gradio as gr

from emojax.avatar.motion.live.following import State
from emojax.core.errors import UserError
from emojax.core.files import replacing
from emojax.media import image, svg
from emojax.studio import words
from emojax.studio.downloads import Folder
from emojax.studio.engine import Engine
from emojax.studio.live import pictures
from emojax.studio.live.visitors import LARGE, Emojis, Visitors
from emojax.studio.tabs.told import told

_AVATAR, _EMOJI = "avatar", "emoji"
_EVERY: Final = 0.05
"""Seconds between frames that a browser offers; it waits for the one before. Longer: fewer are drawn."""

_AT_ONCE: Final = 4
"""Cameras that are followed at once; others wait in the queue. More: each is followed more slowly."""

_NO_STYLE: Final = "this style is gone; choose another"


class LiveTab:
    """The tab's elements; `connect` says what they do."""

    def __init__(self, engine: Engine) -> None:
        with gr.Row():
            with gr.Column(min_width=300):
                self.camera = gr.Image(
                    label="Your camera",
                    sources=["webcam"],
                    streaming=True,
                    buttons=[],
                    height=300,
                    webcam_options=gr.WebcamOptions(
                        mirror=True,
                        constraints={"video": {"width": {"ideal": 640}, "height": {"ideal": 480}}},
                    ),
                    elem_id="camera",
                )
                self.what = gr.Radio(
                    [("Avatar", _AVATAR), ("Emoji with my expression", _EMOJI)],
                    value=_AVATAR,
                    label="What follows you",
                    elem_id="live-what",
                )
                self.style = gr.Dropdown(
                    _names(engine), value=next(iter(engine.makers)), label="Style", elem_id="live-style"
                )
                self.anew = gr.Button("Start anew, for somebody else", size="sm", elem_id="live-anew")
            with gr.Column(min_width=300):
                self.picture = gr.HTML(pictures.EMPTY, elem_id="live")
                self.said = gr.HTML(
                    _said("Start the camera. No picture of you leaves this computer."), elem_id="live-said"
                )
                self.snap = gr.Button("Take a snapshot", elem_id="live-snap")
                self.shot = gr.Image(
                    label="Snapshot",
                    visible=False,
                    interactive=False,
                    buttons=[],
                    format="png",
                    height=220,
                    elem_id="live-shot",
                )
                with gr.Row():
                    self.svg, self.png = (
                        gr.DownloadButton(
                            f"Download {name}",
                            interactive=False,
                            elem_id=f"live-{name.lower()}",
                            size="md",
                            min_width=80,
                        )
                        for name in ("SVG", "PNG")
                    )

    def connect(self, page: gr.Blocks, engine: Engine, folder: Folder) -> None:
        """Says what is called when."""
        visitors, emojis = Visitors(engine), Emojis(engine)

        def follow(payload: Any, what: str, style: str, request: gr.Request) -> Any:
            session = str(request.session_hash)
            pixels = pictures.frame(payload)
            maker = engine.makers.get(style)
            if pixels is None:
                return gr.skip(), gr.skip()
            if maker is None:
                raise UserError(_NO_STYLE)
            visitor = visitors.of(session)
            with visitor.lock, engine.turn():
                state = visitor.look(pixels)
                if state in (State.NOBODY, State.MEETING):
                    shown = pictures.EMPTY
                elif what == _EMOJI:
                    shown = pictures.emoji_page(emojis.of(visitor, maker), visitor.follower.pose(maker))
                else:
                    shown = pictures.avatar_page(visitor.drawn(maker), style, visitor.follower.pose(maker))
            text = pictures.SAID[state]
            if text == visitor.said:  # said once, lest screen readers repeat it with each frame
                return shown, gr.skip()
            visitor.said = text
            return shown, _said(text)

        def snapshot(what: str, style: str, request: gr.Request) -> Any:
            maker = engine.makers.get(style)
            if maker is None:
                raise UserError(_NO_STYLE)
            visitor = visitors.of(str(request.session_hash))
            with visitor.lock, engine.turn():
                if what == _EMOJI:
                    document = emojis.of(visitor, maker)
                    if document is None:
                        raise UserError(
                            "there is no emoji yet: start the camera, and look at it for a moment"
                        )
                    pixels = svg.rasterize(document.encode(), size=LARGE, background=None, name="emoji")
                else:
                    document, pixels = visitor.snapshot(maker)
            drawing = folder.file(f"live-{what}.svg")
            picture = Path(drawing).with_suffix(".png")
            with replacing(drawing) as temporary:
                temporary.write_text(document, encoding="utf-8")
            image.save_png(picture, pixels)
            links = [gr.update(value=str(path), interactive=True) for path in (drawing, picture)]
            return [gr.update(value=pixels, visible=True), *links]

        def anew(request: gr.Request) -> Any:
            visitors.of(str(request.session_hash)).anew()
            return pictures.EMPTY

        def leave(request: gr.Request) -> None:
            visitors.end(str(request.session_hash))

        given: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        chosen = [self.what, self.style]
        self.camera.stream(
            told(follow),
            [self.camera, *chosen],
            [self.picture, self.said],
            preprocess=False,
            stream_every=_EVERY,
            concurrency_limit=_AT_ONCE,
            **given,
        )
        self.anew.click(told(anew), outputs=self.picture, **given)
        self.snap.click(told(snapshot), chosen, [self.shot, self.svg, self.png], **given)
        self.style.focus(lambda: gr.update(choices=_names(engine)), outputs=self.style, **given)
        page.unload(leave)


def _names(engine: Engine) -> list[tuple[str, str]]:
    return [(words.plain(each), each) for each in engine.makers]


def _said(text: str) -> str:
    return f"<p>{html.escape(text)}</p>"
