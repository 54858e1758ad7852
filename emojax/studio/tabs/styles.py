"""The tab that shows styles and takes new ones."""

from pathlib import Path
from typing import Any

import gradio as gr

from emojax.studio import stylebook, words
from emojax.studio.engine import Engine
from emojax.studio.tabs.told import told

_HOW = (
    "A style is a folder of drawings; a new one needs no training: draw its parts, list them in "
    "`style.json`, zip the folder and drop it here. `docs/styles.md` says how. Later photos are drawn in it."
)


def build(engine: Engine, work: Path) -> None:
    """Adds the tab's elements, and says what they do.

    Args:
      engine: has the styles.
      work: a folder for temporary files.
    """
    first = next(iter(engine.makers))
    name = gr.Dropdown(_names(engine), value=first, label="Style", elem_id="style")
    about = gr.Markdown(stylebook.about(engine, first))
    show = gr.Button("Show all its drawings", elem_id="show-style")
    sheet = gr.Image(label="All drawings, and random people", interactive=False, buttons=[], elem_id="sheet")
    gr.Markdown(f"### Bring your own\n{_HOW}")
    upload = gr.File(label="A style as zip", file_types=[".zip"], type="filepath", elem_id="style-zip")

    def install(path: str | None) -> Any:
        if path is None:
            return gr.skip(), gr.skip(), gr.skip()
        added = stylebook.install(engine, Path(path), work)
        return (
            gr.update(choices=_names(engine), value=added.name),
            stylebook.about(engine, added.name),
            stylebook.contact_sheet(engine, added.name),
        )

    given: dict[str, Any] = {"api_visibility": "private"}
    name.focus(lambda: gr.update(choices=_names(engine)), outputs=name, show_progress="hidden", **given)
    name.input(lambda chosen: stylebook.about(engine, chosen), name, about, **given)
    show.click(told(lambda chosen: stylebook.contact_sheet(engine, chosen)), name, sheet, **given)
    upload.upload(told(install), upload, [name, about, sheet], **given)


def _names(engine: Engine) -> list[tuple[str, str]]:
    return [(words.plain(each), each) for each in engine.makers]
