"""Who gets what of the routes of the API, what they are asked with and what is sent to them."""

import datetime as dt

from django.utils import timezone

from tests.routes.filling import A_HOOK, A_MAPPING, Body, ids, later, soon, spent, today, work

TABLE = """
route                                  method id               stranger  other  rob   abe   bill  priya  tomas  ines  mara  ada
api:me                                 GET    -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:clients                            GET    -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:clients                            POST   -                in        no     no    no    no    no     no     no    yes   yes
api:client                             GET    client           in        404    yes   yes   yes   yes    404    yes   yes   yes
api:client                             PATCH  client           in        404    no    no    no    no     404    no    yes   yes
api:exit_kits                          GET    client           in        404    yes   yes   yes   yes    404    yes   yes   yes
api:exit_kits                          POST   client           in        404    no    no    no    yes    404    no    yes   yes
api:exit_kit                           GET    exit_kit         in        404    404   404   404   yes    404    404   yes   yes
api:exit_kit_content                   GET    exit_kit         in        404    404   404   404   yes    404    404   yes   yes
api:calendars                          GET    -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:calendar                           GET    calendar         in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:calendars                          POST   -                in        no     no    no    no    no     no     no    yes   yes
api:calendar                           PATCH  calendar         in        no     no    no    no    no     no     no    yes   yes
api:firm                               GET    -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:firm                               PATCH  -                in        no     no    no    no    no     no     no    no    yes
api:firm_logo                          POST   -                in        no     no    no    no    no     no     no    no    415
api:firm_logo                          DELETE -                in        no     no    no    no    no     no     no    no    yes
api:balance                            GET    client           in        404    yes   yes   yes   yes    404    yes   yes   yes
api:engagements                        GET    -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:engagements                        POST   -                in        no     no    no    no    no     no     no    yes   yes
api:what_if                            POST   engagement       in        404    no    no    no    no     404    yes   yes   yes
api:engagement                         GET    engagement       in        404    yes   yes   yes   yes    404    yes   yes   yes
api:terms                              GET    engagement       in        404    yes   yes   yes   yes    404    yes   yes   yes
api:terms                              POST   engagement       in        404    no    no    no    no     404    no    yes   yes
api:terms_preview                      POST   engagement       in        404    no    no    no    no     404    no    yes   yes
api:lots                               GET    engagement       in        404    yes   yes   yes   yes    404    yes   yes   yes
api:lots                               POST   engagement       in        404    no    no    no    no     404    no    yes   yes
api:contracts                          GET    engagement       in        404    404   404   404   404    404    404   yes   yes
api:contracts                          POST   engagement       in        404    404   404   404   404    404    404   415   415
api:contract                           GET    contract         in        404    404   404   404   404    404    404   yes   yes
api:contract_content                   GET    contract         in        404    404   404   404   404    404    404   yes   yes
api:engagement                         PATCH  engagement       in        404    no    no    no    no     404    no    yes   yes
api:termination                        POST   engagement       in        404    no    no    no    no     404    no    yes   yes
api:termination_preview                POST   engagement       in        404    no    no    no    no     404    no    yes   yes
api:termination                        DELETE engagement       in        404    no    no    no    no     404    no    no    no
api:authorisations                     GET    engagement       in        404    yes   yes   yes   yes    404    yes   yes   yes
api:authorisations                     POST   engagement       in        404    no    no    no    yes    404    no    no    no
api:authorisation                      GET    authorisation    in        404    404   yes   yes   yes    404    yes   yes   yes
api:authorisation                      DELETE authorisation    in        404    404   yes   no    yes    404    no    no    no
api:pauses                             GET    engagement       in        404    yes   yes   yes   yes    404    yes   yes   yes
api:pauses                             POST   engagement       in        404    no    no    no    no     404    no    yes   yes
api:pause                              GET    pause            in        404    yes   yes   yes   yes    404    yes   yes   yes
api:pause                              DELETE pause            in        404    no    no    no    no     404    no    yes   yes
api:resumption                         POST   pause            in        404    no    no    no    no     404    no    yes   yes
api:projects                           GET    engagement       in        404    yes   yes   yes   yes    404    yes   yes   yes
api:projects                           POST   engagement       in        404    no    no    no    no     404    no    yes   yes
api:time_approvals                     POST   -                in        no     no    no    no    no     no     no    no    no
api:submission                         POST   entry            in        404    no    no    no    no     404    no    no    no
api:submission                         DELETE entry            in        404    no    no    no    no     404    no    no    no
api:time_approval                      POST   entry            in        404    no    no    no    no     404    no    yes   yes
api:time_decisions                     GET    entry            in        404    404   404   404   404    404    yes   yes   yes
api:expenses                           GET    -                in        404    404   404   404   404    yes    yes   yes   yes
api:expenses                           POST   -                in        404    404   404   404   404    no     yes   yes   yes
api:expense                            GET    expense          in        404    404   404   404   404    404    yes   yes   yes
api:expense                            PATCH  expense          in        404    404   404   404   404    404    yes   yes   yes
api:expense                            DELETE expense          in        404    404   404   404   404    404    yes   yes   yes
api:expense_approval                   POST   expense          in        404    404   404   404   404    404    no    yes   yes
api:expense_receipts                   POST   expense          in        404    404   404   404   404    404    415   415   415
api:receipt_content                    GET    receipt          in        404    404   404   404   404    404    yes   yes   yes
api:charges                            GET    -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:charge                             GET    charge           in        404    404   yes   yes   yes    404    yes   yes   yes
api:cost_rates                         GET    -                in        404    404   404   404   404    404    404   404   yes
api:cost_rates                         POST   -                in        404    404   404   404   404    404    404   404   yes
api:cost_rate                          GET    cost             in        404    404   404   404   404    404    404   404   yes
api:margins                            GET    -                in        404    404   404   404   404    404    404   404   yes
api:utilisation                        GET    -                in        404    404   404   404   404    404    404   404   yes
api:plans                              GET    -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:plans                              POST   -                in        no     no    no    no    no     no     no    yes   yes
api:onboarding                         POST   -                in        no     no    no    no    no     no     no    yes   yes
api:plan                               GET    plan             in        404    yes   yes   yes   yes    404    yes   yes   yes
api:plan_ending                        POST   plan             in        404    no    no    no    no     404    no    yes   yes
api:systems                            GET    -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:systems                            POST   -                in        no     no    no    no    no     no     yes   yes   yes
api:system                             GET    system           in        404    yes   yes   yes   yes    404    yes   yes   yes
api:system                             PATCH  system           in        404    no    no    no    no     404    yes   yes   yes
api:components                         GET    system           in        404    yes   yes   yes   yes    404    yes   yes   yes
api:components                         POST   system           in        404    no    no    no    no     404    yes   yes   yes
api:component                          GET    component        in        404    yes   yes   yes   yes    404    yes   yes   yes
api:component                          PATCH  component        in        404    no    no    no    no     404    yes   yes   yes
api:component                          DELETE component        in        404    no    no    no    no     404    yes   yes   yes
api:tickets                            GET    -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:tickets                            POST   -                in        no     yes   yes   yes   yes    no     yes   yes   yes
api:ticket                             GET    ticket           in        404    yes   yes   yes   yes    404    yes   yes   yes
api:ticket                             PATCH  ticket           in        404    no    no    no    no     404    yes   yes   yes
api:acceptance                         POST   fresh            in        404    no    no    no    no     404    yes   yes   yes
api:schedule                           POST   ticket           in        404    no    no    no    no     404    yes   yes   yes
api:resolution                         POST   ticket           in        404    yes   yes   yes   yes    404    yes   yes   yes
api:resolution                         DELETE solved           in        404    yes   yes   yes   yes    404    yes   yes   yes
api:closure                            POST   solved           in        404    yes   yes   yes   yes    404    no    no    no
api:approval_request                   GET    estimated        in        404    yes   yes   yes   yes    404    yes   yes   yes
api:approval_request                   POST   ticket           in        404    no    no    no    no     404    yes   yes   yes
api:decision                           POST   estimated        in        404    no    yes   no    yes    404    no    no    no
api:messages                           GET    ticket           in        404    yes   yes   yes   yes    404    yes   yes   yes
api:messages                           POST   ticket           in        404    yes   yes   yes   yes    404    yes   yes   yes
api:notes                              GET    ticket           in        404    404   404   404   404    404    yes   yes   yes
api:notes                              POST   ticket           in        404    404   404   404   404    404    yes   yes   yes
api:time_entries                       GET    -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:time_entries                       POST   -                in        no     no    no    no    no     no     yes   yes   yes
api:time_totals                        GET    -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:time_entry                         GET    entry            in        404    yes   yes   yes   yes    404    yes   yes   yes
api:time_entry                         PATCH  entry            in        404    no    no    no    no     404    yes   yes   yes
api:time_entry                         DELETE entry            in        404    no    no    no    no     404    yes   yes   yes
api:time_undo                          POST   entry            in        404    404   404   404   404    404    yes   no    no
api:timer                              GET    -                in        404    404   404   404   404    clock  yes   404   404
api:timer                              POST   -                in        404    404   404   404   404    no     yes   yes   yes
api:timer                              DELETE -                in        404    404   404   404   404    clock  yes   404   404
api:timer_stop                         POST   -                in        404    404   404   404   404    clock  yes   404   404
api:periods                            GET    -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:period                             GET    period           in        404    yes   yes   yes   yes    404    yes   yes   yes
api:coverage                           GET    period           in        404    yes   yes   yes   yes    404    yes   yes   yes
api:period_closure                     GET    over             in        404    no    no    no    no     404    no    yes   yes
api:period_closure                     POST   over             in        404    no    no    no    no     404    no    yes   yes
api:period_reopening                   POST   closed           in        404    no    no    no    no     404    no    no    yes
api:period_authorisation               GET    closed           in        404    yes   yes   yes   yes    404    yes   yes   yes
api:period_authorisation               POST   closed           in        404    no    no    no    no     404    no    no    no
api:authorisation_request              POST   period           in        404    no    no    no    no     404    no    no    no
api:authorisation_refusal              POST   period           in        404    no    no    no    no     404    no    no    no
api:statements                         GET    -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:statement                          GET    statement        in        404    yes   yes   yes   yes    404    yes   yes   yes
api:statement_document                 GET    statement        in        404    yes   yes   yes   yes    404    yes   yes   yes
api:statement_pdf                      GET    statement        in        404    yes   yes   yes   yes    404    yes   yes   yes
api:statement_csv                      GET    statement        in        404    yes   yes   yes   yes    404    yes   yes   yes
api:statement_sending                  POST   statement        in        404    no    no    no    no     404    no    yes   yes
api:proposals                          GET    -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:proposals                          POST   -                in        no     no    no    no    no     no     yes   yes   yes
api:proposal                           GET    offer            in        404    404   yes   yes   yes    404    yes   yes   yes
api:proposal                           PATCH  idea             in        404    404   404   404   404    404    yes   yes   yes
api:proposal_scoring                   POST   idea             in        404    404   404   404   404    404    yes   yes   yes
api:proposal_sending                   POST   idea             in        404    404   404   404   404    404    yes   yes   yes
api:proposal_withdrawal                POST   offer            in        404    404   no    no    no     404    yes   yes   yes
api:proposal_approval                  POST   offer            in        404    404   no    no    yes    404    no    no    no
api:proposal_decline                   POST   offer            in        404    404   yes   no    yes    404    no    no    no
api:proposal_decision                  DELETE approved         in        404    404   yes   no    yes    404    no    no    no
api:people                             GET    -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:people                             POST   -                in        no     no    no    no    no     no     no    yes   yes
api:person                             GET    contact          in        404    yes   yes   yes   yes    404    yes   yes   yes
api:person                             PATCH  contact          in        404    no    no    no    no     404    no    yes   yes
api:person                             DELETE worker           in        no     no    no    no    no     no     no    yes   yes
api:invitation                         POST   contact          in        404    no    no    no    no     404    no    no    no
api:memberships                        GET    -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:memberships                        POST   -                in        no     no    no    no    no     no     no    yes   yes
api:membership                         GET    membership       in        404    yes   yes   yes   yes    404    yes   yes   yes
api:membership                         PATCH  membership       in        404    no    no    no    no     404    no    yes   yes
api:membership                         DELETE membership       in        404    no    no    no    no     404    no    yes   yes
api:assignments                        GET    -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:assignments                        POST   -                in        no     no    no    no    no     no     no    yes   yes
api:assignment                         GET    assignment       in        404    yes   yes   yes   yes    404    yes   yes   yes
api:assignment                         DELETE assignment       in        404    no    no    no    no     404    no    yes   yes
api:imports                            GET    -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:imports                            POST   -                in        no     no    no    no    no     no     no    no    415
api:import                             GET    trial            in        404    404   404   404   404    404    404   404   yes
api:import_report                      GET    trial            in        404    404   404   404   404    404    404   404   yes
api:import_confirmation                POST   trial            in        404    404   404   404   404    404    404   404   yes
api:import_mappings                    GET    -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:import_mappings                    POST   -                in        no     no    no    no    no     no     no    no    yes
api:shipped_mappings                   GET    -                in        no     no    no    no    no     no     no    no    yes
api:import_mapping                     GET    mapping          in        404    404   404   404   404    404    404   404   yes
api:import_mapping                     DELETE mapping          in        404    404   404   404   404    404    404   404   yes
api:notices                            GET    -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:notice                             GET    notice           in        404    404   404   404   yes    404    404   404   404
api:notices_reading                    POST   -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:notice_choices                     GET    -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:notice_choices                     PATCH  -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:webhooks                           GET    -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:webhooks                           POST   -                in        no     no    no    no    yes    no     yes   yes   yes
api:webhook                            GET    webhook          in        404    404   404   404   yes    404    404   404   yes
api:webhook                            PATCH  webhook          in        404    404   404   404   yes    404    404   404   yes
api:webhook                            DELETE webhook          in        404    404   404   404   yes    404    404   404   yes
api:webhook_rotation                   POST   webhook          in        404    404   404   404   yes    404    404   404   yes
api:webhook_activation                 POST   webhook          in        404    404   404   404   yes    404    404   404   yes
api:webhook_activation                 DELETE webhook          in        404    404   404   404   yes    404    404   404   yes
api:webhook_ping                       POST   webhook          in        404    404   404   404   yes    404    404   404   yes
api:webhook_redelivery                 POST   webhook          in        404    404   404   404   yes    404    404   404   yes
api:webhook_messages                   GET    webhook          in        404    404   404   404   yes    404    404   404   yes
api:webhook_message                    GET    webhook_message  in        404    404   404   404   yes    404    404   404   yes
api:webhook_message_redelivery         POST   webhook_message  in        404    404   404   404   yes    404    404   404   yes
api:webhook_attempts                   GET    webhook_message  in        404    404   404   404   yes    404    404   404   yes
api:deliveries                         GET    -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:delivery                           GET    lost             in        404    404   404   404   404    404    404   404   yes
api:deliveries_resending               POST   -                in        no     no    no    no    no     no     no    no    yes
api:delivery_resending                 POST   lost             in        404    404   404   404   404    404    404   404   yes
api:keys                               GET    -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:keys                               POST   -                in        no     no    no    no    yes    no     yes   yes   yes
api:key                                GET    key              in        404    404   404   404   yes    404    404   yes   yes
api:key                                DELETE key              in        404    404   404   404   yes    404    404   yes   yes
api:key_rotation                       POST   key              in        404    404   404   404   yes    404    404   no    yes
api:attachments                        GET    ticket           in        404    yes   yes   yes   yes    404    yes   yes   yes
api:attachment                         GET    attachment       in        404    yes   yes   yes   yes    404    yes   yes   yes
api:attachment_content                 GET    attachment       in        404    yes   yes   yes   yes    404    yes   yes   yes
api:note_attachment_content            GET    note_attachment  in        404    404   404   404   404    404    yes   yes   yes
api:tickets_bulk                       PATCH  -                in        404    no    no    no    no     404    yes   yes   yes
api:time_entries_bulk                  POST   -                in        no     no    no    no    no     no     yes   yes   yes
api:forecasts                          GET    -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:hit_rate                           GET    -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:forecast                           GET    forecast         in        404    yes   yes   yes   yes    404    yes   yes   yes
api:views                              GET    -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:views                              POST   -                in        no     no    no    no    no     yes    yes   yes   yes
api:view                               GET    view             in        404    404   404   404   404    404    yes   404   404
api:view                               PATCH  view             in        404    404   404   404   404    404    yes   404   404
api:view                               DELETE view             in        404    404   404   404   404    404    yes   404   404
api:capacity                           GET    -                in        404    404   404   404   404    yes    yes   yes   yes
api:absences                           GET    -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:absences                           POST   -                in        no     no    no    no    no     no     yes   yes   yes
api:absence                            GET    absence          in        404    404   404   404   404    yes    yes   yes   yes
api:absence                            DELETE absence          in        404    404   404   404   404    no     yes   yes   yes
api:person_week                        POST   worker           in        404    404   404   404   404    no     no    yes   yes
api:balance_links                      GET    -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:balance_links                      POST   -                in        no     no    no    no    yes    no     yes   yes   yes
api:balance_link                       GET    balance_link     in        404    404   404   404   yes    404    yes   yes   yes
api:balance_link                       DELETE balance_link     in        404    404   404   404   yes    404    yes   yes   yes
api:calendar_feeds                     GET    -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:calendar_feeds                     POST   -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:calendar_feed                      GET    feed             in        404    404   404   404   yes    404    404   404   404
api:calendar_feed                      DELETE feed             in        404    404   404   404   yes    404    404   404   404
api:alerts                             GET    -                in        yes    yes   yes   yes   yes    yes    yes   yes   yes
api:alert                              GET    alert            in        404    yes   yes   yes   yes    404    yes   yes   yes
api:openapi                            GET    -                yes       yes    yes   yes   yes   yes    yes    yes   yes   yes
api:docs                               GET    -                yes       yes    yes   yes   yes   yes    yes    yes   yes   yes
api:nowhere                            GET    -                404       404    404   404   404   404    404    404   404   404
api:nowhere                            POST   -                404       404    404   404   404   404    404    404   404   404
"""

ASKS: dict[str, Body] = {
    "api:clients": lambda of: {"q": of.company.client.name},
    "api:engagements": lambda of: {"client": of.ids["client"]},
    "api:systems": lambda of: {"client": of.ids["client"]},
    "api:tickets": lambda of: {"client": of.ids["client"], "q": "talk"},
    "api:time_entries": lambda of: {"client": of.ids["client"], "ticket": of.ids["ticket"]},
    "api:time_totals": lambda of: {"client": of.ids["client"]},
    "api:periods": lambda of: {"engagement": of.ids["engagement"]},
    "api:forecasts": lambda of: {"client": of.ids["client"]},
    "api:hit_rate": lambda of: {"client": of.ids["client"]},
    "api:alerts": lambda of: {"client": of.ids["client"]},
    "api:memberships": lambda of: {"client": of.ids["client"]},
    "api:assignments": lambda of: {"client": of.ids["client"]},
    "api:proposals": lambda of: {"client": of.ids["client"]},
}

BODIES: dict[tuple[str, str], Body] = {
    ("api:imports", "POST"): lambda _: {"mapping": "toggl"},  # files come as multipart/form-data
    ("api:import_mappings", "POST"): lambda _: {"text": A_MAPPING},
    ("api:proposals", "POST"): lambda of: {"engagement": ids(of)["engagement"], "system": ids(of)["system"], "title": "Hello"},
    ("api:proposal", "PATCH"): lambda _: {"title": "Hello"},
    ("api:proposal_scoring", "POST"): lambda _: {},
    ("api:proposal_sending", "POST"): lambda _: {},
    ("api:proposal_approval", "POST"): lambda _: {"note": "Yes"},
    ("api:period_closure", "POST"): lambda _: {},
    ("api:period_reopening", "POST"): lambda _: {"reason": "A day was missing."},
    ("api:statement_sending", "POST"): lambda _: {},
    ("api:proposal_withdrawal", "POST"): lambda _: {"reason": "The vendor changed its plans."},
    ("api:proposal_decline", "POST"): lambda _: {"note": "No"},
    ("api:absences", "POST"): lambda of: {"person": ids(of)["worker"], "starts_on": today(), "ends_on": soon()},
    ("api:person_week", "POST"): lambda _: {"weekly_minutes": 1920},
    ("api:views", "POST"): lambda of: {"page": "tickets", "name": "Theirs", "query": f"client={of.ids['client']}"},
    ("api:view", "PATCH"): lambda _: {"name": "Ours"},
    ("api:balance_links", "POST"): lambda of: {"client": ids(of)["client"], "name": "For the board"},
    ("api:what_if", "POST"): lambda _: {"variants": [{"included_minutes": 900}]},
    ("api:webhooks", "POST"): lambda of: {"url": A_HOOK, "kinds": ["ticket.opened"], "client": ids(of)["client"]},
    ("api:webhook", "PATCH"): lambda _: {"description": "Hello"},
    ("api:webhook_redelivery", "POST"): lambda _: {"since": f"{today()}T00:00:00Z"},
    ("api:clients", "POST"): lambda _: {"name": "Elm Works", "code": "ELM"},
    ("api:engagements", "POST"): lambda of: {
        "client": ids(of)["client"],
        "name": "More care",
        "currency": "USD",
        "starts_on": today(),
        "terms": {"included_minutes": 600},
    },
    ("api:expenses", "POST"): lambda of: {"engagement": ids(of)["engagement"], **spent()},
    ("api:expense", "PATCH"): lambda _: {"note": "A train back"},
    ("api:expense_receipts", "POST"): lambda _: {},  # files come as multipart/form-data
    ("api:expense_approval", "POST"): lambda _: {"verdict": "approved"},
    ("api:cost_rates", "POST"): lambda of: {"person": ids(of)["worker"], "rate": "55.00", "starts_on": soon()},
    ("api:engagement", "PATCH"): lambda _: {"notice_days": 20},
    ("api:termination", "POST"): lambda _: {"ends_on": soon(), "reason": "Sold", "by_agreement": True},
    ("api:termination_preview", "POST"): lambda _: {"ends_on": soon(), "reason": "Sold", "by_agreement": True},
    ("api:pauses", "POST"): lambda _: {"starts_on": soon(), "ends_on": later(), "reason": "Holidays"},
    ("api:resumption", "POST"): lambda _: {"on": (timezone.localdate() + dt.timedelta(days=70)).isoformat()},
    ("api:projects", "POST"): lambda _: {"name": "Quote bot"},
    ("api:time_approvals", "POST"): lambda of: {"verdict": "approved", "entries": [ids(of)["entry"]]},
    ("api:time_approval", "POST"): lambda _: {"verdict": "rejected", "reason": "Whose was it?"},
    ("api:plans", "POST"): lambda of: {
        "engagement": ids(of)["engagement"],
        "what": "Look again",
        "service_area": "reporting",
        "cadence": "monthly",
        "estimate_minutes": 60,
        "starts_on": today(),
    },
    ("api:onboarding", "POST"): lambda of: {"engagement": ids(of)["engagement"], "starts_on": today()},
    ("api:plan_ending", "POST"): lambda _: {"ends_on": soon()},
    ("api:systems", "POST"): lambda of: {
        "engagement": ids(of)["engagement"],
        "name": "Reader",
        "kind": "assistant",
        "in_care_since": today(),
    },
    ("api:tickets", "POST"): lambda of: {
        "client": ids(of)["client"],
        "engagement": ids(of)["engagement"],
        "system": ids(of)["system"],
        "subject": "Hello",
        "body": "There",
    },
    ("api:ticket", "PATCH"): lambda _: {"subject": "Hello"},
    ("api:acceptance", "POST"): lambda _: {},
    ("api:schedule", "POST"): lambda _: {"planned_for": soon(), "body": "Then"},
    ("api:resolution", "POST"): lambda _: {"summary": "Done"},
    ("api:closure", "POST"): lambda _: {},
    ("api:approval_request", "POST"): lambda _: {"minutes": 60, "body": "An hour"},
    ("api:decision", "POST"): lambda _: {"approved": True},
    ("api:messages", "POST"): lambda _: {"body": "Hello"},
    ("api:notes", "POST"): lambda _: {"body": "Hello"},
    ("api:time_entries", "POST"): work,
    ("api:time_entry", "PATCH"): lambda _: {"note": "Hello"},
    ("api:terms", "POST"): lambda _: {"starts_on": soon(), "included_minutes": 900},
    ("api:terms_preview", "POST"): lambda _: {"starts_on": soon(), "included_minutes": 900},
    ("api:authorisations", "POST"): lambda _: {"minutes_cap": 60, "note": "Until the year ends"},
    ("api:lots", "POST"): lambda _: {
        "kind": "goodwill",
        "minutes": 30,
        "usable_from": today(),
        "usable_until": soon(),
        "reason": "Ours to carry",
    },
    ("api:system", "PATCH"): lambda _: {"purpose": "Answers"},
    ("api:components", "POST"): lambda _: {"name": "Part", "kind": "data", "version": "1"},
    ("api:component", "PATCH"): lambda _: {"version": "2"},
    ("api:client", "PATCH"): lambda of: {"name": of.company.client.name, "time_zone": "UTC"},
    ("api:calendars", "POST"): lambda _: {"name": "Night shift", "zone": "UTC", "windows": [[0, 1320, 1440]]},
    ("api:calendar", "PATCH"): lambda _: {"zone": "UTC", "windows": [[0, 540, 1020]]},
    ("api:notice_choices", "PATCH"): lambda _: {"talk": "here"},
    ("api:firm", "PATCH"): lambda _: {"hue": 200},
    ("api:people", "POST"): lambda of: {
        "name": "New Contact",
        "email": "new@client.example",
        "client": ids(of)["client"],
        "roles": ["requester"],
    },
    ("api:person", "PATCH"): lambda _: {"name": "Somebody Else"},
    ("api:memberships", "POST"): lambda of: {"client": ids(of)["client"], "person": ids(of)["contact"], "roles": ["requester"]},
    ("api:membership", "PATCH"): lambda _: {"roles": ["approver"], "approval_limit": "100"},
    ("api:assignments", "POST"): lambda of: {"client": ids(of)["client"], "person": ids(of)["worker"]},
    ("api:keys", "POST"): lambda of: {"name": "Robot", "scopes": ["tickets:read"], "client": ids(of)["client"]},
    ("api:tickets_bulk", "PATCH"): lambda of: {"items": [{"id": ids(of)["ticket"], "if_match": "*", "changes": {"priority": 1}}]},
    ("api:time_entries_bulk", "POST"): lambda of: {"items": [work(of)]},
    ("api:timer", "POST"): lambda of: {"engagement": ids(of)["engagement"], "ticket": ids(of)["ticket"]},
}
