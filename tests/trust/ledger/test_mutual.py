"""A city and a residents' association, a log each, cosigning each other."""

from __future__ import annotations

import pytest

from noren.errors import BadInput, Unproven
from noren.trust.ledger import Checkpoint, Note, Policy, Receipt, Signer, merkle
from noren.trust.ledger.mutual import LIMIT, Refusal, asked, overdue, refusal, request
from noren.trust.ledger.tiles import Edge
from tests.trust.ledger.conftest import witness_key

CITY, PEOPLE = Signer("city.example/ledger", b"c" * 32), Signer("people.example/ledger", b"p" * 32)
CITYS, PEOPLES = witness_key("city"), witness_key("people")
WANTED, ASKED = b"the minutes of the meeting", 1_000_000


def policy(log: Signer, name: str, witness: Signer) -> Policy:
    return Policy.parse(f"log {log.verifier}\nwitness {name} {witness.verifier}\nquorum {name}\n".encode())


AT_PEOPLES = policy(PEOPLE, "city", CITYS)
AT_CITYS = policy(CITY, "people", PEOPLES)


def tree(log: Signer, entries: list[bytes], witness: Signer, time: int) -> Note:
    edge = Edge()
    for entry in entries:
        edge.add(merkle.leaf(entry))
    return Note(Checkpoint(log.verifier.name, edge.size, edge.root()).text()).signed(log).signed(witness, time)


def asking(origin: str = CITY.verifier.name) -> Receipt:
    return Receipt(0, (), tree(PEOPLE, [request(origin, WANTED)], CITYS, ASKED))


def leaves(entries: list[bytes]) -> list[bytes]:
    return [merkle.leaf(entry) for entry in entries]


def test_silence_is_provable() -> None:
    entries = [b"one", b"two"]
    later = tree(CITY, entries, PEOPLES, ASKED + LIMIT + 60)
    assert overdue(WANTED, asking(), AT_PEOPLES, "city", later, AT_CITYS, leaves(entries)) == 60


def test_who_recorded_it_or_has_time_left_is_not_late() -> None:
    entries = [b"one", WANTED]
    done = tree(CITY, entries, PEOPLES, ASKED + LIMIT + 60)
    with pytest.raises(Unproven, match="is there"):
        overdue(WANTED, asking(), AT_PEOPLES, "city", done, AT_CITYS, leaves(entries))
    early = tree(CITY, [b"one"], PEOPLES, ASKED + LIMIT)
    with pytest.raises(Unproven, match="still has 0 seconds"):
        overdue(WANTED, asking(), AT_PEOPLES, "city", early, AT_CITYS, leaves([b"one"]))


def test_nothing_may_be_left_out_of_the_proof() -> None:
    entries = [b"one", WANTED]
    later = tree(CITY, entries, PEOPLES, ASKED + LIMIT + 60)
    for shown in (entries[:1], [b"one", b"two"], [*entries, b"three"]):
        with pytest.raises(Unproven, match="not all entries"):
            overdue(WANTED, asking(), AT_PEOPLES, "city", later, AT_CITYS, leaves(shown))


def test_the_log_must_have_seen_the_request() -> None:
    later = tree(CITY, [b"one"], PEOPLES, ASKED + LIMIT + 60)
    unseen = Policy.parse(f"log {PEOPLE.verifier}\nwitness city {CITYS.verifier}\nquorum none\n".encode())
    bare = Receipt(0, (), tree(PEOPLE, [request(CITY.verifier.name, WANTED)], PEOPLES, ASKED))
    with pytest.raises(Unproven, match="not shown to have seen"):
        overdue(WANTED, bare, unseen, "city", later, AT_CITYS, leaves([b"one"]))
    with pytest.raises(Unproven):
        overdue(WANTED, asking("other.example"), AT_PEOPLES, "city", later, AT_CITYS, leaves([b"one"]))


def test_a_refusal_is_signed_and_nothing_else() -> None:
    made = Refusal(CITY.verifier.name, merkle.leaf(WANTED), ASKED, "It names a person.")
    raw = bytes(made.note(CITY))
    assert refusal(raw, CITY.verifier) == made
    with pytest.raises(Unproven):
        refusal(raw, PEOPLE.verifier)
    with pytest.raises(Unproven):
        refusal(raw.replace(b"person", b"penguin"), CITY.verifier)
    with pytest.raises(BadInput):
        Checkpoint.parse(Note.parse(raw).text)
    with pytest.raises(BadInput):
        made.note(PEOPLE)
    with pytest.raises(BadInput):
        Refusal(CITY.verifier.name, merkle.leaf(WANTED), ASKED, "two\nlines").note(CITY)
    with pytest.raises(BadInput):
        refusal(bytes(tree(CITY, [b"one"], PEOPLES, 1)), CITY.verifier)


def test_a_request_names_a_log_and_an_entry() -> None:
    assert asked(request("city.example/ledger", WANTED)) == ("city.example/ledger", merkle.leaf(WANTED))
    for entry in (b"", b"noren-ledger-request/v1\na\nAAAA\n", request("a", WANTED) + b"\n", b"\xff",
                  request("", WANTED), request("a name of a person", WANTED), request("a\x00b", WANTED),
                  request("x" * 256, WANTED), request("x", WANTED).replace(b"x", b"\xff")):  # fmt: skip
        with pytest.raises(BadInput):
            asked(entry)
