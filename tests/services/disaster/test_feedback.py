"""What recent misses teach."""

import numpy as np
import pytest

from noren.services.disaster.feedback import NARROWEST, WIDEST, echo


def test_the_echo_is_the_mean_of_forecasts_that_have_just_come_true():
    rng = np.random.default_rng(2)
    missed = rng.normal(size=(40, 3))
    lags, window = (1, 2, 4), 3
    heard = echo(missed, lags, window)
    for i in range(40):
        for column, lag in enumerate(lags):
            due = [missed[j, column] for j in range(max(i - lag - window + 1, 0), i - lag + 1)]
            assert heard.bias[i, column] == pytest.approx(np.mean(due) if due else 0.0)
            if due:
                assert heard.size[i, column] == pytest.approx(np.mean(np.abs(due)))


def test_nothing_that_has_not_come_true_is_heard():
    missed = np.zeros((20, 2))
    missed[15:] = 99.0
    heard = echo(missed, (3, 5), 4)
    assert (heard.bias[:18] == 0).all()
    assert heard.bias[18, 0] > 0 and heard.bias[18, 1] == 0


def test_gaps_are_left_out_of_the_mean():
    missed = np.array([[1.0], [np.nan], [3.0], [np.nan], [np.nan]])
    assert echo(missed, (1,), 3).bias[:, 0].tolist() == [0, 1, 1, 2, 3]


def test_the_range_widens_with_the_misses_within_limits():
    missed = np.full((30, 2), 0.1)
    usual = np.array([0.1, 0.1])
    assert echo(missed, (1, 2), 5).widening(usual)[-1, 0] == pytest.approx(1.0)
    assert echo(missed * 2, (1, 2), 5).widening(usual)[-1, 0] == pytest.approx(2.0)
    assert echo(missed * 100, (1, 2), 5).widening(usual)[-1, 0] == WIDEST
    assert echo(missed * 0, (1, 2), 5).widening(usual)[-1, 0] == NARROWEST
    assert echo(missed * np.nan, (1, 2), 5).widening(usual)[-1, 0] == pytest.approx(1.0)
