"""`noren init`, `noren token` and `noren context`, as somebody types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from noren.broker.contexts import ContextRegistry
from noren.city import City
from noren.store.schema import hold


@pytest.fixture
def town(noren, tmp_path: Path) -> Path:
    assert noren("init", tmp_path / "town", "--name", "Town", "--name-ja", "町", "--timezone", "Asia/Tokyo")[0] == 0
    return tmp_path / "town"


def test_init_says_what_comes_next(noren, tmp_path: Path) -> None:
    status, text = noren("init", tmp_path / "my-town")
    assert status == 0 and "my-town is ready" in text and "noren add" in text and "noren up" in text
    assert City.open(tmp_path / "my-town").config.called("en") == "my-town"


def test_init_for_scripts(noren, tmp_path: Path) -> None:
    status, text = noren("init", tmp_path / "x", "--name", "X", "--country", "jp", "--json")
    assert status == 0
    assert json.loads(text) == {"folder": str(tmp_path / "x"), "name": {"en": "X"}, "slug": "x"}


def test_init_does_not_overwrite(noren, town: Path) -> None:
    before = (town / "noren.toml").read_text("utf-8")
    status, text = noren("init", town)
    assert status == 1 and "is a city already" in text
    assert (town / "noren.toml").read_text("utf-8") == before


def test_a_token_lets_in_whom_it_says(noren, town: Path) -> None:
    status, text = noren("token", "tanaka", "--city", town, "--purpose", "flood-warning", "--port", 9000)
    assert status == 0
    token = text.splitlines()[0]
    who = City.open(town).identify(token)
    assert (who.id, who.kind, who.default_purpose) == ("urn:noren:staff:town:tanaka", "staff", "flood-warning")
    assert f"http://localhost:9000/#token={token}" in text


def test_a_token_for_scripts(noren, town: Path) -> None:
    words = ("--kind", "organisation", "--organisation", "Bus company", "--role", "provider", "--hours", "1", "--json")
    status, text = noren("token", "bus", "--city", town, *words)
    made = json.loads(text)
    who = City.open(town).identify(made["token"])
    assert status == 0 and made["link"] is None
    assert (who.organisation, who.organisation_kind, who.roles) == ("Bus company", "company", {"provider"})


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--hours", "0"), "must last"),
        (("--purpose", "curiosity"), "is no purpose"),
        (("--kind", "king"), "king"),
    ],
)
def test_a_token_that_makes_no_sense_is_refused(noren, town: Path, words: tuple[str, ...], says: str) -> None:
    status, text = noren("token", "x", "--city", town, *words)
    assert status != 0 and says in text


def test_a_token_needs_a_city(noren, tmp_path: Path) -> None:
    status, text = noren("token", "x", "--city", tmp_path)
    assert status == 1 and "noren init" in text


def test_contexts_are_added_and_listed(noren, town: Path, tmp_path: Path) -> None:
    url = "https://example.org/terms.jsonld"
    file = tmp_path / "terms.jsonld"
    file.write_text(json.dumps({"@context": {"colour": "https://example.org/colour"}}))
    assert noren("context", "list", "--city", town) == (0, "None was added.\n")
    assert noren("context", "add", url, file, "--city", town)[0] == 0
    assert noren("context", "list", "--city", town, "--json") == (0, f'["{url}"]\n')
    assert ContextRegistry(town / "contexts").get(url).expand("colour") == "https://example.org/colour"


@pytest.mark.parametrize(("content", "says"), [(b"{", "not JSON"), (b"[]", "context document"), (None, "be read")])
def test_a_context_that_is_none_is_refused(noren, town: Path, tmp_path: Path, content: bytes | None, says: str) -> None:
    if content is not None:
        (tmp_path / "x").write_bytes(content)
    status, text = noren("context", "add", "https://example.org/x", tmp_path / "x", "--city", town)
    assert status != 0 and says in text


def test_results_go_to_standard_output_and_refusals_do_not(typed, tmp_path: Path) -> None:
    game = tmp_path / "game.json"
    game.write_text('{"claims": {"A": 100, "B": 200}, "estate": 120}', "utf-8")
    status, out, err = typed("allocate", game)
    assert status == 0 and "A" in out and not err
    status, out, err = typed("allocate", tmp_path / "gone.json")
    assert status == 1 and not out and "gone.json" in err


def test_an_interrupted_command_says_nothing(typed, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*words: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("noren.cli.app", stopped)
    assert typed("allocate", "game.json") == (130, "", "")


def test_a_search_for_somebody_is_refused_and_on_record(noren, town: Path) -> None:
    for number in (1, 2):
        status, text = noren("search-request", "person", "--city", town)
        assert status == 1 and "does not search for people" in text and f"number {number}" in text.replace("\n", " ")
    assert noren("search-request", "person", "--city", town, "--order", town / "none.jws")[0] == 1
    held = hold(town / "data" / "ledger")
    assert "POST /api/search-requests" in noren("search-request", "person", "--city", town)[1].replace("\n", " ")
    held.close()
