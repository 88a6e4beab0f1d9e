"""What residents think: groups of opinion from votes on statements, topics from texts. Files in, plain records out.

`read` takes a Polis export, a Polis server's JSON or a table of comments; `analyse` finds groups, common ground and
what divides; `topics_of` folds near-duplicates and finds topics, in the residents' own words.

>>> from noren.civic.opinions import Vote, VoteMatrix, analyse
>>> sides = [1] * 6 + [-1] * 6
>>> votes = [Vote(voter, s, side if s < 5 else 1) for voter, side in enumerate(sides) for s in range(8)]
>>> found = analyse(VoteMatrix.of(votes))
>>> found.grouping.group.tolist()
[0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]
>>> sorted(each.statement for each in found.common["agree"])
[5, 6, 7]
"""

from noren.civic.opinions.exports import Conversation
from noren.civic.opinions.polis import Opinions, analyse
from noren.civic.opinions.read import Comments, read
from noren.civic.opinions.topics import Topics, topics_of
from noren.civic.opinions.votes import Vote, VoteMatrix

__all__ = ["Comments", "Conversation", "Opinions", "Topics", "Vote", "VoteMatrix", "analyse", "read", "topics_of"]
