"""Points against a plain model: none is made, lost, counted twice or spent twice, in whatever order things happen."""

from __future__ import annotations

from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from noren.errors import BadInput, Conflict
from noren.trust.consent.points import Points, account

PEOPLE = st.sampled_from([b"\1" * 16, b"\2" * 16])
NAMES = st.sampled_from(["a", "b", "c"])


class Account(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.points = Points(Path(mkdtemp()) / "trust.db", clock=lambda: 0.0)
        self.has: dict[bytes, int] = {}
        self.seen: dict[tuple, tuple] = {}

    @rule(who=PEOPLE, grant=NAMES, use=st.sampled_from(["", "1", "2"]), points=st.integers(0, 9))
    def earn(self, who: bytes, grant: str, use: str, points: int) -> None:
        grant = f"{who.hex()}{grant}"
        fresh = points > 0 and ("earn", grant, use) not in self.seen
        assert self.points.earn(who, "shop", points, grant=grant, use=use) == fresh
        if fresh:
            self.seen["earn", grant, use] = ()
            self.has[who] = self.has.get(who, 0) + points

    @rule(who=PEOPLE, to=st.sampled_from(["fund:trees", "recipient:shop"]), name=NAMES, points=st.integers(1, 12))
    def spend(self, who: bytes, to: str, name: str, points: int) -> None:
        before = self.seen.get(("spend", who, name))
        if before == (to, points):
            assert self.points.spend(who, to, points, name=name) == self.has[who]
        elif before or points > self.has.get(who, 0):
            with pytest.raises(Conflict):
                self.points.spend(who, to, points, name=name)
        else:
            self.has[who] -= points
            self.seen["spend", who, name] = (to, points)
            assert self.points.spend(who, to, points, name=name) == self.has[who]

    @invariant()
    def accounts_agree(self) -> None:
        balances = self.points.balances()
        assert sum(balances.values()) == 0
        for who, has in self.has.items():
            balance, moves = self.points.of(who)
            assert balance == has == balances.get(account(who), 0) >= 0
            assert balance == sum(each.points if each.taker == account(who) else -each.points for each in moves)

    def teardown(self) -> None:
        self.points.close()


Account.TestCase.settings = settings(max_examples=30, stateful_step_count=25)
TestAccount = Account.TestCase


@pytest.mark.parametrize(
    ("to", "points"), [("resident:ff", 1), ("fund:", 1), ("trees", 1), ("fund:trees", 0), ("fund:trees", -3)]
)
def test_points_go_to_funds_and_recipients_and_only_forward(tmp_path: Path, to: str, points: int) -> None:
    opened = Points(tmp_path / "trust.db")
    opened.earn(b"\1", "shop", 5, grant="g")
    with pytest.raises(BadInput):
        opened.spend(b"\1", to, points, name="n")
    assert opened.of(b"\1")[0] == 5
    opened.close()
