from django.urls import path

from portal.views import attachments, clients, exit_kits, home, hours, keys, links, notices, overage, proposals, requests, systems, tickets

app_name = "portal"
urlpatterns = [
    path("", home.home, name="home"),
    path("tickets/", tickets.tickets, name="tickets"),
    path("tickets/new/", requests.new_ticket, name="new_ticket"),
    path("tickets/<uuid:pk>/", tickets.ticket, name="ticket"),
    path("tickets/<uuid:pk>/messages/", tickets.reply, name="reply"),
    path("tickets/<uuid:pk>/decision/", tickets.decision, name="decision"),
    path("tickets/<uuid:pk>/resolution/", tickets.resolution, name="resolution"),
    path("tickets/<uuid:pk>/reopening/", tickets.reopening, name="reopening"),
    path("tickets/<uuid:pk>/closure/", tickets.closure, name="closure"),
    path("attachments/<uuid:pk>/", attachments.attachment, name="attachment"),
    path("proposals/", proposals.proposals, name="proposals"),
    path("proposals/<uuid:pk>/", proposals.proposal, name="proposal"),
    path("proposals/<uuid:pk>/decision/", proposals.proposal_decision, name="proposal_decision"),
    path("proposals/<uuid:pk>/undo/", proposals.proposal_undo, name="proposal_undo"),
    path("hours/", hours.hours, name="hours"),
    path("hours/<uuid:pk>/", hours.period, name="period"),
    path("hours/<uuid:pk>/authorisation/", overage.authorisation, name="authorisation"),
    path("authorisations/<uuid:pk>/revocation/", overage.revocation, name="authorisation_revocation"),
    path("statements/<uuid:pk>/pdf/", hours.statement_pdf, name="statement_pdf"),
    path("systems/", systems.systems, name="systems"),
    path("systems/<uuid:pk>/", systems.system, name="system"),
    path("links/", links.links, name="links"),
    path("links/balance/<uuid:pk>/revocation/", links.revoke_balance_link, name="revoke_balance_link"),
    path("links/calendar/<uuid:pk>/revocation/", links.revoke_feed, name="revoke_feed"),
    path("notices/", notices.notices, name="notices"),
    path("keys/", keys.keys, name="keys"),
    path("keys/<uuid:pk>/revocation/", keys.key_revocation, name="key_revocation"),
    path("notices/choices/", notices.notice_choices, name="notice_choices"),
    path("data/", exit_kits.exit_kits, name="exit_kits"),
    path("data/<uuid:pk>/", exit_kits.exit_kit_file, name="exit_kit_file"),
    path("clients/", clients.clients, name="clients"),
]
