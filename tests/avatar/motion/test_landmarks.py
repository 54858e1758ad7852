"""A known face is fitted exactly where it has moved to, whatever its eyes and mouth do."""

import cv2
import numpy as np
import pytest

from emojax.avatar.motion.landmarks import Landmarks, measure
from emojax.data.faces.labels import CLASSES

SPOTS = {
    "left eye": (190, 146, 15, 7),
    "right eye": (116, 146, 15, 7),
    "nose": (153, 178, 14, 20),
    "left brow": (190, 122, 20, 4),
    "right brow": (116, 122, 20, 4),
    "upper lip": (153, 226, 28, 6),
}


def labels(
    *, without: tuple[str, ...] = (), move: tuple[float, complex] = (0.0, 0j), scale: float = 1.0
) -> np.ndarray:
    drawn = np.zeros((306, 306), np.uint8)
    for name, (x, y, a, b) in SPOTS.items():
        if name not in without:
            cv2.ellipse(drawn, (x, y), (a, b), 0, 0, 360, CLASSES.index(name), -1)
    angle, shift = move
    z = scale * np.exp(1j * np.radians(angle))
    t = complex(153, 153) - z * complex(153, 153) + shift
    matrix = np.asarray([[z.real, -z.imag, t.real], [z.imag, z.real, t.imag]])
    return cv2.warpAffine(drawn, matrix, (306, 306), flags=cv2.INTER_NEAREST)


def known() -> Landmarks:
    landmarks = Landmarks()
    landmarks.learn(labels(), 1 + 0j, 0j)
    return landmarks


@pytest.mark.parametrize(
    "without", [(), ("left eye", "right eye"), ("upper lip",), ("left brow", "right brow", "left eye")]
)
@pytest.mark.parametrize(("angle", "shift", "scale"), [(0, 0j, 1.0), (6, 8 - 5j, 1.05), (-9, -12 + 3j, 0.94)])
def test_what_moved_is_found(without: tuple[str, ...], angle: float, shift: complex, scale: float) -> None:
    fit = known().fit(labels(without=without, move=(angle, shift), scale=scale))
    assert fit is not None
    z, t = fit
    assert np.degrees(np.angle(z)) == pytest.approx(angle, abs=0.5)
    assert abs(z) == pytest.approx(scale, abs=0.01)
    assert abs(z * complex(153, 153) + t - (complex(153, 153) + shift)) < 1.0


def test_too_little_of_a_face_and_another_face_do_not_fit() -> None:
    assert known().fit(labels(without=tuple(name for name in SPOTS if name != "nose"))) is None
    assert Landmarks().fit(labels()) is None
    apart = labels(without=("nose", "upper lip"))
    cv2.ellipse(apart, (175, 200), (14, 20), 0, 0, 360, CLASSES.index("nose"), -1)
    cv2.ellipse(apart, (128, 214), (28, 6), 0, 0, 360, CLASSES.index("upper lip"), -1)
    assert known().fit(apart) is None


def test_stray_labels_far_off_do_not_count() -> None:
    clean = labels()
    strewn = clean.copy()
    strewn[100:110, 80:100] = CLASSES.index("upper lip")
    assert known().fit(strewn) == pytest.approx(known().fit(clean))
    assert abs(measure(strewn, None)[5] - measure(clean, None)[5]) > 10


def test_places_follow_slowly() -> None:
    landmarks = known()
    before = landmarks.places.copy()
    smile = labels(without=("upper lip",))
    cv2.ellipse(smile, (153, 234), (28, 6), 0, 0, 360, CLASSES.index("upper lip"), -1)
    landmarks.fit(smile)
    assert 0 < abs(landmarks.places[5] - before[5]) < 1
    for _ in range(200):
        landmarks.fit(smile)
    assert landmarks.places[5].imag - landmarks.places[2].imag == pytest.approx(234 - 178, abs=2.5)
