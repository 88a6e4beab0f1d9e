"""Every rule on every form: to the whole yen, with reasons, and the group that would leave."""

from __future__ import annotations

import pytest

from noren.errors import BadInput
from noren.governance.money import Asked, allocate, problem
from noren.governance.money.problem import Branch
from tests.governance.money.games import SKANE

WATER = {"+".join(group): cost for group, cost in SKANE.items()}


def shared(**given):
    return allocate(problem(Asked(**given)))


def yen(found, rule: str) -> list[int]:
    return [share.yen for share in found.under(rule).shares]


def test_the_water_of_skane_to_the_yen() -> None:
    found = shared(coalitions=WATER, unit=1e6)
    assert found.total == 83_820_000 and found.core is True
    assert all(sum(share.yen for share in each.shares) == found.total for each in found.allocations)
    assert found.under("nucleolus").stands and not found.under("shapley").stands
    assert found.under("shapley").objection.members == ("H", "K", "L")
    assert "H, K and L would do better together" in found.under("shapley").says["en"]
    assert found.under().rule == "nucleolus"


def test_why_each_pays_in_both_languages() -> None:
    found = shared(names={"A": {"en": "City", "ja": "市"}}, coalitions={"A": 100, "B": 50, "A+B": 120})
    share = found.under("shapley").shares[0]
    assert share.yen == 85 and share.alone == 100 and share.better == pytest.approx(15)
    assert share.why["en"].startswith("City: 85 yen to pay. Alone it would be 100 yen, so 15 yen (15.0 %) are saved.")
    assert share.why["ja"].startswith("市の負担は85円です。単独なら100円かかるので、15円（15.0％）の節約")


def test_a_cost_by_use_benefit_and_alone() -> None:
    found = shared(cost=100, use={"A": 1, "B": 2}, benefit={"A": 3, "B": 1}, alone={"A": 80, "B": 80})
    assert yen(found, "by-use") == [33, 67] and yen(found, "by-benefit") == [75, 25]
    assert yen(found, "equal") == yen(found, "by-alone") == yen(found, "talmud") == [50, 50]
    assert found.core is None and found.under("by-use").stands is None
    assert "not known" in found.under("by-use").says["en"]


def test_claims_under_every_rule() -> None:
    found = shared(claims={"A": 100, "B": 200, "C": 300}, estate=200)
    assert yen(found, "talmud") == yen(found, "nucleolus") == [50, 75, 75]
    assert yen(found, "proportional") == [33, 67, 100]
    assert yen(found, "equal-awards") == [67, 67, 66] and yen(found, "equal-losses") == [0, 50, 150]
    assert found.under().rule == "talmud"
    assert found.under().shares[0].why["en"].startswith("A: 100 yen claimed, 50 yen to receive; 50 yen are missing.")


def test_a_runway_for_four() -> None:
    found = shared(sizes={"A": 8, "B": 11, "C": 13, "D": 18})
    assert yen(found, "shapley") == [2, 3, 4, 9]
    assert found.under("shapley").stands and found.under("nucleolus").stands


def test_a_tree_of_pipes() -> None:
    found = shared(tree={"A": Branch(30), "B": Branch(6, "A"), "C": Branch(9, "A")})
    assert yen(found, "shapley") == [10, 16, 19]


def test_hundreds_of_users_of_one_pipe() -> None:
    found = shared(sizes={f"P{i:03}": float(i + 1) for i in range(400)})
    assert sum(yen(found, "shapley")) == sum(yen(found, "nucleolus")) == 400
    assert found.core is None and found.under("shapley").stands is None


def test_a_proposal_is_judged_first() -> None:
    found = shared(coalitions={"A": 10, "B": 10, "A+B": 12}, proposed={"A": 11, "B": 1})
    assert found.under().rule == "proposed" and found.under().objection.members == ("A",)


def test_going_alone_may_pay() -> None:
    found = shared(coalitions={"A": 10, "B": 10, "A+B": 30})
    assert found.core is False and not any(each.stands for each in found.allocations)
    assert any("some group would do better" in mark["en"] for mark in found.marks)
    assert yen(found, "nucleolus") == [15, 15]


def test_no_talmud_where_together_is_dearer_than_apart() -> None:
    with pytest.raises(BadInput, match="does not apply"):
        shared(coalitions={"A": 10, "B": 10, "A+B": 30}).under("talmud")


def test_benefits_go_to_whoever_brings_them() -> None:
    found = shared(kind="benefit", coalitions={"L": 0, "R": 0, "S": 0, "L+R": 9, "L+S": 9, "R+S": 0, "L+R+S": 9})
    assert yen(found, "nucleolus") == [9, 0, 0] and yen(found, "shapley") == [6, 2, 1]
    assert "L: 9 yen to receive." in found.under("nucleolus").shares[0].why["en"]


def test_a_total_with_a_fraction_is_rounded_and_marked() -> None:
    found = shared(cost=10.4, use={"A": 1, "B": 1})
    assert found.total == 10 and yen(found, "equal") == [5, 5]
    assert "not a whole number of yen" in found.marks[0]["en"]


def test_a_game_about_nothing() -> None:
    found = shared(coalitions={"A": 0, "B": 0, "A+B": 0})
    assert found.total == 0 and all(share.yen == 0 for each in found.allocations for share in each.shares)
    assert all(each.stands for each in found.allocations)
