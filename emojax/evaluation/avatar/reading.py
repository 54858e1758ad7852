"""How well attributes are read off photos, before any drawing is chosen."""

from collections.abc import Sequence
from typing import Final

from tqdm import tqdm

from emojax.avatar import summary
from emojax.avatar.faces.crop import crop_face
from emojax.avatar.faces.parser import FaceParser
from emojax.avatar.faces.portraits import Portrait, mark_unknown
from emojax.avatar.reading import attributes as bounds
from emojax.avatar.reading.net.shown import Reader
from emojax.core.errors import UserError
from emojax.evaluation.avatar.faces import Face
from emojax.evaluation.avatar.labels import attributes
from emojax.evaluation.avatar.labels.annotations import Annotations
from emojax.evaluation.avatar.labels.attributes import Compared

SEED: Final = 0


def judge(
    faces: Sequence[Face], annotations: Annotations, parser: FaceParser, reader: Reader
) -> dict[str, Compared]:
    """Compares what is read off photos with their labels, as avatars are compared with them.

    Args:
      faces: as `faces.load` reads them; those without a face are left out.
      annotations: read with `attributes.columns`.
      parser: labels the photos.
      reader: reads them.

    Raises:
      UserError: no labelled photo has a face.
    """
    found: dict[str, dict[str, str | bool]] = {}
    for face in tqdm(faces, "photos", disable=None, leave=False):
        portrait = _portrait(face, parser)
        if portrait is not None and face.name in annotations.first:
            (reading,) = reader.read([portrait], parser)
            found[face.name] = summary.as_document(summary.likeliest(reading.evidence))
    if not found:
        raise UserError("no face is found on any labelled photo; name the folder of the labels' portraits")
    return attributes.compare_words(annotations, found, seed=SEED)


def _portrait(face: Face, parser: FaceParser) -> Portrait | None:
    photo = face.pixels()
    try:
        crop = crop_face(photo, parser=parser)
    except UserError:
        return None
    labels = mark_unknown(photo, crop.to_photo, parser.label_maps(crop.pixels[None])[0])
    return Portrait(crop.pixels, bounds.relabel_stray_hair(labels))
