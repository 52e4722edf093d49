"""What is asked of whoever brings people in: the firm's own, and the contacts of its clients."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, MemberRole, StaffRole
from accounts.models import Client, Membership, Person
from look.zones import zone_choices

ROLE_NAMES = {
    StaffRole.ADMIN: _("Admin: everything, and the firm's settings"),
    StaffRole.LEAD: _("Lead: every client, and what is promised to them"),
    StaffRole.CONSULTANT: _("Consultant: the clients they are assigned to"),
}
MEMBER_ROLE_NAMES = {
    MemberRole.OWNER: _("Owner: everything of their company"),
    MemberRole.APPROVER: _("Approver: decides estimates"),
    MemberRole.BILLING: _("Billing: sees money"),
    MemberRole.REQUESTER: _("Requester: asks for work"),
}


class InviteForm(forms.Form):
    """Somebody new: of the firm, or a contact of a client."""

    name = forms.CharField(label=_("Name"), max_length=80)
    email = forms.EmailField(label=_("E-mail"), help_text=_("They sign in with a code sent to this address."))
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices)


class InviteStaffForm(InviteForm):
    staff_role = forms.ChoiceField(label=_("Role"), choices=ROLE_NAMES.items(), initial=StaffRole.CONSULTANT)


class ColleagueForm(forms.Form):
    """How a colleague is called, where they are, and what they may do."""

    name = forms.CharField(label=_("Name"), max_length=80)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices)
    staff_role = forms.ChoiceField(label=_("Role"), choices=ROLE_NAMES.items(), help_text=_("It holds from their next request on."))


def zones_or_the_clients() -> list[Any]:
    """Every zone, and before them that of the client, wherever it is."""
    return [("", _("where the client is")), *zone_choices()]


class InviteContactForm(InviteForm):
    """A contact of a client, who is where the client is unless said otherwise."""

    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zones_or_the_clients, required=False)
    client = forms.ModelChoiceField(Client.objects.none(), label=_("Client"))
    roles = forms.MultipleChoiceField(
        label=_("Roles"), choices=MEMBER_ROLE_NAMES.items(), widget=forms.CheckboxSelectMultiple, initial=[MemberRole.REQUESTER]
    )

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        clients = Client.objects.visible_to(actor).in_care().order_by("name")
        cast("forms.ModelChoiceField[Client]", self.fields["client"]).queryset = clients

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if "client" in values and not values.get("time_zone"):
            values["time_zone"] = values["client"].time_zone
        return values


class AssignmentForm(forms.Form):
    """Somebody of the firm works for a client from now on."""

    person = forms.ModelChoiceField(Person.objects.none(), label=_("Person"))
    client = forms.ModelChoiceField(Client.objects.none(), label=_("Client"))

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        cast("forms.ModelChoiceField[Person]", self.fields["person"]).queryset = Person.objects.of_the_firm().order_by("name")
        clients = Client.objects.visible_to(actor).in_care().order_by("name")
        cast("forms.ModelChoiceField[Client]", self.fields["client"]).queryset = clients


def roles_of(membership: Membership) -> str:
    """The roles of a membership in words."""
    return ", ".join(str(MEMBER_ROLE_NAMES[MemberRole(role)]).partition(":")[0] for role in membership.roles)


class RolesForm(forms.Form):
    roles = forms.MultipleChoiceField(label=_("Roles"), choices=MEMBER_ROLE_NAMES.items(), widget=forms.CheckboxSelectMultiple)


class JoinForm(forms.Form):
    """One more client that somebody speaks for, in roles of its own."""

    client = forms.ModelChoiceField(Client.objects.none(), label=_("Client"))
    roles = forms.MultipleChoiceField(
        label=_("Roles"), choices=MEMBER_ROLE_NAMES.items(), widget=forms.CheckboxSelectMultiple, initial=[MemberRole.REQUESTER]
    )

    def __init__(self, *args: Any, actor: Actor, person: Person, **options: Any) -> None:
        super().__init__(*args, **options)
        theirs = Membership.objects.visible_to(actor).active().filter(person=person).values("client_id")
        clients = Client.objects.visible_to(actor).in_care().exclude(pk__in=theirs).order_by("name")
        cast("forms.ModelChoiceField[Client]", self.fields["client"]).queryset = clients
