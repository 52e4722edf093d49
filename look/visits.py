"""A request whose actor is known, as both page doors make one."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from accounts.actors import Actor


class Visit(HttpRequest):
    """A request of somebody who was let in."""

    actor: Actor
    htmx: HtmxDetails
