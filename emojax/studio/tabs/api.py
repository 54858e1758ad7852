"""What other programs may call over HTTP; ``/gradio_api/openapi.json`` describes it."""

from typing import Any

import gradio as gr
from gradio import FileData

from emojax.studio import emojis, sitting
from emojax.studio.emojis import Wish
from emojax.studio.engine import Engine
from emojax.studio.tabs.told import data_of, told


def add(engine: Engine) -> None:
    """Adds the calls to the page that is being built."""

    def avatar(photo: FileData, style: str, face: int) -> tuple[str, dict[str, Any]]:
        """Makes an avatar of a face on a photo.

        Args:
          photo: an uploaded picture.
          style: name of a style, such as flat.
          face: which face; 0 is the largest.

        Returns:
          The SVG document, and the JSON document that says what was chosen.
        """
        data = data_of(photo if isinstance(photo, dict) else getattr(photo, "path", photo))
        made = sitting.one(engine, data or b"", face=int(face), style=style)
        return made.svg(), made.as_json()

    def emoji(prompt: str, count: int, seed: int) -> list[str]:
        """Draws emoji of a description.

        Args:
          prompt: describes a face, such as: crying face with a party hat.
          count: how many, 1 to 16.
          seed: of what the description leaves open.

        Returns:
          SVG documents.
        """
        return emojis.documents(engine, emojis.draw(engine, Wish(prompt, count=int(count), seed=int(seed))))

    gr.api(told(avatar), api_name="avatar")
    gr.api(told(emoji), api_name="emoji")
