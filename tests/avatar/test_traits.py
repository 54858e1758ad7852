"""What an avatar shows is coloured by what was measured and by what was read."""

import numpy as np
import pytest
from avatar.support import toy_library

from emojax.avatar.reading.colors import Measured
from emojax.avatar.reading.net.shown import Reading
from emojax.avatar.styles import style
from emojax.avatar.traits import Traits
from emojax.media.color import parse_hex, srgb_to_lab


@pytest.mark.parametrize(("step", "darker"), [("2", "7"), ("3", "8"), ("4", "9")])
def test_skin_follows_the_tone_that_was_read(step: str, darker: str) -> None:
    flat = style.load(style.find("flat"))
    measured = Measured({"skin": srgb_to_lab(parse_hex("#b08060"))}, False, (0.0, 0.0))

    def lightness(monk: str) -> float:
        read = Traits({}, {}, measured, Reading({}, {"monk": {monk: 1.0}}))
        return float(srgb_to_lab(parse_hex(read.colors(flat, exact=False)["skin"]))[0])

    assert lightness(step) > lightness(darker) + 10


def test_without_a_net_colours_are_as_measured() -> None:
    toy = toy_library.style()
    measured = Measured({"skin": np.asarray(srgb_to_lab(parse_hex("#705040")))}, False, (0.0, 0.0))
    assert Traits({}, {}, measured, Reading({}, {})).colors(toy, exact=False)["skin"] == "#604030"
