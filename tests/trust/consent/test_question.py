"""The question: once, rightly, for one person and one offer; never by where an answer stands."""

from __future__ import annotations

import random
import re
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noren.errors import BadInput
from noren.trust.consent import Offer, Questions
from noren.trust.consent.notice import notice
from noren.trust.consent.question import ANSWERS, PATIENCE_S, _questions

ME, OTHER = b"\1" * 16, b"\2" * 16


def called(name: str, language: str) -> str:
    return name


def right(asked, offer: Offer, language: str = "en", others=()) -> int:
    """Which answer is right, found by reading the notice as a person would."""
    for text, answer, _ in _questions(offer, notice(offer, language, called), others):
        if text == asked.text:
            return asked.answers.index(answer)
    raise AssertionError("this was not asked")


@pytest.fixture
def questions(tmp_path: Path, wall):
    opened = Questions(tmp_path / "trust.db", clock=wall, chance=random.Random(7))
    yield opened
    opened.close()


def test_whoever_reads_can_answer_and_is_told_what_was_shown(questions, offer) -> None:
    shown, asked = questions.ask(ME, offer, "ja", called)
    found = questions.answered(asked.id, ME, offer, right(asked, offer, "ja"))
    assert (found.notice, found.language) == (shown.hash, "ja")


def test_an_answer_is_taken_once(questions, offer) -> None:
    _, asked = questions.ask(ME, offer, "en", called)
    good = right(asked, offer)
    with pytest.raises(BadInput, match="notice says"):
        questions.answered(asked.id, ME, offer, (good + 1) % ANSWERS)
    with pytest.raises(BadInput, match="no longer open"):
        questions.answered(asked.id, ME, offer, good)


def test_an_answer_counts_for_whom_and_what_it_was_asked(questions, offer, wall) -> None:
    _, asked = questions.ask(ME, offer, "en", called)
    good = right(asked, offer)
    more = msgspec.structs.replace(offer, attributes=(*offer.attributes, "Person.givenName"))
    for subject, about in ((OTHER, offer), (ME, more)):
        with pytest.raises(BadInput):
            questions.answered(asked.id, subject, about, good)
    wall.now += PATIENCE_S + 1
    with pytest.raises(BadInput):
        questions.answered(asked.id, ME, offer, good)


def test_asking_again_takes_the_first_question_back(questions, offer) -> None:
    _, first = questions.ask(ME, offer, "en", called)
    questions.ask(ME, offer, "en", called)
    with pytest.raises(BadInput):
        questions.answered(first.id, ME, offer, right(first, offer))


def test_no_place_is_right_more_often_than_another(questions, offer) -> None:
    rounds = 900
    places = Counter(right(questions.ask(ME, offer, "en", called)[1], offer) for _ in range(rounds))
    expected = rounds / ANSWERS
    assert sum((places[place] - expected) ** 2 / expected for place in range(ANSWERS)) < 13.8  # chi², 0.1 %


@settings(max_examples=60)
@given(
    days=st.integers(1, 366),
    language=st.sampled_from(["en", "ja"]),
    others=st.lists(st.sampled_from(["The Hill Clinic", "坂の上診療所", "Bus", "Shop"]), max_size=4),
    seed=st.integers(0, 1000),
)
def test_three_different_answers_of_which_the_notice_bears_out_one(
    tmp_path_factory, days, language, others, seed
) -> None:
    offer = msgspec.structs.replace(EXAMPLE, days=days)
    file = tmp_path_factory.mktemp("asked") / "trust.db"
    questions = Questions(file, chance=random.Random(seed))
    shown, asked = questions.ask(ME, offer, language, called, others)
    questions.close()
    assert len(set(asked.answers)) == ANSWERS
    text = shown.text.lower()
    borne_out = [each for each in asked.answers if re.search(rf"(?<!\d){re.escape(each.lower())}", text)]
    assert borne_out == [asked.answers[right(asked, offer, language, others)]]


EXAMPLE = Offer(
    recipient="clinic",
    recipient_name={"en": "The Hill Clinic", "ja": "坂の上診療所"},
    recipient_kind="health",
    recipient_contact="desk@clinic.example",
    holder="town",
    purpose="health-care",
    attributes=("Person.birthDate",),
    days=90,
    benefit={"en": "You wait less.", "ja": "待ち時間が短くなります。"},
    jurisdiction="JP",
)
