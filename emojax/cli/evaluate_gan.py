"""``python -m emojax.evaluate gan``: how good a generator's emoji are, and which of several is better."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emojax.core.errors import UserError
from emojax.core.runtime import positive

if TYPE_CHECKING:
    from emojax.evaluation.gan.reference import Reference
    from emojax.evaluation.gan.samples import Samples

_COUNT = 1000
_MAX_SEED = 2**32 - 1


def add_parser(whats: Any) -> None:
    """Adds the subcommand to those of ``python -m emojax.evaluate``."""
    flags = whats.add_parser(
        "gan", help="a generator: like real emoji, various, no copies? or several beside"
    )
    source = flags.add_mutually_exclusive_group()
    source.add_argument("--workdir", type=Path, metavar="DIR", help="a training run, judged with its history")
    source.add_argument("--samples", type=Path, metavar="DIR", help="PNG files of one size, on black")
    source.add_argument(
        "--weights", metavar="NAME|FILE", default="dcgan", help="installed, or a file (dcgan)"
    )
    source.add_argument(
        "--compare",
        nargs="+",
        metavar="NAME=DIR",
        help="finished reports beside each other; NAME=DIR,DIR,... are several seeds of one recipe",
    )
    flags.add_argument("--reference", metavar="NAME", default="smileys", help="set of OpenMoji (smileys)")
    flags.add_argument("--openmoji_dir", type=Path, metavar="DIR", help="read OpenMoji from here")
    flags.add_argument(
        "--count", type=positive, metavar="N", help=f"samples ({_COUNT}; of a folder all there are)"
    )
    flags.add_argument("--seed", type=int, metavar="S", default=0, help="of latents and resampling (0)")
    flags.add_argument(
        "--average",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="judge the generator's moving average, or what its last step left",
    )
    flags.add_argument("--name", help="what the report calls the samples; where they come from")
    flags.add_argument(
        "--features",
        metavar="SPEC",
        help="features of yours besides ours: resnet50:FILE.safetensors, or module:function of your Python",
    )
    flags.add_argument("--out", type=Path, metavar="DIR", required=True, help="gets the report")
    flags.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    if not 0 <= args.seed <= _MAX_SEED:
        raise UserError(f"--seed is {args.seed}: give a whole number from 0 to {_MAX_SEED}")
    (_compare if args.compare else _judge)(args)


def _judge(args: argparse.Namespace) -> None:
    from emojax.evaluation.gan import history
    from emojax.evaluation.gan import report as gan_report
    from emojax.evaluation.gan.pages import markdown, report_files

    with report_files.writing(args.out) as folder:
        samples, reference = _read(args)
        gan_report.check(len(samples.images), len(reference.images))
        run = None
        if args.workdir:
            run = gan_report.Run(
                history.read_batch_size(args.workdir),
                history.read_metrics(args.workdir),
                history.read_grids(args.workdir, size=samples.images.shape[1]),
            )
        from emojax.evaluation.measures import features

        extractors = [features.emoji_net(), features.random_cnn()]
        if args.features:
            extractors.append(features.plugged(args.features))
        judged = gan_report.judge(samples, reference, extractors, seed=args.seed, run=run)
        report_files.write(folder, judged)
        text = markdown.report(judged.report)
    print(text)
    print(f"{args.out / 'report.html'}: the report")


def _read(args: argparse.Namespace) -> "tuple[Samples, Reference]":
    """What is to be judged, and the real emoji of its size."""
    from emojax.evaluation.gan import reference as gan_reference
    from emojax.evaluation.gan import samples as gan_samples

    def reference(size: int) -> "Reference":
        return gan_reference.load(args.reference, size=size, openmoji_dir=args.openmoji_dir)

    if args.samples:
        name = args.name or args.samples.resolve().name
        samples = gan_samples.read_folder(args.samples, name=name, count=args.count)
        return samples, reference(samples.images.shape[1])
    from emojax import weights
    from emojax.emoji import generate

    if args.workdir:
        if not args.workdir.is_dir():
            raise UserError(f"--workdir {args.workdir} is no folder: give that of a training run")
        path, name = args.workdir, args.workdir.resolve().name
    else:
        path = Path(args.weights)
        path = path if path.is_file() else weights.shipped(args.weights)
        name = path.stem
    generator = generate.load(path, average=args.average)
    real = reference(gan_samples.side(generator))
    drawn = gan_samples.draw(
        generator,
        name=args.name or name,
        count=args.count or _COUNT,
        seed=args.seed,
        among=frozenset(real.hexcodes),
    )
    return drawn, real


def _compare(args: argparse.Namespace) -> None:
    from emojax.evaluation.gan import compare as gan_compare
    from emojax.evaluation.gan.pages import compare_files, markdown

    with compare_files.writing(args.out) as folder:
        found = gan_compare.compare(gan_compare.read(args.compare, least=2))
        compare_files.write(folder, found)
        text = markdown.comparison(found)
    print(text)
    print(f"{args.out / 'compare.html'}: the comparison")
