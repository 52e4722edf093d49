"""The addresses of the API: nouns, plural, kebab. A state change is a resource of its own."""

from django.urls import URLPattern, URLResolver, include, path, re_path
from rest_framework.parsers import MultiPartParser

from api import documents
from api.alerts import AlertViewSet
from api.approvals import SubmissionView, TimeApprovalView, TimeDecisionViewSet
from api.assignments import AssignmentViewSet
from api.attachments import AttachmentViewSet, NoteAttachmentViewSet
from api.authorisations import AuthorisationsViewSet, AuthorisationViewSet, PeriodOverageView
from api.balance import BalanceView
from api.calendars import CalendarViewSet
from api.capacity import AbsenceViewSet, CapacityView, WeekView
from api.clients import ClientViewSet
from api.contracts import ContractViewSet
from api.costs import CostRateViewSet, MarginView
from api.deliveries import DeliveryViewSet
from api.engagement_life import LifeView, PauseViewSet, ProjectViewSet
from api.engagements import EngagementViewSet
from api.exit_kits import ExitKitViewSet
from api.expenses import ChargeViewSet, ExpenseViewSet, ReceiptViewSet
from api.firm import FirmView, LogoView
from api.forecasts import ForecastViewSet
from api.imports import ImportMappingViewSet, ImportViewSet
from api.keys import KeyViewSet
from api.links import BalanceLinkViewSet, CalendarFeedViewSet
from api.lots import LotViewSet
from api.me import MeView
from api.memberships import MembershipViewSet
from api.messages import MessageViewSet, NoteViewSet
from api.notices import NoticeChoicesView, NoticeViewSet
from api.people import PersonViewSet
from api.periods import PeriodViewSet
from api.plans import PlanViewSet
from api.proposals import ProposalViewSet
from api.rendering import OrjsonParser
from api.replays import WhatIfView
from api.statements import StatementViewSet
from api.systems import ComponentViewSet, SystemViewSet
from api.terms import TermsViewSet
from api.ticket_states import AcceptanceView, ApprovalRequestView, ClosureView, DecisionView, ResolutionView, ScheduleView
from api.tickets import TicketViewSet
from api.time_entries import TimeEntryViewSet
from api.timer import TimerView
from api.views import SavedViewViewSet
from api.webhooks import AttemptsOfMessageViewSet, MessagesOfWebhookViewSet, WebhookMessageViewSet, WebhookViewSet

app_name = "api"

LIST = {"get": "list"}
LIST_AND_CREATE = {"get": "list", "post": "create"}
READ = {"get": "retrieve"}

v1 = [
    path("firm", FirmView.as_view({"get": "read", "patch": "partial_update"}), name="firm"),
    path("firm/logo", LogoView.as_view({"post": "hang", "delete": "destroy"}), name="firm_logo"),
    path("me", MeView.as_view({"get": "me"}), name="me"),
    path("clients", ClientViewSet.as_view(LIST_AND_CREATE), name="clients"),
    path("clients/<uuid:pk>", ClientViewSet.as_view({**READ, "patch": "partial_update"}), name="client"),
    path("clients/<uuid:pk>/balance", BalanceView.as_view({"get": "balance"}), name="balance"),
    path("clients/<uuid:client_id>/exit-kits", ExitKitViewSet.as_view(LIST_AND_CREATE), name="exit_kits"),
    path("exit-kits/<uuid:pk>", ExitKitViewSet.as_view(READ), name="exit_kit"),
    path("exit-kits/<uuid:pk>/content", ExitKitViewSet.as_view({"get": "content"}), name="exit_kit_content"),
    path("engagements", EngagementViewSet.as_view(LIST_AND_CREATE), name="engagements"),
    path("engagements/<uuid:pk>/what-if", WhatIfView.as_view({"post": "replay"}), name="what_if"),
    path("engagements/<uuid:pk>", LifeView.as_view({**READ, "patch": "partial_update"}), name="engagement"),
    path("engagements/<uuid:pk>/termination/preview", LifeView.as_view({"post": "preview_end"}), name="termination_preview"),
    path("engagements/<uuid:pk>/termination", LifeView.as_view({"post": "terminate", "delete": "go_on"}), name="termination"),
    path("engagements/<uuid:engagement_id>/pauses", PauseViewSet.as_view(LIST_AND_CREATE), name="pauses"),
    path("pauses/<uuid:pk>", PauseViewSet.as_view({**READ, "delete": "destroy"}), name="pause"),
    path("pauses/<uuid:pk>/resumption", PauseViewSet.as_view({"post": "resume"}), name="resumption"),
    path("engagements/<uuid:engagement_id>/projects", ProjectViewSet.as_view(LIST_AND_CREATE), name="projects"),
    path("engagements/<uuid:engagement_id>/terms", TermsViewSet.as_view(LIST_AND_CREATE), name="terms"),
    path("engagements/<uuid:engagement_id>/terms/preview", TermsViewSet.as_view({"post": "preview"}), name="terms_preview"),
    path("engagements/<uuid:engagement_id>/lots", LotViewSet.as_view(LIST_AND_CREATE), name="lots"),
    path("engagements/<uuid:engagement_id>/authorisations", AuthorisationsViewSet.as_view(LIST_AND_CREATE), name="authorisations"),
    path("authorisations/<uuid:pk>", AuthorisationViewSet.as_view({**READ, "delete": "destroy"}), name="authorisation"),
    path("engagements/<uuid:engagement_id>/contracts", ContractViewSet.as_view(LIST_AND_CREATE), name="contracts"),
    path("contracts/<uuid:pk>", ContractViewSet.as_view(READ), name="contract"),
    path("contracts/<uuid:pk>/content", ContractViewSet.as_view({"get": "content"}), name="contract_content"),
    path("systems", SystemViewSet.as_view(LIST_AND_CREATE), name="systems"),
    path("systems/<uuid:pk>", SystemViewSet.as_view({**READ, "patch": "partial_update"}), name="system"),
    path("systems/<uuid:system_id>/components", ComponentViewSet.as_view(LIST_AND_CREATE), name="components"),
    path(
        "components/<uuid:pk>",
        ComponentViewSet.as_view({**READ, "patch": "partial_update", "delete": "destroy"}),
        name="component",
    ),
    path("tickets", TicketViewSet.as_view(LIST_AND_CREATE), name="tickets"),
    path("tickets/bulk", TicketViewSet.as_view({"patch": "change_many"}), name="tickets_bulk"),
    path("tickets/<uuid:pk>", TicketViewSet.as_view({**READ, "patch": "partial_update"}), name="ticket"),
    path("tickets/<uuid:pk>/acceptance", AcceptanceView.as_view({"post": "accept"}), name="acceptance"),
    path("tickets/<uuid:pk>/schedule", ScheduleView.as_view({"post": "schedule"}), name="schedule"),
    path("tickets/<uuid:pk>/resolution", ResolutionView.as_view({"post": "resolve", "delete": "reopen"}), name="resolution"),
    path("tickets/<uuid:pk>/closure", ClosureView.as_view({"post": "close"}), name="closure"),
    path("tickets/<uuid:pk>/approval-request", ApprovalRequestView.as_view({"get": "read", "post": "ask"}), name="approval_request"),
    path("tickets/<uuid:pk>/decision", DecisionView.as_view({"post": "decide"}), name="decision"),
    path("tickets/<uuid:ticket_id>/messages", MessageViewSet.as_view(LIST_AND_CREATE), name="messages"),
    path("tickets/<uuid:ticket_id>/notes", NoteViewSet.as_view(LIST_AND_CREATE), name="notes"),
    path("tickets/<uuid:ticket_id>/attachments", AttachmentViewSet.as_view(LIST), name="attachments"),
    path("attachments/<uuid:pk>", AttachmentViewSet.as_view(READ), name="attachment"),
    path("attachments/<uuid:pk>/content", AttachmentViewSet.as_view({"get": "content"}), name="attachment_content"),
    path("note-attachments/<uuid:pk>/content", NoteAttachmentViewSet.as_view({"get": "content"}), name="note_attachment_content"),
    path("time-entries", TimeEntryViewSet.as_view(LIST_AND_CREATE), name="time_entries"),
    path("time-entries/bulk", TimeEntryViewSet.as_view({"post": "log_many"}), name="time_entries_bulk"),
    path("time-entries/approvals", TimeApprovalView.as_view({"post": "decide_many"}), name="time_approvals"),
    path("time-entries/<uuid:pk>/submission", SubmissionView.as_view({"post": "submit", "delete": "withdraw"}), name="submission"),
    path("time-entries/<uuid:pk>/approval", TimeApprovalView.as_view({"post": "decide"}), name="time_approval"),
    path("time-entries/<uuid:entry_id>/decisions", TimeDecisionViewSet.as_view(LIST), name="time_decisions"),
    path("time-entries/totals", TimeEntryViewSet.as_view({"get": "totals"}), name="time_totals"),
    path("time-entries/<uuid:pk>/undo", TimeEntryViewSet.as_view({"post": "undo"}), name="time_undo"),
    path(
        "time-entries/<uuid:pk>",
        TimeEntryViewSet.as_view({**READ, "patch": "partial_update", "delete": "destroy"}),
        name="time_entry",
    ),
    path("expenses", ExpenseViewSet.as_view(LIST_AND_CREATE), name="expenses"),
    path("expenses/<uuid:pk>", ExpenseViewSet.as_view({**READ, "patch": "partial_update", "delete": "destroy"}), name="expense"),
    path("expenses/<uuid:pk>/approval", ExpenseViewSet.as_view({"post": "decide"}), name="expense_approval"),
    path(
        "expenses/<uuid:pk>/receipts",
        ExpenseViewSet.as_view({"post": "add_receipts"}, parser_classes=[MultiPartParser]),  # it sends nothing but files
        name="expense_receipts",
    ),
    path("receipts/<uuid:pk>/content", ReceiptViewSet.as_view({"get": "content"}), name="receipt_content"),
    path("charges", ChargeViewSet.as_view(LIST), name="charges"),
    path("charges/<uuid:pk>", ChargeViewSet.as_view(READ), name="charge"),
    path("cost-rates", CostRateViewSet.as_view(LIST_AND_CREATE), name="cost_rates"),
    path("cost-rates/<uuid:pk>", CostRateViewSet.as_view(READ), name="cost_rate"),
    path("margins", MarginView.as_view({"get": "margins"}), name="margins"),
    path("utilisation", MarginView.as_view({"get": "utilisation"}), name="utilisation"),
    path("timer", TimerView.as_view({"get": "read", "post": "start", "delete": "discard"}), name="timer"),
    path("timer/stop", TimerView.as_view({"post": "stop"}), name="timer_stop"),
    path("periods", PeriodViewSet.as_view(LIST), name="periods"),
    path("periods/<uuid:pk>", PeriodViewSet.as_view(READ), name="period"),
    path("periods/<uuid:pk>/coverage", PeriodViewSet.as_view({"get": "coverage"}), name="coverage"),
    path("periods/<uuid:pk>/closure", PeriodViewSet.as_view({"get": "preview", "post": "close"}), name="period_closure"),
    path("periods/<uuid:pk>/reopening", PeriodViewSet.as_view({"post": "reopen"}), name="period_reopening"),
    path("periods/<uuid:pk>/authorisation", PeriodOverageView.as_view({"get": "read", "post": "authorise"}), name="period_authorisation"),
    path("periods/<uuid:pk>/authorisation-request", PeriodOverageView.as_view({"post": "ask"}), name="authorisation_request"),
    path("periods/<uuid:pk>/authorisation-refusal", PeriodOverageView.as_view({"post": "decline"}), name="authorisation_refusal"),
    path("statements", StatementViewSet.as_view(LIST), name="statements"),
    path("statements/<uuid:pk>", StatementViewSet.as_view(READ), name="statement"),
    path("statements/<uuid:pk>/document", StatementViewSet.as_view({"get": "document"}), name="statement_document"),
    path("statements/<uuid:pk>/sending", StatementViewSet.as_view({"post": "send"}), name="statement_sending"),
    path("statements/<uuid:pk>/pdf", StatementViewSet.as_view({"get": "pdf"}), name="statement_pdf"),
    path("statements/<uuid:pk>/csv", StatementViewSet.as_view({"get": "csv"}), name="statement_csv"),
    path("plans", PlanViewSet.as_view(LIST_AND_CREATE), name="plans"),
    path("plans/onboarding", PlanViewSet.as_view({"post": "onboard"}), name="onboarding"),
    path("plans/<uuid:pk>", PlanViewSet.as_view(READ), name="plan"),
    path("plans/<uuid:pk>/ending", PlanViewSet.as_view({"post": "end"}), name="plan_ending"),
    path("proposals", ProposalViewSet.as_view(LIST_AND_CREATE), name="proposals"),
    path("proposals/<uuid:pk>", ProposalViewSet.as_view({**READ, "patch": "partial_update"}), name="proposal"),
    path("proposals/<uuid:pk>/scoring", ProposalViewSet.as_view({"post": "score"}), name="proposal_scoring"),
    path("proposals/<uuid:pk>/sending", ProposalViewSet.as_view({"post": "send"}), name="proposal_sending"),
    path("proposals/<uuid:pk>/withdrawal", ProposalViewSet.as_view({"post": "withdraw"}), name="proposal_withdrawal"),
    path("proposals/<uuid:pk>/approval", ProposalViewSet.as_view({"post": "approve"}), name="proposal_approval"),
    path("proposals/<uuid:pk>/decline", ProposalViewSet.as_view({"post": "decline"}), name="proposal_decline"),
    path("proposals/<uuid:pk>/decision", ProposalViewSet.as_view({"delete": "undo"}), name="proposal_decision"),
    path("calendars", CalendarViewSet.as_view(LIST_AND_CREATE), name="calendars"),
    path("calendars/<uuid:pk>", CalendarViewSet.as_view({**READ, "patch": "partial_update"}), name="calendar"),
    path("people", PersonViewSet.as_view(LIST_AND_CREATE), name="people"),
    path("people/<uuid:pk>", PersonViewSet.as_view({**READ, "patch": "partial_update", "delete": "destroy"}), name="person"),
    path("people/<uuid:pk>/invitation", PersonViewSet.as_view({"post": "invite"}), name="invitation"),
    path("memberships", MembershipViewSet.as_view(LIST_AND_CREATE), name="memberships"),
    path(
        "memberships/<uuid:pk>",
        MembershipViewSet.as_view({**READ, "patch": "partial_update", "delete": "destroy"}),
        name="membership",
    ),
    path("assignments", AssignmentViewSet.as_view(LIST_AND_CREATE), name="assignments"),
    path("assignments/<uuid:pk>", AssignmentViewSet.as_view({**READ, "delete": "destroy"}), name="assignment"),
    path("notices", NoticeViewSet.as_view(LIST), name="notices"),
    path("notices/<uuid:pk>", NoticeViewSet.as_view(READ), name="notice"),
    path("notices/reading", NoticeViewSet.as_view({"post": "read"}), name="notices_reading"),
    path("notices/choices", NoticeChoicesView.as_view({"get": "read", "patch": "partial_update"}), name="notice_choices"),
    path("keys", KeyViewSet.as_view(LIST_AND_CREATE), name="keys"),
    path("keys/<uuid:pk>", KeyViewSet.as_view({**READ, "delete": "destroy"}), name="key"),
    path("keys/<uuid:pk>/rotation", KeyViewSet.as_view({"post": "rotate"}), name="key_rotation"),
    path("webhooks", WebhookViewSet.as_view(LIST_AND_CREATE), name="webhooks"),
    path("webhooks/<uuid:pk>", WebhookViewSet.as_view({**READ, "patch": "partial_update", "delete": "destroy"}), name="webhook"),
    path("webhooks/<uuid:pk>/rotation", WebhookViewSet.as_view({"post": "rotate"}), name="webhook_rotation"),
    path("webhooks/<uuid:pk>/activation", WebhookViewSet.as_view({"post": "enable", "delete": "disable"}), name="webhook_activation"),
    path("webhooks/<uuid:pk>/ping", WebhookViewSet.as_view({"post": "ping"}), name="webhook_ping"),
    path("webhooks/<uuid:pk>/redelivery", WebhookViewSet.as_view({"post": "redeliver"}), name="webhook_redelivery"),
    path("webhooks/<uuid:webhook_id>/messages", MessagesOfWebhookViewSet.as_view(LIST), name="webhook_messages"),
    path("webhook-messages/<uuid:pk>", WebhookMessageViewSet.as_view(READ), name="webhook_message"),
    path("webhook-messages/<uuid:pk>/redelivery", WebhookMessageViewSet.as_view({"post": "redeliver"}), name="webhook_message_redelivery"),
    path("webhook-messages/<uuid:message_id>/attempts", AttemptsOfMessageViewSet.as_view(LIST), name="webhook_attempts"),
    path("deliveries", DeliveryViewSet.as_view(LIST), name="deliveries"),
    path("deliveries/<uuid:pk>", DeliveryViewSet.as_view(READ), name="delivery"),
    path("deliveries/resending", DeliveryViewSet.as_view({"post": "resend_all"}), name="deliveries_resending"),
    path("deliveries/<uuid:pk>/resending", DeliveryViewSet.as_view({"post": "resend"}), name="delivery_resending"),
    path("imports", ImportViewSet.as_view(LIST_AND_CREATE), name="imports"),
    path("imports/<uuid:pk>", ImportViewSet.as_view(READ), name="import"),
    path("imports/<uuid:pk>/report", ImportViewSet.as_view({"get": "report"}), name="import_report"),
    path(
        "imports/<uuid:pk>/confirmation",
        ImportViewSet.as_view({"post": "confirm"}, parser_classes=[OrjsonParser]),  # it sends no files
        name="import_confirmation",
    ),
    path("import-mappings", ImportMappingViewSet.as_view(LIST_AND_CREATE), name="import_mappings"),
    path("import-mappings/shipped", ImportMappingViewSet.as_view({"get": "shipped"}), name="shipped_mappings"),
    path("import-mappings/<uuid:pk>", ImportMappingViewSet.as_view(READ | {"delete": "destroy"}), name="import_mapping"),
    path("forecasts", ForecastViewSet.as_view(LIST), name="forecasts"),
    path("forecasts/hit-rate", ForecastViewSet.as_view({"get": "hit_rate"}), name="hit_rate"),
    path("forecasts/<uuid:pk>", ForecastViewSet.as_view(READ), name="forecast"),
    path("capacity", CapacityView.as_view({"get": "read"}), name="capacity"),
    path("absences", AbsenceViewSet.as_view(LIST_AND_CREATE), name="absences"),
    path("absences/<uuid:pk>", AbsenceViewSet.as_view({**READ, "delete": "destroy"}), name="absence"),
    path("people/<uuid:pk>/week", WeekView.as_view({"post": "set_week"}), name="person_week"),
    path("balance-links", BalanceLinkViewSet.as_view(LIST_AND_CREATE), name="balance_links"),
    path("balance-links/<uuid:pk>", BalanceLinkViewSet.as_view({**READ, "delete": "destroy"}), name="balance_link"),
    path("calendar-feeds", CalendarFeedViewSet.as_view(LIST_AND_CREATE), name="calendar_feeds"),
    path("calendar-feeds/<uuid:pk>", CalendarFeedViewSet.as_view({**READ, "delete": "destroy"}), name="calendar_feed"),
    path("views", SavedViewViewSet.as_view(LIST_AND_CREATE), name="views"),
    path("views/<uuid:pk>", SavedViewViewSet.as_view({**READ, "patch": "partial_update", "delete": "destroy"}), name="view"),
    path("alerts", AlertViewSet.as_view(LIST), name="alerts"),
    path("alerts/<uuid:pk>", AlertViewSet.as_view(READ), name="alert"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/", include(v1)),
    path("openapi.json", documents.openapi, name="openapi"),
    path("docs", documents.DocsView.as_view(), name="docs"),
    re_path("", documents.nowhere, name="nowhere"),
]
