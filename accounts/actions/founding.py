"""The first run of an empty installation: whoever holds the token on the console founds the firm."""

import base64
import hmac
from hashlib import sha256

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions.people import add_person
from accounts.actors import StaffRole, system
from accounts.errors import Conflict, NotAllowed
from accounts.models import Firm, Person

FOUNDING = system("first run")


def is_founded() -> bool:
    """Whether somebody of the firm exists; from then on the first-run page does not."""
    return Person.objects.of_the_firm().exists()


def founding_token() -> str:
    """The token printed on the console. It opens the first-run page once: when the firm is founded, the page is gone."""
    digest = hmac.new(settings.SECRET_KEY.encode(), b"the first run of this installation", sha256).digest()
    return base64.b32encode(digest[:10]).decode().lower()


@transaction.atomic
def found_firm(*, token: str, name: str, time_zone: str, currency: str, admin_name: str, email: str, password: str) -> Person:
    """Name the firm and bring in its first admin. Needs the system's scope; twice at once founds one firm.

    Raises NotAllowed for a wrong token, Conflict once a firm is there.
    """
    if not hmac.compare_digest(token.strip().lower(), founding_token()):
        raise NotAllowed(_("This is not the token that the console printed."), field="token")
    firm, _made = Firm.objects.get_or_create(pk=1)
    Firm.objects.select_for_update(no_key=True).get(pk=firm.pk)
    if is_founded():
        raise Conflict(_("The firm is founded already. Sign in instead."))
    firm.name, firm.time_zone, firm.currency = name, time_zone, currency
    firm.save()
    admin = add_person(actor=FOUNDING, name=admin_name, email=email, staff_role=StaffRole.ADMIN, time_zone=time_zone)
    admin.user.set_password(password)
    admin.user.save(update_fields=["password"])
    return admin
