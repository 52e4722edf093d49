"""What the firm is paid is read by the firm, and at the client by those who approve, are billed or own."""

import pytest

from accounts.actors import MemberRole
from tests import cast
from tests.api_cast import Program, results

MONEY = {"fee", "overage_rate"}


def terms_read_by(person, acorn, key):
    program = Program(key(person))
    listed = results(program.get("engagements"))[0]["terms"]
    assert program.get(f"engagements/{acorn.engagement.pk}").json()["terms"] == listed
    return listed


def test_the_firm_reads_fee_and_rate(acorn, ines, key):
    assert terms_read_by(ines, acorn, key).items() >= {"fee": "2000.00", "overage_rate": "250.00"}.items()


@pytest.mark.parametrize("role", [MemberRole.APPROVER, MemberRole.BILLING, MemberRole.OWNER])
def test_so_does_who_decides_about_money_at_the_client(acorn, key, role):
    assert terms_read_by(cast.make_contact("Lee", acorn, role), acorn, key).keys() >= MONEY


def test_for_a_requester_there_is_no_such_field(acorn, rob, key):
    """Absent: neither null, which would say that nothing was agreed, nor zero, which would be a lie."""
    terms = terms_read_by(rob, acorn, key)
    assert terms["included_minutes"] == 600
    assert terms.keys().isdisjoint(MONEY)
