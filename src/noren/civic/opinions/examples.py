"""Labels for texts, learnt from labelled examples: topics that a city already uses, or the parts of an argument.

Several labels may fit a text. A linear model (logistic regression) on words, word pairs and character pieces: it needs
no network and no graphics card, reads any language, and its figures can be checked by cross-validation. Names to know:
`examples_in`, `learnt`, `checked`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from noren.civic.opinions.extras import learn
from noren.civic.opinions.read import Comments
from noren.errors import BadInput

Truth = NDArray[np.bool_]
FEWEST = 10
_STRENGTH = 2.0
_WORDS = r"(?u)\b\w+\b|[?!.。？！]"
_YES = frozenset({"1", "1.0", "yes", "y", "true", "x", "ja", "はい", "○", "有"})
_NO = frozenset({"", "0", "0.0", "no", "n", "false", "nein", "いいえ", "×", "無", "nan"})
_NAMES = ("label", "labels", "topic", "topics", "category", "code", "ラベル", "分類", "カテゴリ", "区分")
_BETWEEN = str.maketrans("+;|、", ",,,,")


@dataclass(frozen=True)
class Examples:
    """Texts and, by label, whether it fits each (texts × labels)."""

    texts: list[str]
    labels: list[str]
    truth: Truth


@dataclass(frozen=True)
class Score:
    """How well a label is found in texts that were not learnt from."""

    label: str
    examples: int
    precision: float
    recall: float
    f1: float


class Learnt:
    """A trained model: `of(texts)` says which labels fit (texts × labels)."""

    def __init__(self, labels: Sequence[str], features: Any, models: Sequence[Any]) -> None:
        self.labels, self._features, self._models = list(labels), features, models

    def of(self, texts: Sequence[str]) -> Truth:
        """Which labels fit which texts."""
        found = self._features.transform(texts)
        return np.column_stack([model.predict(found) for model in self._models]).astype(bool)


def examples_in(table: Comments, column: str = "") -> Examples:
    """Labelled texts of a table: yes/no columns, or one column of labels (several in a cell parted by + ; | or commas).

    Raises `BadInput` when there is neither, or no label has ten examples and ten others.
    """
    name = column or next((key for key in table.columns if key.casefold() in _NAMES), "")
    if name and name not in table.columns:
        raise BadInput(f"The column {name} is missing.", hint=f"The table has: {', '.join(table.columns)}.")
    told = _parted(table.columns[name]) if name else _ticked(table.columns)
    kept = {label: fits for label, fits in told.items() if min(sum(fits), len(fits) - sum(fits)) >= FEWEST}
    if not kept:
        raise BadInput(
            "There is nothing to learn from.",
            hint=f"A label needs {FEWEST} examples: in yes/no columns (1 and 0), or in one column named label.",
        )
    return Examples(table.texts, list(kept), np.column_stack([np.array(fits, dtype=bool) for fits in kept.values()]))


def _parted(cells: list[str]) -> dict[str, list[bool]]:
    sets = [{part.strip() for part in cell.translate(_BETWEEN).split(",") if part.strip()} for cell in cells]
    return {label: [label in each for each in sets] for label in sorted(set().union(*sets))}


def _ticked(columns: dict[str, list[str]]) -> dict[str, list[bool]]:
    plain = {name: [cell.strip().casefold() for cell in cells] for name, cells in columns.items()}
    return {name: [c in _YES for c in cells] for name, cells in plain.items() if set(cells) <= _YES | _NO}


def learnt(examples: Examples) -> Learnt:
    """A model of all examples."""
    features = _features().fit(examples.texts)
    found = features.transform(examples.texts)
    return Learnt(examples.labels, features, [_model(fits).fit(found, fits) for fits in examples.truth.T])


def checked(examples: Examples, *, groups: Sequence[str] | None = None, parts: int = 5, seed: int = 0) -> list[Score]:
    """Scores by cross-validation in `parts`; texts of one of `groups` (say, of one contribution) stay together."""
    split = learn("model_selection")
    cutter = split.GroupKFold(parts) if groups else split.KFold(parts, shuffle=True, random_state=seed)
    guessed = np.zeros_like(examples.truth)
    texts = np.array(examples.texts, dtype=object)
    for known, unknown in cutter.split(texts, groups=groups):
        model = learnt(Examples(texts[known].tolist(), examples.labels, examples.truth[known]))
        guessed[unknown] = model.of(texts[unknown].tolist())
    columns = zip(examples.labels, examples.truth.T, guessed.T, strict=True)
    return [_score(label, truth, guess) for label, truth, guess in columns]


def _score(label: str, truth: Truth, guess: Truth) -> Score:
    hits = int((truth & guess).sum())
    precision, recall = hits / max(int(guess.sum()), 1), hits / max(int(truth.sum()), 1)
    f1 = 2 * hits / max(int(truth.sum() + guess.sum()), 1)
    return Score(label, int(truth.sum()), precision, recall, f1)


def _features() -> Any:
    tfidf = learn("feature_extraction.text").TfidfVectorizer
    words = tfidf(ngram_range=(1, 2), min_df=2, sublinear_tf=True, token_pattern=_WORDS)
    pieces = tfidf(analyzer="char_wb", ngram_range=(2, 5), min_df=2, sublinear_tf=True)
    return learn("pipeline").make_union(words, pieces)


def _model(fits: Truth) -> Any:
    if fits.all() or not fits.any():  # a part of the examples without the label, or of nothing else
        return learn("dummy").DummyClassifier(strategy="most_frequent")
    return learn("linear_model").LogisticRegression(
        C=_STRENGTH, class_weight="balanced", solver="liblinear", max_iter=1000, random_state=0
    )
