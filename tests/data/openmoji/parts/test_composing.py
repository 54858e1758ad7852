"""What is composed on the device is what the same choice is as SVG, and random faces keep the rules."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from support import part_faces

from emojax.data.openmoji.parts import collecting, composing, layers, vector
from emojax.data.openmoji.parts.composing import Distribution
from emojax.data.openmoji.parts.part_set import SLOTS, PartSet
from emojax.media import svg
from emojax.models.emoji_parts import placing

SIZE = 48
EVERY = Distribution(own=0.0, mirrored=0.5, pairs="all")


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> PartSet:
    return collecting.load(part_faces.write_faces(tmp_path_factory.mktemp("faces") / "openmoji"))


@pytest.fixture(scope="module")
def tables(parts: PartSet) -> composing.Tables:
    return jax.tree.map(jnp.asarray, composing.tables(parts, layers.load(parts, SIZE)))


_draw_many = jax.jit(composing.draw_many, static_argnums=(2, 3))
_compose = jax.jit(composing.compose)


def _as_svg(parts: PartSet, row: np.ndarray, amounts: np.ndarray) -> np.ndarray:
    """The same face drawn as SVG, as premultiplied RGBA."""
    chosen = {parts.parts[n].kind: int(n) for n in row if n < len(parts.parts)}
    text = vector.document(parts, chosen, composing.svg_transforms(amounts[None])[0])
    svg.check(text.encode(), "face")
    fine = svg.rasterize(text.encode(), size=4 * SIZE, background=None, name="face").astype(float)
    fine[..., :3] *= fine[..., 3:] / 255
    return fine.reshape(SIZE, 4, SIZE, 4, 4).mean((1, 3))


def test_composed_faces_equal_the_vectors_of_the_same_choice(
    parts: PartSet, tables: composing.Tables
) -> None:
    chosen, amounts = map(np.asarray, _draw_many(tables, jax.random.key(0), 24, EVERY))
    assert (amounts[:, -1] < 0).any()
    assert (amounts[:, -1] > 0).any()
    composed = np.asarray(_compose(tables, chosen, amounts))
    for row, moves, picture in zip(chosen, amounts, composed, strict=True):
        error = np.abs(picture - _as_svg(parts, row, moves))
        # Where an outline with a gap has the edge that its face has, layers that are antialiased one by one
        # let the face through.
        assert error.mean() < 2.2, row
        assert error.max() < 80, row
        for i in range(len(moves)):
            if moves[i] and abs(moves[i]) > 1 and (i < 4 or i % 4 < 2):
                wrong = moves.copy()
                wrong[i] *= -1
                other = np.abs(picture - _as_svg(parts, row, wrong))
                assert np.square(other).mean() > 1.3 * np.square(error).mean(), (row, i)


def test_openmojis_own_faces_are_composed_as_they_are_drawn(parts: PartSet, tables: composing.Tables) -> None:
    rows = np.asarray(tables["faces"])
    amounts = np.concatenate([tables["offsets"].reshape(len(rows), -1), np.ones((len(rows), 1))], 1)
    composed = np.asarray(_compose(tables, rows, amounts.astype(np.float32)))
    for hexcode, picture in zip((f.label.hexcode for f in parts.faces), composed, strict=True):
        _, color, line = part_faces.FACES[hexcode]
        drawing = part_faces.document(color, line).encode()
        fine = svg.rasterize(drawing, size=4 * SIZE, background=None, name=hexcode).astype(float)
        fine[..., :3] *= fine[..., 3:] / 255
        expected = fine.reshape(SIZE, 4, SIZE, 4, 4).mean((1, 3))
        # As above, where there is a gap.
        assert np.abs(picture - expected).max() < (60 if part_faces.has_gap(hexcode) else 12), hexcode


def test_random_faces_keep_the_rules(parts: PartSet, tables: composing.Tables) -> None:
    chosen = np.asarray(_draw_many(tables, jax.random.key(1), 400, EVERY)[0])
    P = len(parts.parts)
    fits = np.asarray(tables["fits"])
    for row in chosen:
        assert fits[np.ix_(row, row)].all()
    kinds = [{parts.parts[n].kind for n in column if n < P} for column in chosen.T]
    assert kinds == [{slot} for slot in SLOTS]
    assert 0.4 < (chosen[:, 3] == P).mean() < 0.75
    assert (chosen[:, :2] < P).all()


@pytest.mark.parametrize("pairs", ["trained", "held out"])
def test_pairs_are_split(tables: composing.Tables, pairs: str) -> None:
    eyes, mouths = (np.flatnonzero(np.asarray(tables["weights"])[i]) for i in (1, 2))
    held_out = np.zeros_like(np.asarray(tables["held_out"]))
    held_out[eyes[0], mouths[0]] = held_out[mouths[0], eyes[0]] = True
    split = tables | {"held_out": held_out}
    chosen = np.asarray(_draw_many(split, jax.random.key(2), 300, Distribution(0.0, 0.0, pairs))[0])
    has_mouth = chosen[:, 2] < len(tables["room"]) - 1
    found = held_out[chosen[:, 1], chosen[:, 2]] & has_mouth
    assert found.sum() == 0 if pairs == "trained" else (found.sum() > 0)
    if pairs == "held out":
        assert (found == (has_mouth & (chosen[:, 1] == eyes[0]))).all()


def test_a_face_depends_on_its_own_key_alone(tables: composing.Tables) -> None:
    key = jax.random.key(3)
    many = composing.draw_many(tables, key, 5, EVERY)
    one = composing.draw(tables, jax.random.split(key, 5)[3], EVERY)
    np.testing.assert_array_equal(many[0][3], one[0])
    np.testing.assert_allclose(many[1][3], one[1], rtol=1e-6)


def test_given_parts_are_kept_and_the_others_fit_them(parts: PartSet, tables: composing.Tables) -> None:
    heart = next(i for i in parts.numbers("extra") if "1F618" in parts.parts[i].hexcodes)
    fixed = jnp.asarray([-1, -1, -1, heart])
    keys = jax.random.split(jax.random.key(4), 100)
    draw = jax.jit(jax.vmap(lambda key: composing.draw(tables, key, EVERY, fixed=fixed)))
    chosen = np.asarray(draw(keys)[0])
    assert (chosen[:, 3] == heart).all()
    assert np.asarray(tables["fits"])[heart, chosen[:, 2]].all()
    assert len(np.unique(chosen[:, 1])) > 1


def test_an_own_face_can_be_asked_for(parts: PartSet, tables: composing.Tables) -> None:
    number = next(i for i, face in enumerate(parts.faces) if face.label.hexcode == "1F642")
    chosen, amounts = composing.draw(tables, jax.random.key(5), EVERY, face=jnp.asarray(number))
    np.testing.assert_array_equal(chosen, tables["faces"][number])
    down = np.asarray(amounts)[:-1].reshape(4, 4)[SLOTS.index("eyes"), 1] * placing.DEVIATIONS[1, 1]
    assert abs(down - 1.5) < 3 * 0.35 * placing.DEVIATIONS[1, 1]


def test_parts_without_room_do_not_move(parts: PartSet, tables: composing.Tables) -> None:
    chosen, amounts = map(np.asarray, _draw_many(tables, jax.random.key(6), 200, EVERY))
    moved = np.abs(amounts[:, :-1].reshape(-1, 4, 4)).sum(-1)[:, 1:] > 0
    np.testing.assert_array_equal(moved, np.asarray(tables["room"])[chosen[:, 1:]] > 0)
    assert moved.any()
    assert not moved.all()


def test_a_ground_shows_as_far_as_a_picture_is_transparent() -> None:
    """Premultiplied: half of white is grey on black, and white on white."""
    pictures = jnp.asarray([[0, 0, 0, 0], [255, 255, 255, 255], [128, 128, 128, 128]], jnp.float32)
    for ground, expected in ((0, (-1, 1, 0)), (255, (1, 1, 1)), (64, (-0.5, 1, 0.25))):
        found = composing.on((ground,) * 3, pictures[None, None])[0, 0]
        np.testing.assert_allclose(found, np.repeat(np.asarray(expected)[:, None], 3, 1), atol=0.01)


def test_vectors_name_licence_and_sources(parts: PartSet) -> None:
    chosen = {kind: parts.faces[3].parts[kind] for kind in SLOTS}
    text = vector.document(parts, chosen)
    for part in map(parts.parts.__getitem__, chosen.values()):
        assert f"OpenMoji {part.hexcodes[0]}" in text
        assert f'<g id="{part.kind}">' in text
    assert "creativecommons.org/licenses/by-sa/4.0" in text
    assert text.index('id="base"') < text.index('id="mouth"') < text.index('id="eyes"')


def test_own_faces_with_parts_that_fit_few_others_are_drawn_more_often(parts: PartSet) -> None:
    shares = composing.tables(parts)["shares"]
    whole = np.asarray(["whole" in face.parts for face in parts.faces])
    assert whole.any()
    assert (shares[whole] == shares.max()).all()
    assert shares.max() > shares.min()
    fits = parts.fits.copy()
    lonely = parts.faces[3].parts["extra"]  # the heart of a kiss
    fits[lonely] = fits[:, lonely] = False
    fewer = composing.tables(dataclasses.replace(parts, fits=fits))["shares"]
    assert shares[3] == shares.min() < fewer[3]
    np.testing.assert_array_equal(np.delete(fewer, 3), np.delete(shares, 3))
    # A few mouths make it seldom, however many eyes it fits.
    fits = parts.fits.copy()
    fits[lonely, parts.numbers("mouth")] = False
    assert fits[lonely, parts.numbers("eyes")].any()
    assert composing.tables(dataclasses.replace(parts, fits=fits))["shares"][3] > shares[3]
