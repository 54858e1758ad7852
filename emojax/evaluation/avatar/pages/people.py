"""The table of how often avatars of one person agree."""

from emojax.core.markdown import table
from emojax.evaluation.avatar.people import PARTS, SLOTS, TOGETHER, Agreement, Consistency


def markdown(found: Consistency) -> str:
    """What was measured, as a table: a row for each kind of pair."""
    rows = [
        ("two photos of one person", found.one_person),
        ("two people", found.strangers),
        *([(f"two sets of {TOGETHER} photos of one person", found.voted)] if found.voted else []),
        *((f"a photo and the same, {change}", each) for change, each in found.changed.items()),
    ]
    header = [
        "",
        "pairs",
        *(part.replace("_", " ") for part in PARTS),
        *(f"{slot} colour" for slot in SLOTS),
        "skin tone",
    ]
    return table(header, [_row(name, each) for name, each in rows])


def _row(name: str, found: Agreement) -> list[str]:
    shares = [*(found.parts[part] for part in PARTS), *(found.colors[slot] for slot in SLOTS), found.tone]
    return [name, str(found.pairs), *(f"{100 * share:.0f} %" for share in shares)]
