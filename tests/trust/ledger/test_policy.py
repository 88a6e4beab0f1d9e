from __future__ import annotations

from itertools import combinations

import pytest

from noren.errors import BadInput, Unproven
from noren.trust.ledger import Checkpoint, Note, Policy, Signer
from tests.trust.ledger.conftest import witness_key

KEYS = {name: str(witness_key(name).verifier) for name in ("X1", "X2", "X3", "Y1", "Y2", "Y3")}
LOG = Signer("city.example/ledger", bytes(32))
NESTED = (
    f"# the example of tlog-policy\nlog {LOG.verifier}\n\n"
    + "".join(f"witness {name}\t{key} https://{name.lower()}.example/\n" for name, key in KEYS.items())
    + "group X-witnesses 2 X1 X2 X3\n  group Y-witnesses any Y1 Y2 Y3\n"
    + "group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n"
)


def policy(text: str) -> Policy:
    return Policy.parse(text.encode())


def test_nested_groups_count_as_they_say() -> None:
    found = policy(NESTED)
    for count in range(7):
        for chosen in combinations(KEYS, count):
            xs, ys = (sum(name.startswith(letter) for name in chosen) for letter in "XY")
            assert found.satisfied(chosen) == (xs >= 2 and ys >= 1)


def test_a_note_is_accepted_by_its_quorum() -> None:
    note = Note(Checkpoint(LOG.verifier.name, 1, bytes(32)).text()).signed(LOG)
    with pytest.raises(Unproven, match="Too few"):
        policy(NESTED).accept(note)
    for name in ("X1", "X3", "Y2"):
        note = note.signed(witness_key(name), 100)
    accepted = policy(NESTED).accept(note)
    assert (accepted.log, accepted.times) == (LOG.verifier, {"X1": 100, "X3": 100, "Y2": 100})
    other = Signer.new(LOG.verifier.name)
    with pytest.raises(Unproven, match="None of the logs"):
        policy(NESTED).accept(Note(note.text).signed(other))
    with pytest.raises(Unproven, match="None of the logs"):
        policy("quorum none\n").accept(note)
    assert policy("quorum none\n").accept(note, LOG.verifier).times == {}


def test_a_log_speaks_for_its_own_origin_only() -> None:
    note = Note(Checkpoint("other.example/ledger", 1, bytes(32)).text()).signed(LOG)
    with pytest.raises(Unproven, match="None of the logs"):
        policy(f"log {LOG.verifier}\nquorum none\n").accept(note)


W = f"witness a {KEYS['X1']}\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        (W, ""),
        ("quorum\n", "1"),
        ("quorum a\n", "1"),
        ("quorum none\nquorum none\n", "2"),
        ("quorum none none\n", "1"),
        ("something a\nquorum none\n", "1"),
        (W + W + "quorum a\n", "2"),
        (W + f"witness b {KEYS['X1']}\nquorum a\n", "2"),
        (f"witness none {KEYS['X1']}\nquorum none\n", "1"),
        (f"witness a {LOG.verifier}\nquorum a\n", "1"),
        ("witness a b\nquorum a\n", "1"),
        (W + "group g 1\nquorum g\n", "2"),
        (W + "group g 0 a\nquorum g\n", "2"),
        (W + "group g 2 a\nquorum g\n", "2"),
        (W + "group g +1 a\nquorum g\n", "2"),
        (W + "group g 01 a\nquorum g\n", "2"),
        (W + "group g some a\nquorum g\n", "2"),
        (W + "group g any a a\nquorum g\n", "2"),
        (W + "group g any a\ngroup h any a\nquorum g\n", "3"),
        (W + "group g any b\nquorum g\n", "2"),
        (W + "group g any none\nquorum g\n", "2"),
        (W + "group g any g\nquorum g\n", "2"),
        (W + "group a any a\nquorum a\n", "2"),
        (f"log {LOG.verifier}\nlog {LOG.verifier}\nquorum none\n", "2"),
        (f"log {LOG.verifier} a b\nquorum none\n", "1"),
        ("quorum none\r\n", ""),
    ],
)
def test_a_wrong_line_is_named(text: str, line: str) -> None:
    with pytest.raises(BadInput) as told:
        policy(text)
    assert f"line {line}" in told.value.where or not line


def test_groups_within_groups_have_an_end() -> None:
    chain = "".join(f"group g{number + 1} any g{number}\n" for number in range(255))
    text = W + "group g0 any a\n" + chain
    assert policy(text + "quorum g255\n").satisfied({"a"})
    with pytest.raises(BadInput, match="256 groups"):
        policy(text + "group g256 any g255\nquorum g256\n")


def test_names_are_octets_and_stay_apart() -> None:
    raw = b"witness K " + KEYS["X1"].encode() + b"\nwitness \xe2\x84\xaa " + KEYS["X2"].encode()
    raw += b"\nwitness \xff " + KEYS["X3"].encode() + b"\nwitness \xfe " + KEYS["Y1"].encode() + b"\nquorum \xff\n"
    assert len(Policy.parse(raw).witnesses) == 4
