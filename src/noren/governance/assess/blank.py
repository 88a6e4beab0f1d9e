"""An empty answer file: every question with its levels in words, nothing answered."""

from __future__ import annotations

import csv
import io

from noren.governance.assess.answers import FIELDS, HELP, HOW
from noren.governance.assess.questions import Questionnaire
from noren.messages import say


def toml(asked: Questionnaire, language: str) -> str:
    """As TOML; a level is given by taking the “#” away before it."""
    parts = [f"# {say(language, 'assess.blank.head', how=', '.join(HOW))}", 'city = ""', ""]
    areas = {each.id: each.told(language) for each in asked.area}
    for each in asked.question:
        parts += [f"# {areas[each.area]}", f"# {each.told(language)}"]
        parts += [f"#   {level}  {words}" for level, words in enumerate(each.levels(language))]
        parts += ["[[answer]]", f'question = "{each.id}"', "# level = ", 'evidence = ""', 'by = ""', 'how = ""', ""]
    return "\n".join(parts)


def table(asked: Questionnaire, language: str) -> str:
    """As CSV for a spreadsheet; it begins with a byte order mark, by which Excel knows that it is UTF-8."""
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow([*FIELDS[:2], *HELP, *FIELDS[2:]])
    for each in asked.question:
        rows.writerow(["", each.id, each.told(language), *each.levels(language), "", "", "", ""])
    return "\ufeff" + text.getvalue()
