"""The cast, ready to act. Tests arrange as the system; what a person does happens in that person's scope."""

from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client as Browser
from pytest_django import Settings

from accounts import scope
from accounts.actions.people import assign
from accounts.actors import MemberRole, StaffRole
from accounts.models import Firm, Person
from tests import cast
from tests.cast import Company


def pytest_configure() -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # A machine shared with others may stall for longer than any deadline, also while it makes examples.
    hypothesis.settings.register_profile("patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
    hypothesis.settings.load_profile("patient")


@pytest.fixture(autouse=True)
def as_the_system() -> Iterator[None]:
    with scope.system("arranging a test"):
        yield


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


@pytest.fixture
def firm(db: None) -> Firm:
    return cast.make_firm()


@pytest.fixture
def ada(firm: Firm) -> Person:
    return cast.make_staff("Ada Admin", StaffRole.ADMIN)


@pytest.fixture
def mara(firm: Firm) -> Person:
    return cast.make_staff("Mara Lead", StaffRole.LEAD)


@pytest.fixture
def acorn(firm: Firm, mara: Person) -> Company:
    """Acorn Mills: 10 h a month, led by Mara."""
    return cast.make_company("Acorn Mills", "ACM", lead=mara)


@pytest.fixture
def cobalt(firm: Firm, mara: Person) -> Company:
    """Cobalt Freight: the other client, of whom Acorn's people must never learn."""
    return cast.make_company("Cobalt Freight", "CBF", hours=20, lead=mara)


@pytest.fixture
def ines(acorn: Company) -> Person:
    """A consultant who works for Acorn only."""
    person = cast.make_staff("Ines Consultant", StaffRole.CONSULTANT)
    assign(actor=cast.ARRANGING, person=person, client=acorn.client)
    return person


@pytest.fixture
def tomas(cobalt: Company) -> Person:
    """A consultant who works for Cobalt only."""
    person = cast.make_staff("Tomas Consultant", StaffRole.CONSULTANT)
    assign(actor=cast.ARRANGING, person=person, client=cobalt.client)
    return person


@pytest.fixture
def priya(acorn: Company) -> Person:
    return cast.make_contact("Priya Owner", acorn, MemberRole.OWNER)


@pytest.fixture
def rob(acorn: Company) -> Person:
    return cast.make_contact("Rob Requester", acorn, MemberRole.REQUESTER)


@pytest.fixture
def abe(acorn: Company) -> Person:
    return cast.make_contact("Abe Approver", acorn, MemberRole.APPROVER)


@pytest.fixture
def bill(acorn: Company) -> Person:
    return cast.make_contact("Bill Books", acorn, MemberRole.BILLING)


@pytest.fixture
def nadia(cobalt: Company) -> Person:
    return cast.make_contact("Nadia Owner", cobalt, MemberRole.OWNER)


@pytest.fixture
def over(mara: Person) -> Company:
    """Dovetail Joinery: ten hours of which twelve were worked; hours over wait for a yes, at 250.00 an hour."""
    company = cast.make_company("Dovetail Joinery", "DVT", overage="authorise", lead=mara)
    cast.log(mara, company, minutes=720)
    company.period.refresh_from_db()
    return company


@pytest.fixture
def owner(over: Company) -> Person:
    """Who may say yes to Dovetail's hours over, whatever they cost."""
    return cast.make_contact("Olga Owner", over, MemberRole.OWNER)


@pytest.fixture
def files_on_disk(settings: Settings, tmp_path: Path) -> None:
    """What is uploaded lies in a folder, where a worker of its own finds it too."""
    in_files = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path / "files")}}
    settings.STORAGES = settings.STORAGES | {"default": in_files}


@pytest.fixture
def browser() -> Callable[[Person], Browser]:
    return cast.browser


@pytest.fixture
def key() -> Callable[..., str]:
    return cast.key
