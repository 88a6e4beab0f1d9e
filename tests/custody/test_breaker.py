"""Breakers, as a state machine that knows what to expect."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from noren.custody.breaker import FAILURES, FIRST_S, LONGEST_S, PROBE_S, Breaker


class Machine(RuleBasedStateMachine):
    """A source that answers or not, and time that passes."""

    def __init__(self) -> None:
        super().__init__()
        self.now, self.row = 0.0, 0
        self.breaker = Breaker(clock=lambda: self.now)

    @rule(seconds=st.floats(0, 2 * LONGEST_S))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(good=st.booleans())
    def is_asked(self, good: bool) -> None:
        if not self.breaker.lets():
            assert self.row >= FAILURES
            return
        if good:
            self.breaker.answered()
            self.row = 0
        else:
            self.breaker.failed("no answer")
            self.row += 1

    @rule()
    def never_comes_back(self) -> None:
        """A probe whose task was cancelled: another one may try later."""
        if self.breaker.lets():
            self.now += PROBE_S

    @invariant()
    def is_tried_again_within_its_longest_pause(self) -> None:
        before, self.now = self.now, self.now + LONGEST_S * 1.1 + PROBE_S
        assert self.breaker.state != "open"
        self.now = before

    @invariant()
    def stands_open_only_after_failures_in_a_row(self) -> None:
        if self.row < FAILURES:
            assert self.breaker.state == "closed"


TestBreaker = Machine.TestCase


def test_half_open_lets_one_through() -> None:
    now = 0.0
    breaker = Breaker(clock=lambda: now)
    for _ in range(FAILURES):
        assert breaker.lets()
        breaker.failed("no answer within 0.8 s")
    assert breaker.state == "open" and not breaker.lets()
    now = FIRST_S * 1.2
    assert breaker.state == "half-open"
    assert [breaker.lets() for _ in range(5)] == [True, False, False, False, False]
    breaker.failed("no answer within 0.8 s")
    assert breaker.state == "open"
    now += FIRST_S * 2 * 1.2
    assert breaker.lets()
    breaker.answered()
    assert breaker.state == "closed" and breaker.why == ""
