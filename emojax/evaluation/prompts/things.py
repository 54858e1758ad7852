"""Figures of what names emoji: on names and keywords that it was not trained on, and on faces."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from emojax.data.openmoji.words.captions import Caption
from emojax.data.openmoji.words.naming import MEASURED, NamingCaptions
from emojax.emoji.naming import Namer, packed
from emojax.training.naming import batches
from emojax.training.naming.batches import collect

__all__ = ["collect", "evaluate"]

_SHIFT: Final = 7
"""By how many rows the answers of the control are off: any number that is no multiple of their count."""


def evaluate(
    namer: Namer, known: NamingCaptions, described: Sequence[Caption], *, count: int
) -> dict[str, Any]:
    """All figures, as JSON.

    Args:
      namer: what is judged.
      known: names of all emoji, trained on and held out.
      described: held-out descriptions of faces by their parts.
      count: texts of each kind, at most.
    """
    names = [(text, i) for text, i in batches.held_out(known, 10**6) if text in known.named[i].names]
    things = [(t, i) for t, i in batches.held_out(known, 10**6) if not _may_be_face(known, t)][:count]
    own = [one.title for one in known.named if one.is_face]
    return {
        "held_out": {
            code: _nearest(namer, known, batches.held_out(known, count, code)) for code in ("en", *MEASURED)
        },
        "held_out_names": _nearest(namer, known, names[:count]),
        "things_recognised": 1 - _faces(namer, [text for text, _ in things]),
        "things_count": len(things),
        "faces_own_names_taken_for_things": 1 - _faces(namer, own),
        "descriptions_taken_for_things": 1 - _faces(namer, [" ".join(c.words) for c in described]),
    }


def _nearest(namer: Namer, known: NamingCaptions, texts: Sequence[tuple[str, int]]) -> dict[str, float]:
    """Share of texts whose emoji is among the ten nearest of 200; the same with other texts' answers."""
    choices = batches.candidates(known, texts)
    logits = namer.logits(*packed([text for text, _ in texts]))
    return {
        "top10": float(batches.among_nearest(logits, choices).mean()),
        "shuffled": float(batches.among_nearest(np.roll(logits, _SHIFT, axis=0), choices).mean()),
        "count": len(texts),
    }


def _may_be_face(known: NamingCaptions, text: str) -> bool:
    """Whether a text is a name or keyword of a face, too."""
    return any(known.named[number].is_face for number in known.meant[text])


def _faces(namer: Namer, texts: Sequence[str]) -> float:
    """Share of texts that are taken for faces."""
    return float(np.mean([named.is_face for named in namer.name(list(texts))]))
