"""Topics in many short texts, in the residents' own words.

Near-duplicates are folded first, so that a flood weighs as one text. Then, language by language: tf-idf over words
(`words`), some fifty latent dimensions (Deerwester et al. 1990), spherical k-means. How many topics: the two halves of
a text (every other word) should land in the same one; of several numbers the largest is taken at which they agree
nearly as well (nine tenths of the adjusted Rand index) as at the best. Small topics, and texts without a known word,
are gathered as "other". Labels are words that residents wrote, a quote is one of their texts with personal data masked.
Names to know: `topics_of`, `Topics`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from noren.civic.masking import mask
from noren.civic.opinions.folding import Folded, fold
from noren.civic.opinions.threads import one_thread
from noren.civic.opinions.votes import Floats
from noren.civic.opinions.words import Words, languages
from noren.extras import optional

OTHER = -1
NUMBERS = (6, 8, 10, 12, 15, 20, 25, 30)
_SAMPLE = 20_000
_CHUNK = 10_000
FEWEST_TEXTS = 30
_DIMENSIONS = 50
_LABEL = 5
_HALVED = 6
_NEARLY = 0.9
Told = Callable[[str, float], None]


@dataclass(frozen=True)
class Topic:
    """`texts` are different texts, `posts` counts the repeats too; `quote` is the most central text, masked."""

    language: str
    words: list[str]
    texts: int
    posts: int
    quote: str
    place: int


@dataclass(frozen=True)
class Topics:
    """Topics by size; `of` gives each text's topic or `OTHER`, `fits` the agreement of halves by number tried."""

    topics: list[Topic]
    of: NDArray[np.int64]
    folded: Folded
    languages: dict[str, int]
    fits: dict[str, dict[int, float]] = field(default_factory=dict)

    @property
    def other(self) -> tuple[int, int]:
        """Texts and posts without a topic of their own."""
        outside = self.of[self.folded.heads] == OTHER
        return int(outside.sum()), int(self.folded.counts[outside].sum())


@dataclass(frozen=True)
class _Model:
    """What was learnt from a sample: texts are placed with it in chunks."""

    words: Any
    axes: Any
    means: Any

    def place(self, cut: Sequence[list[str]]) -> tuple[NDArray[np.int64], Floats]:
        """Topic and closeness to its centre (cosine) of each text; `OTHER` and 0 where no word is known."""
        counts = self.words.transform(cut)
        points = _unit(self.axes.transform(counts))
        centres = _unit(self.means.cluster_centers_)
        close = points @ centres.T
        known = np.asarray(counts.getnnz(axis=1)) > 0
        return np.where(known, close.argmax(axis=1), OTHER), np.where(known, close.max(axis=1), 0.0)


def topics_of(texts: Sequence[str], *, number: int = 0, seed: int = 0, told: Told = lambda step, share: None) -> Topics:
    """Topics of the texts; `number` fixes how many a language may have. Deterministic for a seed.

    What is learnt, is learnt from at most 20,000 different texts a language; the rest is placed in chunks. A language
    with fewer than thirty different texts has no topics.
    """
    folded = fold(texts, told=lambda share: told("fold", share))
    heads = folded.heads
    spoken = np.array(languages([texts[place] for place in heads]))
    of = np.full(len(texts), OTHER, dtype=np.int64)
    found: list[Topic] = []
    fits: dict[str, dict[int, float]] = {}
    for language in sorted(set(spoken.tolist())):
        part = np.flatnonzero(spoken == language)
        if len(part) < FEWEST_TEXTS:
            continue
        told("topics", 0.0)
        with one_thread():
            own = _Language(language, [texts[place] for place in heads[part]], number, seed, told)
        fits[language] = own.fits
        for topic, members in own.topics():
            of[heads[part[members]]] = len(found)
            found.append(own.describe(topic, members, heads[part], folded.counts[part]))
    order = sorted(range(len(found)), key=lambda each: (-found[each].texts, found[each].place))
    rank = np.array([*np.argsort(order), OTHER], dtype=np.int64)
    counts = Counter(spoken.tolist())
    return Topics([found[each] for each in order], rank[of][folded.head], folded, dict(counts.most_common()), fits)


class _Language:
    """The texts of one language on their way to topics."""

    def __init__(self, language: str, texts: list[str], number: int, seed: int, told: Told) -> None:
        self.language, self.texts = language, texts
        self.written: dict[str, Counter[str]] = {}
        cutter = Words(language, texts)
        self.cut = [self._cut(cutter, text) for text in texts]
        self._everywhere = Counter(stem for cut in self.cut for stem in set(cut))
        told("topics", 0.3)
        random = np.random.default_rng(seed)
        sample = np.sort(random.permutation(len(texts))[:_SAMPLE])
        self.fits: dict[int, float] = {}
        self.model = self._learn([self.cut[place] for place in sample], number, seed)
        told("topics", 0.7)
        starts = range(0, len(texts), _CHUNK)
        parts = [self.model.place(self.cut[start : start + _CHUNK]) for start in starts] if self.model else []
        nothing = np.full(0 if parts else len(texts), OTHER), np.zeros(0 if parts else len(texts))
        self.of: NDArray[np.int64] = np.concatenate([nothing[0], *(each for each, _ in parts)])
        self.close: Floats = np.concatenate([nothing[1], *(each for _, each in parts)])
        told("topics", 1.0)

    def _cut(self, cutter: Words, text: str) -> list[str]:
        stems = []
        for stem, word in cutter.cut(text):
            self.written.setdefault(stem, Counter())[word] += 1
            stems.append(stem)
        return stems

    def _learn(self, cut: list[list[str]], number: int, seed: int) -> _Model | None:
        counter = optional("sklearn.feature_extraction.text", "civic").TfidfVectorizer(
            analyzer=_same, min_df=3, max_df=0.3, max_features=20_000, sublinear_tf=True
        )
        try:
            counts = counter.fit_transform(cut)
        except ValueError:  # no word stands in three texts
            return None
        if min(counts.shape) <= _LABEL:
            return None
        size = min(_DIMENSIONS, min(counts.shape) - 1)
        axes = optional("sklearn.decomposition", "civic").TruncatedSVD(size, random_state=seed).fit(counts)
        points = _unit(axes.transform(counts))
        points = points[np.linalg.norm(points, axis=1) > 0]
        halves = _halves(counter, axes, cut)
        numbers = (number,) if number else tuple(n for n in NUMBERS if n <= max(NUMBERS[0], len(points) // 20))
        models = {n: _Model(counter, axes, _means(points, n, seed)) for n in numbers if n <= len(points)}
        self.fits = {n: _agreement(model.means, *halves) for n, model in models.items()}
        good = _NEARLY * max(self.fits.values(), default=0.0)
        return models[max(n for n, fit in self.fits.items() if fit >= good)] if models else None

    def topics(self) -> Iterator[tuple[int, NDArray[np.int64]]]:
        """Topics that are large enough, each with the places of its texts."""
        least = max(5, len(self.texts) // 100)
        for topic in range(int(self.of.max(initial=OTHER)) + 1):
            members = np.flatnonzero(self.of == topic)
            if len(members) >= least:
                yield topic, members

    def describe(
        self, topic: int, members: NDArray[np.int64], places: NDArray[np.int64], counts: NDArray[np.int64]
    ) -> Topic:
        """The topic in words; `places` and `counts` are, by text, where it stands and how often it was posted."""
        central = self._central(members)
        quote = mask(self.texts[central], self.language).text
        posts = int(counts[members].sum())
        return Topic(self.language, self._label(members), len(members), posts, quote, int(places[central]))

    def _label(self, members: NDArray[np.int64]) -> list[str]:
        """Words whose share here exceeds their share everywhere by most (each one's part of the divergence)."""
        here = Counter(stem for place in members for stem in set(self.cut[place]))
        size, whole = len(members), len(self.cut)

        def telling(stem: str) -> float:
            share = here[stem] / size
            return share * float(np.log(share / (self._everywhere[stem] / whole)))

        best = sorted(here, key=lambda stem: (-telling(stem), stem))[:_LABEL]
        return [max(self.written[stem].items(), key=lambda each: (each[1], each[0]))[0] for stem in best]

    def _central(self, members: NDArray[np.int64]) -> int:
        """The text nearest to the centre among those that read well: neither a cry nor an essay."""
        lengths = np.array([len(self.texts[place]) for place in members])
        short, long = (12, 120) if self.language in ("ja", "zh", "ko") else (30, 280)
        fits = (lengths >= short) & (lengths <= long)
        return int(members[np.argmax(self.close[members] + fits)])


def _halves(counter: Any, axes: Any, cut: list[list[str]]) -> tuple[Floats, Floats]:
    long = [each for each in cut if len(each) >= _HALVED][:5000]
    if not long:
        return np.zeros((0, 1)), np.zeros((0, 1))
    one, other = (_unit(axes.transform(counter.transform([each[first::2] for each in long]))) for first in (0, 1))
    both = (np.linalg.norm(one, axis=1) > 0) & (np.linalg.norm(other, axis=1) > 0)
    return one[both], other[both]


def _agreement(means: Any, one: Floats, other: Floats) -> float:
    if len(one) < FEWEST_TEXTS:
        return 0.0
    return float(optional("sklearn.metrics", "civic").adjusted_rand_score(means.predict(one), means.predict(other)))


def _means(points: Floats, number: int, seed: int) -> Any:
    """K-means of at most as many topics as there are different places."""
    number = min(number, len(np.unique(points.round(9), axis=0)))
    return optional("sklearn.cluster", "civic").KMeans(number, n_init=3, max_iter=100, random_state=seed).fit(points)


def _unit(points: Floats) -> Floats:
    return np.asarray(points / np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-12))


def _same(cut: list[str]) -> list[str]:
    return cut
