"""Duties to delete: one a grant, met by a signature of the recipient's own, published and binding when overdue."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc.jwk import OKPKey

from noren.errors import Conflict, NotFound, Unproven
from noren.trust.duties import DAYS, Duties, sign

KEY = OKPKey.generate_key("Ed25519")
JWK = {name: str(value) for name, value in KEY.as_dict(private=False).items()}
NOW = 1_800_000_000.0
DUE = DAYS * 86_400


class Wall:
    now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def duties(tmp_path: Path, wall):
    opened = Duties(tmp_path / "trust.db", clock=wall)
    yield opened
    opened.close()


def test_a_duty_that_is_met_in_time_binds_nobody(duties, wall) -> None:
    duty = duties.owe("shop", "g1", "withdrawn", since=NOW)
    wall.now += 60
    met = duties.confirm(duty.id, sign(duty.id, "shop", KEY, wall.now), JWK)
    assert met.confirmed == wall.now and met.proof
    wall.now += DUE
    assert not duties.blocks("shop") and duties.overdue() == []
    with pytest.raises(Conflict):
        duties.confirm(duty.id, sign(duty.id, "shop", KEY, wall.now), JWK)


def test_one_that_is_not_is_published_and_blocks_its_own_recipient(duties, wall) -> None:
    duties.owe("shop", "g1", "expired", since=NOW)
    duties.owe("bus", "g2", "expired", since=NOW + 60)
    duties.owe("shop", "g3", "erased", since=NOW, tenant="other")
    wall.now += DUE + 1
    assert [each.grant for each in duties.overdue()] == ["g1"]
    assert duties.blocks("shop") and not duties.blocks("bus") and duties.blocks("shop", "other")


def test_confirmations_that_prove_nothing(duties, wall) -> None:
    duty = duties.owe("shop", "g1", "withdrawn", since=NOW)
    other = duties.owe("shop", "g2", "withdrawn", since=NOW)
    for confirmation, key in [
        (sign(duty.id, "shop", OKPKey.generate_key("Ed25519"), NOW), JWK),
        (sign(other.id, "shop", KEY, NOW), JWK),
        (sign(duty.id, "bus", KEY, NOW), JWK),
        (sign(duty.id, "shop", KEY, NOW - 1), JWK),
        (sign(duty.id, "shop", KEY, NOW + 3600), JWK),
        ("", JWK),
        ("a.b.c", JWK),
    ]:
        with pytest.raises(Unproven):
            duties.confirm(duty.id, confirmation, key)
    with pytest.raises(NotFound):
        duties.confirm("elsewhere", sign("elsewhere", "shop", KEY, NOW), JWK)
    assert duties.of_grant("g1") == duty


ENDS = st.lists(
    st.tuples(st.sampled_from(["g1", "g2", "g3"]), st.sampled_from(["withdrawn", "expired", "erased"]), st.booleans()),
    max_size=12,
)


@settings(max_examples=60)
@given(ends=ENDS, later=st.integers(0, 2 * DUE))
def test_whoever_has_not_deleted_in_time_is_blocked_and_nobody_else(tmp_path_factory, ends, later) -> None:
    wall = Wall()
    duties = Duties(tmp_path_factory.mktemp("duties") / "trust.db", clock=wall)
    since: dict[str, float] = {}
    met: set[str] = set()
    for grant, cause, confirmed in ends:
        wall.now += 3600
        duty = duties.owe("shop", grant, cause, since=wall.now)
        since.setdefault(grant, wall.now)
        if confirmed and grant not in met:
            duties.confirm(duty.id, sign(duty.id, "shop", KEY, wall.now), JWK)
            met.add(grant)
    wall.now += later
    late = {grant for grant, at in since.items() if grant not in met and at + DUE < wall.now}
    assert {each.grant for each in duties.overdue()} == late
    assert duties.blocks("shop") == bool(late)
    assert len(duties.of("shop")) == len(since)
    duties.close()
