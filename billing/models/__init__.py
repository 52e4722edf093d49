"""Hours: time entries, the periods they burn, the lots that cover them, and the alerts that tell in time."""

from billing.models.alert import BurnAlert
from billing.models.charge import Charge
from billing.models.closing import Correction, Posting, Statement
from billing.models.consent import Authorisation, AuthorisationUse
from billing.models.contract import SignedContract
from billing.models.cost import CostRate
from billing.models.decision import TimeDecision
from billing.models.entry import TimeEntry, TimeEntryInternal, Timer
from billing.models.expense import Expense, ExpenseReceipt
from billing.models.forecast import Forecast
from billing.models.importing import ImportFile, ImportFinding, ImportRun, SavedMapping
from billing.models.period import Lot, Period
from billing.models.reservation import Reservation

__all__ = [
    "Authorisation",
    "AuthorisationUse",
    "BurnAlert",
    "Charge",
    "Correction",
    "CostRate",
    "Expense",
    "ExpenseReceipt",
    "Forecast",
    "ImportFile",
    "ImportFinding",
    "ImportRun",
    "Lot",
    "Period",
    "Posting",
    "Reservation",
    "SavedMapping",
    "SignedContract",
    "Statement",
    "TimeDecision",
    "TimeEntry",
    "TimeEntryInternal",
    "Timer",
]
