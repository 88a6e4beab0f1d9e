"""The models of the field: each can be read, and balances over ten years or says what is missing and from when."""

from __future__ import annotations

import tomllib

import pytest

from noren.errors import BadInput
from noren.governance.money import appraise
from noren.governance.money.case import parse
from noren.governance.money.models import names, template


@pytest.mark.parametrize("name", names())
def test_each_balances_over_ten_years(name: str) -> None:
    found = appraise(parse(tomllib.loads(template(name))))
    assert len(found.years) == 10 and found.account.short_from is None
    assert found.npv > 0 and found.interval is not None and found.life
    assert all(party.name["en"] != party.name["ja"] for party in found.parties)


@pytest.mark.parametrize(
    ("name", "line", "year"),
    [
        ("office-area", "Membership fees", 2027),
        ("office-area", "Tax return of the improvement district", 2032),
        ("residential-area", "Part of the savings, returned", 2031),
        ("regional-city", "Shares of the municipalities", 2027),
        ("regional-city", "National subsidy for running, three years", 2027),
    ],
)
def test_without_a_source_of_money_the_year_is_named(name: str, line: str, year: int) -> None:
    raw = tomllib.loads(template(name))
    before = len(raw["line"])
    raw["line"] = [each for each in raw["line"] if each["name"]["en"] != line]
    found = appraise(parse(raw))
    assert len(raw["line"]) == before - 1 and found.account.short_from == year


def test_a_subsidy_that_ends_leaves_a_hole() -> None:
    raw = tomllib.loads(template("regional-city"))
    for each in raw["line"]:
        if each["name"]["en"] == "Shares of the municipalities":
            each["amount"] = 45
    raw["balance"]["opening"] = 30
    found = appraise(parse(raw))
    assert found.account.short_from == 2033 and found.account.lacks > 0
    assert any("Shares of the municipalities" in each["en"] for each in found.says)


def test_a_model_that_is_not_there() -> None:
    with pytest.raises(BadInput, match="no model castle"):
        template("castle")
