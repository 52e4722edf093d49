"""The first run of an empty installation: whoever holds the token on the console founds the firm."""

import base64
import hmac
from hashlib import sha256

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import policies
from accounts.actions.currencies import hold_to_currency
from accounts.actions.people import add_person
from accounts.actors import Actor, StaffRole, system
from accounts.errors import Conflict, NotAllowed
from accounts.models import Firm, FirstStep, Person

FOUNDING = system("first run")


def is_founded() -> bool:
    """Whether somebody of the firm exists; from then on the first-run page does not."""
    return Person.objects.of_the_firm().exists()


def founding_token() -> str:
    """The token printed on the console. It opens the first-run page once: when the firm is founded, the page is gone."""
    digest = hmac.new(settings.SECRET_KEY.encode(), b"the first run of this installation", sha256).digest()
    return base64.b32encode(digest[:10]).decode().lower()


def is_founding_token(token: str) -> bool:
    return hmac.compare_digest(token.strip().lower().encode(), founding_token().encode())


@transaction.atomic
def found_firm(*, token: str, name: str, admin_name: str, email: str, password: str) -> Person:
    """Name the firm and bring in its first admin. Needs the system's scope; twice at once founds one firm.

    Raises NotAllowed for a wrong token, Conflict once a firm is there.
    """
    if not is_founding_token(token):
        raise NotAllowed(_("This is not the token that the console printed."), field="token")
    firm, _made = Firm.objects.get_or_create(pk=1)
    Firm.objects.select_for_update(no_key=True).get(pk=firm.pk)
    if is_founded():
        raise Conflict(_("The firm is founded already. Sign in instead."))
    firm.name, firm.open_question = name, FirstStep.PLACE
    firm.save()
    admin = add_person(actor=FOUNDING, name=admin_name, email=email, staff_role=StaffRole.ADMIN)
    admin.user.set_password(password)
    admin.user.save(update_fields=["password"])
    return admin


@transaction.atomic
def settle_place(*, actor: Actor, time_zone: str, currency: str) -> Firm:
    """Say where the firm works and in what money; whoever says it is taken to be there too. Raises NotAllowed, UnknownCurrency."""
    firm = _held_by(actor)
    hold_to_currency(currency)
    firm.time_zone, firm.currency = time_zone, currency
    firm.save(update_fields=["time_zone", "currency"])
    Person.objects.filter(pk=str(actor.person_id)).update(time_zone=time_zone)
    return firm


@transaction.atomic
def pass_question(*, actor: Actor, question: FirstStep) -> None:
    """Go on to the question after this one, answered or left; twice, and from an old page, is the same as once. Raises NotAllowed."""
    firm, order = _held_by(actor), list(FirstStep)
    if firm.open_question and order.index(FirstStep(firm.open_question)) <= order.index(question):
        later = order[order.index(question) + 1 :]
        firm.open_question = later[0] if later else ""
        firm.save(update_fields=["open_question"])


def _held_by(actor: Actor) -> Firm:
    if not policies.may_describe_firm(actor):
        raise NotAllowed(_("Only admins set up the firm."))
    return Firm.objects.select_for_update(no_key=True).get()
