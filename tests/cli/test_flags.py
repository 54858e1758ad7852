"""Each flag of infer.py belongs to some modes, and every other mode refuses it."""

import argparse
import dataclasses
from collections.abc import Sequence

import pytest

from emojax.cli import infer
from emojax.cli.flags import Flag, Mode, flag, listed, parse
from emojax.core.errors import UserError
from emojax.core.runtime import OneLineParser

ARGUMENTS = {
    "--generate": ["--generate", "2"],
    "--interpolate": ["--interpolate", "1", "2"],
    "--label list": ["--label", "list"],
    "--base list": ["--base", "list"],
    "--eyes list": ["--eyes", "list"],
    "--mouth list": ["--mouth", "list"],
    "--extra list": ["--extra", "list"],
    "--selfie": ["--selfie", "demo"],
    "--video": ["--video", "demo"],
    "--webcam": ["--webcam"],
    "--segment": ["--segment", "me.jpg"],
}
"""What chooses each mode."""


def _given(each: Flag) -> list[str]:
    """A flag with its default value where it has one, else with any that it takes."""
    if each.options.get("action") in ("store_true", argparse.BooleanOptionalAction):
        return [each.name]
    if each.default:
        return [each.name, str(each.default)]
    return [each.name, "8"]


def _parse(
    argv: Sequence[str], modes: Sequence[Mode] = infer.MODES, flags: Sequence[Flag] = infer.FLAGS
) -> tuple[str, argparse.Namespace]:
    mode, values = parse(OneLineParser(), modes, flags, argv)
    return mode.name, values


def test_every_mode_is_tested() -> None:
    assert [mode.name for mode in infer.MODES] == list(ARGUMENTS)


@pytest.mark.parametrize("mode", ARGUMENTS)
@pytest.mark.parametrize("each", infer.FLAGS, ids=lambda each: each.name)
def test_a_flag_is_taken_by_its_own_modes_alone(mode: str, each: Flag) -> None:
    lists = f"{each.name} list" in ARGUMENTS
    argv = [*ARGUMENTS[mode], *([each.name, "imp"] if lists else _given(each))]
    if mode == f"{each.name} list":
        argv = ARGUMENTS[mode]
    if mode in each.modes:
        chosen, values = _parse(argv)
        assert chosen == mode
        assert each.destination in values
        return
    with pytest.raises(UserError) as refusal:
        _parse(argv)
    assert str(refusal.value) == (f"{each.name} belongs to {listed(each.modes)}, not to {mode}: leave it out")


def test_the_program_has_no_flags_but_those_of_the_table() -> None:
    parser = OneLineParser()
    parse(parser, infer.MODES, infer.FLAGS, ["--generate", "1"])
    known = {each.name for each in infer.FLAGS} | {mode.name.split()[0] for mode in infer.MODES}
    typed = {name for action in parser._actions for name in action.option_strings}
    assert typed == known | {"-h", "--help", "--no-average"}
    assert {name for each in infer.FLAGS for name in each.modes} <= set(ARGUMENTS)


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (
            ["--selfie", "demo", "--frames", "99"],
            "--frames belongs to --interpolate, not to --selfie: leave it out",
        ),
        (
            ["--generate", "1", "--style", "nosuch"],
            "--style belongs to --selfie, --video and --webcam, not to --generate: leave it out",
        ),
        (
            ["--segment", "a.jpg", "--no-average"],
            "--average belongs to --generate and --interpolate, not to --segment: leave it out",
        ),
        (
            ["--label", "list", "--out", "x"],
            "--out belongs to --generate, --interpolate, --selfie, --segment and --video, not to "
            "--label list: leave it out",
        ),
    ],
)
def test_the_error_names_the_modes_that_a_flag_belongs_to(argv: list[str], message: str) -> None:
    with pytest.raises(UserError) as refusal:
        infer.main(argv)
    assert str(refusal.value) == message


def test_flags_that_are_not_given_have_their_defaults() -> None:
    _, values = _parse(["--interpolate", "a", "b", "--fps", "7"])
    assert values.fps == 7
    for each in infer.FLAGS:
        if each.name != "--fps":
            assert getattr(values, each.destination) == each.default


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (
            [],
            "one of --generate, --interpolate, --label list, .*--video, --webcam, --segment is required",
        ),
        (["--label", "imp"], "one of .* is required"),
        (["--label", "list", "--label", "list"], "one of .* is required"),
        (["--selfie", "demo", "--segment", "x"], "argument --segment: not allowed with argument --selfie"),
        (
            ["--generate", "1", "--label", "list"],
            "argument --label list: not allowed with argument --generate",
        ),
        (["--generate", "1", "--nosuch"], "unrecognized arguments: --nosuch"),
    ],
)
def test_exactly_one_mode_must_be_chosen(argv: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        _parse(argv)


def test_the_chosen_mode_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, int]] = []
    modes = [
        dataclasses.replace(mode, run=lambda args, name=mode.name: calls.append((name, args.seed)))
        for mode in infer.MODES
    ]
    monkeypatch.setattr(infer, "MODES", modes)
    for argv in ARGUMENTS.values():
        infer.main(argv)
    infer.main(["--generate", "1", "--seed", "5"])
    assert calls == [*((name, 0) for name in ARGUMENTS), ("--generate", 5)]


def test_flags_are_listed_by_the_modes_they_belong_to() -> None:
    modes = [Mode("--a", print, {"type": int}), Mode("--b", print, {"type": int})]
    flags = [flag("--x", "--a", help="of a"), flag("--y", "--a", "--b", help="of both")]
    parser = OneLineParser(prog="p")
    parse(parser, modes, flags, ["--a", "1"])
    text = parser.format_help()
    assert (
        text.index("for --a:") < text.index("of a") < text.index("for --a and --b:") < text.index("of both")
    )


def test_lists_read_as_in_a_sentence() -> None:
    assert [listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == ["a", "a and b", "a, b and c"]
