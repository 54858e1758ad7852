"""What parts of faces are called in English: each entry is one or more parts by name, and phrases for them.

Several parts in one entry are all right answers to its phrases. Names are those of `parts.names`.
"""

from typing import Final

Entries = dict[str, str]

EYES: Final[Entries] = {
    "dots": (
        "dot eyes, small round eyes, plain eyes, simple eyes, button eyes, beady eyes, little dots for eyes"
    ),
    "ovals, cowboy_hat_face": "oval eyes, tall eyes, long eyes, egg-shaped eyes",
    "ovals, wide, pleading": "big eyes, large eyes",
    "smiling": (
        "smiling eyes, happy eyes, curved eyes, laughing eyes, cheerful eyes, joyful eyes, arched eyes"
    ),
    "squinting, stuck_out_tongue_closed_eyes": (
        "squinting eyes, scrunched eyes, squeezed eyes, eyes squeezed shut, tightly closed eyes, "
        "screwed up eyes, scrunched up eyes"
    ),
    "wink, stuck_out_tongue_winking_eye": (
        "a wink, one eye closed, a winking eye, one eye shut, winking eyes, a closed eye"
    ),
    "hearts": (
        "heart eyes, hearts for eyes, heart-shaped eyes, love eyes, lovestruck eyes, eyes like hearts, "
        "loving eyes, hearts in its eyes, eyes that are hearts"
    ),
    "stars": (
        "star eyes, stars for eyes, starry eyes, star-shaped eyes, sparkling eyes, eyes like stars, "
        "stars in its eyes, shining eyes"
    ),
    "relaxed, relieved, pensive, sleepy, asleep": (
        "closed eyes, shut eyes, eyes closed, eyes shut, its eyes closed"
    ),
    "zany": (
        "zany eyes, crazy eyes, goofy eyes, mismatched eyes, googly eyes, one big and one small eye, "
        "mad rolling eyes"
    ),
    "dollars": (
        "dollar eyes, dollar signs for eyes, money eyes, dollar sign eyes, cash eyes, eyes like dollars"
    ),
    "raised eyebrow": (
        "a raised eyebrow, one eyebrow up, a lifted brow, a cocked eyebrow, one raised brow, a lifted eyebrow"
    ),
    "face_with_open_eyes_and_hand_over_mouth, hushed": (
        "raised eyebrows, raised brows, lifted eyebrows, high eyebrows"
    ),
    "lines": "line eyes, eyes like lines, flat eyes, straight eyes, dash eyes, lines for eyes",
    "unamused, smirk": (
        "side eye, eyes looking aside, sideways eyes, a sideways look, a sidelong glance, eyes to the side"
    ),
    "rolling": "rolling eyes, rolled eyes, eyes looking up, an eye roll, eyes rolling up, upward eyes",
    "asleep": "sleeping eyes, dreaming eyes, eyes asleep",
    "bags": "bags under the eyes, eye bags, tired eyes, dark circles, baggy eyes, rings under its eyes",
    "bandage": (
        "a bandage, a head bandage, a bandaged head, a wrapped head, bandages, a plaster on the head"
    ),
    "woozy_face": "woozy eyes, drunk eyes, tipsy eyes, drunken eyes",
    "crosses": (
        "crossed-out eyes, x eyes, cross eyes, dead eyes, crosses for eyes, x's for eyes, eyes like crosses"
    ),
    "spirals": (
        "spiral eyes, spirals for eyes, swirly eyes, hypnotized eyes, dizzy eyes, swirls for eyes, eyes "
        "like spirals"
    ),
    "disguise": (
        "a disguise, a fake nose and moustache, a false moustache, a moustache, a mustache, a fake "
        "beard, funny nose glasses"
    ),
    "sunglasses": "sunglasses, shades, dark glasses, sunnies, cool glasses, dark shades, tinted glasses",
    "glasses": "glasses, spectacles, eyeglasses, nerd glasses, reading glasses, clear glasses, specs",
    "monocle": "a monocle, an eyeglass, one lens, a single lens, a magnifying glass on the eye",
    "wide, scream": (
        "wide eyes, wide open eyes, staring eyes, bulging eyes, huge eyes, eyes wide open, goggle eyes, "
        "popping eyes"
    ),
    "pleading": (
        "puppy eyes, pleading eyes, begging eyes, big sad eyes, puppy dog eyes, imploring eyes, bambi eyes"
    ),
    "watery": (
        "watery eyes, teary eyes, wet eyes, glassy eyes, tears welling up, eyes full of tears, tearful eyes"
    ),
    "cold_sweat, disappointed_relieved, nauseated_face": (
        "worried eyes, sad eyes, anxious eyes, sad eyebrows, worried eyebrows, concerned eyes, sad "
        "brows, unhappy eyes"
    ),
    "hushed, wide": "surprised eyes, astonished eyes, shocked eyes, amazed eyes, startled eyes",
    "pinched, persevere, tired_face": "pinched eyes, eyes screwed shut, strained eyes, pained eyes",
    "disappointed, pensive": (
        "downcast eyes, eyes looking down, lowered eyes, sad closed eyes, eyes cast down"
    ),
    "weary": "weary eyes, exhausted eyes, worn out eyes",
    "angry, evil": (
        "angry eyes, angry eyebrows, furious eyes, mad eyes, angry brows, slanted eyebrows, cross "
        "eyebrows, frowning eyebrows"
    ),
    "evil": "evil eyes, devilish eyes, wicked eyes, sinister eyes, devil eyes",
    "triumph": "angry closed eyes, stubborn eyes, defiant eyes",
}

MOUTHS: Final[Entries] = {
    "grin": (
        "a grin, a big grin, a big smile, an open smile, a wide grin, a broad grin, a broad smile, a "
        "wide smile"
    ),
    "teeth": (
        "teeth, a toothy grin, bared teeth, a smile with teeth, a toothy smile, a beaming smile, shiny teeth"
    ),
    "smile, blush, relaxed": (
        "a smile, a slight smile, a gentle smile, a curved smile, a closed smile, a happy mouth, a "
        "little smile, a friendly smile, a smiling mouth"
    ),
    "laugh, grin": "a laugh, a laughing mouth, laughter, a laughing smile",
    "kiss": (
        "kissing lips, a kiss, puckered lips, pursed lips, a smooch, kissy lips, pouting lips, a "
        "kissing mouth, a pout"
    ),
    "tongue at the corner": (
        "a licking tongue, a tongue at the corner, licking lips, a tongue licking its lips, licked lips"
    ),
    "tongue": (
        "a tongue, tongue out, a stuck out tongue, a tongue sticking out, a poking tongue, its tongue "
        "out, tongue stuck out, a protruding tongue"
    ),
    "crooked tongue": (
        "a crooked tongue, a sideways tongue, a tongue to the side, a tongue hanging sideways"
    ),
    "panting tongue": "a panting tongue, a hanging tongue, a dangling tongue, a tongue hanging out",
    "money": (
        "a money mouth, a dollar tongue, a money tongue, a dollar in the mouth, cash in its mouth, a "
        "banknote tongue"
    ),
    "hand and cheeks, hand": (
        "a hand over the mouth, a covered mouth, a hand on its mouth, a hand before the mouth, a hand "
        "covering the mouth"
    ),
    "finger": (
        "a finger on the lips, a finger over the mouth, a hush finger, a finger before its lips, a "
        "shushing finger"
    ),
    "zip": "a zipper mouth, zipped lips, a zip for a mouth, a zipped mouth, a zipper, lips zipped",
    "straight, roll_eyes": (
        "a straight mouth, a flat mouth, a line for a mouth, a neutral mouth, a closed mouth, a "
        "straight line mouth, a level mouth"
    ),
    "smirk": "a smirk, a lopsided smile, a half smile, a crooked smile, a sly smile, a smug smile",
    "grimace": "a grimace, clenched teeth, gritted teeth, clenched jaws, a grimacing mouth",
    "breath": "a puff of breath, a sigh, breath, an exhale, a breath of air, exhaled air, a sighing mouth",
    "drool": "drool, saliva, a drooling mouth, slobber, spit, a watering mouth",
    "mask": "a mask, a medical mask, a face mask, a surgical mask, a doctor's mask, a covid mask",
    "thermometer": "a thermometer, a thermometer in the mouth, a fever thermometer",
    "sealed": "a queasy mouth, a nauseated mouth, a sick mouth",
    "vomit": "vomit, green vomit, puke, barf, sick coming out, a vomiting mouth",
    "handkerchief": "a tissue, a handkerchief, a hanky, a runny nose, a sneeze, a nose in a tissue",
    "wavy": "a wavy mouth, a squiggly mouth, a wobbly mouth, a wiggly mouth, a squiggle for a mouth",
    "buck teeth": "buck teeth, two front teeth, bunny teeth, rabbit teeth, goofy teeth",
    "party horn": "a party horn, a party blower, a noisemaker, a blowout, a party whistle, a party blowout",
    "open, oval": (
        "an open mouth, a round mouth, an o mouth, a mouth wide open, a gaping mouth, a small open mouth"
    ),
    "oval": "an oval mouth, an egg-shaped mouth",
    "astonished, open": (
        "a dropped jaw, a surprised mouth, an amazed mouth, a shocked mouth, an astonished mouth"
    ),
    "zigzag": "a zigzag mouth, a jagged mouth, a crinkled mouth, a zig-zag mouth, a crumpled mouth",
    "yawn": "a yawn, a yawning mouth, a big yawn",
    "swearing": (
        "swearing, symbols on the mouth, a censored mouth, swear words, curse words, cursing symbols, "
        "bad words"
    ),
    "frown, slightly_frowning_face": (
        "a frown, a sad mouth, a downturned mouth, a frowning mouth, an unhappy mouth, a turned down "
        "mouth, a sad smile"
    ),
    "scream": "a screaming mouth, a scream, a shriek, a shouting mouth, a shout",
    "wail": "a wailing mouth, a wail, a howling mouth, a whining mouth",
    "diagonal": "a diagonal mouth, a slanted mouth, a skewed mouth, a tilted mouth, a slanting mouth",
    "no mouth": "no mouth, a missing mouth, no mouth at all, no lips, a face without mouth",
}

EXTRAS: Final[Entries] = {
    "drop of sweat, sweat on forehead, cold sweat": (
        "sweat, a drop of sweat, a sweat drop, a bead of sweat, perspiration, sweat drops, beads of sweat"
    ),
    "cold sweat": "cold sweat, a cold sweat drop",
    "sweat on forehead": "sweat on the forehead, a sweaty forehead, sweat on its brow",
    "tears of joy": (
        "tears of joy, happy tears, joyful tears, tears from laughing, laughing tears, tears of laughter"
    ),
    "tear, tear on the cheek": "a tear, a teardrop, one tear, a single tear, a tear drop, a little tear",
    "tear on the cheek": "a tear on the cheek, a tear on its cheek, a tear running down the cheek",
    "big tear": "a big tear, a large tear, a fat tear",
    "tear, streams of tears": "tears, crying tears, salty tears, sad tears",
    "streams of tears": (
        "streaming tears, streams of tears, rivers of tears, floods of tears, lots of tears, tears "
        "running down, a flood of tears, tears streaming down"
    ),
    "halo": (
        "a halo, an angel's ring, a ring above the head, a nimbus, an angel halo, a ring over its head, "
        "a holy ring"
    ),
    "hearts": (
        "hearts, floating hearts, hearts around it, three hearts, little hearts, pretty hearts, hearts "
        "flying around"
    ),
    "heart": "a heart, a red heart, a small heart, one heart, a flying heart",
    "open hands": "open hands, hugging hands, hands for a hug, open arms, a hug, two hands, jazz hands",
    "hand on chin": (
        "a hand on the chin, a thinking hand, chin in hand, fingers on the chin, a hand at its chin, a "
        "finger on the chin"
    ),
    "salute": "a salute, a saluting hand, a hand at the forehead, a military salute",
    "long nose": "a long nose, a liar's nose, a pinocchio nose, pinocchio's nose, a growing nose",
    "snot bubble": "a snot bubble, snot, a nose bubble, a bubble from the nose, a bubble of snot",
    "zzz": "zzz, z's, snoring letters, the letters zzz, snores, snoring zs",
    "snow and ice": "snow, ice, icicles, frost, snow on its head, a cap of snow, snow on top",
    "cowboy hat, party hat": "a hat, headwear, a funny hat, a hat on its head",
    "cowboy hat": "a cowboy hat, a western hat, a stetson, a cowboy's hat, a brown hat, a cowgirl hat",
    "party hat": (
        "a party hat, a birthday hat, a cone hat, confetti, a pointy hat, a paper hat, a festive hat, a "
        "party cap"
    ),
    "blush": "blush, blushing cheeks, red cheeks, rosy cheeks, a blush, flushed cheeks, reddened cheeks",
    "hands on cheeks": (
        "hands on the cheeks, hands on its face, hands at its cheeks, hands holding the face"
    ),
    "steam": (
        "steam, steam from the nose, smoke from the nose, snorting steam, steaming nostrils, puffs of steam"
    ),
    "horns": "horns, devil horns, demon horns, red horns, devil's horns, little horns, satan's horns",
}

BASES: Final[Entries] = {
    "yellow": "yellow",
    "dotted": "dotted, dashed, dotted line",
    "green": "green, greenish",
    "red": "red, reddish, crimson, scarlet",
    "blue": "blue, bluish, light blue",
    "orange": "orange",
}
"""Adjectives of a face, its skin or its head."""

COLORS: Final = frozenset(
    "purple violet pink brown black white grey gray turquoise cyan magenta teal beige gold golden silver "
    "navy lilac olive maroon tan indigo rainbow transparent".split()
)
"""Colours that no base has. They are left out of keywords, so that a text that names one is told so."""
