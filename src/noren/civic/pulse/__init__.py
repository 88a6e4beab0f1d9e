"""Did life get better? Survey answers weighted to the population, with intervals, and nothing told of the few.

Plain functions on arrays; no city is needed. Names to know: `rake`, `mean`, `hidden`, `change`, and the questions of
`questions.csv`.

>>> import numpy as np
>>> sex = np.array([0, 0, 0, 1, 1, 1, 1, 1, 1, 1])
>>> weights = rake([sex], [np.array([50.0, 50.0])])
>>> happy = np.array([9, 9, 9, 5, 5, 5, 5, 5, 5, 5.0])
>>> round(mean(happy, weights.weights).estimate, 2), round(weights.effective, 1)
(7.0, 8.4)
"""

from noren.civic.pulse.change import Change, change
from noren.civic.pulse.estimates import FEWEST, Estimate, mean, share
from noren.civic.pulse.questions import Question, questions
from noren.civic.pulse.suppression import hidden
from noren.civic.pulse.weights import Weights, effective_size, rake

__all__ = [
    "FEWEST",
    "Change",
    "Estimate",
    "Question",
    "Weights",
    "change",
    "effective_size",
    "hidden",
    "mean",
    "questions",
    "rake",
    "share",
]
