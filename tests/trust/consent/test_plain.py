"""Whether words are plain: the index against a published value, the rules one by one, every notice of the catalogue."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from noren.errors import BadInput
from noren.terms import ATTRIBUTES
from noren.trust import PURPOSES
from noren.trust.consent import Offer, checked, notice
from noren.trust.consent.plain import CHARACTERS, WORDS, check, measure


def called(name: str, language: str) -> str:
    return name


def test_the_index_is_that_of_its_authors() -> None:
    # 4.71 letters a word + 0.5 words a sentence - 21.43, with 4 letters a word and 10 words a sentence
    text = " ".join(["four"] * 10) + "."
    assert measure(text, "en").hardness == pytest.approx(4.71 * 4 + 0.5 * 10 - 21.43)


@pytest.mark.parametrize(
    ("text", "language", "why"),
    [
        (" ".join(["a"] * (WORDS + 1)) + ".", "en", "words"),
        ("Notwithstanding intergovernmental responsibilities administrations coordinate.", "en", "hard"),
        ("It is not possible that nobody gains.", "en", "twice"),
        ("You can't lose nothing.", "en", "twice"),
        ("See https://example.com.", "en", "addresses"),
        ("Free!", "en", "exclamation"),
        ("One. " * 13, "en", "sentences"),
        ("あ" * (CHARACTERS + 1) + "。", "ja", "characters"),
        ("個人情報第三者提供同意書面交付義務免除規定適用。", "ja", "hard"),
        ("情報提供、個人情報、同意書、免除規定、適用範囲、第三者、義務、交付、書面、除外、要件。", "ja", "hard"),
        ("使わないわけではありません。", "ja", "twice"),
        ("   ", "ja", "addresses"),
    ],
)
def test_words_that_nobody_can_agree_to_are_refused(text: str, language: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        check(text, language, where="benefit")


def test_a_short_phrase_is_not_hard_for_being_short() -> None:
    assert check("通る人の数。", "ja", where="collects").run == 1


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("name", sorted(PURPOSES))
@pytest.mark.parametrize("more", [{}, {"daily": 0, "keep_days": 0}, {"points": 0}, {"points_per": "use"}])
def test_every_notice_is_plain_by_its_own_rule(offer: Offer, language: str, name: str, more: dict[str, object]) -> None:
    shown = notice(msgspec.structs.replace(offer, purpose=name, **more), language, called)
    check("\n".join(shown.sentences), language, where="notice")


def test_a_notice_is_in_the_language_that_was_asked_and_says_everything(offer: Offer) -> None:
    for language in ("en", "ja"):
        text = notice(offer, language, called).text
        for told in (offer.recipient_name[language], offer.benefit[language], "90", "30", "2", "5", *offer.attributes):
            assert told in text
    assert notice(offer, "fr", called).language == "en"


def test_whatever_changes_in_an_offer_changes_the_notice_or_at_least_the_offer(offer: Offer) -> None:
    changed = [
        msgspec.structs.replace(offer, **{name: value})
        for name, value in {
            "recipient": "other",
            "purpose": "insurance",
            "attributes": ("Person.birthDate",),
            "days": 91,
            "daily": 3,
            "keep_days": 31,
            "points": 6,
            "holder": "bus",
            "jurisdiction": "FR",
            "tenant": "t",
        }.items()
    ]
    assert len({each.id for each in [offer, *changed]}) == len(changed) + 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"purpose": "own-data"},
        {"purpose": "public-information"},
        {"attributes": ()},
        {"attributes": ("Person.*",)},
        {"attributes": ("*",)},
        {"attributes": ("Person.birthDate", "Person.birthDate")},
        {"jurisdiction": "Japan"},
        {"benefit": {"en": "You wait less."}},
        {"benefit": {"en": "You get not nothing.", "ja": "よい。"}},
    ],
)
def test_an_offer_that_cannot_be_agreed_to_is_refused(offer: Offer, wrong: dict[str, object]) -> None:
    assert checked(offer, ("en", "ja")) is offer
    with pytest.raises(BadInput):
        checked(msgspec.structs.replace(offer, **wrong), ("en", "ja"))


def test_what_a_test_offers_exists() -> None:
    assert "birthDate" in ATTRIBUTES


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_sample_in_the_handbook_is_what_residents_are_shown(offer: Offer, language: str) -> None:
    from noren.view.allowing import called as words

    sample = msgspec.structs.replace(offer, attributes=("Person.birthDate", "EmergencyCard.allergies"))
    text = (Path(__file__).parents[3] / "docs" / "consent.md").read_text("utf-8")
    assert "\n".join(f"> {line}" for line in notice(sample, language, words).text.split("\n")) in text
