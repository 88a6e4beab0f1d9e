"""Learning from this week's own mistakes: what the forecasts of the last hours missed corrects the next one.

A flood without example outruns every method trained on the past, hour after hour in the same direction. While the
water moves as it does one hour in twenty, half of what recent forecasts missed is therefore added; in calm water, where
misses are waves, nothing is. When they missed more than usual the range is widened. (Half, and one in twenty, were
chosen on the two Guaíba floods of 2023; three quarters did worse there, other gates no better.) It is an insurance
against a flood without example, taken out where the gauge's back-test says that it costs at most two percent of skill.
Names to know: `Echo`, `echo`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from noren.services.disaster.series import Floats

SHARE = 0.5
UNUSUAL = 0.95
INSURANCE = 1.02
NARROWEST, WIDEST = 0.7, 3.0


class Echo(NamedTuple):
    """Per moment and horizon, over the forecasts that came true lately: what they missed in the mean, and how far."""

    bias: Floats
    size: Floats

    def widening(self, usual: Floats) -> Floats:
        """How much wider than usual the range must be `(n, 1)`; `usual` is the mean size of a miss by horizon."""
        share = np.nanmean(np.where(np.isfinite(self.size), self.size, usual) / np.maximum(usual, 1e-6), axis=1)
        return np.asarray(np.clip(share, NARROWEST, WIDEST))[:, None]


def echo(missed: Floats, lags: tuple[int, ...], window: int) -> Echo:
    """The echo at each of n evenly spaced moments of forecasts made at them, `missed` `(n, H)` with NaN for none.

    `lags` are the horizons in moments: at moment i the forecast for lag h made at i - h has just come true. The mean is
    taken over the last `window` of them. NaN in `missed` beyond what is known yet costs nothing.
    """
    known = np.isfinite(missed)
    filled = np.where(known, missed, 0.0)
    stacked = np.hstack([filled, np.abs(filled), known])
    total = np.cumsum(np.vstack([np.zeros((window, stacked.shape[1])), stacked]), axis=0)
    sums = total[window:] - total[:-window]
    rows = np.arange(len(missed))[:, None] - np.asarray(lags)
    late = np.where(rows >= 0, rows, 0)
    column = np.arange(len(lags))
    bias, size, count = (sums[late, column + part * len(lags)] for part in range(3))
    some = (rows >= 0) & (count > 0.5)
    count = np.maximum(count, 1.0)
    return Echo(np.where(some, bias / count, 0.0), np.where(some, size / count, np.nan))
