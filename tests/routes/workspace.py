"""Who gets what of the routes of the workspace, what they are asked with and what is sent to them."""

from tests.routes.filling import A_HOOK, A_MAPPING, Body, later, new_client, soon, spent, terms, today

TABLE = """
route                                  method id               stranger  other  rob   abe   bill  priya  tomas  ines  mara  ada
workspace:today                        GET    -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:first_steps                  GET    -                in        404    404   404   404   404    404    404   404   yes
workspace:first_steps                  POST   -                in        404    404   404   404   404    404    404   404   yes
workspace:log                          POST   -                in        404    404   404   404   404    no     yes   yes   yes
workspace:reading                      GET    -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:timer                        POST   -                in        404    404   404   404   404    404    yes   yes   yes
workspace:timer_stop                   POST   -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:timer_discard                POST   -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:inbox                        GET    -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:tickets                      GET    -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:give_tickets                 POST   -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:new_ticket                   GET    -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:new_ticket                   POST   -                in        404    404   404   404   404    no     yes   yes   yes
workspace:ticket                       GET    ticket           in        404    404   404   404   404    404    yes   yes   yes
workspace:edit_ticket                  GET    ticket           in        404    404   404   404   404    404    yes   yes   yes
workspace:edit_ticket                  POST   ticket           in        404    404   404   404   404    404    yes   yes   yes
workspace:reply                        POST   ticket           in        404    404   404   404   404    404    yes   yes   yes
workspace:note                         POST   ticket           in        404    404   404   404   404    404    yes   yes   yes
workspace:acceptance                   POST   fresh            in        404    404   404   404   404    404    yes   yes   yes
workspace:assignment                   POST   ticket           in        404    404   404   404   404    404    yes   yes   yes
workspace:schedule                     POST   ticket           in        404    404   404   404   404    404    yes   yes   yes
workspace:approval_request             POST   ticket           in        404    404   404   404   404    404    yes   yes   yes
workspace:resolution                   POST   ticket           in        404    404   404   404   404    404    yes   yes   yes
workspace:reopening                    POST   solved           in        404    404   404   404   404    404    yes   yes   yes
workspace:ticket_time                  GET    ticket           in        404    404   404   404   404    404    yes   yes   yes
workspace:ticket_time                  POST   ticket           in        404    404   404   404   404    404    yes   yes   yes
workspace:attachment                   GET    attachment       in        404    404   404   404   404    404    yes   yes   yes
workspace:note_attachment              GET    note_attachment  in        404    404   404   404   404    404    yes   yes   yes
workspace:week                         GET    -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:entries                      GET    -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:periods                      GET    -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:entry                        GET    entry            in        404    404   404   404   404    404    yes   yes   yes
workspace:entry                        POST   entry            in        404    404   404   404   404    404    yes   yes   yes
workspace:delete_entry                 POST   entry            in        404    404   404   404   404    404    yes   yes   yes
workspace:week                         POST   -                in        404    404   404   404   404    404    yes   yes   yes
workspace:copy_week                    POST   -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:move_entry                   POST   entry            in        404    404   404   404   404    404    yes   yes   yes
workspace:undo                         POST   -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:retainers                    GET    -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:period                       GET    period           in        404    404   404   404   404    404    yes   yes   yes
workspace:what_if                      GET    engagement       in        404    404   404   404   404    404    yes   yes   yes
workspace:period_closure               GET    over             in        404    404   404   404   404    404    404   yes   yes
workspace:period_closure               POST   over             in        404    404   404   404   404    404    404   yes   yes
workspace:period_reopening             POST   closed           in        404    404   404   404   404    404    404   404   yes
workspace:statement_pdf                GET    statement        in        404    404   404   404   404    404    yes   yes   yes
workspace:statement_sending            GET    statement        in        404    404   404   404   404    404    404   yes   yes
workspace:statement_sending            POST   statement        in        404    404   404   404   404    404    404   yes   yes
workspace:new_terms                    GET    engagement       in        404    404   404   404   404    404    404   yes   yes
workspace:new_terms                    POST   engagement       in        404    404   404   404   404    404    404   yes   yes
workspace:engagement                   GET    engagement       in        404    404   404   404   404    404    yes   yes   yes
workspace:engagement                   POST   engagement       in        404    404   404   404   404    404    404   yes   yes
workspace:new_lot                      GET    engagement       in        404    404   404   404   404    404    404   yes   yes
workspace:new_lot                      POST   engagement       in        404    404   404   404   404    404    404   yes   yes
workspace:pause                        POST   engagement       in        404    404   404   404   404    404    404   yes   yes
workspace:resume                       POST   pause            in        404    404   404   404   404    404    404   yes   yes
workspace:end                          POST   engagement       in        404    404   404   404   404    404    404   yes   yes
workspace:go_on                        POST   engagement       in        404    404   404   404   404    404    404   yes   yes
workspace:begin_project                POST   engagement       in        404    404   404   404   404    404    404   yes   yes
workspace:contract                     POST   engagement       in        404    404   404   404   404    404    404   no    no
workspace:contract_file                GET    contract         in        404    404   404   404   404    404    404   yes   yes
workspace:approvals                    GET    -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:approvals                    POST   -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:hand_in                      POST   -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:expenses                     GET    -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:new_expense                  GET    -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:new_expense                  POST   -                in        404    404   404   404   404    no     yes   yes   yes
workspace:expense                      GET    expense          in        404    404   404   404   404    404    yes   yes   yes
workspace:expense                      POST   expense          in        404    404   404   404   404    404    yes   yes   yes
workspace:expense_decision             POST   expense          in        404    404   404   404   404    404    yes   yes   yes
workspace:delete_expense               POST   expense          in        404    404   404   404   404    404    yes   yes   yes
workspace:receipt                      GET    receipt          in        404    404   404   404   404    404    yes   yes   yes
workspace:margin                       GET    -                in        404    404   404   404   404    404    404   404   yes
workspace:margin                       POST   -                in        404    404   404   404   404    404    404   404   yes
workspace:new_plan                     GET    engagement       in        404    404   404   404   404    404    404   yes   yes
workspace:new_plan                     POST   engagement       in        404    404   404   404   404    404    404   yes   yes
workspace:onboarding                   POST   engagement       in        404    404   404   404   404    404    404   yes   yes
workspace:end_plan                     POST   plan             in        404    404   404   404   404    404    404   yes   yes
workspace:clients                      GET    -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:new_client                   GET    -                in        404    404   404   404   404    404    404   yes   yes
workspace:new_client                   POST   -                in        404    404   404   404   404    404    404   yes   yes
workspace:exit_kits                    GET    client           in        404    404   404   404   404    404    404   yes   yes
workspace:exit_kits                    POST   client           in        404    404   404   404   404    404    404   yes   yes
workspace:exit_kit_file                GET    exit_kit         in        404    404   404   404   404    404    404   yes   yes
workspace:client                       GET    client           in        404    404   404   404   404    404    yes   yes   yes
workspace:client_people                GET    client           in        404    404   404   404   404    404    yes   yes   yes
workspace:edit_client                  GET    client           in        404    404   404   404   404    404    404   yes   yes
workspace:edit_client                  POST   client           in        404    404   404   404   404    404    404   yes   yes
workspace:new_retainer                 GET    client           in        404    404   404   404   404    404    404   yes   yes
workspace:new_retainer                 POST   client           in        404    404   404   404   404    404    404   yes   yes
workspace:proposals                    GET    -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:new_proposal                 GET    -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:new_proposal                 POST   -                in        404    404   404   404   404    no     yes   yes   yes
workspace:proposal                     GET    offer            in        404    404   404   404   404    404    yes   yes   yes
workspace:proposal                     POST   idea             in        404    404   404   404   404    404    yes   yes   yes
workspace:proposal_reading             POST   idea             in        404    404   404   404   404    404    yes   yes   yes
workspace:proposal_sending             POST   idea             in        404    404   404   404   404    404    yes   yes   yes
workspace:proposal_withdrawal          POST   offer            in        404    404   404   404   404    404    yes   yes   yes
workspace:systems                      GET    -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:new_system                   GET    -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:new_system                   POST   -                in        404    404   404   404   404    no     yes   yes   yes
workspace:system                       GET    system           in        404    404   404   404   404    404    yes   yes   yes
workspace:system                       POST   system           in        404    404   404   404   404    404    yes   yes   yes
workspace:remove_part                  POST   component        in        404    404   404   404   404    404    yes   yes   yes
workspace:people                       GET    -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:invite_staff                 POST   -                in        404    404   404   404   404    404    404   yes   yes
workspace:invite_contact               POST   -                in        404    404   404   404   404    404    404   yes   yes
workspace:colleague                    GET    worker           in        404    404   404   404   404    404    404   yes   yes
workspace:colleague                    POST   worker           in        404    404   404   404   404    404    404   yes   yes
workspace:leaving                      POST   worker           in        404    404   404   404   404    404    404   yes   yes
workspace:invitation                   POST   contact          in        404    404   404   404   404    404    404   yes   yes
workspace:assign_person                POST   -                in        404    404   404   404   404    404    404   yes   yes
workspace:unassign_person              POST   assignment       in        404    404   404   404   404    404    404   yes   yes
workspace:membership                   GET    membership       in        404    404   404   404   404    404    404   yes   yes
workspace:membership                   POST   membership       in        404    404   404   404   404    404    404   yes   yes
workspace:join_another                 POST   membership       in        404    404   404   404   404    404    404   no    no
workspace:end_membership               POST   membership       in        404    404   404   404   404    404    404   yes   yes
workspace:membership_limit             POST   membership       in        404    404   404   404   404    404    404   yes   yes
workspace:calendars                    GET    -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:new_calendar                 GET    -                in        404    404   404   404   404    404    404   yes   yes
workspace:new_calendar                 POST   -                in        404    404   404   404   404    404    404   yes   yes
workspace:calendar                     GET    calendar         in        404    404   404   404   404    yes    yes   yes   yes
workspace:calendar                     POST   calendar         in        404    404   404   404   404    404    404   yes   yes
workspace:calendar_client              POST   calendar         in        404    404   404   404   404    404    404   yes   yes
workspace:keys                         GET    -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:keys                         POST   -                in        404    404   404   404   404    no     yes   yes   yes
workspace:revoke_key                   POST   key              in        404    404   404   404   404    404    404   yes   yes
workspace:imports                      GET    -                in        404    404   404   404   404    404    404   404   yes
workspace:imports                      POST   -                in        404    404   404   404   404    404    404   404   no
workspace:import_mappings              GET    -                in        404    404   404   404   404    404    404   404   yes
workspace:import_mappings              POST   -                in        404    404   404   404   404    404    404   404   yes
workspace:import_mapping_removal       POST   mapping          in        404    404   404   404   404    404    404   404   yes
workspace:import                       GET    trial            in        404    404   404   404   404    404    404   404   yes
workspace:import_report                GET    trial            in        404    404   404   404   404    404    404   404   yes
workspace:import_for_good              POST   trial            in        404    404   404   404   404    404    404   404   yes
workspace:webhooks                     GET    -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:webhooks                     POST   -                in        404    404   404   404   404    no     yes   yes   yes
workspace:webhook                      GET    webhook          in        404    404   404   404   404    404    404   404   yes
workspace:webhook                      POST   webhook          in        404    404   404   404   404    404    404   404   yes
workspace:webhook_rotation             POST   webhook          in        404    404   404   404   404    404    404   404   yes
workspace:webhook_ping                 POST   webhook          in        404    404   404   404   404    404    404   404   yes
workspace:webhook_activation           POST   webhook          in        404    404   404   404   404    404    404   404   yes
workspace:webhook_redelivery           POST   webhook          in        404    404   404   404   404    404    404   404   yes
workspace:webhook_removal              POST   webhook          in        404    404   404   404   404    404    404   404   yes
workspace:webhook_message_redelivery   POST   webhook_message  in        404    404   404   404   404    404    404   404   yes
workspace:deliveries                   GET    -                in        404    404   404   404   404    404    404   404   yes
workspace:deliveries                   POST   -                in        404    404   404   404   404    404    404   404   yes
workspace:resend_delivery              POST   lost             in        404    404   404   404   404    404    404   404   yes
workspace:settings                     GET    -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:settings                     POST   -                in        404    404   404   404   404    404    404   404   yes
workspace:team                         GET    -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:away                         POST   -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:back_again                   POST   absence          in        404    404   404   404   404    404    yes   yes   yes
workspace:week_of_person               POST   worker           in        404    404   404   404   404    404    404   yes   yes
workspace:links                        GET    -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:links                        POST   -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:revoke_feed                  POST   feed             in        404    404   404   404   404    404    404   404   404
workspace:balance_links                GET    client           in        404    404   404   404   404    404    yes   yes   yes
workspace:balance_links                POST   client           in        404    404   404   404   404    404    yes   yes   yes
workspace:revoke_balance_link          POST   balance_link     in        404    404   404   404   404    404    yes   yes   yes
workspace:views                        GET    -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:views                        POST   -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:view                         POST   view             in        404    404   404   404   404    404    yes   404   404
workspace:delete_view                  POST   view             in        404    404   404   404   404    404    yes   404   404
workspace:notices                      GET    -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:notices                      POST   -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:notice_choices               GET    -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:notice_choices               POST   -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:search                       GET    -                in        404    404   404   404   404    yes    yes   yes   yes
workspace:authorisation_request        POST   period           in        404    404   404   404   404    404    no    no    no
"""

ASKS: dict[str, Body] = {
    "workspace:reading": lambda of: {"line": f"1h {of.reference} looked"},
    "workspace:ticket_time": lambda _: {"line": "1h looked"},
    "workspace:search": lambda _: {"q": "talk"},
    "workspace:tickets": lambda of: {"client": of.ids["client"], "state": "open"},
    "workspace:clients": lambda of: {"q": of.company.client.code},
    "workspace:people": lambda of: {"client": of.ids["client"]},
    "workspace:new_ticket": lambda of: {"client": of.ids["client"]},
    "workspace:entries": lambda of: {"client": of.ids["client"], "person": of.ids["worker"]},
    "workspace:periods": lambda of: {"client": of.ids["client"]},
    "workspace:systems": lambda of: {"client": of.ids["client"]},
    "workspace:inbox": lambda of: {"client": of.ids["client"]},
    "workspace:proposals": lambda of: {"client": of.ids["client"], "show": "all"},
}

BODIES: dict[tuple[str, str], Body] = {
    ("workspace:imports", "POST"): lambda _: {"mapping": "toggl"},  # without a file
    ("workspace:import_mappings", "POST"): lambda _: {"text": A_MAPPING},
    ("workspace:new_proposal", "POST"): lambda of: {"engagement": of.ids["engagement"], "title": "Hello"},
    ("workspace:proposal", "POST"): lambda _: {"title": "Hello"},
    ("workspace:proposal_reading", "POST"): lambda _: {"title": "Hello"},
    ("workspace:edit_client", "POST"): lambda of: {
        "name": of.company.client.name,
        "time_zone": "UTC",
        "calendar": "",
        "visibility": "entries",
    },
    ("workspace:period_reopening", "POST"): lambda _: {"reason": "A day was missing."},
    ("workspace:proposal_withdrawal", "POST"): lambda _: {"reason": "The vendor changed its plans."},
    ("workspace:new_calendar", "POST"): lambda _: {"name": "Night shift", "zone": "UTC", "day_0": "22:00-24:00"},
    ("workspace:calendar", "POST"): lambda _: {"zone": "UTC", "day_0": "9-17"},
    ("workspace:calendar_client", "POST"): lambda of: {"client": of.ids["client"]},
    ("workspace:membership", "POST"): lambda _: {"roles": ["owner"]},
    ("workspace:join_another", "POST"): lambda of: {"join-client": of.ids["client"], "join-roles": ["owner"]},
    ("workspace:notice_choices", "POST"): lambda _: {"talk": "here", "steps": "mail", "decisions": "mail"},
    ("workspace:give_tickets", "POST"): lambda of: {"ticket": of.ids["ticket"], "assignee": "me"},
    ("workspace:away", "POST"): lambda of: {"person": of.ids["worker"], "starts_on": today(), "ends_on": soon()},
    ("workspace:week_of_person", "POST"): lambda _: {"hours": "32"},
    ("workspace:balance_links", "POST"): lambda _: {"name": "For the board"},
    ("workspace:views", "POST"): lambda of: {"page": "tickets", "name": "Theirs", "query": f"client={of.ids['client']}"},
    ("workspace:view", "POST"): lambda _: {"name": "Ours"},
    ("workspace:log", "POST"): lambda of: {"line": f"1h {of.reference} looked"},
    ("workspace:timer", "POST"): lambda of: {"ticket": of.ids["ticket"]},
    ("workspace:new_ticket", "POST"): lambda of: {
        "client": of.ids["client"],
        "subject": "Hello",
        "body": "There",
        "kind": "request",
        "service_area": "team_support",
        "priority": "3",
    },
    ("workspace:edit_ticket", "POST"): lambda of: {
        "subject": "Hello",
        "kind": "request",
        "service_area": "team_support",
        "priority": "2",
        "system": of.ids["system"],
    },
    ("workspace:reply", "POST"): lambda _: {"reply-body": "Hello"},
    ("workspace:note", "POST"): lambda _: {"note-body": "Hello"},
    ("workspace:assignment", "POST"): lambda of: {"assign-assignee": of.ids["worker"]},
    ("workspace:schedule", "POST"): lambda _: {"plan-planned_for": soon(), "plan-body": "Then"},
    ("workspace:approval_request", "POST"): lambda _: {"approval-minutes": "3h", "approval-body": "Three"},
    ("workspace:resolution", "POST"): lambda _: {"resolve-reason": "done", "resolve-summary": "Done"},
    ("workspace:ticket_time", "POST"): lambda _: {"line": "1h looked"},
    ("workspace:week", "POST"): lambda of: {
        "row-0": f"{of.ids['engagement']}.{of.ids['ticket']}.reporting.included",
        "was-0": ";;;;;;",
        "cell-0-0": "15m",
    },
    ("workspace:copy_week", "POST"): lambda _: {"of": today()},
    ("workspace:move_entry", "POST"): lambda _: {"day": today()},
    ("workspace:entry", "POST"): lambda _: {
        "work_date": today(),
        "time": "30m",
        "service_area": "team_support",
        "kind": "included",
        "note": "Less",
    },
    ("workspace:new_terms", "POST"): lambda _: terms(),
    ("workspace:new_client", "POST"): lambda _: new_client(),
    ("workspace:new_retainer", "POST"): lambda _: new_client(),
    ("workspace:new_system", "POST"): lambda of: {
        "engagement": of.ids["engagement"],
        "name": "Reader",
        "kind": "assistant",
        "since": today(),
    },
    ("workspace:system", "POST"): lambda _: {"name": "Part", "kind": "data", "version": "1"},
    ("workspace:invite_staff", "POST"): lambda _: {
        "staff-name": "New Hand",
        "staff-email": "new@northfold.example",
        "staff-time_zone": "UTC",
        "staff-staff_role": "consultant",
    },
    ("workspace:invite_contact", "POST"): lambda of: {
        "contact-name": "New Contact",
        "contact-email": "new@client.example",
        "contact-time_zone": "UTC",
        "contact-client": of.ids["client"],
        "contact-roles": ["requester"],
    },
    ("workspace:assign_person", "POST"): lambda of: {"assign-person": of.ids["worker"], "assign-client": of.ids["client"]},
    ("workspace:keys", "POST"): lambda of: {"name": "Robot", "scopes": ["tickets:read"], "client": of.ids["client"]},
    ("workspace:webhooks", "POST"): lambda of: {"url": A_HOOK, "kinds": ["ticket.opened"], "client": of.ids["client"]},
    ("workspace:webhook", "POST"): lambda _: {"url": A_HOOK, "kinds": ["ticket.opened"]},
    ("workspace:webhook_redelivery", "POST"): lambda _: {"since": today()},
    ("workspace:webhook_activation", "POST"): lambda _: {"answer": "disable"},
    ("workspace:settings", "POST"): lambda _: {"name": "Northfold", "hue": "200", "time_zone": "UTC", "currency": "USD"},
    ("workspace:engagement", "POST"): lambda _: {"living-name": "Care", "living-notice_days": "30"},
    ("workspace:pause", "POST"): lambda _: {"pause-starts_on": soon(), "pause-ends_on": later(), "pause-reason": "Holidays"},
    ("workspace:new_lot", "POST"): lambda _: {
        "kind": "goodwill",
        "minutes": "2",
        "usable_from": today(),
        "last_day": soon(),
        "reason": "A slow week",
    },
    ("workspace:end", "POST"): lambda _: {"end-ends_on": soon(), "end-reason": "Sold", "end-by_agreement": "on"},
    ("workspace:begin_project", "POST"): lambda _: {"project-name": "Quote bot"},
    ("workspace:approvals", "POST"): lambda of: {"entry": of.ids["entry"], "verdict": "approve"},
    ("workspace:hand_in", "POST"): lambda of: {"entry": of.ids["entry"]},
    ("workspace:new_expense", "POST"): lambda of: {"engagement": of.ids["engagement"], **spent()},
    ("workspace:expense", "POST"): lambda _: spent(),
    ("workspace:expense_decision", "POST"): lambda _: {"verdict": "approve"},
    ("workspace:margin", "POST"): lambda of: {"person": of.ids["worker"], "rate": "55.00", "starts_on": soon()},
    ("workspace:new_plan", "POST"): lambda _: {
        "what": "Look again",
        "service_area": "reporting",
        "cadence": "monthly",
        "day": "1",
        "estimate_minutes": "1h",
        "starts_on": today(),
    },
    ("workspace:colleague", "POST"): lambda _: {"name": "Somebody Else", "time_zone": "UTC", "staff_role": "consultant"},
}
