"""``python -m emojax.evaluate gan``: evaluates a generator, or compares finished evaluations."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emojax.core import paths
from emojax.core.errors import UserError
from emojax.core.runtime import any_seed, local_path, name_or_path, positive

if TYPE_CHECKING:
    from emojax.evaluation.gan.reference import Reference
    from emojax.evaluation.gan.samples import Samples

_COUNT = 1000


def add_parser(subcommands: Any) -> None:
    """Adds the subcommand to those of ``python -m emojax.evaluate``."""
    flags = subcommands.add_parser(
        "gan", help="a generator: samples' quality, variety and copying; or a comparison of several"
    )
    source = flags.add_mutually_exclusive_group()
    source.add_argument(
        "--workdir", type=local_path, metavar="DIR", help="a training run, evaluated with its log"
    )
    source.add_argument("--samples", type=local_path, metavar="DIR", help="PNG files of one size, on black")
    source.add_argument(
        "--weights",
        type=name_or_path,
        metavar="NAME|FILE",
        default="dcgan",
        help="name of installed weights, or a file (dcgan)",
    )
    source.add_argument(
        "--compare",
        nargs="+",
        metavar="NAME=DIR",
        help="finished reports to compare; NAME=DIR,DIR,... are several seeds of one recipe",
    )
    flags.add_argument("--reference", metavar="NAME", default="smileys", help="set of OpenMoji (smileys)")
    flags.add_argument("--openmoji_dir", type=local_path, metavar="DIR", help="read OpenMoji from here")
    flags.add_argument(
        "--count", type=positive, metavar="N", help=f"number of samples ({_COUNT}; all of a folder)"
    )
    flags.add_argument("--seed", type=any_seed, metavar="S", default=0, help="of latents and resampling (0)")
    flags.add_argument(
        "--average",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="take the moving average of the generator's weights, or those of its last step",
    )
    flags.add_argument("--name", help="of the samples in the report; that of the run, folder or weights")
    flags.add_argument(
        "--features",
        metavar="SPEC",
        help="more features: resnet50:FILE.safetensors, or module:function of your own Python",
    )
    flags.add_argument("--out", type=local_path, metavar="DIR", required=True, help="gets the report")
    flags.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    (_compare if args.compare else _evaluate)(args)


def _evaluate(args: argparse.Namespace) -> None:
    from emojax.evaluation.gan import history
    from emojax.evaluation.gan import report as gan_report
    from emojax.evaluation.gan.pages import markdown, report_files

    weights = Path(args.weights) if Path(args.weights).is_file() else None
    paths.refuse_replacing({f"--out {args.out}": args.out}, [args.samples, args.workdir, weights])
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
        evaluation = gan_report.evaluate(samples, reference, extractors, seed=args.seed, run=run)
        report_files.write(folder, evaluation)
        text = markdown.report(evaluation.report)
    print(text)
    print(f"{args.out / 'report.html'}: the report")


def _read(args: argparse.Namespace) -> "tuple[Samples, Reference]":
    """The samples, and the real emoji of their size."""
    from emojax.evaluation.gan import reference as gan_reference
    from emojax.evaluation.gan import samples as gan_samples

    def reference(size: int) -> "Reference":
        return gan_reference.load(args.reference, size=size, openmoji_dir=args.openmoji_dir)

    if args.samples:
        name = args.name or args.samples.resolve().name
        samples = gan_samples.read_folder(args.samples, name=name, count=args.count)
        return samples, reference(samples.images.shape[1])
    from emojax import weights
    from emojax.emoji import loading

    if args.workdir:
        if not args.workdir.is_dir():
            raise UserError(f"--workdir {args.workdir} is no folder: give that of a training run")
        path, name = args.workdir, args.workdir.resolve().name
    else:
        path = Path(args.weights)
        path = path if path.is_file() else weights.shipped(args.weights)
        name = path.stem
    generator = loading.load(path, average=args.average)
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

    reports = gan_compare.read(args.compare, least=2)
    files = [path for text in args.compare for path in gan_compare.report_paths(text)]
    paths.refuse_replacing({f"--out {args.out}": args.out}, files)
    with compare_files.writing(args.out) as folder:
        found = gan_compare.compare(reports)
        compare_files.write(folder, found)
        text = markdown.comparison(found)
    print(text)
    print(f"{args.out / 'compare.html'}: the comparison")
