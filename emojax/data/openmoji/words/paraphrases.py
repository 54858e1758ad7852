"""Phrases for parts with a word changed for one that means the same, so that nets learn words, not phrases.

The lexicon has some six phrases for each part. With "furious brows" and "cross eyebrows" beside "angry
eyebrows" a net learns that these words can be exchanged, and reads phrases that it has never seen.
"""

import re
from collections.abc import Collection, Sequence
from typing import Final

_GROUPS: Final = """
big, large, huge, wide, broad, enormous, giant
little, small, tiny, slight, wee
single, one, lone, solitary
angry, furious, enraged, irate, grumpy, annoyed
sad, unhappy, sorrowful, miserable, gloomy, glum, mournful
happy, cheerful, joyful, glad, merry, jolly, delighted
worried, anxious, concerned, nervous, uneasy, troubled
surprised, astonished, shocked, amazed, startled, stunned, astounded
tired, exhausted, weary, worn out, fatigued
crazy, goofy, silly, wacky, loony, zany
loving, adoring, lovestruck, enamoured, amorous, infatuated
shining, sparkling, gleaming, twinkling, glittering, glowing, shiny
pleading, begging, imploring, beseeching, entreating
teary, tearful, watery, weepy, wet, moist
drunk, drunken, tipsy, woozy, boozy
sick, ill, queasy, nauseated, nauseous, unwell
evil, wicked, sinister, devilish, malicious, villainous
closed, shut
open, opened
round, circular
tall, long, elongated
curved, arched, bent, bowed
flat, straight, level
crooked, lopsided, skewed, tilted, slanted, uneven
covering, over, on, before, in front of, across
crying, weeping, sobbing
laughing, giggling, chuckling
screaming, shouting, yelling, shrieking, hollering
frowning, scowling, glowering
licking, lapping
dangling, hanging, drooping, lolling
sticking out, poking out, stuck out, hanging out, popping out
squeezed, scrunched, screwed, pinched, squished
rolling, rolled
crossed-out, crossed, x-shaped
hypnotized, dazed, dizzy, dazzled
wavy, squiggly, wiggly, wobbly
zigzag, jagged, crinkled, zig-zag
gentle, soft, faint, subtle
sly, smug, cheeky, mischievous
clenched, gritted, grinding
cool, stylish, fancy
dark, black, tinted, shaded
fake, false, pretend
eyebrows, brows, brow
eyebrow, brow
moustache, mustache
money, cash, dollar, banknote, bill
kiss, smooch, peck
vomit, puke, barf, throw-up
drool, slobber, spit, saliva, dribble
tissue, handkerchief, hanky
bandage, plaster, dressing
breath, air
doctor's, surgeon's, nurse's, hospital
hat, cap, headgear
tear, teardrop
sweat, perspiration
lens, glass
glasses, spectacles, specs, eyeglasses, goggles
sunglasses, shades
"""

GROUPS: Final = tuple(tuple(line.split(", ")) for line in _GROUPS.strip().splitlines())
"""Words that can take each other's place in phrases about faces."""

_SHAPES: Final = tuple(
    tuple(line.split(" | "))
    for line in """
{}s for eyes | eyes like {}s | eyes that are {}s | {}s in its eyes | {} eyes | {}-shaped eyes | {}s as eyes
a {} mouth | a mouth like a {} | a {} for a mouth | a {}-shaped mouth
""".strip().splitlines()
)
"""Ways to say that something looks like something."""

_NOUNS: Final = "heart star dollar cross spiral swirl dot line oval zip zigzag squiggle circle".split()


def _patterns() -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    found = []
    for group in GROUPS:
        for word in group:
            others = tuple(each for each in group if each != word)
            found.append((re.compile(rf"(?<![\w'-]){re.escape(word)}(?![\w'-])"), others))
    for ways in _SHAPES:
        for noun in _NOUNS:
            said = [way.format(noun) for way in ways]
            for text in said:
                others = tuple(each for each in said if each != text)
                found.append((re.compile(rf"^{re.escape(text)}$"), others))
    return tuple(found)


_PATTERNS: Final = _patterns()


def paraphrases(phrase: str) -> list[str]:
    """All phrases that differ from `phrase` by one group's word, or by the way to compare; sorted."""
    found = set()
    for pattern, others in _PATTERNS:
        if pattern.search(phrase):
            found |= {_with_article(pattern.sub(other, phrase, count=1)) for other in others}
    return sorted(found - {phrase})


def new_words(phrases: Collection[str], held_out: Collection[str]) -> frozenset[str]:
    """Words of phrases held out that none of the known ones has."""
    known = {word for text in phrases for word in text.split()}
    return frozenset(word for text in held_out for word in text.split() if word not in known)


def expanded(phrases: Sequence[str], held_out: Collection[str]) -> tuple[str, ...]:
    """Paraphrases of `phrases` that are none of them, none of those held out, and have none of the words by
    which these differ from `phrases`: what is held out stays unseen."""
    unseen = new_words(phrases, held_out)
    refused = {bare(text) for text in (*phrases, *held_out)}
    found = dict.fromkeys(text for phrase in phrases for text in paraphrases(phrase))
    return tuple(text for text in found if bare(text) not in refused and not unseen & set(text.split()))


def bare(text: str) -> str:
    """A phrase without its article."""
    return re.sub(r"^(a|an|the|its) ", "", text)


def _with_article(text: str) -> str:
    """ "a" or "an" by the letter that follows."""
    return re.sub(r"^an? (?=([aeiou])?)", lambda m: "an " if m.group(1) else "a ", text)
