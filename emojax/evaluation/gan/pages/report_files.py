"""The GAN report as a folder of files: all of them, or none."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from emojax.evaluation import report_folder
from emojax.evaluation.gan import json_form
from emojax.evaluation.gan.pages import html, markdown
from emojax.evaluation.gan.pages import pictures as gan_pictures
from emojax.evaluation.gan.report import Judged

_SUFFIXES: Final = (".json", ".html", ".md", ".png")

_ABOUT: Final = (
    "A generator of emoji has learned from a set of real ones and draws new ones: the samples. This report "
    "says how like real emoji the samples are, how various, and whether they are new or copies. Each figure "
    "stands beside the same figure for real emoji, which is the best that can be hoped for."
)
_FEATURES: Final = (
    "Pictures are compared as lists of numbers, their features, that a neural network finds in them. "
    "emoji_net was trained to tell drawings apart and sees what is drawn, hardly whether it is grainy. "
    "random_cnn, a net of random filters that has learned nothing, sees how: grain, blur and colour. "
    "Neither has ever seen what a generator drew."
)


def writing(out: Path) -> AbstractContextManager[Path]:
    """`report_folder.writing` for a GAN report."""
    return report_folder.writing(out, main=json_form.FILE, kind="GAN report", suffixes=_SUFFIXES)


def write(folder: Path, judged: Judged) -> None:
    """Writes ``report.json``, ``report.md``, ``report.html`` and a PNG of each picture."""
    drawn = dict(gan_pictures.pictures(judged))
    for name, data in drawn.items():
        (folder / f"{name}.png").write_bytes(data)
    report = judged.report
    (folder / json_form.FILE).write_text(json_form.to_json(report), encoding="utf-8")
    (folder / "report.md").write_text(markdown.report(report), encoding="utf-8")
    (folder / "report.html").write_text(_html(judged, drawn), encoding="utf-8")


def _html(judged: Judged, drawn: dict[str, bytes]) -> str:
    report = judged.report
    title = f"GAN report: {report.name}"

    def picture(name: str, *, pixels: bool = False) -> str:
        heading, caption = _CAPTIONS[name]
        return html.picture(heading, drawn[name], caption, pixels=pixels)

    def plots(*names: str) -> list[str]:
        return [picture(name) for name in names if name in drawn]

    body = [
        html.heading(title, _summary(judged)),
        f"<p>{_ABOUT}</p>",
        html.cards(report),
        html.side_by_side(picture("samples", pixels=True), picture("real", pixels=True)),
        html.section(
            "How far from real emoji",
            "The main figure is the kernel distance, KID: it is fair however few pictures there are. Samples "
            "should lie where held-out real emoji lie, near 0; pictures spoilt on purpose show what larger "
            "values mean. Bars are 95 % intervals of the samples, and two standard deviations of controls.",
            picture("kid"),
        ),
        html.section("All figures", _FEATURES, html.figures(report)),
        html.section(
            "Is it copying?",
            _copying(judged),
            picture("distances"),
            html.side_by_side(picture("copies", pixels=True), picture("neighbours", pixels=True)),
        ),
        html.section(
            "Variety, colours, details",
            "The same quantities of real emoji and of samples over each other: the nearer the two shapes, "
            "the better.",
            *plots("variety", "maps", "colors", "details"),
        ),
    ]
    if judged.run is not None:
        body.append(html.section("How training went", _phases(judged), *plots("losses", "ssim", "progress")))
    body += [
        html.section(
            "Can the judge be trusted?",
            "Pictures whose quality is known were judged in the same way. The real emoji are cut at random "
            "into two halves, ten times over; one half is the reference, and the other is judged as it is, "
            "blurred, with noise, or one of them over and over; and the reference half itself, copied. A "
            "judge that ranks one of these wrong should not be believed about samples either. Blur and noise "
            "need not show in every network, but in one of them, and in the figure that is there for them.",
            html.controls(report.controls),
            picture("controls", pixels=True),
        ),
        html.footer(_method(judged)),
    ]
    return html.page(title, body)


_CAPTIONS: Final = {
    "samples": ("Samples", "The first ones, not chosen."),
    "real": ("Real emoji", "Of those that were learned from."),
    "kid": ("Kernel distance", "Left is better; the dashed line is where real emoji lie on average."),
    "copies": (
        "Nearest to copies",
        "The samples nearest to a training emoji (left) beside that emoji (right).",
    ),
    "neighbours": ("The first samples", "Not chosen (left), each beside its nearest training emoji (right)."),
    "distances": (
        "How near samples come to training emoji",
        "Samples that are copies pile up at 0. New drawings by the same artists lie where real emoji lie: "
        "each of these is measured to the others, without itself. Triangles are emoji of the same set that "
        "nothing was learned from.",
    ),
    "variety": (
        "Variety",
        "Left: samples that repeat themselves are nearer to each other than real emoji are. Right: how much "
        "each feature varies, largest first; a collapsed generator lies far below.",
    ),
    "maps": (
        "Maps",
        "Each point is a picture, and like pictures are near each other. Good samples lie among the real "
        "emoji and leave none of them alone. Axes and scale mean nothing; t-SNE shows groups only.",
    ),
    "colors": (
        "Colours",
        "How often each level of red, green and blue occurs, from none on the left to full on the right.",
    ),
    "details": (
        "Details",
        "Edge quality: 1 is crisp. Speckle: grain where real emoji are flat, 1 is as in real ones. Outline: "
        "the share of the way round where the border is where a circle has it.",
    ),
    "losses": (
        "Losses and phases",
        "Left: what each of the two networks is trained to lower. Right: how sure the discriminator is that "
        "a picture is real; both lines near one half mean that neither network leads.",
    ),
    "ssim": (
        "SSIM over training",
        "Structural similarity of a sample to the training emoji most alike, mean over the same samples "
        "every time. It rises with blur and with copying, too: it is shown because published reports do.",
    ),
    "progress": ("Figures during training", "Measured on fewer samples than the figures above."),
    "controls": ("What the controls are", "Rows: real emoji, blurred, with noise, one repeated."),
}


def _summary(judged: Judged) -> str:
    report = judged.report
    reference = report.reference
    right = sum(control.right for control in report.controls)
    return (
        f"{report.samples:,} samples of {report.size}×{report.size} pixels beside {reference['emoji']} real "
        f"emoji: OpenMoji {reference['version']}, set “{reference['name']}”. The judge ranked {right} of "
        f"{len(report.controls)} controls right."
    )


def _copying(judged: Judged) -> str:
    report = judged.report
    first = next(iter(report.extractors))
    share = report.figures[f"near_copies/{first}"].value
    p = report.figures[f"copying_p/{first}"].value
    verdict = (
        "Samples are nearer to training emoji than chance explains: some are copies, or nearly."
        if p < 0.01
        else "Nothing here says that samples are copies."
    )
    text = (
        f"{verdict} {share:.1%} of samples are nearer to a training emoji than 95 % of real emoji are to "
        "each other; of new emoji by the same artists 5 % would be."
    )
    if len(judged.held_out):
        ratio = float(judged.held_out.mean() / judged.among_real.mean())
        own = report.figures[f"copying_ratio/{first}"].value
        text += (
            f" {len(judged.held_out)} faces of OpenMoji that are not among those learned from have a "
            f"copying ratio of {ratio:.2f}; the samples' is {own:.2f}."
        )
    return text


def _phases(judged: Judged) -> str:
    shares = [f"{name} {share:.0%} of the time" for name, share in judged.report.phases.items()]
    return f"Of the run: {', '.join(shares)}." if shares else "The log of the run."


def _method(judged: Judged) -> str:
    report = judged.report
    extractors = ", ".join(f"{name} {version}" for name, version in report.extractors.items())
    return (
        f"Made with emojax. Features: {extractors}. Seed {report.seed}; the same command gives the same "
        "digits. Intervals are by bootstrap over samples; between trainings with other seeds they are wider. "
        f"Emoji: OpenMoji {report.reference['version']} (CC BY-SA 4.0, openmoji.org), digest "
        f"{report.reference['digest'][:12]}."
    )
