"""What a setting may be: everything that the city cannot rule out."""

from __future__ import annotations

from noren.commands.plan import parse
from noren.commands.standing import UNKNOWN, Standing
from tests.commands.conftest import plan_text

MAIN, SIDE = ("main", "aspect"), ("side", "aspect")
PLAN = parse(plan_text())


def heard(standing: Standing, now: float, **values: str) -> None:
    for name, value in values.items():
        standing.told((name, "aspect"), value, None, 0, now, now)


def possible(standing: Standing, now: float) -> set[object]:
    return set(standing.possible(MAIN, now, "red"))


def test_until_it_is_heard_it_may_be_anything() -> None:
    standing = Standing(0)
    assert possible(standing, 100) == {"red", UNKNOWN}
    assert standing.against(PLAN, SIDE, "green", 100)
    heard(standing, 100, main="red", side="red")
    assert standing.against(PLAN, SIDE, "green", 100) is None
    assert standing.against(PLAN, SIDE, "red", 100) is None


def test_shortly_after_the_start_nothing_is_known_of_what_was_before() -> None:
    standing = Standing(100)
    heard(standing, 101, main="red", side="red")
    assert standing.against(PLAN, SIDE, "green", 104)
    assert standing.against(PLAN, SIDE, "green", 105.1) is None


def test_what_is_under_way_counts_until_the_device_has_told() -> None:
    standing = Standing(0)
    heard(standing, 100, main="red", side="red")
    standing.sent(MAIN, "a", "green", 7, until=160)
    assert possible(standing, 100) == {"red", "green"}
    standing.told(MAIN, "red", None, heard=6, at=150, now=200)  # told before it looked at number 7
    assert possible(standing, 200) == {"red", "green"}
    standing.told(MAIN, "red", None, heard=6, at=161, now=201)  # too late by the device's own clock
    assert possible(standing, 202) == {"red"}
    assert possible(standing, 200) == {"red", "green"}  # it may have been green for a moment


def test_it_counts_what_a_gate_moves_to() -> None:
    standing = Standing(0)
    standing.told(MAIN, "red", "green", 0, 100, 100)
    assert possible(standing, 100) == {"red", "green"}
    standing.told(MAIN, "green", None, 0, 120, 120)
    assert possible(standing, 121) == {"red", "green"}  # red is the safe value, to which it may fall at any time
    assert standing.value(MAIN) == "green"


def test_the_safe_value_always_counts() -> None:
    text = plan_text().replace(
        'allowed = ["open", "closed"], safe = "open"', 'allowed = ["open", "closed"], safe = "closed"'
    )
    plan, standing = parse(text), Standing(0)
    standing.told(("gate", "position"), "open", None, 0, 100, 100)
    lock = standing.against(plan, ("valve", "opening"), 50, 101)
    assert lock is not None
    assert lock.id == "valve-gate"
