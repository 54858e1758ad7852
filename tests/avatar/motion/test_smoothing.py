"""Smoothed series are steadier than what they are made of, follow quick changes, and do not lag."""

import numpy as np
import pytest

from emojax.avatar.motion.smoothing import OneEuro, hold, without_lag

TIMES = np.arange(200) / 25


def test_rest_is_smoothed_and_speed_is_followed() -> None:
    noise = 0.01 * np.random.default_rng(0).standard_normal((200, 2))
    smooth = OneEuro(cutoff=1.0, rise=20.0)
    rest = np.stack([smooth(value, time) for value, time in zip(noise, TIMES, strict=True)])
    assert np.diff(rest[20:], axis=0).std() < 0.35 * np.diff(noise[20:], axis=0).std()
    ramp = np.outer(TIMES, [1.0, 0.0])
    slow, quick = (OneEuro(cutoff=1.0, rise=rise) for rise in (0.0, 20.0))
    lags = []
    for each in (slow, quick):
        followed = np.stack([each(value, time) for value, time in zip(ramp, TIMES, strict=True)])
        lags.append(ramp[-1, 0] - followed[-1, 0])
    assert lags[1] < 0.1 * lags[0]


def test_ahead_goes_on_at_the_present_speed() -> None:
    smooth = OneEuro(cutoff=2.0, rise=20.0)
    for time in TIMES[:100]:
        smooth(np.asarray([3.0 * time]), float(time))
    predicted = smooth.ahead(float(TIMES[100]))
    assert predicted[0] == pytest.approx(3.0 * TIMES[100], abs=0.05)


def test_a_series_smoothed_both_ways_neither_lags_nor_leads() -> None:
    wave = np.sin(2 * np.pi * TIMES / 2.0)[:, None]
    smooth = without_lag(wave, TIMES.tolist(), cutoff=1.5, rise=1.0)[:, 0]
    shifts = range(-5, 6)
    fits = [np.corrcoef(wave[20:-20, 0], np.roll(smooth, shift)[20:-20])[0, 1] for shift in shifts]
    assert shifts[int(np.argmax(fits))] == 0
    one_way = OneEuro(cutoff=1.5, rise=1.0)
    late = np.stack([one_way(v, t) for v, t in zip(wave, TIMES, strict=True)])[:, 0]
    assert np.abs(smooth - wave[:, 0])[20:-20].mean() < np.abs(late - wave[:, 0])[20:-20].mean()


def test_gaps_hold_the_value_before_them() -> None:
    values = np.asarray([[np.nan, 1.0], [2.0, np.nan], [np.nan, np.nan], [5.0, 4.0]])
    np.testing.assert_array_equal(hold(values), [[2, 1], [2, 1], [2, 1], [5, 4]])
    assert np.isnan(hold(np.full((3, 1), np.nan))).all()
    held = without_lag(np.asarray([[1.0], [np.nan], [1.0]]), [0, 1, 2], cutoff=1, rise=1)
    np.testing.assert_allclose(held, 1.0)
