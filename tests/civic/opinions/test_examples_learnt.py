"""Labels learnt from examples: scored on what was not learnt from; several a text; parts of real arguments."""

from __future__ import annotations

import numpy as np
import pytest

from noren.civic.opinions.examples import Examples, checked, examples_in, learnt
from noren.civic.opinions.read import Comments, comments
from noren.errors import BadInput

WORDS = {"light": ["lamp", "dark", "bulb"], "waste": ["bins", "litter", "crows"]}


def planted(count: int = 120) -> Examples:
    random = np.random.default_rng(0)
    truth = random.random((count, 2)) < 0.5
    texts = []
    for row in truth:
        words = [str(random.choice(WORDS[name])) for name, fits in zip(WORDS, row, strict=True) if fits]
        texts.append(f"Please look at our street {' and '.join(words)} soon, number {random.integers(50)}")
    return Examples(texts, list(WORDS), truth)


def test_several_labels_fit_a_text() -> None:
    assert all(each.f1 > 0.95 for each in checked(planted()))
    found = learnt(planted()).of(["The dark lamp and the bins", "Please look at our street soon"])
    assert found.tolist() == [[True, True], [False, False]]


def test_a_column_of_labels_or_columns_of_yes_and_no() -> None:
    cells = ["a+b", "a", "b", ""] * 10
    table = Comments([f"text {place}" for place in range(40)], list(range(40)), [], {"Label": cells})
    assert examples_in(table).labels == ["a", "b"] and examples_in(table).truth.sum() == 40
    ticks = {"x": ["1", "0"] * 20, "y": ["yes", "no"] * 20, "rare": ["1", *["0"] * 39], "note": ["long"] * 40}
    assert examples_in(Comments(table.texts, table.rows, [], ticks)).labels == ["x", "y"]


@pytest.mark.parametrize("columns", [{}, {"label": ["a"] * 12}, {"note": ["p", "q"] * 6}])
def test_nothing_to_learn_from_is_said(columns: dict[str, list[str]]) -> None:
    with pytest.raises(BadInput, match="nothing to learn"):
        examples_in(Comments(["t"] * 12, list(range(12)), [], columns))


def test_parts_of_arguments_in_real_sentences(shared) -> None:
    table = comments(shared("participation/cimt-comments/cycling-dialogue-moers.tsv"))
    scores = {each.label: each.f1 for each in checked(examples_in(table), groups=table.columns["document_id"])}
    assert scores["premise"] > 0.84 and scores["mpos"] > 0.68 and scores["non-arg"] > 0.55
