"""CASE.toml: what contradicts itself is refused with the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from noren.errors import BadInput
from noren.governance.money.case import Spread, central, parse, read
from tests.governance.money.cases import case, cost, fee, gain


@pytest.mark.parametrize(
    ("lines", "given_", "said"),
    [
        ([cost(-5)], {}, "not less than zero"),
        ([cost(float("nan"))], {}, "not less than zero"),
        ([cost(amounts={"2030": -5})], {}, "either an amount or amounts"),
        ([cost(None, amounts={"2030": -5})], {}, "not less than zero"),
        ([cost(None, amounts={"2029": 5})], {}, "2029 is not within 2030 to 2034"),
        ([cost(payee="firm")], {}, "a payer and no payee"),
        ([gain(payer="town")], {}, "a payee and no payer"),
        ([fee(payer=None)], {}, "has both"),
        ([fee(payer="town")], {}, "cannot pay itself"),
        ([cost(payer="nobody")], {}, "nobody is not among the parties"),
        ([cost(payer=None, payers={"town": 0.5, "firm": 0.4})], {}, "add up to 1"),
        ([cost(payer=None, shared_by={"game": "none"})], {}, "no game none"),
        ([cost(**{"from": 2033, "to": 2031})], {}, "2031 comes before 2033"),
        ([cost(lifetime=3)], {}, "bought once"),
        ([cost({"low": 5, "high": 1})], {}, "must rise"),
        ([cost({"low": 5})], {}, "low and high"),
        ([cost({"mean": 5, "sd": -1})], {}, "not below zero"),
        ([cost(colour="red")], {}, "unknown field"),
        ([], {}, "at least one line"),
        ([cost()], {"years": 0}, "1 to 200"),
        ([cost()], {"discount": -1}, "not less than -0.99"),
        ([cost()], {"prices": "nominal"}, "do not fit together"),
        ([cost()], {"discount_prices": "nominal"}, "4 % is real"),
        ([cost(prices="nominal")], {}, "other prices than the rate"),
        ([cost()], {"inflation": 3}, "yearly rate"),
        ([cost()], {"balance": {"account": "x"}}, "x is not among"),
        ([cost()], {"draws": 5}, "Draws"),
        ([cost()], {"unit": -1}, "unit"),
        ([cost()], {"life": [{"name": "L", "unit": "u", "party": "x", "amount": 1}]}, "x is not among"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused(lines, given_, said: str) -> None:
    lines = [{name: each for name, each in line.items() if each is not None} for line in lines]
    with pytest.raises(BadInput, match=said) as error:
        case(*lines, **given_)
    assert error.value.where or "unknown" in said


def test_a_file_that_is_no_toml(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("= 3")
    with pytest.raises(BadInput, match="not TOML"):
        read(tmp_path / "a.toml")
    with pytest.raises(BadInput, match="cannot be read"):
        read(tmp_path / "none.toml")


def test_the_place_names_file_and_line(tmp_path: Path) -> None:
    text = 'title="T"\nstart=2030\nyears=2\nparties={a="A"}\n[[line]]\nname="Roof"\nkind="cost"\npayer="a"\namount=-1\n'
    (tmp_path / "a.toml").write_text(text)
    with pytest.raises(BadInput) as error:
        read(tmp_path / "a.toml")
    assert error.value.where == f"{tmp_path / 'a.toml'}, line Roof"


def test_shares_come_from_a_game_beside_the_case(tmp_path: Path) -> None:
    (tmp_path / "game.json").write_text('{"coalitions": {"town": 80, "firm": 40, "town + firm": 100}}')
    raw = {"title": "", "start": 2030, "years": 1, "parties": {"town": "", "firm": ""}}
    line = {"name": "", "kind": "cost", "amount": 1, "shared_by": {"game": "game.json", "rule": "shapley"}}
    found = parse(raw | {"line": [line]}, folder=tmp_path)
    assert found.line[0].payers == pytest.approx({"town": 0.7, "firm": 0.3})


def test_a_game_about_nothing_shares_nothing() -> None:
    line = {"name": "C", "kind": "cost", "amount": 1, "shared_by": {"game": "g"}}
    with pytest.raises(BadInput, match="nothing to share"):
        case(line, games={"g": {"coalitions": {"town": 0}}})


def test_the_middle_of_what_is_uncertain() -> None:
    assert central(Spread(low=1, high=3)) == 2
    assert central(Spread(low=1, likely=1.5, high=3)) == 1.5
    assert central(Spread(mean=7, sd=1)) == 7
    assert central(None) == 0 and central(4.0) == 4
