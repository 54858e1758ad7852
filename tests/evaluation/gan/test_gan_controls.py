"""The controls pass with our features, and fail features that detect nothing."""

import numpy as np
import pytest
from evaluation.support import drawn_emoji

from emojax.core.errors import UserError
from emojax.evaluation.gan import controls as gan_controls
from emojax.evaluation.gan import reference as gan_reference
from emojax.evaluation.gan import report as gan_report
from emojax.evaluation.gan.samples import Samples
from emojax.evaluation.gan.schema import Check, Control
from emojax.evaluation.measures import features


def test_the_controls_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(gan_controls, "SPLITS", 5)
    samples = Samples("new", drawn_emoji.pictures(range(150, 194), 64))
    extractors = [features.emoji_net(), features.random_cnn()]
    report = gan_report.evaluate(samples, drawn_emoji.reference(44, size=64), extractors, seed=0).report
    assert [control.name for control in report.controls if not control.right] == []
    by_name = {control.name: control.figures for control in report.controls}
    copied, repeated, real = by_name["copied"], by_name["one repeated"], by_name["held-out real"]
    kids = {
        (control.name, check.figure): check.right
        for control in report.controls
        for check in control.checks
        if check.figure.startswith("kid/")
    }
    assert kids["noisy", "kid/random_cnn"]
    assert kids["blurred", "kid/random_cnn"]
    assert kids["blurred", "kid/emoji_net"]
    for extractor in report.extractors:
        assert copied[f"copying_ratio/{extractor}"] == 0.0
        assert copied[f"kid/{extractor}"] < real[f"kid/{extractor}"]  # which alone would call a copy perfect
        assert repeated[f"coverage/{extractor}"] < 0.5 * real[f"coverage/{extractor}"]


@pytest.mark.network
def test_the_controls_pass_on_openmoji(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    reference = gan_reference.load("smileys", size=64)
    assert (len(reference.images), len(reference.held_out)) == (108, 5)
    extractors = [features.emoji_net(), features.random_cnn()]
    evaluation = gan_report.evaluate(Samples("real", reference.images), reference, extractors, seed=0)
    assert all(control.right for control in evaluation.report.controls)
    # New faces by the same artists are as far from those 108 as these are from each other.
    assert 0.5 < evaluation.held_out_distances.mean() / evaluation.real_distances.mean() < 2.0


def test_features_that_detect_nothing_fail() -> None:
    """Every picture gets the same features, but for random noise."""

    def blind(images: np.ndarray) -> np.ndarray:
        noise = np.random.RandomState(len(images)).standard_normal((len(images), 16))
        return noise.astype(np.float32)

    controls = gan_controls.run(
        drawn_emoji.pictures(range(48)),
        {"blind": blind},
        lambda known, found: dict.fromkeys(("ssim", "speckle", "edge_quality", "shading"), 0.5),
        seed=0,
    )
    failed = {control.name: control for control in controls if not control.right}
    assert failed.keys() >= {"blurred", "noisy"}
    for name, figures in (("blurred", ("edge_quality", "shading")), ("noisy", ("speckle",))):
        checks = {check.figure: check.right for check in failed[name].checks}
        assert not any(checks[figure] for figure in figures), "0.5 is not clearly above 0.5"


def test_a_control_passes_if_its_required_checks_do() -> None:
    def control(*checks: tuple[bool, bool]) -> Control:
        return Control("c", "", {}, {}, [Check("ssim", "", 0.0, 0.0, *each) for each in checks])

    assert control((True, True), (False, False)).right
    assert not control((True, True), (False, True)).right


def test_blur_and_noise_are_as_strong_as_they_say() -> None:
    grey = np.full((2, 64, 64, 3), 128, np.uint8)
    noise = gan_controls.noisy(grey, np.random.default_rng(0)).astype(float) - 128
    assert noise.std() == pytest.approx(30, rel=0.02)
    assert abs(np.corrcoef(noise[..., 0].ravel(), noise[..., 1].ravel())[0, 1]) < 0.05
    dot = np.zeros((1, 64, 64, 3), np.uint8)
    dot[:, 30:33, 30:33] = 255
    soft = gan_controls.blurred(dot)[0, :, :, 0].astype(float)
    assert (soft.sum(0) * (np.arange(64) - 31) ** 2).sum() / soft.sum() == pytest.approx(
        2**2 + 2 / 3, rel=0.1
    )
    assert gan_controls.blurred(grey).tolist() == grey.tolist()


def test_too_few_emoji_are_refused() -> None:
    with pytest.raises(UserError, match="at least 40 real emoji, not 39"):
        gan_controls.run(drawn_emoji.pictures(range(39)), {}, lambda known, found: {}, seed=0)
