"""The emoji that has the expression of a photo."""

import base64
import dataclasses
import html

import numpy as np

from emojax.core.files import replacing
from emojax.emoji import mirror
from emojax.media import image
from emojax.studio import emojis, pictures, words
from emojax.studio.downloads import Folder
from emojax.studio.emojis import Drawn
from emojax.studio.engine import Engine
from emojax.studio.sitting import Sitting


@dataclasses.dataclass(frozen=True)
class Mirrored:
    """An emoji of a face.

    Attributes:
      document: as SVG.
      pixels: as the net draws it, enlarged: ``uint8[S, S, 4]``.
      said: what was seen, for people.
    """

    document: str
    pixels: np.ndarray
    said: str


def of(engine: Engine, sitting: Sitting) -> Mirrored:
    """The emoji for the face of a sitting, by what was read off its photo, whatever was edited since."""
    found = mirror.choose(engine.generator.part_set, sitting.look.found.read)
    with engine.turn():
        samples = mirror.samples(engine.generator, found)
    drawn = Drawn(samples, ((),), "")
    seen = [f"{name}: {words.plain(word)}" for name, word in found.words.items() if word not in ("none",)]
    said = f"Seen on the photo: {', '.join(seen)}."
    if found.left_out:
        said += f" Left out, since it does not fit the rest: {', '.join(found.left_out)}."
    pixels = emojis.large(engine, drawn, 0, sharp=False, transparent=True)
    return Mirrored(emojis.documents(engine, drawn)[0], pixels, said)


def page(drawn: Mirrored) -> str:
    """HTML of both drawings, the vectors and the net's."""
    vector = base64.b64encode(drawn.document.encode()).decode()
    painted = base64.b64encode(pictures.png(drawn.pixels)).decode()
    sources = {
        "composed of OpenMoji's parts": f"image/svg+xml;base64,{vector}",
        "as the net draws it": f"image/png;base64,{painted}",
    }
    figures = "".join(
        f'<figure><img alt="An emoji with your expression, {how}" src="data:{source}">'
        f"<figcaption>{how}</figcaption></figure>"
        for how, source in sources.items()
    )
    return f'<div class="figures">{figures}</div><p>{html.escape(drawn.said)}</p>'


def write(drawn: Mirrored, folder: Folder) -> tuple[str, str]:
    """Writes the SVG, and the net's PNG; returns their paths."""
    path = folder.file("my-emoji.svg")
    with replacing(path) as temporary:
        temporary.write_text(drawn.document, encoding="utf-8")
    image.save_png(path.with_suffix(".png"), drawn.pixels)
    return str(path), str(path.with_suffix(".png"))
