"""Who acts. An actor is always an argument, never ambient."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class StaffRole(StrEnum):
    """What somebody of the firm may do: admins and leads see every client, consultants those they are assigned to."""

    ADMIN = "admin"
    LEAD = "lead"
    CONSULTANT = "consultant"


class MemberRole(StrEnum):
    """What somebody of a client may do; a person may hold several."""

    REQUESTER = "requester"
    APPROVER = "approver"
    BILLING = "billing"
    OWNER = "owner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person, an API key acting for a named person, or a named system process.

    `client_id` is set for everybody who acts within one client: its members, and keys bound to it. `scopes` is None for
    people, who may do all their role may; a key may do only what its scopes name.
    """

    name: str
    person_id: UUID | None = None
    client_id: UUID | None = None
    staff_role: StaffRole | None = None
    member_roles: frozenset[MemberRole] = frozenset()
    key_id: UUID | None = None
    scopes: frozenset[str] | None = None
    process: str = ""
    time_zone: str = "UTC"

    @property
    def is_staff(self) -> bool:
        return self.staff_role is not None

    @property
    def is_system(self) -> bool:
        return bool(self.process)

    @property
    def is_member(self) -> bool:
        return not self.is_staff and not self.is_system and self.client_id is not None

    @property
    def leads(self) -> bool:
        """Whether this actor sees all clients and may change what was promised to them."""
        return self.is_system or self.staff_role in {StaffRole.ADMIN, StaffRole.LEAD}

    @property
    def administers(self) -> bool:
        return self.is_system or self.staff_role is StaffRole.ADMIN

    def holds(self, *roles: MemberRole) -> bool:
        """Whether a member holds one of the roles; an owner holds them all."""
        return MemberRole.OWNER in self.member_roles or not self.member_roles.isdisjoint(roles)

    def may_use(self, scope: str) -> bool:
        """Whether a key's scopes allow `resource:verb`; `resource:write` includes `resource:read`."""
        if self.scopes is None or scope in self.scopes:
            return True
        resource, _, verb = scope.partition(":")
        return verb == "read" and f"{resource}:write" in self.scopes

    def as_context(self) -> Mapping[str, str]:
        """What the history triggers note beside a changed row."""
        parts = {"person": self.person_id, "key": self.key_id, "process": self.process}
        return {name: str(value) for name, value in parts.items() if value}


def system(process: str) -> Actor:
    """The actor of a named system process, which sees everything and is named in every event it writes."""
    return Actor(name=process, process=process)
