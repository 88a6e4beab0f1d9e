"""A plan that does not hold is refused with the place of the mistake."""

from __future__ import annotations

import pytest

from noren.commands.device import within
from noren.commands.plan import parse
from noren.errors import BadInput, NotFound
from tests.commands.conftest import DESKS, plan_text

GOOD = plan_text("mqtt://localhost")


def test_what_a_device_is_given_by_hand() -> None:
    pinned = parse(GOOD).pinned("junction-1", "town", "town-commands+1+x")
    assert set(pinned.actuators) == {"main", "side"}
    assert pinned.actuators["main"] == {"aspect": {"allowed": ["red", "green"], "safe": "red"}}
    assert len(pinned.never) == 1
    assert not pinned.four_eyes
    assert parse(GOOD).pinned("water-1", "town", "x").four_eyes == ["valve", "gate"]
    assert pinned.operators == [DESKS["desk-1"].verifier, DESKS["desk-2"].verifier]
    with pytest.raises(NotFound):
        parse(GOOD).pinned("elsewhere", "town", "x")


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ('id = "main"', 'id = "Main street"', "actuators"),
        ('id = "main"', 'id = "side"', "actuators"),
        ('device = "junction-1"', 'device = "junction-9"', "main"),
        ('safe = "red"', 'safe = "blue"', "main.aspect"),
        ("min = 0, max = 100", "min = 0", "valve.opening"),
        ('actuator = "gate"', 'actuator = "door"', "valve-gate"),
        ('values = ["closed"]', 'values = ["shut"]', "valve-gate"),
        ('values = ["closed"]', 'values = ["closed"], above = 3', "valve-gate"),
        ('safe = "open"', 'safe = "open", colour = "red"', "colour"),
        ("clearance = 5", "clearance = -5", "clearance"),
        (DESKS["desk-2"].verifier, DESKS["desk-1"].verifier, "commands.toml"),
        (DESKS["desk-2"].verifier, "desk-2+00000000+AAAA", "desk-2"),
        ("acknowledge = 10", "acknowledge = 0", "acknowledge"),
        ("acknowledge = 10", "acknowledge = ", "commands.toml"),
    ],
)
def test_mistakes(old: str, new: str, where: str) -> None:
    assert old in GOOD
    with pytest.raises(BadInput) as found:
        parse(GOOD.replace(old, new, 1))
    assert where in str(found.value)


def test_safe_states_must_not_conflict() -> None:
    text = GOOD.replace("max = 100, step = 10, safe = 0", "max = 100, step = 10, safe = 50")
    with pytest.raises(BadInput, match="safe state"):
        parse(text.replace('safe = "open"', 'safe = "closed"'))


def test_a_password_from_the_environment() -> None:
    assert parse('password = "$BROKER"', environment={"BROKER": "open sesame"}).password == "open sesame"


def test_yes_is_not_one() -> None:
    assert not within({"allowed": [True, False]}, 1)
    assert not within({"allowed": [1, 0]}, True)
