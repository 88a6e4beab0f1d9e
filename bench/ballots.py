"""Measure votes: `python -m bench.ballots` (under a minute), a generated budget as large as the largest real ones.

Some projects are known all over the city, most in one district; voters approve up to ten, mostly near them.
`--voters` and `--projects` make it larger or smaller; `--points` lets voters share out points instead.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import numpy as np

from noren.civic.ballots import Ballot, Case, Election, Project, decide, pb, report

T = TypeVar("T")
DISTRICTS, MOST = 18, 10


def generated(voters: int, projects: int, points: bool = False) -> Election:
    """An election whose budget pays about a third of what is proposed."""
    random = np.random.default_rng(1)
    costs = np.round(random.lognormal(11.5, 1.0, projects), -2) + 500
    appeal, home = random.pareto(1.2, projects) + 0.2, random.integers(0, DISTRICTS, projects)
    listed = [Project(f"p{n}", Decimal(int(cost)), f"Project {n}") for n, cost in enumerate(costs)]
    chance = {at: appeal * np.where(home == at, 12, 1) for at in range(DISTRICTS)}
    ballots = []
    for voter, at in enumerate(random.integers(0, DISTRICTS, voters)):
        many = int(random.integers(1, MOST + 1))
        chosen = random.choice(projects, min(many, projects), replace=False, p=chance[at] / chance[at].sum())
        given = tuple(Decimal(int(n)) for n in random.integers(1, 4, len(chosen))) if points else ()
        ballots.append(Ballot(str(voter), tuple(f"p{n}" for n in chosen), given))
    meta = {"max_length": str(MOST), "max_sum_points": "30"}
    return Election("cumulative" if points else "approval", listed, ballots, Decimal(int(costs.sum() / 3)), meta)


def timed(name: str, work: Callable[[], T]) -> T:
    """Print how long `work` took, in seconds of processor time and by the clock."""
    clock, processor = time.perf_counter(), time.process_time()
    found = work()
    print(
        f"{name:44}{time.perf_counter() - clock:8.2f} s{time.process_time() - processor:8.2f} s processor", flush=True
    )
    return found


def main() -> None:
    """Write, read, count, and decide by every rule."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--voters", type=int, default=90_000)
    parser.add_argument("--projects", type=int, default=150)
    parser.add_argument("--points", action="store_true")
    given = parser.parse_args()
    election = generated(given.voters, given.projects, given.points)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "generated.pb"
        timed("write", lambda: path.write_text(pb.dump(election), "utf-8"))
        read = timed(f"read ({path.stat().st_size / 1e6:.1f} MB)", lambda: pb.read(path))
    case = timed("check and count", lambda: Case.of(read))
    for rule in ("greedy", "equalshares", "equalshares/add1", "equalshares-count/add1"):
        found = timed(rule, lambda rule=rule: decide(case, rule))
        raised = f", raised {found.facts['raised']} times" if "raised" in found.facts else ""
        print(f"  {len(found.winners)} winners, {found.figures.of_budget:.1%} of the budget{raised}")
    timed("the whole report", lambda: report(read))


if __name__ == "__main__":
    main()
