"""What an automation would be worth: pure arithmetic on three-point inputs. Money is Decimal, statistics are floats."""

from proposals.rules.chances import Chances, Range, Swing, chances
from proposals.rules.estimate import FORMULA, Estimate, estimate
from proposals.rules.inputs import INPUTS, Grade, Input, Inputs, ThreePoint, Unit, as_plain, read
from proposals.rules.keeping import kept

__all__ = [
    "FORMULA",
    "INPUTS",
    "Chances",
    "Estimate",
    "Grade",
    "Input",
    "Inputs",
    "Range",
    "Swing",
    "ThreePoint",
    "Unit",
    "as_plain",
    "chances",
    "estimate",
    "kept",
    "read",
]
