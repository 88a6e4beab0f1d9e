"""Present value, internal rates and payback against published figures and numpy's polynomial roots."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from noren.governance.money import measures


def flows(*sums: float) -> np.ndarray:
    return np.array(sums, dtype=float)


@pytest.mark.parametrize(
    ("rate", "sums", "worth"),
    [
        (0.281, (-100, 39, 59, 55, 20), -0.0084785916384548798),  # documentation of numpy-financial
        (0.08, (-40_000, 5_000, 8_000, 12_000, 30_000), 3065.22267),  # documentation of numpy-financial
        (0.04, (0, *[1] * 10), 8.1109),  # annuity of ten years, tables of every textbook
    ],
)
def test_published_present_values(rate: float, sums: tuple[float, ...], worth: float) -> None:
    assert measures.npv(rate, flows(*sums)) == pytest.approx(worth, rel=1e-5)


def test_the_factors_of_the_ministry_s_tables() -> None:
    # Social discount rate 4 %: present-value factors 1, 0.962, 0.676, 0.456, 0.141 after 0, 1, 10, 20, 50 years.
    found = measures.factors(0.04, 51)
    assert found[[0, 1, 10, 20, 50]] == pytest.approx([1, 0.9615, 0.6756, 0.4564, 0.1407], abs=5e-5)
    assert measures.factors(0.04, 2, before=1) == pytest.approx([0.9615, 0.9246], abs=5e-5)


@pytest.mark.parametrize(
    ("sums", "rates"),
    [
        ((-100, 39, 59, 55, 20), [0.28095]),  # documentation of numpy-financial, as the next two
        ((-100, 0, 0, 74), [-0.0955]),
        ((-100, 100, 0, 7), [0.06206]),
        ((-1600, 10_000, -10_000), [0.25, 4.0]),  # the pump of Lorie and Savage 1955
        ((-1, 5, -6), [1.0, 2.0]),  # Hirshleifer 1958
        ((1000, -3000, 2500), []),  # no rate at all: Brealey and Myers
        ((-100, 220, -121), [0.1]),  # touches zero and turns back
        ((-1000, 6000, -11_000, 6000), [0.0, 1.0, 2.0]),
        ((-100, -50), []),
        ((0, 0), []),
    ],
    ids=str,
)
def test_published_internal_rates(sums: tuple[float, ...], rates: list[float]) -> None:
    found = measures.internal_rates(flows(*sums))
    kept = [rate for rate in found if rate > -0.5]
    assert all(abs(measures.npv(rate, flows(*sums))) < 1e-3 * max(map(abs, sums)) for rate in found)
    assert kept == pytest.approx(rates, abs=1e-4)


@pytest.mark.parametrize(("sums", "rate"), [((-100, 100, 0, -7), -0.0833), ((-5, 10.5, 1, -8, 1), 0.0886)], ids=str)
def test_the_published_rate_is_among_several(sums: tuple[float, ...], rate: float) -> None:
    # numpy-financial's documentation gives one of them.
    found = measures.internal_rates(flows(*sums))
    assert len(found) > 1 and any(each == pytest.approx(rate, abs=5e-5) for each in found)


@given(st.lists(st.integers(-100, 100), min_size=2, max_size=9))
def test_all_rates_are_found_that_the_polynomial_has(sums: list[int]) -> None:
    assume(sums[0] and sums[-1])
    roots = np.roots(sums)  # in 1 + rate
    real = roots[np.abs(roots.imag) < 1e-9].real
    wanted = np.sort(real[(real > 0.011) & (real < 100)]) - 1
    assume(len(wanted) < 2 or np.diff(wanted).min() > 1e-3)
    close = roots[(np.abs(roots.imag) >= 1e-9) & (np.abs(roots.imag) < 1e-3)]
    assume(not len(close))
    found = [rate for rate in measures.internal_rates(flows(*sums)) if 0.011 < 1 + rate < 100]
    assert found == pytest.approx(wanted.tolist(), abs=1e-6)


def test_two_rates_near_each_other_are_both_found() -> None:
    assert measures.internal_rates(flows(1, -2.2001, 1.21011)) == pytest.approx([0.1, 0.1001], abs=1e-6)


@pytest.mark.parametrize(
    ("sums", "years"),
    [
        ((-100, 40, 40, 40), 2.5),
        ((-100, 100), 1.0),
        ((-100, 99), None),
        ((10, 10), 0.0),
        ((-100, 150, -100, 60), 2 + 50 / 60),  # paid back once, and again for good
        ((0, -10, 0, 20), 2.5),
    ],
    ids=str,
)
def test_payback(sums: tuple[float, ...], years: float | None) -> None:
    assert measures.payback(flows(*sums)) == (None if years is None else pytest.approx(years))
