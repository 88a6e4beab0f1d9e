"""Near-duplicates, words and topics: what is planted is found, floods do not move it, every word was written."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import normalized_mutual_info_score

from bench.opinions import comments as generated
from noren.civic.opinions.folding import bare, fold
from noren.civic.opinions.read import Comments, comments
from noren.civic.opinions.report import texts_report
from noren.civic.opinions.topics import OTHER, topics_of
from noren.civic.opinions.words import Words, languages, plain


@given(st.lists(st.text(max_size=30), max_size=40))
def test_equal_texts_fold_and_nothing_is_lost(texts: list[str]) -> None:
    twice = [*texts, *(f" {text}! " for text in texts)]
    folded = fold(twice)
    assert folded.counts.sum() == len(twice)
    assert (folded.head[: len(texts)] == folded.head[len(texts) :]).all()
    assert (folded.head[folded.heads] == folded.heads).all() and (folded.head <= np.arange(len(twice))).all()


def test_small_changes_fold_other_numbers_do_not() -> None:
    base = "夜道がとても暗いので、駅前通りの街灯を増やしてください。お願いします"
    texts = [
        f"{base} 3丁目",
        f"{base}!! ３丁目",
        f"{base}ね 3丁目",
        f"{base} 4丁目",
        "全く別の話です。ごみの収集日を増やして",
    ]
    assert fold(texts).head.tolist() == [0, 0, 0, 3, 4]


def test_folding_finds_what_counting_all_pairs_finds() -> None:
    texts, _ = generated(600, seed=4)
    random = np.random.default_rng(0)
    texts += [
        text[: int(cut)] + text[int(cut) + 1 :]
        for text, cut in zip(texts[:200], random.integers(5, 20, 200), strict=True)
    ]
    folded = fold(texts)
    pieces = [frozenset(k[i : i + 3] for i in range(len(k) - 2)) for k in map(bare, texts)]
    for place, head in enumerate(folded.head):
        if pieces[place] != pieces[head]:
            assert len(pieces[place] & pieces[head]) >= 0.8 * len(pieces[place] | pieces[head])
    again = [place for place in range(600, 800) if folded.head[place] != place]
    assert len(again) > 150


def test_languages_by_script() -> None:
    texts = ["道が暗い", "夜間騒音", "The road is dark", "Der Weg ist zu dunkel", "길이 어둡다", "12345", "Radweg"]
    assert languages(texts) == ["ja", "ja", "en", "de", "ko", "und", "en"]


@pytest.mark.parametrize(
    ("language", "text", "stems"),
    [
        ("ja", "交通安全対策として３丁目の街灯を増やしてほしい", ["交通", "安全", "対策", "丁目", "街灯", "増"]),
        ("ja", "カラスがごみを荒らすので困る", ["カラス", "ごみ", "荒"]),
        ("en", "The parties crossed the crossings", ["party", "cross", "cross"]),
        ("de", "Die Radwege und der Radweg an den Kreuzungen", ["radweg", "radweg", "kreuzung"]),
    ],
)
def test_words_without_a_dictionary(language: str, text: str, stems: list[str]) -> None:
    assert [stem for stem, _ in Words(language, ["交通", "安全", "対策"]).cut(text)] == stems


def test_words_are_shown_as_they_are_written() -> None:
    pairs = dict(Words("ja").cut("家の前の道が狭くて危ない。子育て支援と一時預かりを"))
    assert {stem: word for stem, word in pairs.items() if stem != word} == {
        "狭": "狭く",
        "危": "危ない",
        "子育": "子育て",
        "預": "預か",
    }
    assert pairs.keys() == {"家", "道", "狭", "危", "子育", "支援", "一時", "預"}


@given(st.text(max_size=80), st.sampled_from(["ja", "en", "de", "zh", "ko"]))
def test_every_word_stands_in_the_text(text: str, language: str) -> None:
    assert all(word in plain(text) for _, word in Words(language, [text]).cut(text))


def test_planted_topics_are_found_in_both_languages() -> None:
    texts, truth = generated(3000, seed=2)
    found = topics_of(texts)
    known = found.of != OTHER
    assert known.mean() > 0.95
    assert normalized_mutual_info_score(np.array(truth)[known], found.of[known]) > 0.9
    assert {each.language for each in found.topics} == {"ja", "en"}
    whole = "\n".join(texts)
    assert all(word in whole for each in found.topics for word in each.words)
    assert sum(each.texts for each in found.topics) + found.other[0] == len(found.folded.heads)
    assert sum(each.posts for each in found.topics) + found.other[1] == len(texts)


def test_a_flood_weighs_as_one_text() -> None:
    texts, _ = generated(800, seed=2)
    flood = [
        "Stop everything else and build my stadium at the old harbour now" + "!" * (each % 7) for each in range(500)
    ]
    calm, loud = topics_of(texts), topics_of([*texts, *flood])
    assert len(loud.folded.heads) == len(calm.folded.heads) + 1
    assert loud.folded.counts.max() == 500
    assert max(each.texts for each in loud.topics) < 100


def test_the_same_seed_gives_the_same_topics() -> None:
    texts, _ = generated(600, seed=3)
    assert topics_of(texts).topics == topics_of(texts).topics


def test_quotes_carry_no_personal_data() -> None:
    texts, _ = generated(300, seed=3)
    found = topics_of([f"{text} 090-1234-5678" for text in texts])
    assert found.topics and not any("1234" in each.quote for each in found.topics)


def test_few_or_empty_texts_have_no_topics() -> None:
    assert topics_of([]).topics == [] and topics_of(["a b c"] * 50).topics == []
    assert topics_of([f"w{place}" for place in range(100)]).of.tolist() == [OTHER] * 100


def test_topics_of_real_contributions_hold_their_halves_together(shared) -> None:
    table = comments(shared("participation/cimt-comments/cycling-dialogue-moers.tsv"))
    whole: dict[str, list[str]] = {}
    for key, text in zip(table.columns["document_id"], table.texts, strict=True):
        whole.setdefault(key, []).append(text)
    found = topics_of([" ".join(each) for each in whole.values()])
    assert max(found.fits["de"].values()) > 0.35
    assert 6 <= len(found.topics) <= 20 and found.other[0] < 0.2 * len(whole)


def test_a_text_posted_ten_times_is_a_flood() -> None:
    texts = ["The bus is always late in the evening"] * 10 + ["Please mend the swings in the park"] * 9
    found = texts_report(topics_of(texts), Comments(texts, list(range(2, 21))))
    assert [(each["posts"], each["row"]) for each in found["floods"]] == [(10, 2)]
