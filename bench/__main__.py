"""Every bench in turn, small: `python -m bench` (ten minutes or so), which is what `make bench` runs.

Each is a process of its own, so that none warms or burdens the next. For the sizes of the design, run one by itself
with its own arguments. What needs data beyond the repository (`forecast`, `add`) is left to be run by name.
"""

from __future__ import annotations

import subprocess
import sys

BENCHES: tuple[tuple[str, ...], ...] = (
    ("http",),
    ("store", "--entities", "20000", "--points", "1000000"),
    ("forms",),
    ("curtain",),
    ("vault",),
    ("delivery", "--seconds", "5"),
    ("tiles", "5000"),
    ("people", "--districts", "300"),
    ("ballots", "--voters", "20000"),
    ("start",),
    ("opinions", "--comments", "20000", "--voters", "2000"),
    ("ledger",),
    ("commands",),
    ("custody", "--requests", "50"),
    ("flow", "--people", "200000"),
)


def main() -> int:
    """Run them all; how many failed."""
    failed = []
    for name, *arguments in BENCHES:
        print(f"\n== python -m bench.{' '.join((name, *arguments))}", flush=True)
        if subprocess.run([sys.executable, "-m", f"bench.{name}", *arguments], check=False).returncode:
            failed.append(name)
    if failed:
        print(f"\nFailed: {', '.join(failed)}.", file=sys.stderr)
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
