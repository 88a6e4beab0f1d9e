"""Categories: every one lies somewhere on the matrix, and what services serve is among them."""

from __future__ import annotations

from pathlib import Path

import pytest

from noren.civic.categories import FILE, categories, guess
from noren.errors import BadInput
from noren.services import all_services


def test_whatever_a_service_serves_can_be_reported() -> None:
    served = {name for service in all_services() for name in service.declaration.serves}
    assert served
    assert served <= set(categories())


@pytest.mark.parametrize("name", sorted(categories()))
def test_each_lies_somewhere_and_is_answered_in_time(name: str) -> None:
    each = categories()[name]
    assert each.functions
    assert each.layers
    assert each.department
    assert 0 < each.answer_days <= each.close_days
    assert all(each.meaning.values())


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("There is a deep pothole in front of the station", "road-damage"),
        ("街灯が点かなくて夜道が暗いです", "street-light"),
        ("ごみの収集が来ていません", "waste"),
        ("zzz", "other"),
    ],
)
def test_guess(text: str, name: str) -> None:
    assert guess(text, categories()) == name


def test_a_city_has_its_own(tmp_path: Path) -> None:
    head = "category,group,functions,layers,department,answer_days,close_days,en,ja,words_en,words_ja\n"
    (tmp_path / FILE).write_text(head + "canal,water,disaster,safety,canals,1,2,Canals,運河,canal,運河\n")
    with pytest.raises(BadInput, match="other"):
        categories(tmp_path)
    (tmp_path / FILE).write_text(head + "other,x,nowhere,safety,a,1,2,Other,その他,,\n")
    with pytest.raises(BadInput, match="row 2"):
        categories(tmp_path)
    (tmp_path / FILE).write_text(head + "other,x,services,safety,a,1,2,Other,その他,,\n")
    assert list(categories(tmp_path)) == ["other"]
