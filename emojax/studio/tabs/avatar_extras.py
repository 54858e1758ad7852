"""Below an avatar: how it came about, stickers of nine moods, and the emoji that looks like the photo."""

from typing import Any

import gradio as gr

from emojax.core.errors import UserError
from emojax.studio import downloads, mirror, packs, pictures, words
from emojax.studio.downloads import Folder
from emojax.studio.engine import Engine
from emojax.studio.sitting import Sitting
from emojax.studio.tabs.told import told

_FIRST = "give a photo first: its avatar is what this is made of"


def build(state: gr.State, engine: Engine, folder: Folder) -> None:
    """Adds the sections to the page, and says what they do.

    Args:
      state: a `Sitting`, or None.
      engine: draws emoji.
      folder: where files are written.
    """
    given: dict[str, Any] = {"inputs": [state], "api_visibility": "private"}
    with gr.Accordion("Make me an emoji", open=False, elem_id="as-emoji"):
        gr.Markdown("An emoji with the expression of the photo, and with its glasses or hat.")
        as_emoji = gr.Button("Draw my emoji", elem_id="draw-me")
        emoji = gr.HTML(elem_id="my-emoji")
        with gr.Row():
            emoji_svg = gr.DownloadButton("Download SVG", interactive=False, size="md", min_width=80)
            emoji_png = gr.DownloadButton("Download PNG", interactive=False, size="md", min_width=80)

        def draw(now: Sitting | None) -> Any:
            drawn = mirror.of(engine, _needed(now))
            svg, png = mirror.write(drawn, folder)
            links = [gr.update(value=path, interactive=True) for path in (svg, png)]
            return [mirror.page(drawn), *links]

        as_emoji.click(told(draw), outputs=[emoji, emoji_svg, emoji_png], **given)
    with gr.Accordion("Stickers of nine moods", open=False, elem_id="stickers"):
        make = gr.Button("Make the stickers", elem_id="make-stickers")
        sheet = gr.Gallery(
            label="Stickers", columns=3, interactive=False, buttons=[], format="png", elem_classes=["choose"]
        )
        with gr.Row():
            sheet_file = gr.DownloadButton("One picture", interactive=False, size="md", min_width=80)
            pack_file = gr.DownloadButton("Pack for messengers", interactive=False, size="md", min_width=80)

        def stickers(now: Sitting | None) -> Any:
            made = downloads.expressions(_needed(now).look)
            names = [words.MOODS.get(name, name) for name in made]
            pack = folder.file("avatar-stickers.zip")
            style = _needed(now).look.found.style
            packs.write(pack, [*made.values()], names, title=f"My moods, {style.name}", licence=style.licence)
            links = [
                gr.update(value=str(path), interactive=True)
                for path in (downloads.sheet(made, folder, style.name), pack)
            ]
            return [list(zip(made.values(), names, strict=True)), *links]

        make.click(told(stickers), outputs=[sheet, sheet_file, pack_file], **given)
    with gr.Accordion("How it came about", open=False, elem_id="why"):
        ask = gr.Button("Show me", elem_id="show-why")
        labels = gr.Gallery(
            label="What was seen",
            columns=2,
            interactive=False,
            buttons=[],
            format="png",
            elem_classes=["choose"],
        )
        reasons = gr.Image(label="Each part of the face beside the drawn one", interactive=False, buttons=[])

        def explain(now: Sitting | None) -> Any:
            return pictures.label_map(_needed(now)), pictures.why(_needed(now))

        ask.click(told(explain), outputs=[labels, reasons], **given)


def _needed(now: Sitting | None) -> Sitting:
    if now is None:
        raise UserError(_FIRST)
    return now
