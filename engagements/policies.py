"""Who may change what was promised."""

from accounts.actors import Actor, MemberRole


def may_promise(actor: Actor) -> bool:
    """Engagements, terms and the systems in care are agreed by admins and leads."""
    return actor.leads and actor.may_use("engagements:write")


def may_plan(actor: Actor) -> bool:
    """Recurring work takes hours of every period, so whoever promises them plans it."""
    return may_promise(actor)


def may_describe_systems(actor: Actor) -> bool:
    """Whoever works for a client keeps the list of its systems."""
    return (actor.is_system or actor.is_staff) and actor.may_use("systems:write")


def may_see_money(actor: Actor) -> bool:
    """What the firm is paid is read by the firm, and at the client by those who approve, are billed or own."""
    return actor.is_system or actor.is_staff or actor.holds(MemberRole.APPROVER, MemberRole.BILLING)
