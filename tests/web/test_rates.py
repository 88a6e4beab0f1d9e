"""How often one address may hand something in: never more than the bound, and never less for others' sake."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from noren.web import rates
from noren.web.rates import HOUR, Rates


@given(st.lists(st.floats(0, 900), max_size=80), st.integers(1, 10))
def test_an_hour_takes_twice_the_bound_at_most_and_says_when_to_come_again(waits: list[float], hourly: int) -> None:
    now, taken = 0.0, list[float]()
    bucket = Rates(clock=lambda: now)
    for wait in waits:
        now += wait
        late = bucket.take("192.0.2.1", hourly)
        if late:
            now += late + 1e-6
            assert not bucket.take("192.0.2.1", hourly)
        taken.append(now)
    assert all(sum(start <= each < start + HOUR for each in taken) <= 2 * hourly for start in taken)


def test_one_network_is_one_and_the_others_are_free() -> None:
    bucket = Rates(clock=lambda: 0.0)
    assert not bucket.take("2001:db8::1", 1)
    assert bucket.take("2001:db8::2", 1) == HOUR
    free = ("2001:db8:0:1::1", "192.0.2.1", "192.0.2.2", "::ffff:192.0.2.3", "::ffff:192.0.2.4", "")
    assert not any(bucket.take(host, 1) for host in free)
    assert not bucket.take("2001:db8::2", 0)


def test_it_does_not_grow_for_ever() -> None:
    bucket = Rates(clock=lambda: 0.0)
    for n in range(rates._MOST + 100):
        bucket.take(str(n), 1)
    assert len(bucket._used) <= rates._MOST
