"""Changes that break files: of bytes, of JSON and of text."""

import json
import random
import re
from typing import Any

ODD_NUMBERS = (
    "0",
    "-1",
    "1e400",
    "-1e400",
    "NaN",
    "1" + "0" * 400,
    "9" * 5000,
    "1e-320",
    "4294967296",
    "0.5",
)
ODD_TEXTS = (
    "",
    " ",
    "\0",
    "../../x",
    "a" * 300,
    "é\u202e",
    "\ud800",
    "\n\n",
    "-",
    "[",
    "#",
    "url(#a)",
    "None",
)


def of_bytes(rng: random.Random, data: bytes) -> bytes:
    """`data` with one to four flips, cuts, insertions, repetitions or exchanged pieces."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        place = rng.randrange(len(changed) + 1)
        end = min(len(changed), place + rng.choice((1, 2, 4, 16, 400)))
        match rng.randrange(6):
            case 0 if place < len(changed):
                changed[place] ^= 1 << rng.randrange(8)
            case 1:
                del changed[rng.choice((place, 0 if place > 40 else place)) : end]
            case 2:
                changed[place:place] = rng.randbytes(rng.choice((1, 4, 64)))
            case 3:
                changed[place:place] = changed[place:end] * rng.choice((1, 2, 1000))
            case 4:
                changed[place:end] = rng.choice((b"\xff", b"\0", b"\x7f")) * (end - place)
            case _:
                other = rng.randrange(len(changed) + 1)
                changed[place:end] = changed[other : other + end - place]
    return bytes(changed[: 2**21])


def of_json(rng: random.Random, content: Any) -> str:
    """The document with one to three odd values, keys or numbers; now and then its text is broken."""
    for _ in range(rng.choice((1, 1, 1, 3))):
        content = _changed(rng, content)
    text = json.dumps(content, ensure_ascii=rng.random() < 0.5)
    for mark in re.findall(r'"\?\d+\?"', text):
        text = text.replace(mark, ODD_NUMBERS[int(mark[2:-2])])
    if rng.random() < 0.1:
        text = rng.choice((text[: rng.randrange(len(text) + 1)], "[" * 50_000, "", "\ufeff" + text, text * 2))
    return text


def of_text(rng: random.Random, text: str) -> str:
    """XML and the like: attributes, elements and numbers repeated, exchanged, emptied or cut."""
    for _ in range(rng.choice((1, 1, 1, 3))):
        pieces = [m.span() for m in re.finditer(r'"[^"]*"|<[^<>]*>|[-\d.]+|[\w-]+', text)] or [(0, len(text))]
        start, end = rng.choice(pieces)
        other = rng.choice(pieces)
        new = rng.choice(
            (
                text[slice(*other)],
                text[start:end] * rng.choice((2, 3, 500)),
                "",
                rng.choice(ODD_NUMBERS),
                rng.choice(ODD_TEXTS),
                f'"{rng.choice(ODD_NUMBERS)}"',
                f'"{rng.choice(ODD_TEXTS)}"',
            )
        )
        text = (text[:start] + new + text[end:])[: 2**20]
    return text


def encoded(text: str) -> bytes:
    """UTF-8, in which halves of characters are written as they are, which is an error to readers."""
    return text.encode("utf-8", "surrogatepass")


def _changed(rng: random.Random, content: Any) -> Any:
    children = (
        list(content)
        if isinstance(content, dict)
        else range(len(content or ()))
        if isinstance(content, list)
        else ()
    )
    if len(children) and rng.random() < 0.85:
        key = rng.choice(list(children))
        copy = content.copy()
        match rng.randrange(8):
            case 0:
                del copy[key]
            case 1 if isinstance(copy, dict):
                copy[rng.choice(ODD_TEXTS)] = copy.pop(key)
            case 2 if isinstance(copy, list):
                copy += copy[:1] * rng.choice((1, 300))
            case _:
                copy[key] = _changed(rng, copy[key])
        return copy
    return rng.choice(
        (
            None, True, [], {}, [content], {"a": content}, -1, 0, 2**63, 1e308, [[]] * 300, *ODD_TEXTS,
            *(f"?{index}?" for index in range(len(ODD_NUMBERS))),
        )
    )  # fmt: skip
