"""Who speaks for a client, as both page doors list them: what they may do, and which doors they made."""

import datetime as dt
from typing import NamedTuple

from django.utils.translation import gettext

from accounts.actions.contacts import contacts_of
from accounts.actions.inviting import MEMBER_ROLES
from accounts.actors import Actor, MemberRole
from accounts.models import BalanceLink, Client, Membership
from look.keys import KeyRow, key_rows
from look.limits import currencies_of, limit_told


class ContactRow(NamedTuple):
    """One membership in words, with the live keys and links that the reader sees, and the last sign-in for readers of the firm."""

    membership: Membership
    roles: str
    limit: str
    signed_in_at: dt.datetime | None
    keys: list[KeyRow]
    links: list[BalanceLink]


def contact_rows(actor: Actor, client: Client) -> list[ContactRow]:
    currencies = currencies_of(client.pk)
    return [
        ContactRow(
            each.membership,
            ", ".join(gettext(MEMBER_ROLES[MemberRole(role)]) for role in each.membership.roles),
            limit_told(each.membership, currencies),
            each.signed_in_at,
            key_rows(actor, each.keys),
            each.links,
        )
        for each in contacts_of(actor, client)
    ]
