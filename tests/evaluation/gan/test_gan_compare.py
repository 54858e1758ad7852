"""Reports beside each other: what is beyond the noise is said, what is not is not."""

import dataclasses
import json
from pathlib import Path

import pytest

from emojax import evaluate
from emojax.core.errors import UserError
from emojax.evaluation.gan import compare as gan_compare
from emojax.evaluation.gan import schema
from emojax.evaluation.gan.pages import markdown
from emojax.evaluation.gan.schema import Check, Control, Figure, Report


def report(name: str, kid: float, *, error: float = 0.01, coverage: float = 0.5, **others: object) -> Report:
    return dataclasses.replace(
        Report(
            name=name,
            samples=100,
            size=64,
            seed=0,
            reference={"name": "smileys", "emoji": 108, "version": "17", "digest": "d", "held_out": []},
            extractors={"emoji_net": "1"},
            figures={
                "kid/emoji_net": Figure(kid, kid - 2 * error, kid + 2 * error, error, 0.001),
                "coverage/emoji_net": Figure(coverage, coverage - 0.1, coverage + 0.1, 0.05, 0.95),
                "copying_ratio/emoji_net": Figure(1.0 + kid, 0.9 + kid, 1.1 + kid, 0.05, 0.98),
                "color_distance": Figure(2.0, real=1.0),
            },
            controls=[
                Control(
                    "copied", "again", {"ssim": 1.0}, {"ssim": 0.0}, [Check("ssim", "above", 1.0, 0.8, True)]
                )
            ],
            phases={},
            ssim_over_epochs=[(1, 0.5)],
            copies=[(3, "1F600", 0.1)],
        ),
        **others,  # type: ignore[arg-type]
    )


def write(folder: Path, found: Report) -> Path:
    folder.mkdir(parents=True)
    (folder / "report.json").write_text(schema.to_json(found))
    return folder


def better(*groups: gan_compare.Group, figure: str = "kid/emoji_net") -> str | None:
    (difference,) = (d for d in gan_compare.compare(groups).differences if d.figure == figure)
    return difference.better


def test_a_report_is_read_as_it_was_written(tmp_path: Path) -> None:
    found = report("a", 1 / 3)
    folder = write(tmp_path / "a", found)
    assert schema.read(folder) == found
    assert schema.read(folder / "report.json") == found
    assert str(1 / 3) in (folder / "report.json").read_text()  # with all its digits
    with pytest.raises(ValueError, match="not JSON compliant"):
        schema.to_json(report("a", float("nan")))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda d: "{", "is not JSON"),
        (lambda d: d | {"format": "x"}, "format 'x'"),
        (lambda d: d | {"figures": {}}, "no figures"),
        (lambda d: d | {"figures": {"unknown": {"value": 1.0}}}, "is no GAN report"),
        (lambda d: d | {"figures": {"ssim": {"value": "<b>"}}}, "ssim has the value '<b>'"),
        (lambda d: d | {"figures": {"ssim": {"value": 1.0, "evil": 1}}}, "is no GAN report"),
        (lambda d: d | {"samples": "many"}, "samples is 'many'"),
        (lambda d: [], "is no GAN report"),
    ],
)
def test_damaged_reports_are_refused(tmp_path: Path, change, says: str) -> None:  # type: ignore[no-untyped-def]
    changed = change(json.loads(schema.to_json(report("a", 0.1))))
    path = tmp_path / "report.json"
    path.write_text(changed if isinstance(changed, str) else json.dumps(changed))
    with pytest.raises(UserError, match="report.json: is no(t JSON| GAN report)") as error:
        schema.read(path)
    assert says in str(error.value)


def test_differences_count_beyond_the_noise_alone() -> None:
    def one(name: str, kid: float, error: float = 0.01) -> gan_compare.Group:
        return gan_compare.Group(name, [report(name, kid, error=error)])

    assert better(one("a", 0.10), one("b", 0.20)) == "a"
    assert better(one("a", 0.20), one("b", 0.10)) == "b"
    assert better(one("a", 0.10), one("b", 0.12)) is None
    assert better(one("a", 0.10, error=0.1), one("b", 0.20, error=0.1)) is None
    # 1.96 standard errors of a difference of two.
    noise = 1.96 * 2**0.5 * 0.01
    assert better(one("a", 0.0), one("b", 0.99 * noise)) is None
    assert better(one("a", 0.0), one("b", 1.01 * noise)) == "a"


def test_seeds_that_disagree_are_noise() -> None:
    def seeds(name: str, *kids: float) -> gan_compare.Group:
        return gan_compare.Group(name, [report(name, kid, error=0.001) for kid in kids])

    assert better(seeds("a", 0.10, 0.11, 0.09), seeds("b", 0.20, 0.21, 0.19)) == "a"
    assert better(seeds("a", 0.10, 0.30, 0.00), seeds("b", 0.20, 0.40, 0.01)) is None
    # That three seeds agree to the last digit does not take the samples' own noise away.
    agreeing = gan_compare.Group("c", [report("c", 0.1, error=0.3)] * 3)
    assert better(agreeing, seeds("b", 0.20, 0.21, 0.19)) is None
    value = gan_compare.compare([agreeing]).values["kid/emoji_net"]["c"]
    assert value.standard_error == pytest.approx(0.3 / 3**0.5)


def test_which_way_is_better_depends_on_the_figure() -> None:
    many = gan_compare.Group("many", [report("many", -0.5, coverage=0.9)])
    few = gan_compare.Group("few", [report("few", 0.2, coverage=0.2)])
    assert better(many, few, figure="coverage/emoji_net") == "many"
    # A ratio of 0.5 is farther from 1 than one of 1.2.
    assert better(many, few, figure="copying_ratio/emoji_net") == "few"
    found = gan_compare.compare([many, few])
    assert "color_distance" in found.values
    assert all(
        difference.figure != "color_distance" for difference in found.differences
    )  # no error, no verdict


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"samples": 50}, "the number of samples"),
        ({"size": 128}, "the size"),
        ({"extractors": {"emoji_net": "2"}}, "the extractors"),
        ({"reference": {"name": "smileys", "digest": "e"}}, "the reference"),
    ],
)
def test_reports_of_other_conditions_are_refused(other: dict[str, object], says: str) -> None:
    groups = [gan_compare.Group("a", [report("a", 0.1)]), gan_compare.Group("b", [report("b", 0.1, **other)])]
    with pytest.raises(UserError, match=f"b and a differ in {says}"):
        gan_compare.compare(groups)


def test_the_command_writes_one_table_and_one_plot(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for seed in range(3):
        write(Path(f"a{seed}"), report("a", 0.1 + seed / 100))
    write(Path("b"), report("<i>b</i>", 0.5))
    evaluate.main(["gan", "--compare", "best=a0,a1,a2", "b", "--out=both"])
    printed = capsys.readouterr().out
    row = next(line for line in printed.splitlines() if line.startswith("| KID"))
    assert "**0.1100 ± " in row
    assert "0.5000 ± 0.0100" in row
    assert {path.name for path in Path("both").iterdir()} == {
        f"compare.{s}" for s in ("json", "html", "md", "png")
    }
    page = Path("both/compare.html").read_text()
    assert "<i>b</i>" not in page
    assert "best is better" in page
    document = json.loads(Path("both/compare.json").read_text())
    assert document["figures"]["kid/emoji_net"]["best"]["value"] == pytest.approx(0.11)
    first = {path.name: path.read_bytes() for path in Path("both").iterdir()}
    evaluate.main(["gan", "--compare", "best=a0,a1,a2", "b", "--out=both"])
    assert first == {path.name: path.read_bytes() for path in Path("both").iterdir()}
    for texts, says in (
        (["a0", "a1"], "names must differ and not be empty"),
        (["a0", "x=nowhere"], "is missing; name the folder"),
        (["=a0", "b"], "names must differ and not be empty"),
    ):
        with pytest.raises(UserError, match=says):
            evaluate.main(["gan", "--compare", *texts, "--out=third"])
        assert not Path("third").exists()


def test_the_readme_holds_the_table_of_the_files(tmp_path: Path) -> None:
    reports = [
        f"{name}={write(tmp_path / name, report(name, kid))}" for name, kid in (("a", 0.1), ("b", 0.5))
    ]
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{markdown.BEGIN}\nold\n{markdown.END}\nafter\n")
    with pytest.raises(UserError, match="is not that of the stored reports"):
        markdown.main([str(readme), *reports, "--check"])
    markdown.main([str(readme), *reports])
    text = readme.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert "| KID (emoji_net) | **0.1000 ± 0.0100** | 0.5000 ± 0.0100 | 0.0010 | lower |" in text
    markdown.main([str(readme), *reports, "--check"])
    markdown.main([str(readme), *reports])
    assert readme.read_text() == text
    markdown.main([str(readme), *reports, "--rows"])
    turned = readme.read_text().splitlines()
    assert "|  | KID (emoji_net) | Coverage (emoji_net) | Copying ratio (emoji_net) |" in turned
    assert "| a | **0.1000 ± 0.0100** | 50.0 % ± 5.0 % | **1.100 ± 0.050** |" in turned
    assert "| better | lower | higher | near 1 |" in turned
    readme.write_text(f"{markdown.BEGIN} without an end")
    with pytest.raises(UserError, match="lacks the lines"):
        markdown.main([str(readme), *reports])
