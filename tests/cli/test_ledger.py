"""`noren anchor`, `verify`, `witness` and `ledger`, as somebody types them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from noren.cli import main
from noren.messages import catalogue
from noren.trust.ledger import Log, Signer

Noren = Callable[..., tuple[int, str]]


@pytest.fixture
def noren(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Noren:
    """Types a command; returns its status and what it printed, errors included."""
    monkeypatch.setenv("LC_ALL", "C")

    def run(*words: object) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["noren", *map(str, words)])
        status = 0
        try:
            main()
        except SystemExit as end:
            status = int(end.code or 0)
        shown = capsys.readouterr()
        return status, shown.out + shown.err

    return run


@pytest.fixture
def town(noren: Noren, tmp_path: Path) -> Path:
    assert noren("init", tmp_path / "town", "--name", "Town")[0] == 0
    return tmp_path / "town"


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    file = tmp_path / "contract.txt"
    file.write_text("Ten lamps, to be paid in June.")
    return file


def told_policy(noren: Noren, town: Path, tmp_path: Path) -> Path:
    file = tmp_path / "town.policy"
    file.write_text(noren("ledger", "policy", "--city", town)[1])
    return file


def test_a_document_is_anchored_and_verified(noren: Noren, town: Path, contract: Path, tmp_path: Path) -> None:
    status, text = noren("anchor", contract, "--city", town)
    assert status == 0 and "entry 0 of the ledger town/ledger" in text
    receipt, policy = tmp_path / "contract.txt.tlog-proof", told_policy(noren, town, tmp_path)
    status, text = noren("verify", receipt, "--policy", policy)
    assert status == 0 and "The receipt holds" in text and "No witness" in text
    found = json.loads(noren("verify", receipt, "--policy", policy, "--json")[1])
    assert (found["holds"], found["index"], found["witnesses"]) == (True, 0, {})
    contract.write_text("Ten lamps, to be paid in July.")
    status, text = noren("verify", receipt, "--policy", policy)
    assert status == 1 and "does not lead" in text
    status, text = noren("verify", receipt, "--policy", policy, "--json")
    assert status == 1 and json.loads(text)["holds"] is False
    status, text = noren("anchor", contract, "--city", town)
    assert status == 1 and "about something else" in text


def test_nothing_is_believed_without_a_policy(noren: Noren, town: Path, contract: Path, tmp_path: Path) -> None:
    noren("anchor", contract, "--city", town)
    receipt = tmp_path / "contract.txt.tlog-proof"
    status, text = noren("verify", receipt)
    assert status == 1 and "--policy" in text and "town/ledger" in text
    other = tmp_path / "other.policy"
    other.write_text(f"log {Signer.new('town/ledger').verifier}\nquorum none\n")
    status, text = noren("verify", receipt, "--policy", other)
    assert status == 1 and "None of the logs" in text
    assert noren("verify", tmp_path / "none.tlog-proof", "--policy", other)[0] == 1
    moved = shutil.copy(receipt, tmp_path / "receipt")
    status, text = noren("verify", moved, "--policy", told_policy(noren, town, tmp_path))
    assert status == 1 and "--entry" in text


def test_status_and_check(noren: Noren, town: Path, contract: Path) -> None:
    status, text = noren("ledger", "status", "--city", town)
    assert status == 1 and "Nothing was recorded" in text
    noren("anchor", contract, "--city", town)
    status, text = noren("ledger", "status", "--city", town)
    assert status == 0 and "1 entries, 1 of them signed" in text
    assert json.loads(noren("ledger", "status", "--city", town, "--json")[1])["lapsed"] is False
    assert noren("ledger", "check", "--city", town)[0] == 0
    tile = town / "data/ledger/tile/0/000.p/1"
    tile.write_bytes(bytes(32))
    status, text = noren("ledger", "check", "--city", town)
    assert status == 1 and "tile/0/000.p/1" in text and "--repair" in text
    assert json.loads(noren("ledger", "check", "--city", town, "--repair", "--json")[1])["repaired"]
    assert noren("ledger", "check", "--city", town)[0] == 0


def test_a_witness_in_a_process_of_its_own(noren: Noren, town: Path, contract: Path, tmp_path: Path) -> None:
    noren("anchor", contract, "--city", town)
    policy, receipt = told_policy(noren, town, tmp_path), tmp_path / "contract.txt.tlog-proof"
    command = [sys.executable, "-m", "noren.cli", "witness", "--key", str(tmp_path / "people.key")]
    command += ["--name", "people.example/witness", "--policy", str(policy), "--listen", "127.0.0.1:0"]
    environment = {**os.environ, "LC_ALL": "C", "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        try:
            first, line, _ = (process.stdout.readline() for _ in range(3))
            assert "is witnessing at" in first
            _, _, key, url = line.rpartition(": ")[2].split()
            asked = policy.read_text().replace("quorum none", f"witness people {key} {url}\nquorum people")
            (town / "ledger.policy").write_text(asked)
            settings = (town / "noren.toml").read_text()
            (town / "noren.toml").write_text(settings + '\n[net]\nallow = ["localhost"]\n')
            status, text = noren("ledger", "status", "--city", town)
            assert status == 0 and "never cosigned" in text and "must not be released" in text
            status, text = noren("anchor", contract, "--city", town)
            assert status == 0 and "entry 0" in text and "Keep both files" in text
            status, text = noren("verify", receipt, "--policy", town / "ledger.policy")
            assert status == 0 and "Cosigned by people" in text
            assert "last cosigned 0.0 minutes ago" in noren("ledger", "status", "--city", town)[1]
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    second = contract.with_name("second.txt")
    second.write_text("x")
    status, text = noren("anchor", second, "--city", town)
    assert status == 0 and "have not cosigned it yet" in text


async def fork(folder: Path, signer: Signer, entry: bytes) -> None:
    log = Log(folder, signer)
    await log.append(entry)
    await log.close()


def test_watching_finds_a_fork_and_the_evidence_holds(noren: Noren, tmp_path: Path) -> None:
    import asyncio

    signer = Signer.new("town/ledger")
    key, memory = str(signer.verifier), tmp_path / "memory"
    asyncio.run(fork(tmp_path / "one", signer, b"one"))
    asyncio.run(fork(tmp_path / "two", signer, b"two"))
    watch = ("ledger", "watch", "--key", key, "--memory", memory, "--evidence", tmp_path / "evidence")
    status, text = noren(*watch, tmp_path / "one")
    assert status == 0 and "tells the same at all 1 places" in text
    status, text = noren(*watch, tmp_path / "one", tmp_path / "two", "--json")
    (found,) = json.loads(text)
    assert (status, found["kind"]) == (1, "two") and "one size" in found["words"]
    status, text = noren("ledger", "evidence", found["evidence"], "--key", key)
    assert status == 0 and "It is proved" in text
    assert json.loads(noren("ledger", "evidence", found["evidence"], "--json")[1])["proves"] is True
    other = str(Signer.new("town/ledger").verifier)
    assert noren("ledger", "evidence", found["evidence"], "--key", other)[0] == 1


def test_a_witness_without_a_key_or_a_ledger_says_so(noren: Noren, tmp_path: Path) -> None:
    policy = tmp_path / "p"
    policy.write_text("quorum none\n")
    status, text = noren("witness", "--key", tmp_path / "k", "--policy", policy)
    assert status == 1 and "names no ledger" in text
    policy.write_text(f"log {Signer.new('a').verifier}\nquorum none\n")
    status, text = noren("witness", "--key", tmp_path / "k", "--policy", policy)
    assert status == 1 and "no key" in text
    arguments = ("witness", "--key", tmp_path / "k", "--name", "w", "--policy", policy, "--listen")
    assert noren(*arguments, "nowhere")[0] == 1


def test_both_languages_have_the_same_words() -> None:
    keys = [{key for key in catalogue(language) if key.startswith("ledger.")} for language in ("en", "ja")]
    assert keys[0] == keys[1] and len(keys[0]) > 15


def test_what_a_silent_ledger_owes_is_proved(noren: Noren, town: Path, contract: Path, tmp_path: Path) -> None:
    """The town neither records nor refuses; an association asks it in public and shows that nothing came of it."""
    noren("anchor", contract, "--city", town)
    contract.with_name(f"{contract.name}.tlog-proof").unlink()
    own = tmp_path / "association"
    noren("init", own, "--name", "Association")
    status, text = noren("ledger", "request", contract, "--of", "town/ledger", "--city", own)
    assert status == 0 and "town/ledger" in text, text
    held = contract.with_name(f"{contract.name}.request.tlog-proof")
    assert held.exists()
    policies = [tmp_path / "own.policy", tmp_path / "town.policy"]
    for place, policy in zip((own, town), policies, strict=True):
        policy.write_text(noren("ledger", "policy", "--city", place)[1])
    status, text = noren(
        "ledger", "overdue", contract, "--elsewhere", policies[0], "--silent", "town",
        "--source", town / "data" / "ledger", "--policy", policies[1],
    )  # fmt: skip
    assert status != 0 and "not shown to have seen the request" in text, "the town's witness has not cosigned it"
