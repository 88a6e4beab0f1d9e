"""The questionnaire: Japan's twenty-four factors in both languages, on scales that hold."""

from __future__ import annotations

from collections import Counter

from noren.civic.pulse import questions


def test_the_questionnaire_holds() -> None:
    asked = questions()
    assert list(asked)[:4] == ["happiness", "satisfaction", "fulfilment", "trust"]
    assert Counter(each.group for each in asked.values()) == {
        "life": 4,
        "living": 16,
        "people": 2,
        "self": 6,
        "trial": 1,
    }
    for each in asked.values():
        assert each.text["en"] and each.text["ja"]
        assert each.least < each.agrees_from <= each.most
        assert each.takes(each.least) and each.takes(each.most)
        assert not any(each.takes(bad) for bad in (each.least - 1, each.most + 1, 2.5, "3", None, True))
