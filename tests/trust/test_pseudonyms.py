"""Other ids for each organisation: read back by the one they were given to, by nobody else, and only whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.trust import Pseudonyms, Vault

CHILD = "urn:ngsi-ld:Person:town:child"
locals_ = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x2FFF, exclude_categories=["Cs"]), min_size=1)
ids = st.builds("{}:{}".format, st.sampled_from(("urn:ngsi-ld:Person:town", "urn:x", "https", "mailto")), locals_)
organisations = st.sampled_from(("School", "Insurer", "", "学校"))


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    return Vault(tmp_path_factory.mktemp("vault") / "keys.db")


@given(ids, organisations)
def test_what_was_given_is_read_back(vault: Vault, id: str, organisation: str) -> None:
    names = Pseudonyms(vault)
    shown = names.given(id, organisation)
    assert shown != id and names.meant(shown, organisation) == id
    assert shown == Pseudonyms(vault).given(id, organisation), "the same each time"


@given(ids, organisations, organisations)
def test_no_other_organisation_or_tenant_reads_it(vault: Vault, id: str, one: str, other: str) -> None:
    shown = Pseudonyms(vault).given(id, one)
    if one != other:
        assert Pseudonyms(vault).given(id, other) != shown
        assert Pseudonyms(vault).meant(shown, other) is None
    assert Pseudonyms(vault, "port").meant(shown, one) is None


def test_an_id_cannot_be_moved_to_another_type_or_city(vault: Vault) -> None:
    names = Pseudonyms(vault)
    shown = names.given(CHILD, "School")
    for head in ("urn:ngsi-ld:Patient:town", "urn:ngsi-ld:Person:port", "urn:ngsi-ld:Person:town:x"):
        assert names.meant(shown.replace("urn:ngsi-ld:Person:town", head), "School") is None


def test_any_changed_character_makes_it_nobody_s(vault: Vault) -> None:
    names = Pseudonyms(vault)
    head, mark, sealed = names.given(CHILD, "School").rpartition("~")
    for at, letter in enumerate(sealed):
        changed = sealed[:at] + ("A" if letter != "A" else "B") + sealed[at + 1 :]
        assert names.meant(head + mark + changed, "School") is None
    for cut in range(len(sealed)):
        assert names.meant(head + mark + sealed[:cut], "School") is None
    for odd in ("~", "~é", "~!!", "~====", "~AAAA", "plain", ""):
        assert names.meant(f"urn:ngsi-ld:Person:town:{odd}", "School") is None


def test_all_of_the_local_name_is_hidden(vault: Vault) -> None:
    shown = Pseudonyms(vault).given("urn:ngsi-ld:Person:town:ward-3:house-7:joe", "School")
    assert shown.startswith("urn:ngsi-ld:Person:town:~") and "ward" not in shown and shown.count(":") == 4


def test_the_length_of_a_name_tells_little(vault: Vault) -> None:
    names = Pseudonyms(vault)
    lengths = {len(names.given(f"urn:ngsi-ld:Person:town:{'x' * size}", "School")) for size in range(1, 17)}
    assert len(lengths) == 1
