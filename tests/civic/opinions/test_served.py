"""Against a Polis server's own output, figure by figure: components, places, groups, repness, consensus."""

from __future__ import annotations

import numpy as np
import pytest

from noren.civic.opinions.groups import kmeans
from noren.civic.opinions.polis import analyse
from noren.civic.opinions.space import space_of
from noren.civic.opinions.standing import consensus, group_aware_consensus, priorities, representative
from tests.civic.opinions.polis_fixtures import NAMES, Served


@pytest.fixture(params=NAMES)
def served(request: pytest.FixtureRequest, shared) -> Served:
    return Served.of(shared(f"participation/polis-math-fixtures/{request.param}"))


def test_who_and_what_takes_part(served: Served) -> None:
    assert served.matrix.statements.tolist() == served.math["tids"]
    assert set(served.math["mod-out"]) == served.matrix.hidden
    assert set(served.math["meta-tids"]) == served.matrix.meta
    counts = dict(zip(map(str, served.matrix.voters.tolist()), served.matrix.counts.tolist(), strict=True))
    assert counts == served.math["user-vote-counts"]
    # The server keeps for good whom it once let in, also by the rule for few; files do not say whom.
    assert set(served.matrix.voters[served.matrix.taking_part()].tolist()) <= set(served.math["in-conv"])


def test_components_up_to_sign_and_the_extremity_of_statements(served: Served) -> None:
    space, theirs = space_of(served.matrix.rated), served.math["pca"]
    # The server writes agreement as -1, this house and Polis's exports as 1.
    assert np.allclose(space.centre, -np.array(theirs["center"]), atol=1e-12)
    for ours, other in zip(space.components, np.array(theirs["comps"]), strict=True):
        assert np.allclose(ours * np.sign(ours @ other), other, atol=1e-10)
    assert np.allclose(space.extremity, theirs["comment-extremity"], atol=1e-10)


def test_places_of_base_clusters(served: Served) -> None:
    points = space_of(served.matrix.rated).place(served.matrix.rated)
    ours = np.array([points[np.isin(served.matrix.voters, members)].mean(axis=0) for members in served.base.values()])
    theirs = np.column_stack([served.math["base-clusters"][axis] for axis in "xy"])
    signs = np.sign((ours * theirs).sum(axis=0))
    assert np.allclose(ours * signs, theirs, atol=1e-9)


def test_groups_of_the_servers_base_clusters(served: Served) -> None:
    base, groups = served.math["base-clusters"], served.math["group-clusters"]
    points, weights = np.column_stack([base["x"], base["y"]]), np.array(base["count"], dtype=float)
    labels, centres = kmeans(points, len(groups), weights)
    ours = {frozenset(np.array(base["id"])[labels == each].tolist()) for each in range(len(centres))}
    assert ours == {frozenset(group["members"]) for group in groups}
    theirs = sorted(group["center"] for group in groups)
    assert np.allclose(sorted(centres.tolist()), theirs, atol=0.02)


def test_representative_statements(served: Served) -> None:
    ours = representative(served.matrix, served.tallies)
    for group, stands in zip(served.math["group-clusters"], ours, strict=True):
        theirs = served.math["repness"][str(group["id"])]
        assert [each.statement for each in stands] == [each["tid"] for each in theirs]
        for stand, other in zip(stands, theirs, strict=True):
            assert (stand.side, stand.yes, stand.votes) == (other["repful-for"], other["n-success"], other["n-trials"])
            assert stand.best_agree == other.get("best-agree", False)
            figures = ("p-success", "p-test", "repness", "repness-test")
            found = [stand.share, stand.test, stand.ratio, stand.apart]
            assert found == pytest.approx([other[key] for key in figures], rel=1e-6)


def test_consensus(served: Served) -> None:
    for side, stands in consensus(served.matrix).items():
        theirs = served.math["consensus"][side]
        assert [each.statement for each in stands] == [each["tid"] for each in theirs]
        assert [each.test for each in stands] == pytest.approx([each["p-test"] for each in theirs])
        assert [each.share for each in stands] == pytest.approx([each["p-success"] for each in theirs])


def test_group_aware_consensus_and_priorities(served: Served) -> None:
    assert np.allclose(group_aware_consensus(served.tallies), served.by_statement("group-aware-consensus"))
    extremity = space_of(served.matrix.rated).extremity
    ours = priorities(served.matrix, served.tallies, extremity)
    assert np.allclose(ours, served.by_statement("comment-priorities"), rtol=1e-9)


def test_the_whole_way_from_votes_finds_the_servers_number_of_groups(served: Served) -> None:
    inside = np.isin(served.matrix.voters, served.math["in-conv"])
    found = analyse(served.matrix, inside=inside)
    assert found.grouping and len(found.grouping.centres) == len(served.math["group-clusters"])
