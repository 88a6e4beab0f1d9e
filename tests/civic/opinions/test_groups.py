"""Groups and tests of proportions, against scikit-learn, properties, and groups that Polis published."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score, silhouette_score

from noren.civic.opinions import Vote, VoteMatrix, analyse, read
from noren.civic.opinions.groups import best_kmeans, group, silhouette
from noren.civic.opinions.polis import FEWEST
from noren.civic.opinions.space import space_of
from noren.civic.opinions.standing import against_half, against_others
from noren.civic.opinions.tables import table
from noren.civic.opinions.votes import UNSEEN

VALUES = st.sampled_from([-1, 0, 1])


@given(st.integers(0, 2**32 - 1), st.integers(2, 5))
def test_silhouette_is_scikit_learns(seed: int, k: int) -> None:
    random = np.random.default_rng(seed)
    points = random.normal(size=(30, 2))
    labels = np.concatenate([np.arange(k), random.integers(k, size=30 - k)])
    assert silhouette(points, labels) == pytest.approx(silhouette_score(points, labels))


@given(st.integers(0, 2**32 - 1))
def test_components_are_those_of_a_full_decomposition(seed: int) -> None:
    values = np.random.default_rng(seed).choice([-1, 0, 1], size=(40, 8)).astype(np.int8)
    space = space_of(values)
    _, sizes, axes = np.linalg.svd(values - values.mean(axis=0))
    for place in (0, 1):
        if sizes[place] - sizes[place + 1] > 0.2 and (place == 0 or sizes[0] - sizes[1] > 0.2):
            assert abs(space.components[place] @ axes[place]) == pytest.approx(1, abs=1e-6)


def test_the_last_vote_counts() -> None:
    matrix = VoteMatrix.of([Vote(1, 1, 1, 2.0), Vote(1, 1, -1, 3.0), Vote(1, 1, 0, 1.0), Vote(2, 7, 1)])
    assert matrix.values.tolist() == [[-1, UNSEEN], [UNSEEN, 1]]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 12), VALUES), min_size=1, max_size=300), st.randoms())
def test_order_of_voters_in_the_file_changes_nothing(rows: list[tuple[int, int, int]], random) -> None:
    votes = [Vote(*row, time) for time, row in enumerate(rows)]
    mixed = votes.copy()
    random.shuffle(mixed)
    one, other = VoteMatrix.of(votes), VoteMatrix.of(mixed)
    assert (one.values == other.values).all() and (one.voters == other.voters).all()


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12), VALUES), min_size=1, max_size=400))
def test_whatever_is_voted_every_placed_voter_has_one_group(rows: list[tuple[int, int, int]]) -> None:
    found = analyse(VoteMatrix.of(Vote(*row) for row in rows))
    if found.grouping is None:
        assert found.inside.sum() < FEWEST
        return
    assert len(found.grouping.group) == found.inside.sum()
    sizes = np.bincount(found.grouping.group)
    assert (sizes > 0).all() and all(a >= b for a, b in pairwise(sizes))
    assert np.isfinite(found.points).all() and np.isfinite(found.priorities).all()
    assert sum(tally.votes.sum() for tally in found.tallies) == (found.matrix.values[found.inside] != UNSEEN).sum()


def test_hidden_statements_are_never_representative_or_common() -> None:
    votes = [Vote(v, s, 1 if v < 10 else -1) for v in range(20) for s in range(8)]
    found = analyse(VoteMatrix.of(votes, hidden=[3]))
    spoken = [each.statement for stands in (*found.stands, *found.common.values()) for each in stands]
    assert spoken and 3 not in spoken


def test_nine_voters_are_too_few() -> None:
    votes = [Vote(v, s, 1) for v in range(9) for s in range(8)]
    found = analyse(VoteMatrix.of(votes))
    assert found.grouping is None and not found.stands and found.everybody.agree.tolist() == [9.0] * 8


def test_everybody_alike_is_one_group() -> None:
    found = analyse(VoteMatrix.of(Vote(v, s, 1) for v in range(30) for s in range(8)))
    assert found.grouping.group.tolist() == [0] * 30


def test_the_same_seed_gives_the_same_groups() -> None:
    points = np.random.default_rng(3).normal(size=(300, 2))
    assert (group(points, seed=5).group == group(points, seed=5).group).all()


def test_a_poor_start_is_left() -> None:
    random = np.random.default_rng(0)
    clouds = [random.normal((x, 0), 0.3, size=(40, 2)) for x in (0, 10, 20)]
    points = np.concatenate(clouds)
    labels, _ = best_kmeans(points, 3, np.ones(len(points)))
    assert adjusted_rand_score(labels, np.repeat([0, 1, 2], 40)) == 1


@given(st.integers(1, 500), st.data())
def test_z_of_two_shares_is_the_textbooks(votes: int, data: st.DataObject) -> None:
    yes = data.draw(st.integers(0, votes))
    other_votes = data.draw(st.integers(1, 500))
    other = data.draw(st.integers(0, other_votes))
    ours = against_others(*(np.array([float(each)]) for each in (yes, other, votes, other_votes)))[0]
    a, b, n, m = yes + 1, other + 1, votes + 1, other_votes + 1
    pooled = (a + b) / (n + m)
    spread = (pooled * (1 - pooled) * (1 / n + 1 / m)) ** 0.5
    assert ours == pytest.approx((a / n - b / m) / spread if spread else 0, abs=1e-9)


def test_z_against_half_grows_with_agreement() -> None:
    figures = against_half(np.arange(21.0), np.full(21, 20.0))
    assert (np.diff(figures) > 0).all() and figures[10] == pytest.approx(0.2182, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "floor"),
    [
        ("brexit-consensus", 0.5),
        ("canadian-electoral-reform", 0.9),
        ("scoop-hivemind.biodiversity", 0.9),
        ("vtaiwan.uberx", 0.9),
    ],
)
def test_groups_that_polis_published(name: str, floor: float, shared) -> None:
    folder = shared(f"participation/polis-opendata/{name}")
    rows = [row for _, row in table(folder / "participants-votes.csv", "participant", "group-id")]
    theirs = {int(row["participant"]): int(row["group-id"]) for row in rows if row["group-id"]}
    found = analyse(read(folder).matrix)
    ours = dict(zip(found.matrix.voters[found.inside].tolist(), found.grouping.group.tolist(), strict=True))
    both = sorted(theirs.keys() & ours.keys())
    assert adjusted_rand_score([theirs[each] for each in both], [ours[each] for each in both]) >= floor


def test_who_voted_seven_times_is_placed() -> None:
    votes = [Vote(voter, statement, 1) for voter in range(20) for statement in range(9 if voter else 7)]
    assert VoteMatrix.of(votes).taking_part().all()
    assert VoteMatrix.of(votes[1:]).taking_part().tolist() == [False] + [True] * 19
