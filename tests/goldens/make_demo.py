"""Writes demo_labels.png: the label map that the shipped face parser gives for the demo's portrait.

``python tests/goldens/make_demo.py``, after new weights. The portrait is in the public domain.
"""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1])]

from emojax.avatar import demo  # noqa: E402
from emojax.avatar.faces.parser import FaceParser  # noqa: E402
from emojax.media import image  # noqa: E402


def main() -> None:
    photo = image.read_photo(demo.PORTRAIT)
    image.save_png(HERE / "demo_labels.png", FaceParser.load().label_maps(photo[None])[0])


if __name__ == "__main__":
    main()
