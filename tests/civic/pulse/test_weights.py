"""Raking against its definition: margins are met, trimmed weights keep their bound, Kish's size is his formula."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.civic.pulse import effective_size, rake
from noren.errors import BadInput


@st.composite
def crowds(draw: st.DrawFn) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Answers in which every pair of groups of two dimensions occurs, so that any margins can be met."""
    rows, columns = draw(st.integers(2, 4)), draw(st.integers(2, 4))
    counts = draw(st.lists(st.integers(1, 6), min_size=rows * columns, max_size=rows * columns))
    cells = np.repeat(np.arange(rows * columns), counts)
    population = st.floats(1, 1000)
    margins = [draw(st.lists(population, min_size=n, max_size=n)) for n in (rows, columns)]
    return [cells // columns, cells % columns], [np.array(each) for each in margins]


@given(crowds())
def test_margins_are_met(crowd: tuple[list[np.ndarray], list[np.ndarray]]) -> None:
    groups, margins = crowd
    found = rake(groups, margins, largest=1e9)
    for group, margin in zip(groups, margins, strict=True):
        shares = np.bincount(group, found.weights) / found.weights.sum()
        assert np.allclose(shares, margin / margin.sum(), atol=1e-6)
    assert found.weights.mean() == pytest.approx(1)
    assert (found.weights > 0).all()
    assert 0 < found.effective <= len(groups[0]) + 1e-9
    # Raking keeps the cross-product ratios of the unweighted answers (all weights 1): Deming and Stephan's property.
    rows, columns = groups
    table = {(r, c): found.weights[(rows == r) & (columns == c)][0] for r, c in {*zip(rows, columns, strict=True)}}
    for r in range(1, rows.max() + 1):
        for c in range(1, columns.max() + 1):
            assert table[0, 0] * table[r, c] == pytest.approx(table[0, c] * table[r, 0], rel=1e-3)


@given(crowds(), st.floats(1.5, 4))
def test_trimmed_weights_stay_within_their_bound(
    crowd: tuple[list[np.ndarray], list[np.ndarray]], largest: float
) -> None:
    found = rake(*crowd, largest=largest)
    assert found.weights.max() <= largest * (1 + 1e-9)
    loose = rake(*crowd, largest=1e9)
    if loose.weights.max() <= largest:
        assert np.allclose(found.weights, loose.weights)
        assert found.missed < 1e-6
    else:
        assert found.trimmed > 0


def test_bounds_and_margins_that_cannot_both_hold_are_told() -> None:
    """Found by search: at the bound of 1.5 the rows' and the columns' margins pull against each other for ever."""
    rows = np.repeat([0, 1, 2, 3], [8, 13, 6, 12])
    columns = np.array([0, *[1] * 5, 2, 2, 0, 0, *[1] * 5, *[2] * 6, 0, 0, 1, 1, 2, 2, 0, 0, 0, *[1] * 4, *[2] * 5])
    found = rake([rows, columns], [np.array([659.0, 764, 583, 134]), np.array([113.0, 944, 717])], largest=1.5)
    assert found.weights.max() <= 1.5 * (1 + 1e-9)
    assert np.isfinite(found.weights).all()
    assert 0 < found.missed < 1


def test_others_make_up_for_whoever_is_at_the_bound() -> None:
    """One answer stands alone where margins want nine; with a bound of five its neighbours carry the rest."""
    rows = np.repeat([0, 0, 1, 1], [1, 9, 9, 81])
    columns = np.repeat([0, 1, 0, 1], [1, 9, 9, 81])
    margins = [np.array([0.3, 0.7])] * 2
    assert rake([rows, columns], margins, largest=20).weights[0] == pytest.approx(9)
    found = rake([rows, columns], margins, largest=5)
    assert found.weights[[0, 1, 10, 19]] == pytest.approx([5, 25 / 9, 25 / 9, 45 / 81])
    assert (found.trimmed, found.missed) == (1, pytest.approx(0, abs=1e-6))


def test_one_dimension_is_post_stratification() -> None:
    groups = np.array([0] * 8 + [1] * 2)
    found = rake([groups], [np.array([500.0, 500.0])])
    assert found.weights == pytest.approx([0.625] * 8 + [2.5] * 2)
    assert found.effective == pytest.approx(100 / (8 * 0.625**2 + 2 * 2.5**2))


def test_who_did_not_tell_counts_once() -> None:
    found = rake([np.array([0, 0, 0, 1, -1])], [np.array([1.0, 1.0])])
    assert found.weights == pytest.approx([2 / 3] * 3 + [2, 1])


def test_equal_weights_are_worth_every_answer() -> None:
    assert effective_size(np.full(7, 3.0)) == pytest.approx(7)
    assert effective_size(np.array([1.0, 0.0, 0.0])) == 1


@pytest.mark.parametrize("margin", [[1.0, 0.0], [1.0, -2.0], [1.0, float("nan")], [1.0], [1.0, 1.0, 1.0]])
def test_margins_that_do_not_hold_are_refused(margin: list[float]) -> None:
    with pytest.raises(BadInput, match="population"):
        rake([np.array([0, 1, 1])], [np.array(margin)])
