"""Plots have both embeddings in their colours, names, similarities and no empty surprise."""

import numpy as np

from emojax.avatar.motion.output.plots import PINK, PURPLE, WIDTH, Graph, Page, binned


def count(page: np.ndarray, color: tuple[int, int, int]) -> int:
    return int((np.abs(page.astype(int) - color).max(-1) < 30).sum())


def page(graphs: list[dict[str, Graph]], *, found: bool = True) -> np.ndarray:
    names = ["autoencoder", "resnet50"][: len(graphs)]
    layout = Page(names, ["mouth", "eyes", "skin colour"])
    frame, avatar = np.full((48, 64, 3), 40, np.uint8), np.full((50, 50, 3), 90, np.uint8)
    drawn = layout.draw(frame, avatar, graphs, found=found)
    assert drawn.shape == (layout.height, WIDTH, 3)
    assert layout.height % 2 == 0
    return drawn


def graph(size: int = 64) -> Graph:
    wave = np.sin(np.arange(size) / 5)
    return Graph(wave, -wave, -1.0, 1.0)


def test_each_graph_adds_pink_and_purple() -> None:
    bare, one, two = page([{}]), page([{"mouth": graph()}]), page([{"mouth": graph(), "eyes": graph(2048)}])
    for color in (PINK, PURPLE):
        assert count(bare, color) + 300 < count(one, color)
        assert count(one, color) + 300 < count(two, color)
    assert page([{}, {}]).shape[0] > bare.shape[0]


def test_graphs_stay_in_their_cells() -> None:
    wild = Graph(np.asarray([9.0, -9.0] * 20), np.asarray([-9.0, 9.0] * 20), 0.0, 1.0)
    changed = (page([{"eyes": wild}]) != page([{}])).any(-1)
    columns = np.flatnonzero(changed.any(0))
    assert columns[0] >= 256
    assert columns[-1] < 512


def test_a_frame_without_a_face_says_so() -> None:
    assert (page([{}], found=False) != page([{}])).any()


def test_long_vectors_are_averaged_in_order() -> None:
    np.testing.assert_allclose(binned(np.arange(960.0)), np.arange(96) * 10 + 4.5)
    short = np.arange(7.0)
    assert binned(short) is short
