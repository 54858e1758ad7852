"""The tab that makes an avatar of a photo."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import gradio as gr

from emojax.avatar import demo
from emojax.media import image
from emojax.studio import downloads, pictures, sitting, words
from emojax.studio.downloads import Folder
from emojax.studio.engine import Engine
from emojax.studio.sitting import Sitting
from emojax.studio.tabs.told import data_of, told

_START: Final = "Drop a photo of a face, paste one, or take one with the camera."


class AvatarTab:
    """The tab's elements; `connect` says what they do."""

    def __init__(self) -> None:
        self.state = gr.State(None, time_to_live=3600)
        with gr.Row():
            with gr.Column(min_width=300):
                self._add_photo()
            with gr.Column(min_width=300):
                self._add_result()
        self._add_parts()
        self._add_colors()
        # What decides what is shown; what shows the avatar, at once; and what shows the choices, after it.
        self.settings = [self.state, self.part, self.slot, self.everything, self.size, self.circle]
        self.result = [
            *(self.state, self.styles, self.big, self.undo, self.mood, self.svg, self.png, self.json),
        ]
        self.choices = [self.part, self.variants, self.by_name, self.slot, self.swatches, self.color]

    def connect(self, engine: Engine, folder: Folder) -> None:
        """Says what is called when."""

        def view(now: Sitting | None, *settings: Any) -> Any:
            *_, size, circle = settings
            return self._result(now, folder, size=int(size), circle=bool(circle))

        def choices(now: Sitting | None, *settings: Any) -> Any:
            part, slot, everything, *_ = settings
            if now is None:
                return {self.variants: []}
            return self._choices(now, part, slot, everything=bool(everything))

        def changing(change: Callable[..., Sitting]) -> Callable[..., Any]:
            """An event's function that changes the sitting by the event's own values and shows it."""

            def changed(now: Sitting | None, *values: Any) -> Any:
                *settings, own = values
                return view(now if now is None else change(now, *settings, own), *settings)

            return told(changed)

        def upload(now: Sitting | None, *values: Any) -> Any:
            *settings, payload = values
            data = data_of(payload)
            style = "flat" if now is None else now.style
            return view(None if data is None else sitting.start(engine, data, style=style), *settings)

        def take_demo(now: Sitting | None, *settings: Any) -> Any:
            data = demo.PORTRAIT.read_bytes()
            style = "flat" if now is None else now.style
            shown = view(sitting.start(engine, data, style=style), *settings)
            return {**shown, self.photo: image.decode_photo("the portrait", data)}

        def find_faces(now: Sitting | None) -> Any:
            found = [] if now is None else sitting.faces(engine, now.data)
            return gr.Gallery(
                [(face, f"face {i}") for i, face in enumerate(found, 1)], visible=len(found) > 1
            )

        def other_face(now: Sitting, *values: Any) -> Sitting:
            return sitting.start(engine, now.data, face=values[-1], style=now.style)

        private: dict[str, Any] = {"api_visibility": "private"}
        given: dict[str, Any] = {"outputs": self.result, "show_progress_on": self.big, **private}
        quiet: dict[str, Any] = {"show_progress": "hidden", **private}

        def then_choices(event: Any) -> Any:
            return event.success(told(choices), self.settings, self.choices, **quiet)

        for started in (
            self.photo.input(told(upload), [*self.settings, self.photo], preprocess=False, **given),
            self.example.click(
                told(take_demo), self.settings, **{**given, "outputs": [*self.result, self.photo]}
            ),
        ):
            then_choices(started).success(told(find_faces), [self.state], [self.faces], **quiet)
        for gallery, change in (
            (self.faces, other_face),
            (self.styles, lambda now, *v: now.in_style(list(now.looks)[v[-1]])),
            (self.variants, lambda now, *v: now.with_part(v[0], _variant(now, v[0], v[2], v[-1]))),
            (self.swatches, lambda now, *v: now.with_color(v[1], _palette(now, v[1])[v[-1]])),
        ):
            then_choices(gallery.select(_selecting(changing(change)), self.settings, **given))
        for element, change in (
            (self.by_name, lambda now, *v: now.with_part(v[0], v[-1]) if v[-1] else now),
            (self.color, lambda now, *v: now.with_color(v[1], pictures.as_hex(v[-1]))),
            (self.ground, lambda now, *v: now.changed(background=pictures.as_hex(v[-1]))),
            (self.mood, lambda now, *v: now.with_expression(v[-1])),
        ):
            event = element.release if isinstance(element, gr.ColorPicker) else element.input
            then_choices(event(changing(change), [*self.settings, element], **given))
        for button, change in (
            (self.undo, lambda now, *v: now.undone()),
            (self.clear, lambda now, *v: now.changed(background=None)),
        ):
            then_choices(button.click(changing(change), [*self.settings, self.part], **given))
        for setting in (self.part, self.slot, self.everything):
            setting.input(told(choices), self.settings, self.choices, **quiet)
        for option in (self.size, self.circle):
            option.input(told(view), self.settings, self.result, **quiet)

    def _add_photo(self) -> None:
        self.photo = gr.Image(
            label="Your photo",
            placeholder=_START,
            sources=["upload", "webcam", "clipboard"],
            type="filepath",
            image_mode=None,
            height=300,
            buttons=[],
            elem_id="photo",
        )
        self.example = gr.Button("Try the portrait that comes with emojax", size="sm", elem_id="example")
        self.faces = _gallery("Faces on this photo: choose one", columns=6, visible=False, elem_id="faces")
        self.styles = _gallery("In each style: choose one", columns=3, elem_id="styles")

    def _add_result(self) -> None:
        self.big = gr.HTML(pictures.big(None), elem_id="avatar")
        self.mood = gr.Radio(_choices(words.MOODS), value="", label="Mood", elem_id="mood")
        with gr.Row():
            self.undo = gr.Button("Undo", size="sm", interactive=False, elem_id="undo", min_width=80)
            self.clear = gr.Button("No background", size="sm", min_width=120)
            self.ground = gr.ColorPicker("#ffd166", label="Background", min_width=100, elem_id="ground")
        with gr.Row():
            self.svg, self.png, self.json = (
                gr.DownloadButton(
                    f"Download {name}",
                    interactive=False,
                    elem_id=f"download-{name.lower()}",
                    size="md",
                    min_width=80,
                )
                for name in ("SVG", "PNG", "JSON")
            )
        with gr.Row():
            self.size = gr.Dropdown([*downloads.SIZES], value=1024, label="Width of the PNG in pixels")
            self.circle = gr.Checkbox(label="Cut the PNG to a circle")

    def _add_parts(self) -> None:
        gr.Markdown("### Change a part")
        self.part = gr.Radio(_choices(words.PARTS), value="hair", label="Which part", elem_id="part")
        self.variants = _gallery(
            "Click the one that you like", columns=8, elem_id="variants", elem_classes=["choose", "many"]
        )
        with gr.Row():
            self.everything = gr.Checkbox(
                label="Show all, not only what suits the photo", elem_id="everything"
            )
            self.by_name = gr.Dropdown([], label="Or choose by name", elem_id="by-name")

    def _add_colors(self) -> None:
        gr.Markdown("### Change a colour")
        self.slot = gr.Radio(_choices(words.COLORS), value="hair", label="Colour of", elem_id="slot")
        with gr.Row():
            self.swatches = _gallery(
                "Colours of the style",
                columns=8,
                elem_id="swatches",
                scale=4,
                elem_classes=["choose", "swatches"],
            )
            self.color = gr.ColorPicker(label="Any other colour", min_width=120, elem_id="color")

    def _result(self, now: Sitting | None, folder: Folder, *, size: int, circle: bool) -> dict[Any, Any]:
        """What the elements of `result` are for a sitting; no photo, nothing."""
        buttons = (self.svg, self.png, self.json)
        if now is None:
            closed = {each: gr.update(interactive=False) for each in (*buttons, self.undo)}
            return {self.state: None, self.big: pictures.big(None), self.styles: [], **closed}
        files = downloads.avatar(now, folder, size=size, circle=circle)
        return {
            self.state: now,
            self.styles: gr.Gallery(pictures.styles(now), selected_index=None),
            self.big: pictures.big(now),
            self.undo: gr.update(interactive=len(now.look.history) > 1),
            self.mood: now.look.edits.mood,
            **{
                button: gr.update(value=file, interactive=True)
                for button, file in zip(buttons, files, strict=True)
            },
        }

    def _choices(self, now: Sitting, part: str, slot: str, *, everything: bool) -> dict[Any, Any]:
        """What the elements of `choices` are for a sitting."""
        look = now.look
        part = part if part in look.found.style.parts else "hair"
        slot = slot if slot in look.found.style.palettes else "hair"
        names = pictures.variants(look, part, everything=everything)
        every = look.found.style.parts[part].variants
        return {
            self.part: gr.update(choices=pictures.part_types(look), value=part),
            self.variants: gr.Gallery(pictures.alternatives(look, part, names), selected_index=None),
            self.by_name: gr.update(
                choices=[(words.plain(name), name) for name in every], value=look.avatar.choice[part]
            ),
            self.slot: gr.update(choices=pictures.slots(look), value=slot),
            self.swatches: gr.Gallery(pictures.swatches(look, slot), selected_index=None),
            self.color: look.avatar.colors[slot],
        }


def _selecting(changed: Callable[..., Any]) -> Callable[..., Any]:
    """A function for a gallery's event: the number of what was clicked is the last value."""

    def _selected(
        now: Any, part: Any, slot: Any, everything: Any, size: Any, circle: Any, event: gr.SelectData
    ) -> Any:
        return changed(now, part, slot, everything, size, circle, int(event.index))

    return _selected


def _variant(now: Sitting, part: str, everything: bool, index: int) -> str:
    return pictures.variants(now.look, part, everything=everything)[index]


def _palette(now: Sitting, slot: str) -> list[str]:
    return [color.hex for color in now.look.found.style.palettes[slot]]


def _choices(named: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(word, name) for name, word in named.items()]


def _gallery(label: str, **options: Any) -> gr.Gallery:
    """Pictures to click."""
    options.setdefault("elem_classes", ["choose"])
    return gr.Gallery(
        label=label,
        allow_preview=False,
        interactive=False,
        buttons=[],
        height="auto",
        object_fit="contain",
        format="png",
        **options,
    )
