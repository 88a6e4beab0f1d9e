"""`noren identity`, as somebody types it beside a running city."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, OKPKey

from noren.city import City
from noren.errors import NotSignedIn
from noren.trust.identity import sdjwt


@pytest.fixture
def town(typed: Any, tmp_path: Path) -> Path:
    assert typed("init", tmp_path / "town", "--name", "Town")[0] == 0
    return tmp_path / "town"


@pytest.fixture
def said(typed: Any, town: Path) -> Any:
    """Types a command of `noren identity` and returns what it printed."""

    def run(*words: object, status: int = 0) -> str:
        got, out, err = typed("identity", *words, "--city", town)
        assert got == status, out + err
        return str(out + err)

    return run


def test_staff_are_added_entrusted_and_stopped(said: Any, town: Path) -> None:
    id, invitation = said("account", "add", "Tanaka").split()
    said("role", "give", id, "operator", "--purpose", "flood-warning")
    city = City.open(town)
    shown = city.identity.enter_with(invitation)
    who = city.identify(shown)
    assert (who.roles, who.purposes) == ({"operator"}, {"flood-warning", "public-information"})
    (row,) = json.loads(said("account", "list", "--kind", "staff", "--json"))
    assert (row["name"], row["has"]) == ("Tanaka", "flood-warning, operator")
    said("role", "take", id, "--purpose", "flood-warning")
    assert "city-operation" in city.identify(shown).purposes
    assert "noren-invitation." in said("account", "invite", id)
    said("account", "stop", id)
    with pytest.raises(NotSignedIn):
        city.identify(shown)


def test_residents_are_listed_without_names(said: Any) -> None:
    said("account", "add", "Somebody", "--kind", "resident")
    assert "Somebody" not in said("account", "list") and "urn:noren:resident" in said("account", "list", "--json")


def test_an_organisation_s_tokens_end_with_it_and_its_kind_is_kept(said: Any, typed: Any, town: Path) -> None:
    said("organisation", "add", "Bus", "--kind", "company")
    words = ("--kind", "organisation", "--organisation", "Bus", "--city", town)
    assert typed("token", "bus", *words, "--organisation-kind", "health")[0] == 1
    token = typed("token", "bus", *words)[1].splitlines()[0]
    city = City.open(town)
    assert city.identify(token).organisation_kind == "company"
    (session,) = json.loads(said("session", "list", "--json"))
    assert session["holder"] == "urn:noren:organisation:town:bus"
    said("organisation", "stop", "Bus")
    with pytest.raises(NotSignedIn):
        city.identify(token)
    said("organisation", "stop", "Bus", "--resume")
    assert city.identify(token)
    said("session", "revoke", session["id"])
    with pytest.raises(NotSignedIn):
        city.identify(token)


def test_devices_are_added_listed_and_revoked(said: Any, tmp_path: Path) -> None:
    key = OKPKey.generate_key("Ed25519")
    (tmp_path / "pub").write_bytes(key.as_pem(private=False))
    (tmp_path / "secret").write_bytes(key.as_pem(private=True))
    assert "private" in said("device", "add", "gauge", tmp_path / "secret", "--writes", "WaterObserved", status=1)
    id = said("device", "add", "gauge", tmp_path / "pub", "--writes", "WaterObserved").strip()
    said("device", "revoke", id)
    (row,) = json.loads(said("device", "list", "--json"))
    assert (row["id"], row["writes"]) == (id, "WaterObserved") and row["stopped"]


def test_a_credential_is_issued_and_checked(said: Any, town: Path, tmp_path: Path) -> None:
    path = town / "noren.toml"
    path.write_text(path.read_text("utf-8") + '\n[identity]\naddress = "https://town.example"\n', "utf-8")
    id = said("account", "add", "Somebody", "--kind", "resident").split()[0]
    said("credential", "say", id, "age_over_18", "true", "--evidence", "card, at the desk")
    key = ECKey.generate_key("P-256")
    (tmp_path / "jwk").write_text(json.dumps(key.as_dict(private=False)))
    issued = said("credential", "issue", id, tmp_path / "jwk").strip()
    city = City.open(town)
    question = {"nonce": "n", "audience": "bar"}
    shown = sdjwt.present(issued, ["age_over_18"], key, now=city.identity.register.now(), **question)
    (tmp_path / "shown").write_text(shown + "\n")
    words = ("credential", "check", tmp_path / "shown", "--audience", "bar", "--nonce")
    assert json.loads(said(*words, "n")) == {"age_over_18": True}
    assert "another question" in said(*words, "m", status=1)
    said("credential", "unsay", id, "age_over_18")
    assert "vouches for nothing" in said("credential", "issue", id, tmp_path / "jwk", status=1)


def test_clients_are_added_and_removed(said: Any) -> None:
    said("organisation", "add", "Bus", "--kind", "company")
    id, secret = said("client", "add", "Bus", "--redirect", "https://bus.example/back").split()
    assert len(secret) > 40
    assert said("client", "add", "Bus", "--redirect", "https://bus.example/app", "--public").split()
    assert "https" in said("client", "add", "Bus", "--redirect", "http://bus.example", status=1)
    said("client", "remove", id)
    assert len(json.loads(said("client", "list", "--json"))) == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("role", "give", "nobody", "operator"), "neither an account"),
        (("role", "give", "nobody"), "Neither a role"),
        (("role", "take", "nobody", "operator"), "was not given"),
        (("account", "stop", "nobody"), "no such account"),
        (("device", "revoke", "nobody"), "no such device"),
        (("session", "revoke"), "Name one session"),
        (("session", "revoke", "x"), "no such session"),
        (("organisation", "stop", "x"), "is registered"),
        (("client", "add", "x", "--redirect", "https://x.example"), "is registered"),
    ],
)
def test_what_cannot_be_done_is_told(said: Any, words: tuple[str, ...], says: str) -> None:
    assert says in said(*words, status=1)


def test_it_speaks_japanese(typed: Any, town: Path) -> None:
    assert typed("identity", "session", "list", "--city", town, language="ja")[1] == "ありません。\n"
