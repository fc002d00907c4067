"""The questions that a run must answer: each one function from tables to a table, and one sentence on it.

Answers are computed from the recorded tables whenever somebody asks; nothing of them is stored. A new question is a
`Question` in the file of its subject, and one entry here.
"""

from collections.abc import Mapping

from pricewar.sim.analysis.questions.base import Question
from pricewar.sim.analysis.questions.buyers import DEPENDENCE, PRIVACY, SATURATION, VOLUME_ELASTICITY
from pricewar.sim.analysis.questions.energy import ENERGY
from pricewar.sim.analysis.questions.prices import CHEAPER, CONSTANT_QUALITY, HEDONIC, PRICES
from pricewar.sim.analysis.questions.profits import PROFITS
from pricewar.sim.analysis.questions.quality import QUALITY
from pricewar.sim.analysis.questions.structure import COMINGS_AND_GOINGS, SHARES, STRUCTURE
from pricewar.sim.analysis.questions.tasks import TASKS
from pricewar.sim.analysis.questions.welfare import PAYMENTS, WELFARE

QUESTIONS: Mapping[str, Question] = {
    "prices": PRICES,
    "cheaper": CHEAPER,
    "hedonic": HEDONIC,
    "constant_quality": CONSTANT_QUALITY,
    "quality": QUALITY,
    "saturation": SATURATION,
    "volume_elasticity": VOLUME_ELASTICITY,
    "structure": STRUCTURE,
    "shares": SHARES,
    "comings_and_goings": COMINGS_AND_GOINGS,
    "profits": PROFITS,
    "welfare": WELFARE,
    "payments": PAYMENTS,
    "dependence": DEPENDENCE,
    "privacy": PRIVACY,
    "tasks": TASKS,
    "energy": ENERGY,
}
"""Every question by name, in the order in which a summary answers them."""
