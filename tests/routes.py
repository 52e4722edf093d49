"""Every route, every method it takes, and what each kind of person gets: one row each. A new route gets its row here.

The id names the thing that the address is filled with (tests/canaries.py), the columns who asks:

  stranger  nobody signed in; a deactivated person; somebody whose membership ended; a key that was revoked or ran out
  other     anybody of another client than the one whose ids are named
  rob abe bill priya        requester, approver, billing and owner of the client whose ids are named
  tomas ines mara ada       a consultant of other clients, the client's consultant, a lead, an admin

and each cell what they get:

  in    asked to sign in          yes   what they asked for (2xx, or on to the next page)
  404   there is no such thing    no    a refusal that says why (400, 403, 409 or 422), of something they may see or write
  own   what they get where their own client's ids would be named: the address names none
  clock yes for whose timer runs, 404 for everybody else

A bulk is told by what its one item gets. Of the routes in KEPT_BY_PEOPLE every key is told no, whomever it acts for.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from billing.rules.importing import shipped_path
from tests.canaries import Filled

# ruff: noqa: ARG005 (a body that names no ids is still asked for with them)

COLUMNS = ("stranger", "other", "rob", "abe", "bill", "priya", "tomas", "ines", "mara", "ada")

TABLE = """
route                         method id               stranger other  rob  abe  bill priya  tomas ines mara ada

home                          GET    -                in       yes    yes  yes  yes  yes    yes   yes  yes  yes
first_run                     GET    -                404      404    404  404  404  404    404    404   404  404
first_run                     POST   -                404      404    404  404  404  404    404    404   404  404
brand_css                     GET    -                yes      yes    yes  yes  yes  yes    yes   yes  yes  yes
logo                          GET    logo             yes      yes    yes  yes  yes  yes    yes   yes  yes  yes
livez                         GET    -                yes      yes    yes  yes  yes  yes    yes   yes  yes  yes
readyz                        GET    -                yes      yes    yes  yes  yes  yes    yes   yes  yes  yes
metrics                       GET    -                yes      yes    yes  yes  yes  yes    yes   yes  yes  yes
favicon                       GET    -                yes      yes    yes  yes  yes  yes    yes   yes  yes  yes
problem                       GET    -                yes      yes    yes  yes  yes  yes    yes   yes  yes  yes

balance_page                  GET    -                404      404    404  404  404  404    404    404   404   404
balance_json                  GET    -                404      404    404  404  404  404    404    404   404   404
calendar_feed                 GET    -                404      404    404  404  404  404    404    404   404   404

portal:home                   GET    -                in       yes    yes  yes  yes  yes    404   404  404  404
portal:tickets                GET    -                in       yes    yes  yes  yes  yes    404   404  404  404
portal:new_ticket             GET    -                in       yes    yes  yes  yes  yes    404   404  404  404
portal:new_ticket             POST   -                in       no     yes  yes  yes  yes    404   404  404  404
portal:ticket                 GET    ticket           in       404    yes  yes  yes  yes    404   404  404  404
portal:reply                  POST   ticket           in       404    yes  yes  yes  yes    404   404  404  404
portal:decision               POST   estimated        in       404    no   yes  no   yes    404   404  404  404
portal:resolution             POST   ticket           in       404    yes  yes  yes  yes    404   404  404  404
portal:reopening              POST   solved           in       404    yes  yes  yes  yes    404   404  404  404
portal:closure                POST   solved           in       404    yes  yes  yes  yes    404   404  404  404
portal:attachment             GET    attachment       in       404    yes  yes  yes  yes    404   404  404  404
portal:proposals              GET    -                in       yes   yes yes yes yes   404    404  404  404
portal:proposal               GET    offer            in       404   404 yes yes yes   404    404  404  404
portal:proposal_decision      POST   offer            in       404   404 no  no  yes   404    404  404  404
portal:proposal_undo          POST   approved         in       404   404 yes no  yes   404    404  404  404
portal:hours                  GET    -                in       yes    yes  yes  yes  yes    404   404  404  404
portal:period                 GET    period           in       404    yes  yes  yes  yes    404   yes  yes  yes
portal:authorisation          POST   period           in       404    no   no   no   yes    404   404  404  404
portal:authorisation_refusal  POST   period           in       404    no   no   no   no     404   404  404  404
portal:authorisation_revocation POST authorisation    in       404    404  yes  no   yes    404   404  404  404
portal:statement_pdf          GET    statement        in       404    yes  yes  yes  yes    404   404  404  404
portal:systems                GET    -                in       yes    yes  yes  yes  yes    404   404  404  404
portal:system                 GET    system           in       404    yes  yes  yes  yes    404   404  404  404
portal:notices                GET    -                in       yes    yes  yes  yes  yes    404   404  404  404
portal:notices                POST   -                in       yes    yes  yes  yes  yes    404   404  404  404
portal:people                 GET    -                in       own    404  404  404  yes    404    404   404  404
portal:keys                   GET    -                in       own    404  404  404  yes    404    404   404  404
portal:keys                   POST   -                in       own    404  404  404  yes    404    404   404  404
portal:key_revocation         POST   key              in       404    404  404  404  yes    404   404  404  404
portal:webhooks               GET    -                in       own    404  404  404  yes    404    404   404  404
portal:webhooks               POST   -                in       own    404  404  404  yes    404    404   404  404
portal:webhook                GET    webhook          in       404    404  404  404  yes    404   404  404  404
portal:webhook                POST   webhook          in       404    404  404  404  yes    404   404  404  404
portal:webhook_rotation       POST   webhook          in       404    404  404  404  yes    404   404  404  404
portal:webhook_ping           POST   webhook          in       404    404  404  404  yes    404   404  404  404
portal:webhook_activation     POST   webhook          in       404    404  404  404  yes    404   404  404  404
portal:webhook_redelivery     POST   webhook          in       404    404  404  404  yes    404   404  404  404
portal:webhook_removal        POST   webhook          in       404    404  404  404  yes    404   404  404  404
portal:webhook_message_redelivery POST webhook_message in      404    404  404  404  yes    404   404  404  404
portal:notice_choices         GET    -                in       yes    yes  yes  yes  yes    404   404  404  404
portal:notice_choices         POST   -                in       yes    yes  yes  yes  yes    404   404  404  404
portal:exit_kits              GET    -                in       own    404  404  404  yes    404    404   404  404
portal:exit_kits              POST   -                in       own    404  404  404  yes    404    404   404  404
portal:exit_kit_file          GET    exit_kit         in       404    404  404  404  yes    404   404  404  404
portal:clients                GET    -                in       yes    yes  yes  yes  yes    404   404  404  404
portal:clients                POST   -                in       404    yes  yes  yes  yes    404   404  404  404
portal:links                  GET    -                in       yes    yes  yes  yes  yes    404    404   404   404
portal:links                  POST   -                in       yes    yes  yes  yes  yes    404    404   404   404
portal:revoke_balance_link    POST   balance_link     in       404    404  404  404  yes    404    404   404   404
portal:revoke_feed            POST   feed             in       404    404  404  404  yes    404    404   404   404

workspace:today               GET    -                in       404    404  404  404  404    yes   yes  yes  yes
workspace:first_steps         GET    -                in       404    404  404  404  404    404   404  404  yes
workspace:first_steps         POST   -                in       404    404  404  404  404    404   404  404  yes
workspace:log                 POST   -                in       404    404  404  404  404    no    yes  yes  yes
workspace:reading             GET    -                in       404    404  404  404  404    yes   yes  yes  yes
workspace:timer               POST   -                in       404    404  404  404  404    404   yes  yes  yes
workspace:timer_stop          POST   -                in       404    404  404  404  404    yes   yes  yes  yes
workspace:timer_discard       POST   -                in       404    404  404  404  404    yes   yes  yes  yes
workspace:inbox               GET    -                in       404    404  404  404  404    yes   yes  yes  yes
workspace:tickets             GET    -                in       404    404  404  404  404    yes   yes  yes  yes
workspace:give_tickets        POST   -                in       404    404  404  404  404    yes   yes  yes  yes
workspace:new_ticket          GET    -                in       404    404  404  404  404    yes   yes  yes  yes
workspace:new_ticket          POST   -                in       404    404  404  404  404    no    yes  yes  yes
workspace:ticket              GET    ticket           in       404    404  404  404  404    404   yes  yes  yes
workspace:edit_ticket         GET    ticket           in       404    404  404  404  404    404   yes  yes  yes
workspace:edit_ticket         POST   ticket           in       404    404  404  404  404    404   yes  yes  yes
workspace:reply               POST   ticket           in       404    404  404  404  404    404   yes  yes  yes
workspace:note                POST   ticket           in       404    404  404  404  404    404   yes  yes  yes
workspace:acceptance          POST   fresh            in       404    404  404  404  404    404   yes  yes  yes
workspace:assignment          POST   ticket           in       404    404  404  404  404    404   yes  yes  yes
workspace:schedule            POST   ticket           in       404    404  404  404  404    404   yes  yes  yes
workspace:approval_request    POST   ticket           in       404    404  404  404  404    404   yes  yes  yes
workspace:resolution          POST   ticket           in       404    404  404  404  404    404   yes  yes  yes
workspace:reopening           POST   solved           in       404    404  404  404  404    404   yes  yes  yes
workspace:ticket_time         GET    ticket           in       404    404  404  404  404    404   yes  yes  yes
workspace:ticket_time         POST   ticket           in       404    404  404  404  404    404   yes  yes  yes
workspace:attachment          GET    attachment       in       404    404  404  404  404    404   yes  yes  yes
workspace:note_attachment     GET    note_attachment  in       404    404  404  404  404    404   yes  yes  yes
workspace:week                GET    -                in       404    404  404  404  404    yes   yes  yes  yes
workspace:entries             GET    -                in       404    404  404  404  404    yes   yes  yes  yes
workspace:periods             GET    -                in       404    404  404  404  404    yes   yes  yes  yes
workspace:entry               GET    entry            in       404    404  404  404  404    404   yes  yes  yes
workspace:entry               POST   entry            in       404    404  404  404  404    404   yes  yes  yes
workspace:delete_entry        POST   entry            in       404    404  404  404  404    404   yes  yes  yes
workspace:week                POST   -                in       404    404  404  404  404    404   yes  yes  yes
workspace:copy_week           POST   -                in       404    404  404  404  404    yes   yes  yes  yes
workspace:move_entry          POST   entry            in       404    404  404  404  404    404   yes  yes  yes
workspace:undo                POST   -                in       404    404  404  404  404    yes   yes  yes  yes
workspace:retainers           GET    -                in       404    404  404  404  404    yes   yes  yes  yes
workspace:period              GET    period           in       404    404  404  404  404    404   yes  yes  yes
workspace:what_if             GET    engagement       in       404    404  404  404  404    404   yes  yes  yes
workspace:period_closure      GET    over             in       404    404  404  404  404    404   404  yes  yes
workspace:period_closure      POST   over             in       404    404  404  404  404    404   404  yes  yes
workspace:period_reopening    POST   closed           in       404    404  404  404  404    404   404  404  yes
workspace:statement_pdf       GET    statement        in       404    404  404  404  404    404   yes  yes  yes
workspace:statement_sending   GET    statement        in       404    404  404  404  404    404   404  yes  yes
workspace:statement_sending   POST   statement        in       404    404  404  404  404    404   404  yes  yes
workspace:new_terms           GET    engagement       in       404    404  404  404  404    404   404  yes  yes
workspace:new_terms           POST   engagement       in       404    404  404  404  404    404   404  yes  yes
workspace:engagement          GET    engagement       in       404    404  404  404  404    404   yes  yes  yes
workspace:engagement          POST   engagement       in       404    404  404  404  404    404   404  yes  yes
workspace:new_lot             GET    engagement       in       404    404  404  404  404    404   404  yes  yes
workspace:new_lot             POST   engagement       in       404    404  404  404  404    404   404  yes  yes
workspace:pause               POST   engagement       in       404    404  404  404  404    404   404  yes  yes
workspace:resume              POST   pause            in       404    404  404  404  404    404   404  yes  yes
workspace:end                 POST   engagement       in       404    404  404  404  404    404   404  yes  yes
workspace:go_on               POST   engagement       in       404    404  404  404  404    404   404  yes  yes
workspace:begin_project       POST   engagement       in       404    404  404  404  404    404   404  yes  yes
workspace:contract            POST   engagement       in       404    404  404  404  404    404   404  no   no
workspace:contract_file       GET    contract         in       404    404  404  404  404    404   404  yes  yes
workspace:approvals           GET    -                in       404    404  404  404  404    yes   yes  yes  yes
workspace:approvals           POST   -                in       404    404  404  404  404    yes   yes  yes  yes
workspace:hand_in             POST   -                in       404    404  404  404  404    yes   yes  yes  yes
workspace:expenses            GET    -                in       404    404  404  404  404    yes   yes  yes  yes
workspace:new_expense         GET    -                in       404    404  404  404  404    yes   yes  yes  yes
workspace:new_expense         POST   -                in       404    404  404  404  404    no    yes  yes  yes
workspace:expense             GET    expense          in       404    404  404  404  404    404   yes  yes  yes
workspace:expense             POST   expense          in       404    404  404  404  404    404   yes  yes  yes
workspace:expense_decision    POST   expense          in       404    404  404  404  404    404   yes  yes  yes
workspace:delete_expense      POST   expense          in       404    404  404  404  404    404   yes  yes  yes
workspace:receipt             GET    receipt          in       404    404  404  404  404    404   yes  yes  yes
workspace:margin              GET    -                in       404    404  404  404  404    404   404  404  yes
workspace:margin              POST   -                in       404    404  404  404  404    404   404  404  yes
workspace:new_plan            GET    engagement       in       404    404  404  404  404    404   404  yes  yes
workspace:new_plan            POST   engagement       in       404    404  404  404  404    404   404  yes  yes
workspace:onboarding          POST   engagement       in       404    404  404  404  404    404   404  yes  yes
workspace:end_plan            POST   plan             in       404    404  404  404  404    404   404  yes  yes
workspace:clients             GET    -                in       404    404  404  404  404    yes   yes  yes  yes
workspace:new_client          GET    -                in       404    404  404  404  404    404   404  yes  yes
workspace:new_client          POST   -                in       404    404  404  404  404    404   404  yes  yes
workspace:exit_kits           GET    client           in       404    404  404  404  404    404   404  yes  yes
workspace:exit_kits           POST   client           in       404    404  404  404  404    404   404  yes  yes
workspace:exit_kit_file       GET    exit_kit         in       404    404  404  404  404    404   404  yes  yes
workspace:client              GET    client           in       404    404  404  404  404    404   yes  yes  yes
workspace:client_people       GET    client           in       404    404  404  404  404    404   yes  yes  yes
workspace:edit_client         GET    client           in       404    404  404  404  404    404   404  yes  yes
workspace:edit_client         POST   client           in       404    404  404  404  404    404   404  yes  yes
workspace:new_retainer        GET    client           in       404    404  404  404  404    404   404  yes  yes
workspace:new_retainer        POST   client           in       404    404  404  404  404    404   404  yes  yes
workspace:proposals           GET    -                in       404   404 404 404 404   yes    yes  yes  yes
workspace:new_proposal        GET    -                in       404   404 404 404 404   yes    yes  yes  yes
workspace:new_proposal        POST   -                in       404   404 404 404 404   no     yes  yes  yes
workspace:proposal            GET    offer            in       404   404 404 404 404   404    yes  yes  yes
workspace:proposal            POST   idea             in       404   404 404 404 404   404    yes  yes  yes
workspace:proposal_reading    POST   idea             in       404   404 404 404 404   404    yes  yes  yes
workspace:proposal_sending    POST   idea             in       404   404 404 404 404   404    yes  yes  yes
workspace:proposal_withdrawal POST   offer            in       404   404 404 404 404   404    yes  yes  yes
workspace:systems             GET    -                in       404    404  404  404  404    yes   yes  yes  yes
workspace:new_system          GET    -                in       404    404  404  404  404    yes   yes  yes  yes
workspace:new_system          POST   -                in       404    404  404  404  404    no    yes  yes  yes
workspace:system              GET    system           in       404    404  404  404  404    404   yes  yes  yes
workspace:system              POST   system           in       404    404  404  404  404    404   yes  yes  yes
workspace:remove_part         POST   component        in       404    404  404  404  404    404   yes  yes  yes
workspace:people              GET    -                in       404    404  404  404  404    yes   yes  yes  yes
workspace:invite_staff        POST   -                in       404    404  404  404  404    404   404  yes  yes
workspace:invite_contact      POST   -                in       404    404  404  404  404    404   404  yes  yes
workspace:colleague           GET    worker           in       404    404  404  404  404    404   404  yes  yes
workspace:colleague           POST   worker           in       404    404  404  404  404    404   404  yes  yes
workspace:leaving             POST   worker           in       404    404  404  404  404    404   404  yes  yes
workspace:invitation          POST   contact          in       404    404  404  404  404    404   404  yes  yes
workspace:assign_person       POST   -                in       404    404  404  404  404    404   404  yes  yes
workspace:unassign_person     POST   assignment       in       404    404  404  404  404    404   404  yes  yes
workspace:membership          GET    membership       in       404    404  404  404  404    404   404  yes  yes
workspace:membership          POST   membership       in       404    404  404  404  404    404   404  yes  yes
workspace:join_another        POST   membership       in       404    404  404  404  404    404   404  no   no
workspace:end_membership      POST   membership       in       404    404  404  404  404    404   404  yes  yes
workspace:membership_limit    POST   membership       in       404    404  404  404  404    404   404  yes  yes
workspace:calendars           GET    -                in       404    404  404  404  404    yes   yes  yes  yes
workspace:new_calendar        GET    -                in       404    404  404  404  404    404   404  yes  yes
workspace:new_calendar        POST   -                in       404    404  404  404  404    404   404  yes  yes
workspace:calendar            GET    calendar         in       404    404  404  404  404    yes   yes  yes  yes
workspace:calendar            POST   calendar         in       404    404  404  404  404    404   404  yes  yes
workspace:calendar_client     POST   calendar         in       404    404  404  404  404    404   404  yes  yes
workspace:keys                GET    -                in       404    404  404  404  404    yes   yes  yes  yes
workspace:keys                POST   -                in       404    404  404  404  404    no    yes  yes  yes
workspace:revoke_key          POST   key              in       404    404  404  404  404    404   404  yes  yes
workspace:imports             GET    -                in       404    404  404  404  404    404   404  404  yes
workspace:imports             POST   -                in       404    404  404  404  404    404   404  404  no
workspace:import_mappings     GET    -                in       404    404  404  404  404    404   404  404  yes
workspace:import_mappings     POST   -                in       404    404  404  404  404    404   404  404  yes
workspace:import_mapping_removal POST mapping          in       404    404  404  404  404    404   404  404  yes
workspace:import              GET    trial            in       404    404  404  404  404    404   404  404  yes
workspace:import_report       GET    trial            in       404    404  404  404  404    404   404  404  yes
workspace:import_for_good     POST   trial            in       404    404  404  404  404    404   404  404  yes
workspace:webhooks            GET    -                in       404    404  404  404  404    yes   yes  yes  yes
workspace:webhooks            POST   -                in       404    404  404  404  404    no    yes  yes  yes
workspace:webhook             GET    webhook          in       404    404  404  404  404    404   404  404  yes
workspace:webhook             POST   webhook          in       404    404  404  404  404    404   404  404  yes
workspace:webhook_rotation    POST   webhook          in       404    404  404  404  404    404   404  404  yes
workspace:webhook_ping        POST   webhook          in       404    404  404  404  404    404   404  404  yes
workspace:webhook_activation  POST   webhook          in       404    404  404  404  404    404   404  404  yes
workspace:webhook_redelivery  POST   webhook          in       404    404  404  404  404    404   404  404  yes
workspace:webhook_removal     POST   webhook          in       404    404  404  404  404    404   404  404  yes
workspace:webhook_message_redelivery POST   webhook_message  in       404    404  404  404  404    404   404  404  yes
workspace:deliveries          GET    -                in       404    404  404  404  404    404   404  404  yes
workspace:deliveries          POST   -                in       404    404  404  404  404    404   404  404  yes
workspace:resend_delivery     POST   lost             in       404    404  404  404  404    404   404  404  yes
workspace:settings            GET    -                in       404    404  404  404  404    yes   yes  yes  yes
workspace:settings            POST   -                in       404    404  404  404  404    404   404  404  yes
workspace:team                GET    -                in       404    404  404  404  404    yes    yes   yes   yes
workspace:away                POST   -                in       404    404  404  404  404    yes    yes   yes   yes
workspace:back_again          POST   absence          in       404    404  404  404  404    404    yes   yes   yes
workspace:week_of_person      POST   worker           in       404    404  404  404  404    404    404   yes   yes
workspace:links               GET    -                in       404    404  404  404  404    yes    yes   yes   yes
workspace:links               POST   -                in       404    404  404  404  404    yes    yes   yes   yes
workspace:revoke_feed         POST   feed             in       404    404  404  404  404    404    404   404   404
workspace:balance_links       GET    client           in       404    404  404  404  404    404    yes   yes   yes
workspace:balance_links       POST   client           in       404    404  404  404  404    404    yes   yes   yes
workspace:revoke_balance_link POST   balance_link     in       404    404  404  404  404    404    yes   yes   yes
workspace:views               GET    -                in       404    404  404  404  404    yes    yes   yes   yes
workspace:views               POST   -                in       404    404  404  404  404    yes    yes   yes   yes
workspace:view                POST   view             in       404    404  404  404  404    404    yes   404   404
workspace:delete_view         POST   view             in       404    404  404  404  404    404    yes   404   404
workspace:notices             GET    -                in       404    404  404  404  404    yes   yes  yes  yes
workspace:notices             POST   -                in       404    404  404  404  404    yes   yes  yes  yes
workspace:notice_choices      GET    -                in       404    404  404  404  404    yes   yes  yes  yes
workspace:notice_choices      POST   -                in       404    404  404  404  404    yes   yes  yes  yes
workspace:search              GET    -                in       404    404  404  404  404    yes   yes  yes  yes

api:me                        GET    -                in       yes    yes  yes  yes  yes    yes   yes  yes  yes
api:clients                   GET    -                in       yes    yes  yes  yes  yes    yes   yes  yes  yes
api:clients                   POST   -                in       no     no   no   no   no     no    no   yes  yes
api:client                    GET    client           in       404    yes  yes  yes  yes    404   yes  yes  yes
api:client                    PATCH  client           in       404    no   no   no   no     404   no   yes  yes
api:exit_kits                 GET    client           in       404    yes  yes  yes  yes    404   yes  yes  yes
api:exit_kits                 POST   client           in       404    no   no   no   yes    404   no   yes  yes
api:exit_kit                  GET    exit_kit         in       404    404  404  404  yes    404   404  yes  yes
api:exit_kit_content          GET    exit_kit         in       404    404  404  404  yes    404   404  yes  yes
api:calendars                 GET    -                in       yes    yes  yes  yes  yes    yes   yes  yes  yes
api:calendar                  GET    calendar         in       yes    yes  yes  yes  yes    yes   yes  yes  yes
api:calendars                 POST   -                in       no     no   no   no   no     no    no   yes  yes
api:calendar                  PATCH  calendar         in       no     no   no   no   no     no    no   yes  yes
api:firm                      GET    -                in       yes    yes  yes  yes  yes    yes   yes  yes  yes
api:firm                      PATCH  -                in       no     no   no   no   no     no    no   no   yes
api:firm_logo                 POST   -                in       no     no   no   no   no     no    no   no   415
api:firm_logo                 DELETE -                in       no     no   no   no   no     no    no   no   yes
api:balance                   GET    client           in       404    yes  yes  yes  yes    404   yes  yes  yes
api:engagements               GET    -                in       yes    yes  yes  yes  yes    yes   yes  yes  yes
api:engagements               POST   -                in       no     no   no   no   no     no    no   yes  yes
api:what_if                   POST   engagement       in       404    no   no   no   no     404   yes  yes  yes
api:engagement                GET    engagement       in       404    yes  yes  yes  yes    404   yes  yes  yes
api:terms                     GET    engagement       in       404    yes  yes  yes  yes    404   yes  yes  yes
api:terms                     POST   engagement       in       404    no   no   no   no     404   no   yes  yes
api:terms_preview             POST   engagement       in       404    no   no   no   no     404   no   yes  yes
api:lots                      GET    engagement       in       404    yes  yes  yes  yes    404   yes  yes  yes
api:lots                      POST   engagement       in       404    no   no   no   no     404   no   yes  yes
api:contracts                 GET    engagement       in       404    404  404  404  404    404   404  yes  yes
api:contracts                 POST   engagement       in       404    404  404  404  404    404   404  415  415
api:contract                  GET    contract         in       404    404  404  404  404    404   404  yes  yes
api:contract_content          GET    contract         in       404    404  404  404  404    404   404  yes  yes
api:engagement                PATCH  engagement       in       404    no   no   no   no     404   no   yes  yes
api:termination               POST   engagement       in       404    no   no   no   no     404   no   yes  yes
api:termination_preview       POST   engagement       in       404    no   no   no   no     404   no   yes  yes
api:termination               DELETE engagement       in       404    no   no   no   no     404   no   no   no
api:authorisations            GET    engagement       in       404    yes  yes  yes  yes    404   yes  yes  yes
api:authorisations            POST   engagement       in       404    no   no   no   yes    404   no   no   no
api:authorisation             GET    authorisation    in       404    404  yes  yes  yes    404   yes  yes  yes
api:authorisation             DELETE authorisation    in       404    404  yes  no   yes    404   no   no   no
api:pauses                    GET    engagement       in       404    yes  yes  yes  yes    404   yes  yes  yes
api:pauses                    POST   engagement       in       404    no   no   no   no     404   no   yes  yes
api:pause                     DELETE pause            in       404    no   no   no   no     404   no   yes  yes
api:resumption                POST   pause            in       404    no   no   no   no     404   no   yes  yes
api:projects                  GET    engagement       in       404    yes  yes  yes  yes    404   yes  yes  yes
api:projects                  POST   engagement       in       404    no   no   no   no     404   no   yes  yes
api:time_approvals            POST   -                in       no     no   no   no   no     no    no   no   no
api:submission                POST   entry            in       404    no   no   no   no     404   no   no   no
api:submission                DELETE entry            in       404    no   no   no   no     404   no   no   no
api:time_approval             POST   entry            in       404    no   no   no   no     404   no   yes  yes
api:time_decisions            GET    entry            in       404    404  404  404  404    404   yes  yes  yes
api:expenses                  GET    -                in       404    404  404  404  404    yes   yes  yes  yes
api:expenses                  POST   -                in       404    404  404  404  404    no    yes  yes  yes
api:expense                   GET    expense          in       404    404  404  404  404    404   yes  yes  yes
api:expense                   PATCH  expense          in       404    404  404  404  404    404   yes  yes  yes
api:expense                   DELETE expense          in       404    404  404  404  404    404   yes  yes  yes
api:expense_approval          POST   expense          in       404    404  404  404  404    404   no   yes  yes
api:receipt_content           GET    receipt          in       404    404  404  404  404    404   yes  yes  yes
api:charges                   GET    -                in       yes    yes  yes  yes  yes    yes   yes  yes  yes
api:charge                    GET    charge           in       404    404  yes  yes  yes    404   yes  yes  yes
api:cost_rates                GET    -                in       404    404  404  404  404    404   404  404  yes
api:cost_rates                POST   -                in       404    404  404  404  404    404   404  404  yes
api:cost_rate                 GET    cost             in       404    404  404  404  404    404   404  404  yes
api:margins                   GET    -                in       404    404  404  404  404    404   404  404  yes
api:utilisation               GET    -                in       404    404  404  404  404    404   404  404  yes
api:plans                     GET    -                in       yes    yes  yes  yes  yes    yes   yes  yes  yes
api:plans                     POST   -                in       no     no   no   no   no     no    no   yes  yes
api:onboarding                POST   -                in       no     no   no   no   no     no    no   yes  yes
api:plan                      GET    plan             in       404    yes  yes  yes  yes    404   yes  yes  yes
api:plan_ending               POST   plan             in       404    no   no   no   no     404   no   yes  yes
api:systems                   GET    -                in       yes    yes  yes  yes  yes    yes   yes  yes  yes
api:systems                   POST   -                in       no     no   no   no   no     no    yes  yes  yes
api:system                    GET    system           in       404    yes  yes  yes  yes    404   yes  yes  yes
api:system                    PATCH  system           in       404    no   no   no   no     404   yes  yes  yes
api:components                GET    system           in       404    yes  yes  yes  yes    404   yes  yes  yes
api:components                POST   system           in       404    no   no   no   no     404   yes  yes  yes
api:component                 GET    component        in       404    yes  yes  yes  yes    404   yes  yes  yes
api:component                 PATCH  component        in       404    no   no   no   no     404   yes  yes  yes
api:component                 DELETE component        in       404    no   no   no   no     404   yes  yes  yes
api:tickets                   GET    -                in       yes    yes  yes  yes  yes    yes   yes  yes  yes
api:tickets                   POST   -                in       no     yes  yes  yes  yes    no    yes  yes  yes
api:ticket                    GET    ticket           in       404    yes  yes  yes  yes    404   yes  yes  yes
api:ticket                    PATCH  ticket           in       404    no   no   no   no     404   yes  yes  yes
api:acceptance                POST   fresh            in       404    no   no   no   no     404   yes  yes  yes
api:schedule                  POST   ticket           in       404    no   no   no   no     404   yes  yes  yes
api:resolution                POST   ticket           in       404    yes  yes  yes  yes    404   yes  yes  yes
api:resolution                DELETE solved           in       404    yes  yes  yes  yes    404   yes  yes  yes
api:closure                   POST   solved           in       404    yes  yes  yes  yes    404   no   no   no
api:approval_request          GET    estimated        in       404    yes  yes  yes  yes    404   yes  yes  yes
api:approval_request          POST   ticket           in       404    no   no   no   no     404   yes  yes  yes
api:decision                  POST   estimated        in       404    no   yes  no   yes    404   no   no   no
api:messages                  GET    ticket           in       404    yes  yes  yes  yes    404   yes  yes  yes
api:messages                  POST   ticket           in       404    yes  yes  yes  yes    404   yes  yes  yes
api:notes                     GET    ticket           in       404    404  404  404  404    404   yes  yes  yes
api:notes                     POST   ticket           in       404    404  404  404  404    404   yes  yes  yes
api:time_entries              GET    -                in       yes    yes  yes  yes  yes    yes   yes  yes  yes
api:time_entries              POST   -                in       no     no   no   no   no     no    yes  yes  yes
api:time_totals               GET    -                in       yes    yes  yes  yes  yes    yes   yes  yes  yes
api:time_entry                GET    entry            in       404    yes  yes  yes  yes    404   yes  yes  yes
api:time_entry                PATCH  entry            in       404    no   no   no   no     404   yes  yes  yes
api:time_entry                DELETE entry            in       404    no   no   no   no     404   yes  yes  yes
api:time_undo                 POST   entry            in       404    404  404  404  404    404   yes  no   no
api:timer                     GET    -                in       404    404  404  404  404    clock  yes   404  404
api:timer                     POST   -                in       404    404  404  404  404    no    yes  yes  yes
api:timer                     DELETE -                in       404    404  404  404  404    clock  yes   404  404
api:timer_stop                POST   -                in       404    404  404  404  404    clock  yes   404  404
api:periods                   GET    -                in       yes    yes  yes  yes  yes    yes   yes  yes  yes
api:period                    GET    period           in       404    yes  yes  yes  yes    404   yes  yes  yes
api:coverage                  GET    period           in       404    yes  yes  yes  yes    404   yes  yes  yes
api:period_closure            GET    over             in       404    no   no   no   no     404   no   yes  yes
api:period_closure            POST   over             in       404    no   no   no   no     404   no   yes  yes
api:period_reopening          POST   closed           in       404    no   no   no   no     404   no   no   yes
api:period_authorisation      GET    closed           in       404    yes  yes  yes  yes    404   yes  yes  yes
api:period_authorisation      POST   closed           in       404    no   no   no   no     404   no   no   no
api:authorisation_request     POST   period           in       404    no   no   no   no     404   no   no   no
api:authorisation_refusal     POST   period           in       404    no   no   no   no     404   no   no   no
workspace:authorisation_request POST period           in       404    404  404  404  404    404   no   no   no
api:statements                GET    -                in       yes    yes  yes  yes  yes    yes   yes  yes  yes
api:statement                 GET    statement        in       404    yes  yes  yes  yes    404   yes  yes  yes
api:statement_document        GET    statement        in       404    yes  yes  yes  yes    404   yes  yes  yes
api:statement_pdf             GET    statement        in       404    yes  yes  yes  yes    404   yes  yes  yes
api:statement_sending         POST   statement        in       404    no   no   no   no     404   no   yes  yes
api:proposals                 GET    -                in       yes   yes yes yes yes   yes    yes  yes  yes
api:proposals                 POST   -                in       no    no  no  no  no    no     yes  yes  yes
api:proposal                  GET    offer            in       404   404 yes yes yes   404    yes  yes  yes
api:proposal                  PATCH  idea             in       404   404 404 404 404   404    yes  yes  yes
api:proposal_scoring          POST   idea             in       404   404 404 404 404   404    yes  yes  yes
api:proposal_sending          POST   idea             in       404   404 404 404 404   404    yes  yes  yes
api:proposal_withdrawal       POST   offer            in       404   404 no  no  no    404    yes  yes  yes
api:proposal_approval         POST   offer            in       404   404 no  no  yes   404    no   no   no
api:proposal_decline          POST   offer            in       404   404 yes no  yes   404    no   no   no
api:proposal_decision         DELETE approved         in       404   404 yes no  yes   404    no   no   no
api:people                    GET    -                in       yes    yes  yes  yes  yes    yes   yes  yes  yes
api:people                    POST   -                in       no     no   no   no   no     no    no   yes  yes
api:person                    GET    contact          in       404    yes  yes  yes  yes    404   yes  yes  yes
api:person                    PATCH  contact          in       404    no   no   no   no     404   no   yes  yes
api:person                    DELETE worker           in       no     no   no   no   no     no    no   yes  yes
api:invitation                POST   contact          in       404    no   no   no   no     404   no   no   no
api:memberships               GET    -                in       yes    yes  yes  yes  yes    yes   yes  yes  yes
api:memberships               POST   -                in       no     no   no   no   no     no    no   yes  yes
api:membership                GET    membership       in       404    yes  yes  yes  yes    404   yes  yes  yes
api:membership                PATCH  membership       in       404    no   no   no   no     404   no   yes  yes
api:membership                DELETE membership       in       404    no   no   no   no     404   no   yes  yes
api:assignments               GET    -                in       yes    yes  yes  yes  yes    yes   yes  yes  yes
api:assignments               POST   -                in       no     no   no   no   no     no    no   yes  yes
api:assignment                GET    assignment       in       404    yes  yes  yes  yes    404   yes  yes  yes
api:assignment                DELETE assignment       in       404    no   no   no   no     404   no   yes  yes
api:imports                   GET    -                in       yes    yes  yes  yes  yes    yes   yes  yes  yes
api:imports                   POST   -                in       no     no   no   no   no     no    no   no   415
api:import                    GET    trial            in       404    404  404  404  404    404   404  404  yes
api:import_report             GET    trial            in       404    404  404  404  404    404   404  404  yes
api:import_confirmation       POST   trial            in       404    404  404  404  404    404   404  404  yes
api:import_mappings           GET    -                in       yes    yes  yes  yes  yes    yes   yes  yes  yes
api:import_mappings           POST   -                in       no     no   no   no   no     no    no   no   yes
api:import_mapping            GET    mapping          in       404    404  404  404  404    404   404  404  yes
api:import_mapping            DELETE mapping          in       404    404  404  404  404    404   404  404  yes
api:notices                   GET    -                in       yes    yes  yes  yes  yes    yes   yes  yes  yes
api:notice                    GET    notice           in       404    404  404  404  yes    404   404  404  404
api:notices_reading           POST   -                in       yes    yes  yes  yes  yes    yes   yes  yes  yes
api:notice_choices            GET    -                in       yes    yes  yes  yes  yes    yes   yes  yes  yes
api:notice_choices            PATCH  -                in       yes    yes  yes  yes  yes    yes   yes  yes  yes
api:webhooks                  GET    -                in       yes    yes  yes  yes  yes    yes   yes  yes  yes
api:webhooks                  POST   -                in       no     no   no   no   yes    no    yes  yes  yes
api:webhook                   GET    webhook          in       404    404  404  404  yes    404   404  404  yes
api:webhook                   PATCH  webhook          in       404    404  404  404  yes    404   404  404  yes
api:webhook                   DELETE webhook          in       404    404  404  404  yes    404   404  404  yes
api:webhook_rotation          POST   webhook          in       404    404  404  404  yes    404   404  404  yes
api:webhook_activation        POST   webhook          in       404    404  404  404  yes    404   404  404  yes
api:webhook_activation        DELETE webhook          in       404    404  404  404  yes    404   404  404  yes
api:webhook_ping              POST   webhook          in       404    404  404  404  yes    404   404  404  yes
api:webhook_redelivery        POST   webhook          in       404    404  404  404  yes    404   404  404  yes
api:webhook_messages          GET    webhook          in       404    404  404  404  yes    404   404  404  yes
api:webhook_message           GET    webhook_message  in       404    404  404  404  yes    404   404  404  yes
api:webhook_message_redelivery POST   webhook_message  in       404    404  404  404  yes    404   404  404  yes
api:webhook_attempts          GET    webhook_message  in       404    404  404  404  yes    404   404  404  yes
api:deliveries                GET    -                in       yes    yes  yes  yes  yes    yes   yes  yes  yes
api:delivery                  GET    lost             in       404    404  404  404  404    404   404  404  yes
api:deliveries_resending      POST   -                in       no     no   no   no   no     no    no   no   yes
api:delivery_resending        POST   lost             in       404    404  404  404  404    404   404  404  yes
api:keys                      GET    -                in       yes    yes  yes  yes  yes    yes   yes  yes  yes
api:keys                      POST   -                in       no     no   no   no   yes    no    yes  yes  yes
api:key                       GET    key              in       404    404  404  404  yes    404   404  yes  yes
api:key                       DELETE key              in       404    404  404  404  yes    404   404  yes  yes
api:key_rotation              POST   key              in       404    404  404  404  yes    404   404  no   yes
api:attachments               GET    ticket           in       404    yes  yes  yes  yes    404   yes  yes  yes
api:attachment                GET    attachment       in       404    yes  yes  yes  yes    404   yes  yes  yes
api:attachment_content        GET    attachment       in       404    yes  yes  yes  yes    404   yes  yes  yes
api:note_attachment_content   GET    note_attachment  in       404    404  404  404  404    404   yes  yes  yes
api:tickets_bulk              PATCH  -                in       404    no   no   no   no     404   yes  yes  yes
api:time_entries_bulk         POST   -                in       no     no   no   no   no     no    yes  yes  yes
api:forecasts                 GET    -                in       yes    yes  yes  yes  yes    yes   yes  yes  yes
api:hit_rate                  GET    -                in       yes    yes  yes  yes  yes    yes   yes  yes  yes
api:forecast                  GET    forecast         in       404    yes  yes  yes  yes    404   yes  yes  yes
api:views                     GET    -                in       yes    yes  yes  yes  yes    yes    yes   yes   yes
api:views                     POST   -                in       no     no   no   no   no     yes    yes   yes   yes
api:view                      GET    view             in       404    404  404  404  404    404    yes   404   404
api:view                      PATCH  view             in       404    404  404  404  404    404    yes   404   404
api:view                      DELETE view             in       404    404  404  404  404    404    yes   404   404
api:capacity                  GET    -                in       404    404  404  404  404    yes    yes   yes  yes
api:absences                  GET    -                in       yes    yes  yes  yes  yes    yes    yes   yes   yes
api:absences                  POST   -                in       no     no   no   no   no     no     yes   yes   yes
api:absence                   GET    absence          in       404    404  404  404  404    yes    yes   yes   yes
api:absence                   DELETE absence          in       404    404  404  404  404    no     yes   yes   yes
api:person_week               POST   worker           in       404    404  404  404  404    no     no    yes   yes
api:balance_links             GET    -                in       yes    yes  yes  yes  yes    yes    yes   yes   yes
api:balance_links             POST   -                in       no     no   no   no   yes    no     yes   yes   yes
api:balance_link              GET    balance_link     in       404    404  404  404  yes    404    yes   yes   yes
api:balance_link              DELETE balance_link     in       404    404  404  404  yes    404    yes   yes   yes
api:calendar_feeds            GET    -                in       yes    yes  yes  yes  yes    yes    yes   yes   yes
api:calendar_feeds            POST   -                in       yes    yes  yes  yes  yes    yes    yes   yes  yes
api:calendar_feed             GET    feed             in       404    404  404  404  yes    404    404   404   404
api:calendar_feed             DELETE feed             in       404    404  404  404  yes    404    404   404   404
api:alerts                    GET    -                in       yes    yes  yes  yes  yes    yes   yes  yes  yes
api:alert                     GET    alert            in       404    yes  yes  yes  yes    404   yes  yes  yes
api:openapi                   GET    -                yes      yes    yes  yes  yes  yes    yes   yes  yes  yes
api:docs                      GET    -                yes      yes    yes  yes  yes  yes    yes   yes  yes  yes
api:nowhere                   GET    -                404      404    404  404  404  404    404   404  404  404
api:nowhere                   POST   -                404      404    404  404  404  404    404   404  404  404
"""

THE_SIGN_IN_PAGES = "account_"  # allauth's own; nobody's rows are read there, so any answer but a fault will do

KEPT_BY_PEOPLE = frozenset(
    {"api:keys", "api:key", "api:key_rotation", "api:deliveries", "api:delivery", "api:delivery_resending", "api:deliveries_resending"}
)

BY_PARAMETER = {"code": "not-found", "key": "x:y", "uidb36": "1", "secret": "nobody-made-this"}


@dataclass(frozen=True)
class Row:
    """What one route gives for one method, by column."""

    route: str
    method: str
    thing: str
    gets: dict[str, str]

    def __str__(self) -> str:
        return f"{self.method} {self.route}"

    @property
    def of_the_api(self) -> bool:
        return self.route.startswith("api:")

    @property
    def names_ids(self) -> bool:
        """Whether a client's ids are in its address or its body."""
        return self.thing != "-" or (self.route, self.method) in BODIES


def rows() -> list[Row]:
    lines = [line.split() for line in TABLE.strip().splitlines()[1:] if line]
    return [Row(route, method, thing, dict(zip(COLUMNS, cells, strict=True))) for route, method, thing, *cells in lines]


def _today() -> str:
    return timezone.localdate().isoformat()


def _soon() -> str:
    return (timezone.localdate() + dt.timedelta(days=9)).isoformat()


def _later() -> str:
    return (timezone.localdate() + dt.timedelta(days=19)).isoformat()


def _terms(of: Filled) -> dict[str, Any]:
    return {
        "starts_on": _soon(),
        "anchor_day": "1",
        "proration": "daily",
        "rounding_increment_minutes": "1",
        "rounding_mode": "nearest",
        "rounding_minimum_minutes": "0",
        "rounding_scope": "entry",
        "grace_days": "3",
        "included_minutes": "12h",
        "fee": "2000",
        "period_unit": "month",
        "overage": "authorise",
        "overage_rate": "185",
        "carry_periods": "1",
        "carry_cap_percent": "50",
        "thresholds": "50, 80, 100",
    }


def _spent(of: Filled) -> dict[str, Any]:
    return {"spent_on": _today(), "category": "travel", "note": "A train", "amount": "42.00", "currency": "USD"}


def _new_client(of: Filled) -> dict[str, Any]:
    named = {"name": "Elm Works", "code": "ELM", "time_zone": "UTC", "engagement_name": "AI care", "lead": "", "currency": "USD"}
    return named | _terms(of)


def _ids(of: Filled) -> dict[str, str]:
    return {name: str(pk) for name, pk in of.ids.items()}


def _work(of: Filled) -> dict[str, Any]:
    named = {"engagement": _ids(of)["engagement"], "ticket": _ids(of)["ticket"], "service_area": "team_support"}
    return named | {"raw_seconds": 600, "work_date": _today()}


A_MAPPING = shipped_path("toggl").read_text("utf-8").replace('name = "toggl"', 'name = "another"')

A_HOOK = "https://hooks.example.com/tend"

type Body = Callable[[Filled], dict[str, Any]]

ASKS: dict[str, Body] = {
    "workspace:reading": lambda of: {"line": f"1h {of.reference} looked"},
    "workspace:ticket_time": lambda of: {"line": "1h looked"},
    "workspace:search": lambda _: {"q": "talk"},
    "workspace:tickets": lambda of: {"client": of.ids["client"], "state": "open"},
    "workspace:clients": lambda of: {"q": of.company.client.code},
    "workspace:people": lambda of: {"client": of.ids["client"]},
    "workspace:new_ticket": lambda of: {"client": of.ids["client"]},
    "portal:new_ticket": lambda of: {"system": of.ids["system"]},
    "portal:tickets": lambda _: {"q": "talk", "show": "all"},
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
    "workspace:entries": lambda of: {"client": of.ids["client"], "person": of.ids["worker"]},
    "workspace:periods": lambda of: {"client": of.ids["client"]},
    "workspace:systems": lambda of: {"client": of.ids["client"]},
    "workspace:inbox": lambda of: {"client": of.ids["client"]},
    "workspace:proposals": lambda of: {"client": of.ids["client"], "show": "all"},
}

BODIES: dict[tuple[str, str], Body] = {
    ("workspace:imports", "POST"): lambda _: {"mapping": "toggl"},  # without a file
    ("workspace:import_mappings", "POST"): lambda _: {"text": A_MAPPING},
    ("api:imports", "POST"): lambda _: {"mapping": "toggl"},  # files come as multipart/form-data
    ("api:import_mappings", "POST"): lambda _: {"text": A_MAPPING},
    ("portal:new_ticket", "POST"): lambda of: {"subject": "Hello", "body": "There", "system": of.ids["system"]},
    ("portal:reply", "POST"): lambda of: {"body": "Hello"},
    ("portal:decision", "POST"): lambda of: {"answer": "approve"},
    ("portal:proposal_decision", "POST"): lambda of: {"answer": "approve"},
    ("portal:authorisation", "POST"): lambda _: {"minutes_cap": "1h"},
    ("portal:authorisation_refusal", "POST"): lambda _: {"minutes": "60"},
    ("workspace:new_proposal", "POST"): lambda of: {"engagement": of.ids["engagement"], "title": "Hello"},
    ("workspace:proposal", "POST"): lambda of: {"title": "Hello"},
    ("workspace:proposal_reading", "POST"): lambda of: {"title": "Hello"},
    ("api:proposals", "POST"): lambda of: {"engagement": _ids(of)["engagement"], "system": _ids(of)["system"], "title": "Hello"},
    ("api:proposal", "PATCH"): lambda of: {"title": "Hello"},
    ("api:proposal_scoring", "POST"): lambda of: {},
    ("api:proposal_sending", "POST"): lambda of: {},
    ("api:proposal_approval", "POST"): lambda of: {"note": "Yes"},
    ("workspace:edit_client", "POST"): lambda of: {
        "name": of.company.client.name,
        "time_zone": "UTC",
        "calendar": "",
        "visibility": "entries",
    },
    ("api:period_closure", "POST"): lambda of: {},
    ("api:period_reopening", "POST"): lambda of: {"reason": "A day was missing."},
    ("workspace:period_reopening", "POST"): lambda of: {"reason": "A day was missing."},
    ("api:statement_sending", "POST"): lambda of: {},
    ("api:proposal_withdrawal", "POST"): lambda of: {"reason": "The vendor changed its plans."},
    ("workspace:proposal_withdrawal", "POST"): lambda of: {"reason": "The vendor changed its plans."},
    ("api:proposal_decline", "POST"): lambda of: {"note": "No"},
    ("workspace:new_calendar", "POST"): lambda of: {"name": "Night shift", "zone": "UTC", "day_0": "22:00-24:00"},
    ("workspace:calendar", "POST"): lambda of: {"zone": "UTC", "day_0": "9-17"},
    ("workspace:calendar_client", "POST"): lambda of: {"client": of.ids["client"]},
    ("portal:keys", "POST"): lambda of: {"name": "Robot", "scopes": ["tickets:read"]},
    ("workspace:membership", "POST"): lambda of: {"roles": ["owner"]},
    ("workspace:join_another", "POST"): lambda of: {"join-client": of.ids["client"], "join-roles": ["owner"]},
    ("portal:notice_choices", "POST"): lambda of: {"talk": "here", "steps": "mail", "decisions": "mail", "hours": "mail"},
    ("workspace:notice_choices", "POST"): lambda of: {"talk": "here", "steps": "mail", "decisions": "mail"},
    ("workspace:give_tickets", "POST"): lambda of: {"ticket": of.ids["ticket"], "assignee": "me"},
    ("workspace:away", "POST"): lambda of: {"person": of.ids["worker"], "starts_on": _today(), "ends_on": _soon()},
    ("workspace:week_of_person", "POST"): lambda _: {"hours": "32"},
    ("api:absences", "POST"): lambda of: {"person": _ids(of)["worker"], "starts_on": _today(), "ends_on": _soon()},
    ("api:person_week", "POST"): lambda _: {"weekly_minutes": 1920},
    ("portal:links", "POST"): lambda _: {"what": "calendar"},
    ("workspace:balance_links", "POST"): lambda _: {"name": "For the board"},
    ("workspace:views", "POST"): lambda of: {"page": "tickets", "name": "Theirs", "query": f"client={of.ids['client']}"},
    ("workspace:view", "POST"): lambda _: {"name": "Ours"},
    ("api:views", "POST"): lambda of: {"page": "tickets", "name": "Theirs", "query": f"client={of.ids['client']}"},
    ("api:view", "PATCH"): lambda _: {"name": "Ours"},
    ("api:balance_links", "POST"): lambda of: {"client": _ids(of)["client"], "name": "For the board"},
    ("portal:notices", "POST"): lambda of: {"notice": of.ids["notice"]},
    ("portal:clients", "POST"): lambda of: {"client": of.ids["client"]},
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
    ("workspace:reply", "POST"): lambda of: {"reply-body": "Hello"},
    ("workspace:note", "POST"): lambda of: {"note-body": "Hello"},
    ("workspace:assignment", "POST"): lambda of: {"assign-assignee": of.ids["worker"]},
    ("workspace:schedule", "POST"): lambda of: {"plan-planned_for": _soon(), "plan-body": "Then"},
    ("workspace:approval_request", "POST"): lambda of: {"approval-minutes": "3h", "approval-body": "Three"},
    ("workspace:resolution", "POST"): lambda of: {"resolve-reason": "done", "resolve-summary": "Done"},
    ("workspace:ticket_time", "POST"): lambda of: {"line": "1h looked"},
    ("workspace:week", "POST"): lambda of: {
        "row-0": f"{of.ids['engagement']}.{of.ids['ticket']}.reporting.included",
        "was-0": ";;;;;;",
        "cell-0-0": "15m",
    },
    ("workspace:copy_week", "POST"): lambda of: {"of": _today()},
    ("workspace:move_entry", "POST"): lambda of: {"day": _today()},
    ("workspace:entry", "POST"): lambda of: {
        "work_date": _today(),
        "time": "30m",
        "service_area": "team_support",
        "kind": "included",
        "note": "Less",
    },
    ("api:what_if", "POST"): lambda _: {"variants": [{"included_minutes": 900}]},
    ("workspace:new_terms", "POST"): _terms,
    ("workspace:new_client", "POST"): _new_client,
    ("workspace:new_retainer", "POST"): _new_client,
    ("workspace:new_system", "POST"): lambda of: {
        "engagement": of.ids["engagement"],
        "name": "Reader",
        "kind": "assistant",
        "since": _today(),
    },
    ("workspace:system", "POST"): lambda of: {"name": "Part", "kind": "data", "version": "1"},
    ("workspace:invite_staff", "POST"): lambda of: {
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
    ("workspace:webhook", "POST"): lambda of: {"url": A_HOOK, "kinds": ["ticket.opened"]},
    ("workspace:webhook_redelivery", "POST"): lambda _: {"since": _today()},
    ("portal:webhooks", "POST"): lambda _: {"url": A_HOOK, "kinds": ["ticket.opened"]},
    ("portal:webhook", "POST"): lambda _: {"url": A_HOOK, "kinds": ["ticket.opened"]},
    ("portal:webhook_redelivery", "POST"): lambda _: {"since": _today()},
    ("portal:webhook_activation", "POST"): lambda _: {"answer": "disable"},
    ("workspace:webhook_activation", "POST"): lambda _: {"answer": "disable"},
    ("api:webhooks", "POST"): lambda of: {"url": A_HOOK, "kinds": ["ticket.opened"], "client": _ids(of)["client"]},
    ("api:webhook", "PATCH"): lambda _: {"description": "Hello"},
    ("api:webhook_redelivery", "POST"): lambda _: {"since": f"{_today()}T00:00:00Z"},
    ("workspace:settings", "POST"): lambda of: {"name": "Northfold", "hue": "200", "time_zone": "UTC", "currency": "USD"},
    ("api:clients", "POST"): lambda of: {"name": "Elm Works", "code": "ELM"},
    ("api:engagements", "POST"): lambda of: {
        "client": _ids(of)["client"],
        "name": "More care",
        "currency": "USD",
        "starts_on": _today(),
        "terms": {"included_minutes": 600},
    },
    ("workspace:engagement", "POST"): lambda _: {"living-name": "Care", "living-notice_days": "30"},
    ("workspace:pause", "POST"): lambda _: {"pause-starts_on": _soon(), "pause-ends_on": _later(), "pause-reason": "Holidays"},
    ("workspace:new_lot", "POST"): lambda _: {
        "kind": "goodwill",
        "minutes": "2",
        "usable_from": _today(),
        "last_day": _soon(),
        "reason": "A slow week",
    },
    ("workspace:end", "POST"): lambda _: {"end-ends_on": _soon(), "end-reason": "Sold", "end-by_agreement": "on"},
    ("workspace:begin_project", "POST"): lambda _: {"project-name": "Quote bot"},
    ("workspace:approvals", "POST"): lambda of: {"entry": of.ids["entry"], "verdict": "approve"},
    ("workspace:hand_in", "POST"): lambda of: {"entry": of.ids["entry"]},
    ("workspace:new_expense", "POST"): lambda of: {"engagement": of.ids["engagement"], **_spent(of)},
    ("workspace:expense", "POST"): _spent,
    ("workspace:expense_decision", "POST"): lambda _: {"verdict": "approve"},
    ("api:expenses", "POST"): lambda of: {"engagement": _ids(of)["engagement"], **_spent(of)},
    ("api:expense", "PATCH"): lambda _: {"note": "A train back"},
    ("api:expense_approval", "POST"): lambda _: {"verdict": "approved"},
    ("workspace:margin", "POST"): lambda of: {"person": of.ids["worker"], "rate": "55.00", "starts_on": _soon()},
    ("api:cost_rates", "POST"): lambda of: {"person": _ids(of)["worker"], "rate": "55.00", "starts_on": _soon()},
    ("api:engagement", "PATCH"): lambda _: {"notice_days": 20},
    ("api:termination", "POST"): lambda _: {"ends_on": _soon(), "reason": "Sold", "by_agreement": True},
    ("api:termination_preview", "POST"): lambda _: {"ends_on": _soon(), "reason": "Sold", "by_agreement": True},
    ("api:pauses", "POST"): lambda _: {"starts_on": _soon(), "ends_on": _later(), "reason": "Holidays"},
    ("api:resumption", "POST"): lambda _: {"on": (timezone.localdate() + dt.timedelta(days=70)).isoformat()},
    ("api:projects", "POST"): lambda _: {"name": "Quote bot"},
    ("api:time_approvals", "POST"): lambda of: {"verdict": "approved", "entries": [_ids(of)["entry"]]},
    ("api:time_approval", "POST"): lambda _: {"verdict": "rejected", "reason": "Whose was it?"},
    ("workspace:new_plan", "POST"): lambda _: {
        "what": "Look again",
        "service_area": "reporting",
        "cadence": "monthly",
        "day": "1",
        "estimate_minutes": "1h",
        "starts_on": _today(),
    },
    ("api:plans", "POST"): lambda of: {
        "engagement": _ids(of)["engagement"],
        "what": "Look again",
        "service_area": "reporting",
        "cadence": "monthly",
        "estimate_minutes": 60,
        "starts_on": _today(),
    },
    ("api:onboarding", "POST"): lambda of: {"engagement": _ids(of)["engagement"], "starts_on": _today()},
    ("api:plan_ending", "POST"): lambda _: {"ends_on": _soon()},
    ("api:systems", "POST"): lambda of: {
        "engagement": _ids(of)["engagement"],
        "name": "Reader",
        "kind": "assistant",
        "in_care_since": _today(),
    },
    ("api:tickets", "POST"): lambda of: {
        "client": _ids(of)["client"],
        "engagement": _ids(of)["engagement"],
        "system": _ids(of)["system"],
        "subject": "Hello",
        "body": "There",
    },
    ("api:ticket", "PATCH"): lambda of: {"subject": "Hello"},
    ("api:acceptance", "POST"): lambda of: {},
    ("api:schedule", "POST"): lambda of: {"planned_for": _soon(), "body": "Then"},
    ("api:resolution", "POST"): lambda of: {"summary": "Done"},
    ("api:closure", "POST"): lambda of: {},
    ("api:approval_request", "POST"): lambda of: {"minutes": 60, "body": "An hour"},
    ("api:decision", "POST"): lambda of: {"approved": True},
    ("api:messages", "POST"): lambda of: {"body": "Hello"},
    ("api:notes", "POST"): lambda of: {"body": "Hello"},
    ("api:time_entries", "POST"): _work,
    ("api:time_entry", "PATCH"): lambda of: {"note": "Hello"},
    ("api:terms", "POST"): lambda _: {"starts_on": _soon(), "included_minutes": 900},
    ("api:terms_preview", "POST"): lambda _: {"starts_on": _soon(), "included_minutes": 900},
    ("api:authorisations", "POST"): lambda _: {"minutes_cap": 60, "note": "Until the year ends"},
    ("api:lots", "POST"): lambda _: {
        "kind": "goodwill",
        "minutes": 30,
        "usable_from": _today(),
        "usable_until": _soon(),
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
        "client": _ids(of)["client"],
        "roles": ["requester"],
    },
    ("workspace:colleague", "POST"): lambda _: {"name": "Somebody Else", "time_zone": "UTC", "staff_role": "consultant"},
    ("api:person", "PATCH"): lambda _: {"name": "Somebody Else"},
    ("api:memberships", "POST"): lambda of: {"client": _ids(of)["client"], "person": _ids(of)["contact"], "roles": ["requester"]},
    ("api:membership", "PATCH"): lambda _: {"roles": ["approver"], "approval_limit": "100"},
    ("api:assignments", "POST"): lambda of: {"client": _ids(of)["client"], "person": _ids(of)["worker"]},
    ("api:keys", "POST"): lambda of: {"name": "Robot", "scopes": ["tickets:read"], "client": _ids(of)["client"]},
    ("api:tickets_bulk", "PATCH"): lambda of: {"items": [{"id": _ids(of)["ticket"], "if_match": "*", "changes": {"priority": 1}}]},
    ("api:time_entries_bulk", "POST"): lambda of: {"items": [_work(of)]},
    ("api:timer", "POST"): lambda of: {"engagement": _ids(of)["engagement"], "ticket": _ids(of)["ticket"]},
}


def address_ids(parameters: list[str], row: Row, of: Filled) -> dict[str, UUID | str]:
    """What the address of a row is filled with."""
    return {name: BY_PARAMETER[name] if name in BY_PARAMETER else of.ids[row.thing] for name in parameters}
