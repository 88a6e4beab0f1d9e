"""The table of purposes."""

from __future__ import annotations

import pytest

from noren.errors import BadInput
from noren.services import all_services
from noren.terms import DataClass
from noren.trust import PURPOSES, purpose
from noren.trust.purposes import allowed_for, meaning


def test_every_purpose_is_told_in_both_languages_and_has_an_address() -> None:
    for each in PURPOSES.values():
        assert set(each.meaning) == {"en", "ja"} and all(each.meaning.values())
        assert each.dpv.startswith("https://w3id.org/dpv#")


def test_every_service_s_purpose_is_known() -> None:
    assert {service.declaration.purpose for service in all_services()} <= set(PURPOSES)


def test_an_unknown_purpose_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadInput, match="flood-warning"):
        purpose("curiosity")
    assert meaning("curiosity") == {}


def test_a_stricter_class_has_fewer_purposes() -> None:
    open_, operational, personal = (allowed_for(data_class) for data_class in DataClass)
    assert len(open_) == len(PURPOSES) > len(operational) > len(personal) == 1
    assert all(each.operational for each in operational)
