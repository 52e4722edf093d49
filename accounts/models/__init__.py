"""Who, and when they work; and the wall that every other room builds on."""

from accounts.models.absence import Absence
from accounts.models.calendar import BusinessCalendar, CalendarVersion
from accounts.models.client import Assignment, Client, Membership, Visibility
from accounts.models.firm import Firm, FirstStep, Logo
from accounts.models.key import ApiKey
from accounts.models.keyed import Keyed
from accounts.models.link import BalanceLink, CalendarFeed
from accounts.models.ownership import FIRM_WIDE, ClientOwned, ClientOwnedQuerySet, clients_seen_by, firm_wide
from accounts.models.person import Person, User
from accounts.models.view import SavedView

__all__ = [
    "FIRM_WIDE",
    "Absence",
    "ApiKey",
    "Assignment",
    "BalanceLink",
    "BusinessCalendar",
    "CalendarFeed",
    "CalendarVersion",
    "Client",
    "ClientOwned",
    "ClientOwnedQuerySet",
    "Firm",
    "FirstStep",
    "Keyed",
    "Logo",
    "Membership",
    "Person",
    "SavedView",
    "User",
    "Visibility",
    "clients_seen_by",
    "firm_wide",
]
