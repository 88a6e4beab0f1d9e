"""How quickly personal values are sealed and opened: `python -m bench.vault` (some ten seconds).

The vault alone, every batch of new keys synced; printed are the best of several rounds. `--folder` names a folder on
another disk.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from noren.trust import Vault

SUBJECTS, VALUES, BATCH, ROUNDS = 2_000, 5, 100, 5
VALUE = {"type": "Property", "value": "some words about a person"}


def best(work: Callable[[], None], prepare: Callable[[], None] = lambda: None) -> float:
    """Seconds of the quickest round."""
    quickest = float("inf")
    for _ in range(ROUNDS):
        prepare()
        start = time.perf_counter()
        work()
        quickest = min(quickest, time.perf_counter() - start)
    return quickest


def told(what: str, seconds: float, count: int) -> None:
    """One line: how many a second."""
    print(f"{what:<44} {count / seconds:>10,.0f}/s {seconds / count * 1e6:>8.1f} µs")


def main() -> None:
    """Measure in a vault of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=None)
    with tempfile.TemporaryDirectory(prefix="noren-bench-", dir=parser.parse_args().folder) as folder:
        measure(Path(folder) / "keys.db")


def measure(file: Path) -> None:
    """Every line of the table."""
    vault = Vault(file)
    start = time.perf_counter()
    subjects = [vault.subject(f"urn:p:{number}", "city") for number in range(SUBJECTS)]
    told("subject", time.perf_counter() - start, SUBJECTS)
    start = time.perf_counter()
    for number, subject in enumerate(subjects):
        vault.seal("city", subject, "place", VALUE)
        if number % BATCH == BATCH - 1:
            vault.settle()
    told(f"seal, first value of a subject, {BATCH} a sync", time.perf_counter() - start, SUBJECTS)

    def seal() -> None:
        for subject in subjects:
            for _ in range(VALUES):
                vault.seal("city", subject, "place", VALUE)

    told("seal", best(seal), SUBJECTS * VALUES)
    sealed = [(subject, vault.seal("city", subject, "place", VALUE)) for subject in subjects]

    def unseal() -> None:
        for _ in range(VALUES):
            for subject, value in sealed:
                vault.unseal(subject, "place", value)

    def again() -> None:
        nonlocal vault
        vault.close()
        vault = Vault(file)

    def cold() -> None:
        for subject, value in sealed:
            vault.unseal(subject, "place", value)

    told("unseal, key at hand", best(unseal), SUBJECTS * VALUES)
    told("unseal, key read first", best(cold, again), SUBJECTS)
    start = time.perf_counter()
    vault.rotate()
    told("wrapped under another root key", time.perf_counter() - start, SUBJECTS)
    start = time.perf_counter()
    for subject in subjects[:BATCH]:
        vault.erase(subject)
    told("erase", time.perf_counter() - start, BATCH)
    vault.close()


if __name__ == "__main__":
    main()
