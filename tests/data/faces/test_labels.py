"""The table of labels: what mirroring swaps, and that their colours differ."""

import jax.numpy as jnp
import numpy as np

from emojax.data.faces.labels import CLASSES, MIRRORED, UNKNOWN, colorize, mirror_labels, mirror_scores


def test_mirroring_swaps_the_sides_of_brows_eyes_and_ears_and_nothing_else() -> None:
    swapped = {CLASSES[a]: CLASSES[MIRRORED[a]] for a in range(len(CLASSES)) if MIRRORED[a] != a}
    sides = {f"left {part}": f"right {part}" for part in ("brow", "eye", "ear")}
    assert swapped == sides | {right: left for left, right in sides.items()}
    assert MIRRORED.dtype == np.uint8
    np.testing.assert_array_equal(MIRRORED[len(CLASSES) :], np.arange(len(CLASSES), 256))


def test_a_label_map_and_its_scores_are_mirrored_alike() -> None:
    labels = np.random.default_rng(0).integers(0, len(CLASSES), (2, 3, 5), np.uint8)
    labels[0, 1, 2] = UNKNOWN
    mirrored = mirror_labels(labels)
    assert mirrored.dtype == np.uint8
    assert mirrored[0, 1, 2] == UNKNOWN
    np.testing.assert_array_equal(mirror_labels(mirrored), labels)
    assert mirror_labels(np.asarray([[4, 17]], np.uint8)).tolist() == [[17, 5]]
    labels[0, 1, 2] = 0
    scores = np.eye(len(CLASSES), dtype=np.float32)[labels]
    for each in (mirror_scores(scores), np.asarray(mirror_scores(jnp.asarray(scores)))):
        np.testing.assert_array_equal(each.argmax(-1), mirror_labels(labels))


def test_colours_tell_labels_apart() -> None:
    colors = colorize(np.asarray([*range(len(CLASSES)), UNKNOWN], np.uint8)).astype(int)
    apart = np.abs(colors[:, None] - colors[None]).sum(-1) + 999 * np.eye(len(CLASSES) + 1)
    assert apart.min() > 20
    assert colors[0].tolist() == [0, 0, 0]
    assert colors[-1].tolist() == [255, 255, 255]
