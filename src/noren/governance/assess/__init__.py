"""The aptitude survey of a city, or of several side by side: where it stands, and which single step helps most.

Questions and the words of their levels stand in `questionnaire.toml`. Cities are shown beside each other by area; there
is no total and no ranking. Names to know: `questionnaire`, `read` (answer files), `profiles`.

>>> from noren.governance.assess import Answer, profiles, questionnaire
>>> said = [Answer("Town", "vision.outcomes", 2, "planning"), Answer("Town", "vision.exit", 4, "planning")]
>>> area = profiles(questionnaire(), said)[0].areas[0]
>>> area.median, area.unanswered
(3.0, 0.6)
"""

from __future__ import annotations

from noren.governance.assess.answers import Answer, Refused, read
from noren.governance.assess.profile import Profile, profiles
from noren.governance.assess.questions import Question, Questionnaire, questionnaire

__all__ = ["Answer", "Profile", "Question", "Questionnaire", "Refused", "profiles", "questionnaire", "read"]
