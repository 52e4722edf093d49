"""Who speaks for a client, and as what: decided by admins and leads, held from the next request on."""

from decimal import Decimal
from functools import partial

import pytest

from accounts.actions.colleagues import let_go
from accounts.actions.keys import issue_key, revoke_key
from accounts.actions.links import open_feed, share_balance
from accounts.actions.people import assign, change_roles, join_client, leave_client, limit_approvals
from accounts.actors import MemberRole
from accounts.errors import Conflict, NotAllowed
from accounts.models import ApiKey, Membership
from events.models import Event
from tests import cast
from tests.racing import race

APPROVER, BILLING, OWNER, REQUESTER = MemberRole.APPROVER, MemberRole.BILLING, MemberRole.OWNER, MemberRole.REQUESTER


def membership(person, company):
    return Membership.objects.get(client=company.client, person=person)


def test_a_members_roles_change_and_the_trail_says_from_what(mara, acorn, rob):
    change_roles(actor=cast.actor(mara), membership=membership(rob, acorn), roles=[BILLING, APPROVER])
    assert cast.actor(rob, acorn).member_roles == {APPROVER, BILLING}
    event = Event.objects.get(kind="membership.changed")
    assert event.payload == {"roles": ["approver", "billing"], "before": ["requester"]}
    assert event.client_id == acorn.client.pk


def test_the_same_roles_again_are_no_event(mara, acorn, rob):
    change_roles(actor=cast.actor(mara), membership=membership(rob, acorn), roles=[REQUESTER])
    assert not Event.objects.filter(kind="membership.changed").exists()


def test_roles_are_changed_by_leads_only_to_some_role_and_while_the_membership_lasts(mara, ines, acorn, rob, priya):
    of_rob = membership(rob, acorn)
    for nobody in (cast.actor(ines), cast.actor(priya, acorn)):
        with pytest.raises(NotAllowed):
            change_roles(actor=nobody, membership=of_rob, roles=[OWNER])
    with pytest.raises(Conflict, match="at least one role"):
        change_roles(actor=cast.actor(mara), membership=of_rob, roles=[])
    leave_client(actor=cast.actor(mara), membership=of_rob)
    with pytest.raises(Conflict, match="no longer speaks"):
        change_roles(actor=cast.actor(mara), membership=of_rob, roles=[OWNER])
    with pytest.raises(Conflict, match="no longer speaks"):
        limit_approvals(actor=cast.actor(mara), membership=of_rob, up_to=Decimal(100))


def test_somebody_of_one_client_joins_a_second_and_is_one_person(mara, acorn, cobalt, rob):
    join_client(actor=cast.actor(mara), person=rob, client=cobalt.client, roles=[OWNER])
    assert cast.actor(rob, acorn).member_roles == {REQUESTER}
    assert cast.actor(rob, cobalt).member_roles == {OWNER}


def test_whoever_comes_back_brings_no_limit_of_before(mara, acorn, abe):
    limit_approvals(actor=cast.actor(mara), membership=membership(abe, acorn), up_to=Decimal(5000))
    join_client(actor=cast.actor(mara), person=abe, client=acorn.client, roles=[APPROVER])
    assert membership(abe, acorn).approval_limit == Decimal(5000)
    leave_client(actor=cast.actor(mara), membership=membership(abe, acorn))
    join_client(actor=cast.actor(mara), person=abe, client=acorn.client, roles=[APPROVER])
    assert membership(abe, acorn).approves_up_to == 0


def test_somebody_of_the_firm_joins_no_client_and_somebody_of_a_client_is_not_assigned(mara, acorn, ines, rob):
    with pytest.raises(Conflict, match="works for the firm"):
        join_client(actor=cast.actor(mara), person=ines, client=acorn.client, roles=[OWNER])
    with pytest.raises(Conflict, match="does not work for the firm"):
        assign(actor=cast.actor(mara), person=rob, client=acorn.client)


def test_a_membership_ends_once(mara, acorn, rob):
    for _time in range(2):
        leave_client(actor=cast.actor(mara), membership=membership(rob, acorn))
    assert Event.objects.filter(kind="membership.ended").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_changes_at_once_follow_each_other(mara, acorn, rob):
    of_rob, actor = membership(rob, acorn), cast.actor(mara)
    acts = [partial(change_roles, actor=actor, membership=of_rob, roles=roles) for roles in ([OWNER], [BILLING])]
    race([(actor, act) for act in acts])
    first, second = Event.objects.filter(kind="membership.changed").order_by("id")
    assert second.payload["before"] == first.payload["roles"]
    assert membership(rob, acorn).roles == second.payload["roles"]


def test_who_comes_back_makes_keys_anew(mara, acorn, priya):
    made, _secret = issue_key(actor=cast.actor(priya, acorn), person=priya, name="Desk", scopes=["tickets:read"], client=acorn.client)
    leave_client(actor=cast.actor(mara), membership=membership(priya, acorn))
    join_client(actor=cast.actor(mara), client=acorn.client, person=priya, roles=[OWNER])
    assert ApiKey.objects.get(pk=made.pk).revoked_at is not None
    assert Event.objects.filter(kind="key.revoked", about_id=made.pk).count() == 1


def test_whatever_opened_the_clients_door_without_its_person_is_shut_with_the_membership_and_each_is_told_of(mara, acorn, cobalt, rob):
    join_client(actor=cast.actor(mara), person=rob, client=cobalt.client, roles=[REQUESTER])
    ours, _secret = open_feed(actor=cast.actor(rob, acorn))
    elsewhere, _secret = open_feed(actor=cast.actor(rob, cobalt))
    leave_client(actor=cast.actor(mara), membership=membership(rob, acorn))
    ours.refresh_from_db()
    elsewhere.refresh_from_db()
    assert ours.revoked_at is not None
    assert elsewhere.revoked_at is None
    told = Event.objects.get(kind="calendar.closed")
    assert (told.about_id, told.person, told.client, told.is_public) == (ours.pk, mara, acorn.client, False)


def test_keys_links_and_calendars_of_a_colleague_end_when_they_leave(ada, ines, acorn):
    key, _secret = issue_key(actor=cast.actor(ines), person=ines, name="Script", scopes=["tickets:read"])
    link, _secret = share_balance(actor=cast.actor(ines), client=acorn.client, name="The board")
    feed, _secret = open_feed(actor=cast.actor(ines))
    for _time in range(2):
        let_go(actor=cast.actor(ada), person=ines)
    for door, kind in ((key, "key.revoked"), (link, "balance.unshared"), (feed, "calendar.closed")):
        door.refresh_from_db()
        assert door.revoked_at is not None
        assert [event.person for event in Event.objects.about(door).filter(kind=kind)] == [ada]


@pytest.mark.parametrize("how", [change_roles, join_client])
def test_whoever_is_owner_no_more_keeps_neither_keys_nor_links(mara, acorn, priya, how):
    owner = cast.actor(priya, acorn)
    key, _secret = issue_key(actor=owner, person=priya, name="Desk", scopes=["tickets:read"], client=acorn.client)
    link, _secret = share_balance(actor=owner, client=acorn.client, name="The board")
    feed, _secret = open_feed(actor=owner)
    whose = {"membership": membership(priya, acorn)} if how is change_roles else {"person": priya, "client": acorn.client}
    how(actor=cast.actor(mara), roles=[APPROVER], **whose)
    for door in (key, link, feed):
        door.refresh_from_db()
    assert [door.revoked_at is None for door in (key, link, feed)] == [False, False, True]
    assert Event.objects.filter(kind="key.revoked", about_id=key.pk).count() == 1


def test_a_key_the_firm_made_for_a_requester_outlives_another_role(mara, acorn, rob):
    key, _secret = issue_key(actor=cast.ARRANGING, person=rob, name="Desk", scopes=["tickets:read"], client=acorn.client)
    change_roles(actor=cast.actor(mara), membership=membership(rob, acorn), roles=[REQUESTER, BILLING])
    key.refresh_from_db()
    assert key.revoked_at is None


@pytest.mark.django_db(transaction=True)
def test_a_key_revoked_by_two_at_once_is_told_of_once(ada, ines):
    key, _secret = issue_key(actor=cast.actor(ines), person=ines, name="Script", scopes=["tickets:read"])
    race([(cast.actor(person), partial(revoke_key, actor=cast.actor(person), key=key)) for person in (ada, ines)])
    assert Event.objects.filter(kind="key.revoked").count() == 1
