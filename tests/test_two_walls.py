"""The wall between clients, twice: what the application asks for, and what PostgreSQL shows at all."""

import threading
import uuid

import pytest
from django.apps import apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, models, transaction
from django.db.models import ForeignKey, UniqueConstraint

from accounts import scope, wall
from accounts.constraints import SameClient
from accounts.models import FIRM_WIDE, Client, ClientOwned, Membership, Person, User
from billing.models import CostRate, Expense, ExpenseReceipt, Period, SignedContract, TimeDecision, TimeEntry, TimeEntryInternal
from engagements.models import Engagement
from events.models import Event, Notice
from tests.cast import actor, ask, log
from tickets.models import Message, Note, Ticket

ROOMS = {"accounts", "events", "engagements", "tickets", "billing", "proposals", "leaving"}
ACROSS_CLIENTS = {
    "a_person_runs_one_timer": "a person has two hands, whoever they work for",
    "entries_of_a_person_never_overlap": "a person is in one place at a time, whoever they work for",
    "pauses_of_an_engagement_never_overlap": "an engagement belongs to one client, so naming it names the client",
    "periods_of_an_engagement_never_overlap": "an engagement belongs to one client, so naming it names the client",
    "terms_of_an_engagement_never_overlap": "an engagement belongs to one client, so naming it names the client",
}
SECRET_OR_GIVEN = {"message_id": "a Message-ID is unique in the world", "digest": "two keys never share a secret"}


def our_models() -> list[type[models.Model]]:
    return [m for m in apps.get_models() if m._meta.app_label in ROOMS and not hasattr(m, "pgh_tracked_model")]


def who() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('app.client_id', true)")
        row: tuple[str, str] = cursor.fetchone()
    return row


def test_every_table_belongs_to_a_client_or_says_why_not():
    without = {m for m in our_models() if not issubclass(m, ClientOwned)}
    assert without == set(FIRM_WIDE)
    assert all(reason for reason in FIRM_WIDE.values())


def test_every_table_that_a_door_may_read_has_its_way_in():
    without = {m.__name__ for m in our_models() if not hasattr(m.objects, "visible_to")}
    assert without == {"User", "Firm", "IdempotentRequest"}, (
        "a log-in and a repeated request are read by their own key, the firm is one row"
    )


def test_every_reference_between_client_tables_is_kept_to_one_client():
    loose = [
        f"{m.__name__}.{field.name}"
        for m in our_models()
        if issubclass(m, ClientOwned)
        for field in m._meta.local_fields
        if isinstance(field, ForeignKey)
        and issubclass(field.remote_field.model, ClientOwned)
        and not any(isinstance(c, SameClient) and c.field == field.name for c in m._meta.constraints)
    ]
    assert loose == []


def test_no_unique_rule_of_a_client_table_reaches_across_clients():
    across = set()
    for m in our_models():
        if not issubclass(m, ClientOwned):
            continue
        for constraint in m._meta.constraints:
            unique = isinstance(constraint, UniqueConstraint) and "client" not in constraint.fields
            if unique or isinstance(constraint, ExclusionConstraint):
                across.add(constraint.name)
        one_to_one = {f.name for f in m._meta.local_fields if isinstance(f, models.OneToOneField)}
        secrets = {f.name for f in m._meta.local_fields if f.unique and not f.primary_key} - one_to_one
        assert secrets <= set(SECRET_OR_GIVEN), m
    assert across == set(ACROSS_CLIENTS)


def test_the_catalogue_forces_row_security_on_every_table(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
            " AND NOT (relrowsecurity AND relforcerowsecurity)"
        )
        assert [name for (name,) in cursor.fetchall()] == ["django_migrations"]


def test_the_catalogue_holds_one_policy_a_role_and_nothing_that_sees_past_them(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename, roles::text, count(*) FROM pg_policies WHERE permissive = 'PERMISSIVE' GROUP BY 1, 2 HAVING count(*) > 1"
        )
        assert cursor.fetchall() == []
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            " EXCEPT SELECT tablename FROM pg_policies WHERE policyname = 'owner'"
        )
        assert [name for (name,) in cursor.fetchall()] == ["django_migrations"]
        cursor.execute("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')")
        assert cursor.fetchall() == []
        cursor.execute("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef")
        assert cursor.fetchall() == []


INTERNAL_TABLES = ("accounts_personevent", "events_delivery", "billing_timer")
OF_THE_FIRM = [Note, TimeEntryInternal, TimeDecision, SignedContract, CostRate, Expense, ExpenseReceipt, User, *INTERNAL_TABLES]


@pytest.mark.parametrize("hidden", OF_THE_FIRM)
def test_the_portal_is_never_granted_what_only_the_firm_reads(db, hidden):
    table = hidden if isinstance(hidden, str) else hidden._meta.db_table
    with scope.portal(uuid.uuid4()), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        connection.cursor().execute(f'SELECT 1 FROM "{table}"')


def test_without_a_scope_nothing_is_readable(acorn):
    with scope.nobody(), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Ticket.objects.count()


def test_the_portal_sees_one_client_though_nobody_asked_it_to(acorn, cobalt, priya, nadia, ines, tomas):
    ask(priya, acorn, "ours")
    ask(nadia, cobalt, "theirs")
    log(ines, acorn, minutes=60)
    log(tomas, cobalt, minutes=60)
    with scope.portal(acorn.client.pk):
        assert [t.subject for t in Ticket.objects.all()] == ["ours"]
        for model in (Client, Engagement, Period, TimeEntry, Message, Event):
            theirs = model.objects.filter(pk=cobalt.client.pk) if model is Client else model.objects.filter(client_id=cobalt.client.pk)
            assert not theirs.exists(), model
        assert "Nadia Owner" not in set(Person.objects.values_list("name", flat=True))
        assert who() == ("tend_portal", str(acorn.client.pk))
    assert who()[0] == "tend_system"


def test_the_application_filters_though_the_database_shows_all(acorn, cobalt, priya, nadia, tomas):
    mine, theirs = ask(priya, acorn), ask(nadia, cobalt)
    for seer in (actor(priya), actor(tomas)):
        seen = set(Ticket.objects.visible_to(seer))
        assert seen == ({mine} if seer.is_member else {theirs})


def test_what_an_actor_sees_is_one_condition_that_asks_nothing_while_it_is_made(acorn, priya, ines, mara, ada, django_assert_num_queries):
    """Its SQL is kept for the next time: an answer that was read while it was made would be kept with it."""
    seers = [actor(priya, acorn), actor(ines), actor(mara), actor(ada)]
    with django_assert_num_queries(0):
        for model in our_models():
            for seer in seers if hasattr(model.objects, "visible_to") else ():
                model.objects.visible_to(seer)


def test_internal_time_is_hidden_from_a_client_by_either_wall(acorn, priya, ines):
    entry = log(ines, acorn, minutes=60)
    TimeEntry.objects.filter(pk=entry.pk).update(kind="internal", burn_minutes=0)
    assert not TimeEntry.objects.visible_to(actor(priya)).exists()
    with scope.portal(acorn.client.pk):
        assert not TimeEntry.objects.exists()


def test_the_portal_cannot_write_for_another_client(acorn, cobalt):
    with scope.portal(acorn.client.pk):
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Ticket.objects.create(client=cobalt.client, subject="x", number=1, reference="CBF-1", source="portal")
        assert Ticket.objects.filter(client_id=cobalt.client.pk).update(subject="x") == 0


def test_a_reference_to_another_clients_row_is_refused_by_the_database(acorn, cobalt):
    Ticket.objects.create(client=acorn.client, engagement=cobalt.engagement, subject="x", number=1, reference="ACM-1", source="portal")
    with pytest.raises(IntegrityError, match="a_ticket_belongs_to_its_engagements_client"):
        connection.check_constraints()


def test_a_form_says_so_before_the_database_does(acorn, cobalt):
    with pytest.raises(ValidationError, match="another client"):
        Ticket(client=acorn.client, engagement=cobalt.engagement, subject="x", number=1, reference="ACM-1", source="portal").full_clean()


def test_a_privileged_step_ends_where_it_ends_even_when_it_fails(acorn):
    with scope.portal(acorn.client.pk):
        with scope.system("a step"):
            assert who()[0] == "tend_system"
        assert who() == ("tend_portal", str(acorn.client.pk))
        with pytest.raises(ZeroDivisionError), transaction.atomic(), scope.system("a step"):
            raise ZeroDivisionError
        assert who()[0] == "tend_portal"
        with pytest.raises(ProgrammingError), scope.portal(uuid.uuid4()), transaction.atomic():
            Note.objects.count()
        assert who() == ("tend_portal", str(acorn.client.pk))


def test_prepared_statements_follow_the_role(acorn, cobalt, priya, nadia):
    ask(priya, acorn, "a")
    ask(nadia, cobalt, "b")
    for _ in range(6):
        with scope.portal(acorn.client.pk):
            assert [t.subject for t in Ticket.objects.order_by("subject")] == ["a"]
        with scope.portal(cobalt.client.pk):
            assert [t.subject for t in Ticket.objects.order_by("subject")] == ["b"]
        with scope.staff():
            assert [t.subject for t in Ticket.objects.order_by("subject")] == ["a", "b"]


@pytest.mark.django_db(transaction=True)
def test_a_statement_outside_a_transaction_gets_its_own_scope(acorn, priya):
    ask(priya, acorn)
    with scope.portal(acorn.client.pk):
        assert not connection.in_atomic_block
        assert Ticket.objects.count() == 1
        assert len(list(Ticket.objects.iterator(chunk_size=1))) == 1
    with scope.nobody():
        assert who()[0] == "tend_app"


@pytest.mark.django_db(transaction=True)
def test_another_thread_starts_as_nobody(acorn):
    seen: list[str] = []

    def look() -> None:
        try:
            seen.append(str(Ticket.objects.count()))
        except DatabaseError as error:
            seen.append(type(error).__name__)
        finally:
            connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == ["ProgrammingError"]


def test_a_member_sees_no_notice_of_anybody_else_by_either_wall(acorn, priya, mara):
    ask(priya, acorn)
    notice = Notice.objects.get(person=mara)
    assert notice not in Notice.objects.visible_to(actor(priya))
    with scope.portal(acorn.client.pk, actor(priya)):
        assert not Notice.objects.exists()
    Notice.objects.filter(pk=notice.pk).update(person=priya)
    with scope.portal(acorn.client.pk, actor(priya)):
        assert Notice.objects.get() == notice


def test_the_portal_locks_a_retainer_that_it_may_not_change(acorn):
    with scope.portal(acorn.client.pk):
        Engagement.objects.select_for_update(no_key=True).get(pk=acorn.engagement.pk)
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            Engagement.objects.update(name="x")
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Engagement.objects.filter(pk=acorn.engagement.pk).update(id=acorn.engagement.pk)


def test_an_event_is_never_changed_nor_deleted(acorn):
    event = Event.objects.filter(client=acorn.client).first()
    for deed in (lambda: Event.objects.filter(pk=event.pk).update(kind="x"), event.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            deed()


def test_history_names_who_changed_a_row(acorn, ines):
    with scope.staff(actor(ines)), transaction.atomic():
        Client.objects.filter(pk=acorn.client.pk).update(name="Acorn Bakeries")
    last = Client.pgh_event_model.objects.filter(pgh_obj=acorn.client).order_by("-pgh_id").first()
    assert (last.name, last.pgh_context["person"]) == ("Acorn Bakeries", str(ines.pk))


@pytest.mark.django_db(transaction=True)
def test_migrate_builds_the_wall_once_and_mends_it(acorn):
    with scope.nobody(), scope.owner():
        assert wall.build() == []
        with connection.cursor() as cursor:
            cursor.execute("DROP POLICY owner ON tickets_ticket")
            cursor.execute("DROP POLICY portal ON tickets_ticket")
        assert wall.build() == ["tickets_ticket"]


def test_a_member_of_two_clients_acts_for_one_at_a_time(acorn, cobalt, priya):
    Membership.objects.create(client=cobalt.client, person=priya, roles=["requester"])
    here, there = actor(priya, acorn), actor(priya, cobalt)
    assert (here.client_id, there.client_id) == (acorn.client.pk, cobalt.client.pk)
    assert set(Client.objects.visible_to(here)) == {acorn.client}
