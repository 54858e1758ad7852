"""The tab that draws emoji."""

import secrets
from typing import Any

import gradio as gr

from emojax.core.errors import UserError
from emojax.core.files import replacing
from emojax.media import image, video
from emojax.studio import emojis, packs, pictures, words
from emojax.studio.downloads import Folder
from emojax.studio.emojis import Drawn, Wish
from emojax.studio.engine import Engine
from emojax.studio.tabs.told import told

_ANY = ("any", "")
_EXAMPLES = ("crying face with heart eyes and a party hat", "winking face with tongue out", "angry cowboy")


class EmojiTab:
    """The tab's elements; `connect` says what they do."""

    def __init__(self, engine: Engine) -> None:
        self.drawn = gr.State(None, time_to_live=3600)
        self.which = gr.State(0)
        with gr.Row():
            with gr.Column(min_width=300):
                self.text = gr.Textbox(
                    label="Describe a face",
                    placeholder=_EXAMPLES[0],
                    max_length=emojis.MAX_TEXT,
                    elem_id="prompt",
                )
                gr.Examples(
                    [[each] for each in _EXAMPLES], self.text, label="For example", api_visibility="private"
                )
                self.label = gr.Dropdown(
                    [_ANY, *emojis.label_names(engine)], value="", label="Or choose one that there is"
                )
                with gr.Accordion("Or choose its parts", open=False):
                    self.slots = [
                        gr.Dropdown([_ANY, *emojis.part_names(engine, slot)], value="", label=word)
                        for slot, word in words.SLOTS.items()
                    ]
                with gr.Row():
                    self.count = gr.Slider(1, emojis.MAX_COUNT, 8, step=1, label="How many")
                    self.seed = gr.Number(
                        0, label="Number of the draw", precision=0, minimum=0, maximum=2**32 - 1
                    )
                self.draw = gr.Button("Draw", variant="primary", elem_id="draw")
                self.again = gr.Button("Draw others", elem_id="again")
            with gr.Column(min_width=300):
                self.pictures = gr.Gallery(
                    label="Your emoji: click one to keep its parts",
                    columns=4,
                    allow_preview=False,
                    interactive=False,
                    buttons=[],
                    height="auto",
                    format="png",
                    elem_id="emoji",
                    elem_classes=["choose"],
                )
                self.said = gr.Markdown(elem_id="said")
                with gr.Row():
                    self.sharp = gr.Checkbox(
                        label="Sharp lines", info="Composed of vectors. Untick to see what the net draws."
                    )
                    self.transparent = gr.Checkbox(label="Transparent background", value=True)
                self.locked = gr.CheckboxGroup(
                    [(word, slot) for slot, word in words.SLOTS.items()], label="Keep of the one clicked"
                )
                self.reroll = gr.Button("Draw others with these parts", elem_id="reroll")
                with gr.Row():
                    self.png = gr.DownloadButton("Download PNG", interactive=False, size="md", min_width=80)
                    self.svg = gr.DownloadButton("Download SVG", interactive=False, size="md", min_width=80)
                    self.pack = gr.DownloadButton(
                        "All as stickers", interactive=False, size="md", min_width=80
                    )
        self._add_morph()
        self.shown = [self.drawn, self.which, self.pictures, self.said]
        self.files = [self.png, self.svg, self.pack]

    def _add_morph(self) -> None:
        gr.Markdown("### From one to another")
        self.frames = gr.State(None, time_to_live=3600)
        with gr.Row():
            with gr.Column(min_width=300):
                self.first = gr.Textbox("heart eyes", label="From", max_length=emojis.MAX_TEXT)
                self.second = gr.Textbox("rolling eyes", label="To", max_length=emojis.MAX_TEXT)
                self.morph = gr.Button("Morph", elem_id="morph")
            with gr.Column(min_width=300):
                self.frame = gr.Image(
                    label="Between the two",
                    interactive=False,
                    height=260,
                    buttons=[],
                    format="png",
                    elem_id="frame",
                )
                self.position = gr.Slider(1, emojis.FRAMES, 1, step=1, label="How far")
                self.morphed = gr.Markdown()
                self.gif = gr.DownloadButton("Download GIF", interactive=False, elem_id="download-gif")

    def connect(self, engine: Engine, folder: Folder) -> None:
        """Says what is called when."""
        wish = [self.text, self.label, *self.slots, self.seed, self.count]
        look = [self.sharp, self.transparent]

        def draw(text: str, label: str, *values: Any) -> Any:
            *parts, seed, count, sharp, transparent = values
            chosen = {slot: name for slot, name in zip(words.SLOTS, parts, strict=True) if name}
            wanted = Wish(text or "", label or "", chosen, int(seed or 0), int(count))
            return self._view(engine, folder, emojis.draw(engine, wanted), 0, (sharp, transparent))

        def again(*values: Any) -> Any:
            seed = secrets.randbelow(2**32)
            *before, _, count, sharp, transparent = values
            return {**draw(*before, seed, count, sharp, transparent), self.seed: seed}

        def reroll(drawn: Drawn | None, which: int, locked: list[str], sharp: bool, transparent: bool) -> Any:
            made = emojis.others(engine, _drawn(drawn), which, locked=locked, seed=secrets.randbelow(2**32))
            return self._view(engine, folder, made, 0, (sharp, transparent))

        def choose(drawn: Drawn | None, sharp: bool, transparent: bool, event: gr.SelectData) -> Any:
            return self._view(engine, folder, _drawn(drawn), int(event.index), (sharp, transparent))

        def redraw(drawn: Drawn | None, which: int, sharp: bool, transparent: bool) -> Any:
            if drawn is None:
                return {self.said: ""}
            return self._view(engine, folder, drawn, which, (sharp, transparent))

        def morph(first: str, second: str, seed: int) -> Any:
            found, said = emojis.frames(engine, first, second, int(seed or 0))
            path = folder.file("morph.gif")
            video.save_animation(path, found, fps=12)
            return (
                list(found),
                found[0],
                1,
                pictures.as_text(said),
                gr.update(value=str(path), interactive=True),
            )

        def move(frames: list[Any] | None, position: int) -> Any:
            return None if not frames else frames[min(max(int(position), 1), len(frames)) - 1]

        def files(drawn: Drawn | None, which: int, sharp: bool, transparent: bool) -> Any:
            if drawn is None:
                return {self.png: gr.update(interactive=False)}
            return self._files(engine, folder, drawn, which, (sharp, transparent))

        given: dict[str, Any] = {"api_visibility": "private"}
        inputs = [*wish, *look]
        for event in (
            self.draw.click(told(draw), inputs, self.shown, **given),
            self.text.submit(told(draw), inputs, self.shown, **given),
            self.again.click(told(again), inputs, [*self.shown, self.seed], **given),
            self.reroll.click(
                told(reroll), [self.drawn, self.which, self.locked, *look], self.shown, **given
            ),
            self.pictures.select(_choosing(told(choose)), [self.drawn, *look], self.shown, **given),
            *(box.input(told(redraw), [self.drawn, self.which, *look], self.shown, **given) for box in look),
        ):
            event.success(
                told(files), [self.drawn, self.which, *look], self.files, show_progress="hidden", **given
            )
        self.morph.click(
            told(morph),
            [self.first, self.second, self.seed],
            [self.frames, self.frame, self.position, self.morphed, self.gif],
            **given,
        )
        self.position.input(
            told(move),
            [self.frames, self.position],
            self.frame,
            show_progress="hidden",
            trigger_mode="always_last",
            **given,
        )

    def _view(
        self, engine: Engine, folder: Folder, drawn: Drawn, which: int, look: tuple[bool, bool]
    ) -> dict[Any, Any]:
        """What the elements of `shown` are for emoji of which one was clicked."""
        small = emojis.pictures(engine, drawn, sharp=look[0], transparent=look[1])
        return {
            self.drawn: drawn,
            self.which: which,
            self.pictures: gr.Gallery(
                [(picture, f"{i}") for i, picture in enumerate(small, 1)], selected_index=which
            ),
            self.said: pictures.as_text(f"{drawn.said} Chosen: emoji {which + 1}."),
        }

    def _files(
        self, engine: Engine, folder: Folder, drawn: Drawn, which: int, look: tuple[bool, bool]
    ) -> dict[Any, Any]:
        """What the buttons of `files` download."""
        sharp, transparent = look
        png, svg = (folder.file(f"emoji-{which + 1:02d}.{suffix}") for suffix in ("png", "svg"))
        image.save_png(png, emojis.large(engine, drawn, which, sharp=sharp, transparent=transparent))
        with replacing(svg) as temporary:
            temporary.write_text(emojis.documents(engine, drawn)[which], encoding="utf-8")
        pack = folder.file("emoji-stickers.zip")
        clear = emojis.pictures(engine, drawn, sharp=sharp, transparent=True)
        names = [f"emoji {i}" for i in range(1, len(drawn) + 1)]
        packs.write(pack, list(clear), names, title="Emoji by emojax", licence=emojis.LICENCE)
        return {
            button: gr.update(value=str(path), interactive=True)
            for button, path in ((self.png, png), (self.svg, svg), (self.pack, pack))
        }


def _choosing(choose: Any) -> Any:
    def chosen(drawn: Any, sharp: Any, transparent: Any, event: gr.SelectData) -> Any:
        return choose(drawn, sharp, transparent, event)

    return chosen


def _drawn(drawn: Drawn | None) -> Drawn:
    if drawn is None:
        raise UserError("there are no emoji yet: press Draw first")
    return drawn
