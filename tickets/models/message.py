from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.constraints import SameClient
from accounts.models import ClientOwned, ClientOwnedQuerySet, Person
from accounts.wall import ALL, ROWS_OF_THE_CLIENT, Rights
from tickets.models.ticket import Ticket


class Message(ClientOwned):
    """Something said in public on a ticket, in Markdown: read by the client and by the firm. Nobody deletes it."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="messages", db_constraint=False)
    author = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    body = models.TextField(_("message"))
    by_client = models.BooleanField()
    is_question = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())

    objects = ClientOwnedQuerySet["Message"].as_manager()

    rights = Rights(portal="select, insert", staff="select, insert", system=ALL, portal_sees=ROWS_OF_THE_CLIENT)

    class Meta:
        constraints = [
            SameClient("ticket", name="a_message_belongs_to_its_tickets_client"),
            models.CheckConstraint(condition=~models.Q(body=""), name="a_message_says_something"),
        ]
        indexes = [models.Index(fields=["ticket", "id"], name="messages_of_a_ticket")]


class Note(ClientOwned):
    """Something the firm says to itself about a ticket. The portal's database role is never granted this table."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="notes", db_constraint=False)
    author = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    body = models.TextField(_("internal note"))
    created_at = models.DateTimeField(db_default=Now())

    objects = ClientOwnedQuerySet["Note"].as_manager()

    rights = Rights(staff="select, insert", system=ALL)

    class Meta:
        constraints = [
            SameClient("ticket", name="a_note_belongs_to_its_tickets_client"),
            models.CheckConstraint(condition=~models.Q(body=""), name="a_note_says_something"),
        ]
        indexes = [models.Index(fields=["ticket", "id"], name="notes_of_a_ticket")]
