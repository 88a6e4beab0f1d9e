"""People counted by place and hour: each one's part is bounded, the noise is what it says, the budget holds."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.errors import BadInput, Conflict, TooMany, Unproven
from noren.services.mobility.flow import noise
from noren.services.mobility.flow.bounding import HOUR, bounded
from noren.services.mobility.flow.budget import Account, Month, Opened, Spend, epsilon, planned, read, spend
from noren.services.mobility.flow.mesh import middle
from noren.services.mobility.flow.noise import DELTA_UNIT, RHO_UNIT, Mechanism, mechanism
from noren.services.mobility.flow.release import Told, Wish, release
from noren.trust.ledger import Ledger, Signer
from noren.trust.ledger import monitor as sources
from noren.trust.ledger.reading import entries
from tests.services.mobility.crowd import MIDNIGHT, drawer, table, trajectories

HOW = Mechanism(9, 21.214, 120, 10_000, 10_000)
ROWS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5), st.integers(0, 3 * 1440)), max_size=80)


def visits(rows: list[tuple[int, int, int]]) -> pa.Table:
    times = [MIDNIGHT + timedelta(minutes=minute) for *_, minute in rows]
    return pa.table(
        {
            "person": pa.array([f"p{person}" for person, *_ in rows], pa.string()),
            "cell": pa.array([f"c{cell}" for _, cell, _ in rows], pa.string()),
            "time": pa.array(times, pa.timestamp("s", "UTC")),
        }
    )


def flat(days: object) -> Counter[tuple[str, str, int]]:
    found: Counter[tuple[str, str, int]] = Counter()
    for day, counts in days.items():  # type: ignore[attr-defined]
        for cell, hour, people in zip(counts.cells, counts.hours, counts.people, strict=True):
            found[day, cell, int(hour)] += int(people)
    return found


def counted(rows: list[tuple[int, int, int]]) -> Counter[tuple[str, str, int]]:
    """An independent count, without a bound, in days of Tokyo."""
    seen = {(person, cell, minute // 60) for person, cell, minute in rows}
    first = int(MIDNIGHT.timestamp()) // HOUR
    tokyo = [(MIDNIGHT + timedelta(hours=hour + 9)).date() for _, _, hour in seen]
    return Counter((str(day), f"c{cell}", first + hour) for (_, cell, hour), day in zip(seen, tokyo, strict=True))


@given(ROWS, st.integers(0, 2**32))
def test_without_a_bound_that_bites_all_are_counted_once(rows: list[tuple[int, int, int]], seed: int) -> None:
    assert flat(bounded(visits(rows), 24 * 6, "Asia/Tokyo", np.random.default_rng(seed))) == counted(rows)


@given(ROWS, st.integers(1, 5), st.integers(0, 2**32))
def test_nobody_changes_more_than_the_bound(rows: list[tuple[int, int, int]], most: int, seed: int) -> None:
    """Of one person alone a day holds min(bound, visits) counts of 1; together counts add up to just that."""
    expected: Counter[tuple[int, str]] = Counter()
    for person in {person for person, *_ in rows}:
        own = [row for row in rows if row[0] == person]
        alone = flat(bounded(visits(own), most, "Asia/Tokyo", np.random.default_rng(seed)))
        whole = counted(own)
        for day in {day for day, *_ in whole}:
            visited = sum(count for key, count in whole.items() if key[0] == day)
            kept = [count for key, count in alone.items() if key[0] == day]
            assert len(kept) == sum(kept) == min(most, visited)
            expected[person, day] = min(most, visited)
    together = flat(bounded(visits(rows), most, "Asia/Tokyo", np.random.default_rng(seed)))
    assert sum(together.values()) == sum(expected.values())
    assert not together - counted(rows)


def test_what_is_kept_is_chosen_by_chance() -> None:
    rows = visits([(0, cell, 60 * cell) for cell in range(5)])
    random, kept = np.random.default_rng(7), Counter[str]()
    for _ in range(2000):
        kept.update(next(iter(bounded(rows, 2, "UTC", random).values())).cells)
    assert sum(kept.values()) == 4000
    assert all(abs(count - 800) < 6 * math.sqrt(800 * 0.6) for count in kept.values()), kept


@pytest.mark.parametrize("contributions", [1, 4, 7, 9, 25])
def test_the_cost_is_the_textbooks(contributions: int) -> None:
    """rho = k / 2σ², and delta at least the chance that one of k lone visits passes the threshold;
    both from the definition of the discrete Gaussian, not from OpenDP."""
    pytest.importorskip("opendp")
    how = mechanism(contributions, 10_000, 10_000)
    assert how.rho <= 10_000 and how.rho / RHO_UNIT >= contributions / (2 * how.scale**2)
    values = np.arange(-int(40 * how.scale), int(40 * how.scale) + 1)
    weights = np.exp(-(values**2) / (2 * how.scale**2))
    passes = contributions * weights[values + 1 >= how.threshold].sum() / weights.sum()
    assert passes <= how.delta / DELTA_UNIT <= 10_000 / DELTA_UNIT
    assert passes > 0.3 * 10_000 / DELTA_UNIT, "more noise than needed"


def test_the_noise_is_what_it_says() -> None:
    """OpenDP's draws against the definition: mean, spread, whole numbers, and nothing below the threshold."""
    pytest.importorskip("opendp")
    how = mechanism(9, 10_000, 10_000)
    counts = np.full(20_000, 400)
    noised = noise.draw(how, counts) - counts
    assert abs(noised.mean()) < 7 * how.scale / math.sqrt(len(counts))
    assert abs(noised.std() / how.scale - 1) < 7 / math.sqrt(2 * len(counts))
    inside = np.mean(np.abs(noised) <= how.margin)
    assert abs(inside - 0.9) < 0.02
    few = noise.draw(how, np.full(2000, how.threshold))
    assert set(few[few < how.threshold]) == {0} and 0.4 < np.mean(few > 0) < 0.6
    assert not noise.draw(how, np.ones(2000, np.int64)).any()


@pytest.mark.parametrize(("contributions", "rho", "delta"), [(0, 1, 1), (101, 1, 1), (1, 0, 1), (1, 1, 0)])
def test_what_makes_no_sense_is_refused(contributions: int, rho: int, delta: int) -> None:
    with pytest.raises(BadInput):
        mechanism(contributions, rho, delta)


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    async with Ledger(tmp_path / "ledger", Signer.new("town.example/ledger")) as ledger:
        yield ledger


def wanted(day: str = "2026-06-01", rho: int = 10_000, limit: int = 30_000, who: str = "phones") -> Spend:
    how = Mechanism(9, 21.214, 120, rho, 10)
    return planned(who, day, how, limit, 10**6)


SPENDS = st.lists(
    st.tuples(st.sampled_from(["phones", "cards"]), st.sampled_from(["2026-06-01", "2026-06-30", "2026-07-01"]),
              st.integers(1, 20_000), st.integers(1, 50_000)), max_size=30,
)  # fmt: skip


@given(SPENDS)
def test_no_month_costs_more_than_any_limit_that_it_was_spent_under(spends: list[tuple[str, str, int, int]]) -> None:
    made = [wanted(day, rho, limit, who) for who, day, rho, limit in spends]
    account = Account([each.entry() for each in made])
    for (who, period), month in account.months.items():
        held = [each for each in account.valid.values() if (each.population, each.period) == (who, period)]
        assert month.rho == sum(each.rho for each in held) and month.releases == len(held)
        assert all(month.rho <= each.limit_rho for each in held[:1] + held[-1:])
    assert Account([each.entry() for each in made] * 2).valid == account.valid, "an entry counts once"


async def test_an_account_cannot_be_overdrawn(ledger: Ledger) -> None:
    account = Account()
    for _ in range(3):
        await spend(Opened(ledger), account, wanted())
    with pytest.raises(TooMany, match="has been told"):
        await spend(Opened(ledger), account, wanted(rho=1))
    with pytest.raises(TooMany):
        await spend(Opened(ledger), Account(), wanted(rho=1, limit=10**6))
    await spend(Opened(ledger), account, wanted(day="2026-07-01"))
    await spend(Opened(ledger), account, wanted(who="cards"))


async def test_at_the_same_time_neither(ledger: Ledger) -> None:
    """Each looks at its own account first, so that all of them believe that there is enough left."""
    done = await asyncio.gather(
        *(spend(Opened(ledger), Account(), wanted(limit=30_000)) for _ in range(12)), return_exceptions=True
    )
    assert sum(isinstance(each, int) for each in done) == 3
    assert all(isinstance(each, int | TooMany) for each in done)


def rounds(days: int = 1, people: int = 900, side: int = 2) -> dict[str, object]:
    random = np.random.default_rng(3)
    return bounded(table(trajectories(people, side, random, days)), 9, "UTC", random)  # type: ignore[return-value]


async def tell(ledger: Ledger, days: object, wish: Wish, seed: int = 1, **how: object) -> list[Told]:
    draw = how.pop("draw", drawer(np.random.default_rng(seed)))
    return [each async for each in release(Opened(ledger), days, wish, draw=draw, **how)]  # type: ignore[arg-type]


async def test_a_release_tells_counts_near_the_truth_and_pays_first(ledger: Ledger) -> None:
    pytest.importorskip("opendp")
    days = rounds(days=2)
    told = await tell(ledger, days, Wish(population="phones"))
    assert [each.day for each in told] == sorted(days)
    for each in told:
        truth = {
            (c, int(h)): int(p)
            for c, h, p in zip(days[each.day].cells, days[each.day].hours, days[each.day].people, strict=True)
        }  # type: ignore[attr-defined]
        rows = each.rows.to_pylist()
        assert rows and all(row["people"] >= each.how.threshold for row in rows)
        errors = [row["people"] - truth[row["cell"], int(row["time"].timestamp()) // HOUR - 1] for row in rows]
        assert max(map(abs, errors)) < 7 * each.how.scale
        assert read(ledger.log.journal.entry(each.index)).day == each.day  # type: ignore[union-attr]


async def test_what_was_begun_is_spent(ledger: Ledger) -> None:
    """The plug is pulled between the entry and the draw."""
    pytest.importorskip("opendp")

    def pulled(how: Mechanism, counts: np.ndarray) -> np.ndarray:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await tell(ledger, rounds(), Wish(population="phones"), draw=pulled)
    account = Account()
    await account.catch_up(Opened(ledger))
    (month,) = account.months.values()
    assert (month.releases, month.rho) == (1, 10_000)


async def test_a_day_is_told_once_and_a_month_within_its_budget(ledger: Ledger) -> None:
    pytest.importorskip("opendp")
    days, wish = rounds(), Wish(population="phones", month_rho=30_000)
    await tell(ledger, days, wish)
    with pytest.raises(Conflict, match="told already"):
        await tell(ledger, days, wish)
    for _ in range(2):
        await tell(ledger, days, wish, again=True)
    with pytest.raises(TooMany):
        await tell(ledger, days, wish, again=True)
    with pytest.raises(BadInput):
        await tell(ledger, days, Wish(population="Phones of 1"))


async def test_anybody_adds_it_up_from_the_files(ledger: Ledger, tmp_path: Path) -> None:
    account = Account()
    for number in range(140):
        await spend(Opened(ledger), account, wanted(rho=1))
        await ledger.log.append(b"something else %d" % number)
    await ledger.log.append(b"noren-flow/v1\nnot a spend")
    await ledger.record(b"last")
    found = Account(await entries(sources.folder(ledger.log.folder), ledger.log.signer.verifier))
    assert found.months == account.months
    assert found.months["phones", "2026-06"].rho == 140
    with pytest.raises(Unproven):
        await entries(sources.folder(ledger.log.folder), Signer.new("town.example/ledger").verifier)

    async def lying(name: str) -> bytes:
        raw = (ledger.log.folder / name).read_bytes()
        return raw.replace(b"phones", b"cards_") if "entries" in name else raw

    with pytest.raises(Unproven, match="not the entries"):
        await entries(sources.Source("mirror", lying), ledger.log.signer.verifier)


def test_epsilon_is_bun_and_steinkes_and_adds_up() -> None:
    assert epsilon(10_000) == pytest.approx(0.01 + 2 * math.sqrt(0.01 * math.log(1e6)), abs=1e-3)
    assert epsilon(310_000) < 4.5 and epsilon(10_000) < 0.76
    assert Month("x", "2026-06", rho=310_000).epsilon == epsilon(310_000)


def test_squares_of_the_japanese_grid() -> None:
    """Tokyo station lies in square 53394611 of 1 km, its south-western quarter in 533946111."""
    lon, lat = middle("53394611") or (0, 0)
    assert abs(lon - 139.767) < 45 / 7200 and abs(lat - 35.681) < 30 / 7200
    whole, half, quarter = (middle(code) or (0, 0) for code in ("53394611", "533946111", "5339461111"))
    assert half[0] < whole[0] and half[1] < whole[1] and quarter[0] < half[0] and quarter[1] < half[1]
    assert middle("533946119") is None and middle("gate-north") is None
