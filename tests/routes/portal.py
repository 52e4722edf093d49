"""Who gets what of the routes of the portal, what they are asked with and what is sent to them."""

from tests.routes.filling import A_HOOK, Body, today

TABLE = """
route                                  method id               stranger  other  rob   abe   bill  priya  tomas  ines  mara  ada
portal:home                            GET    -                in        yes    yes   yes   yes   yes    404    404   404   404
portal:tickets                         GET    -                in        yes    yes   yes   yes   yes    404    404   404   404
portal:new_ticket                      GET    -                in        yes    yes   yes   yes   yes    404    404   404   404
portal:new_ticket                      POST   -                in        no     yes   yes   yes   yes    404    404   404   404
portal:ticket                          GET    ticket           in        404    yes   yes   yes   yes    404    404   404   404
portal:reply                           POST   ticket           in        404    yes   yes   yes   yes    404    404   404   404
portal:decision                        POST   estimated        in        404    no    yes   no    yes    404    404   404   404
portal:resolution                      POST   ticket           in        404    yes   yes   yes   yes    404    404   404   404
portal:reopening                       POST   solved           in        404    yes   yes   yes   yes    404    404   404   404
portal:closure                         POST   solved           in        404    yes   yes   yes   yes    404    404   404   404
portal:attachment                      GET    attachment       in        404    yes   yes   yes   yes    404    404   404   404
portal:proposals                       GET    -                in        yes    yes   yes   yes   yes    404    404   404   404
portal:proposal                        GET    offer            in        404    404   yes   yes   yes    404    404   404   404
portal:proposal_decision               POST   offer            in        404    404   no    no    yes    404    404   404   404
portal:proposal_undo                   POST   approved         in        404    404   yes   no    yes    404    404   404   404
portal:hours                           GET    -                in        yes    yes   yes   yes   yes    404    404   404   404
portal:period                          GET    period           in        404    yes   yes   yes   yes    404    yes   yes   yes
portal:authorisation                   POST   period           in        404    no    no    no    yes    404    404   404   404
portal:authorisation_refusal           POST   period           in        404    no    no    no    no     404    404   404   404
portal:authorisation_revocation        POST   authorisation    in        404    404   yes   no    yes    404    404   404   404
portal:statement_pdf                   GET    statement        in        404    yes   yes   yes   yes    404    404   404   404
portal:systems                         GET    -                in        yes    yes   yes   yes   yes    404    404   404   404
portal:system                          GET    system           in        404    yes   yes   yes   yes    404    404   404   404
portal:notices                         GET    -                in        yes    yes   yes   yes   yes    404    404   404   404
portal:notices                         POST   -                in        yes    yes   yes   yes   yes    404    404   404   404
portal:people                          GET    -                in        own    404   404   404   yes    404    404   404   404
portal:keys                            GET    -                in        own    404   404   404   yes    404    404   404   404
portal:keys                            POST   -                in        own    404   404   404   yes    404    404   404   404
portal:key_revocation                  POST   key              in        404    404   404   404   yes    404    404   404   404
portal:webhooks                        GET    -                in        own    404   404   404   yes    404    404   404   404
portal:webhooks                        POST   -                in        own    404   404   404   yes    404    404   404   404
portal:webhook                         GET    webhook          in        404    404   404   404   yes    404    404   404   404
portal:webhook                         POST   webhook          in        404    404   404   404   yes    404    404   404   404
portal:webhook_rotation                POST   webhook          in        404    404   404   404   yes    404    404   404   404
portal:webhook_ping                    POST   webhook          in        404    404   404   404   yes    404    404   404   404
portal:webhook_activation              POST   webhook          in        404    404   404   404   yes    404    404   404   404
portal:webhook_redelivery              POST   webhook          in        404    404   404   404   yes    404    404   404   404
portal:webhook_removal                 POST   webhook          in        404    404   404   404   yes    404    404   404   404
portal:webhook_message_redelivery      POST   webhook_message  in        404    404   404   404   yes    404    404   404   404
portal:notice_choices                  GET    -                in        yes    yes   yes   yes   yes    404    404   404   404
portal:notice_choices                  POST   -                in        yes    yes   yes   yes   yes    404    404   404   404
portal:exit_kits                       GET    -                in        own    404   404   404   yes    404    404   404   404
portal:exit_kits                       POST   -                in        own    404   404   404   yes    404    404   404   404
portal:exit_kit_file                   GET    exit_kit         in        404    404   404   404   yes    404    404   404   404
portal:clients                         GET    -                in        yes    yes   yes   yes   yes    404    404   404   404
portal:clients                         POST   -                in        404    yes   yes   yes   yes    404    404   404   404
portal:links                           GET    -                in        yes    yes   yes   yes   yes    404    404   404   404
portal:links                           POST   -                in        yes    yes   yes   yes   yes    404    404   404   404
portal:revoke_balance_link             POST   balance_link     in        404    404   404   404   yes    404    404   404   404
portal:revoke_feed                     POST   feed             in        404    404   404   404   yes    404    404   404   404
"""

ASKS: dict[str, Body] = {
    "portal:new_ticket": lambda of: {"system": of.ids["system"]},
    "portal:tickets": lambda _: {"q": "talk", "show": "all"},
}

BODIES: dict[tuple[str, str], Body] = {
    ("portal:new_ticket", "POST"): lambda of: {"subject": "Hello", "body": "There", "system": of.ids["system"]},
    ("portal:reply", "POST"): lambda _: {"body": "Hello"},
    ("portal:decision", "POST"): lambda _: {"answer": "approve"},
    ("portal:proposal_decision", "POST"): lambda _: {"answer": "approve"},
    ("portal:authorisation", "POST"): lambda _: {"minutes_cap": "1h"},
    ("portal:authorisation_refusal", "POST"): lambda _: {"minutes": "60"},
    ("portal:keys", "POST"): lambda _: {"name": "Robot", "scopes": ["tickets:read"]},
    ("portal:notice_choices", "POST"): lambda _: {"talk": "here", "steps": "mail", "decisions": "mail", "hours": "mail"},
    ("portal:links", "POST"): lambda _: {"what": "calendar"},
    ("portal:notices", "POST"): lambda of: {"notice": of.ids["notice"]},
    ("portal:clients", "POST"): lambda of: {"client": of.ids["client"]},
    ("portal:webhooks", "POST"): lambda _: {"url": A_HOOK, "kinds": ["ticket.opened"]},
    ("portal:webhook", "POST"): lambda _: {"url": A_HOOK, "kinds": ["ticket.opened"]},
    ("portal:webhook_redelivery", "POST"): lambda _: {"since": today()},
    ("portal:webhook_activation", "POST"): lambda _: {"answer": "disable"},
}
