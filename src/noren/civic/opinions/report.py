"""What was found as plain records for `--json`, and the small map of voters in letters.

Names to know: `votes_report`, `texts_report`, `picture`.
"""

from __future__ import annotations

from collections import Counter
from string import ascii_uppercase
from typing import Any

import numpy as np

from noren.civic.masking import mask
from noren.civic.opinions.polis import Opinions
from noren.civic.opinions.read import Comments
from noren.civic.opinions.standing import Stand
from noren.civic.opinions.topics import Topics

_MOST = 5
_FLOOD = 10
Record = dict[str, Any]


def name(group: int) -> str:
    """Groups are called A, B, C …, the largest first."""
    return ascii_uppercase[group]


def votes_report(found: Opinions, texts: dict[int, str], names: dict[int, str] | None = None) -> Record:
    """The whole analysis; without `groups` when there were too few voters. `names`: voters that are no numbers."""
    matrix = found.matrix
    report: Record = {
        "kind": "votes",
        "voters": len(matrix.voters),
        "placed": int(found.inside.sum()),
        "statements": [_statement(found, texts, place) for place in range(len(matrix.statements))],
        "tooFew": found.grouping is None,
    }
    if found.grouping is None or found.space is None or found.points is None or not found.common:
        return report
    sizes = np.bincount(found.grouping.group)
    report["silhouettes"] = {str(k): value for k, value in found.grouping.silhouettes.items()}
    report["groups"] = [
        {
            "name": name(group),
            "voters": int(size),
            "share": float(size / sizes.sum()),
            "centre": found.grouping.centres[group].tolist(),
            "stands": [_stand(each, texts) for each in found.stands[group]],
        }
        for group, size in enumerate(sizes)
    ]
    report["consensus"] = {side: [_stand(each, texts) for each in stands] for side, stands in found.common.items()}
    report["bridging"] = _top(found, found.group_aware)
    report["dividing"] = _top(found, found.dividing)
    report["askNext"] = _top(found, found.priorities)
    report["picture"] = picture(found)
    report["space"] = {"centre": found.space.centre.tolist(), "components": found.space.components.tolist()}
    report["people"] = [
        {"voter": (names or {}).get(voter, voter), "x": x, "y": y, "group": name(group), "base": base}
        for voter, (x, y), group, base in zip(
            matrix.voters[found.inside].tolist(),
            found.points.tolist(),
            found.grouping.group.tolist(),
            found.grouping.base.tolist(),
            strict=True,
        )
    ]
    return report


def _statement(found: Opinions, texts: dict[int, str], place: int) -> Record:
    key, counts = int(found.matrix.statements[place]), found.everybody
    agree, disagree, votes = (int(each[place]) for each in (counts.agree, counts.disagree, counts.votes))
    record: Record = {
        "id": key,
        "text": texts.get(key, ""),
        "agree": agree,
        "disagree": disagree,
        "pass": votes - agree - disagree,
        "votes": votes,
        "hidden": key in found.matrix.hidden,
    }
    figures = {"bridging": found.group_aware, "dividing": found.dividing, "priority": found.priorities}
    record |= {word: float(each[place]) for word, each in figures.items() if each is not None}
    if found.tallies:
        record["groups"] = {
            name(group): {
                "agree": int(t.agree[place]),
                "disagree": int(t.disagree[place]),
                "votes": int(t.votes[place]),
            }
            for group, t in enumerate(found.tallies)
        }
    return record


def _stand(each: Stand, texts: dict[int, str]) -> Record:
    return {
        "id": each.statement,
        "text": texts.get(each.statement, ""),
        "side": each.side,
        "yes": each.yes,
        "votes": each.votes,
        "share": each.share,
        "test": each.test,
        "ratio": each.ratio,
        "apart": each.apart,
        "bestAgree": each.best_agree,
    }


def _top(found: Opinions, figures: Any) -> list[int]:
    """Ids of the shown statements with the highest figures."""
    order = np.argsort(-figures, kind="stable")
    return [int(found.matrix.statements[place]) for place in order if found.matrix.shown[place]][:_MOST]


def texts_report(found: Topics, comments: Comments) -> Record:
    """Topics, floods, and each text's topic: `assigned` follows `rows`; -1 is "other"."""
    texts, posts = found.other
    topics = [
        {
            "language": each.language,
            "words": each.words,
            "texts": each.texts,
            "posts": each.posts,
            "quote": each.quote,
            "row": comments.rows[each.place],
        }
        for each in found.topics
    ]
    return {
        "kind": "texts",
        "posts": len(comments.texts),
        "texts": len(found.folded.heads),
        "languages": found.languages,
        "topics": topics,
        "other": {"texts": texts, "posts": posts},
        "floods": _floods(found, comments),
        "fits": {language: {str(n): fit for n, fit in fits.items()} for language, fits in found.fits.items()},
        "rows": comments.rows,
        "assigned": found.of.tolist(),
    }


def _floods(found: Topics, comments: Comments) -> list[Record]:
    """The texts posted most often, from ten times on."""
    often = np.argsort(-found.folded.counts, kind="stable")[:_MOST]
    return [
        {
            "posts": int(found.folded.counts[each]),
            "text": mask(comments.texts[found.folded.heads[each]]).text[:200],
            "row": comments.rows[found.folded.heads[each]],
        }
        for each in often
        if found.folded.counts[each] >= _FLOOD
    ]


def picture(found: Opinions, width: int = 60, height: int = 18) -> list[str]:
    """Voters as letters on a small map: the letter of most voters in a cell, small for one or two of them."""
    if found.points is None or found.grouping is None:
        return []
    low, high = found.points.min(axis=0), found.points.max(axis=0)
    scaled = (found.points - low) / np.maximum(high - low, 1e-9)
    columns = np.minimum((scaled[:, 0] * width).astype(int), width - 1)
    rows = np.minimum(((1 - scaled[:, 1]) * height).astype(int), height - 1)
    cells: dict[tuple[int, int], Counter[int]] = {}
    for row, column, group in zip(rows.tolist(), columns.tolist(), found.grouping.group.tolist(), strict=True):
        cells.setdefault((row, column), Counter())[group] += 1
    return ["".join(_letter(cells.get((row, column))) for column in range(width)).rstrip() for row in range(height)]


def _letter(cell: Counter[int] | None) -> str:
    if not cell:
        return "·"
    group, count = min(cell.items(), key=lambda each: (-each[1], each[0]))
    return name(group) if count > 2 else name(group).lower()
