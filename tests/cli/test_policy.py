"""`noren policy`, as somebody types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from noren.city import create
from noren.trust import policy_texts


@pytest.fixture
def town(tmp_path: Path) -> Path:
    create(tmp_path / "town", "Town")
    return tmp_path / "town"


def test_it_says_why_something_is_allowed(noren) -> None:
    status, text = noren("policy", "explain", "WaterObserved.waterLevel")
    assert status == 0 and "Allowed." in text and "Open data may be read by anyone." in text
    assert "open-data.cedar" in text


def test_it_says_why_not_and_what_would_help(noren) -> None:
    status, text = noren("policy", "explain", "Person.birthDate", "--who", "organisation", "--purpose", "education")
    assert status == 0 and "Refused." in text and "No sentence permits it" in text
    assert "register of recipients" in text


def test_the_japanese_model_is_told_in_japanese(noren) -> None:
    words = ("--who", "staff", "--basis", "consent", "--vetted", "--collected-by", "company", "--purpose", "education")
    status, text = noren("policy", "explain", "Person", *words, language="ja")
    assert status == 0 and "認められません" in text and "日本モデル" in text
    assert "government-and-company-data.cedar" in text


def test_for_scripts(noren) -> None:
    status, text = noren("policy", "explain", "Device", "--who", "staff", "--purpose", "city-operation", "--json")
    told = json.loads(text)
    assert status == 0 and told["allowed"] and told["class"] == "operational"
    assert [each["id"] for each in told["because"]] == ["staff-read"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("Persn",), "Is Person meant?"),
        (("Person.birthDte",), "Is Person.birthDate meant?"),
        (("Person", "--purpose", "educatio"), "Is education meant?"),
        (("Person", "--purpose", "???"), "Known are:"),
        (("Person", "--who", "king"), "king"),
    ],
)
def test_unknown_words_are_answered_helpfully(noren, words: tuple[str, ...], says: str) -> None:
    status, text = noren("policy", "explain", *words)
    assert status != 0 and says in text.replace("\n", " ")


def test_a_city_s_own_rules_are_listed_checked_and_used(noren, town: Path) -> None:
    own = town / "policies"
    own.mkdir(exist_ok=True)
    text = policy_texts()["open-data.cedar"].replace('== "open"', '== "open" && resource.entityType != "Building"')
    (own / "open-data.cedar").write_text(text, "utf-8")
    status, told = noren("policy", "list", "--city", town)
    assert status == 0 and "open-data.cedar: the city's own, 2 lines" in told and "consent.cedar: as packaged" in told
    assert noren("policy", "check", own)[0] == 0
    assert "Refused." in noren("policy", "explain", "Building", "--city", town)[1]
    (own / "silent.cedar").write_text('@id("x")\nforbid (principal, action, resource);', "utf-8")
    status, told = noren("policy", "check", own)
    assert status == 1 and "silent.cedar" in told
    (own / "silent.cedar").write_text("permit (principal, action", "utf-8")
    assert noren("policy", "check", own)[0] == 1
    assert noren("policy", "check", town / "nowhere")[0] == 1
