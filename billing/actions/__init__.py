"""Every write of hours: time, timers, periods, lots, alerts."""

from billing.actions.approving import approve_time, reject_time, submit_time, withdraw_time
from billing.actions.asking import ask_overage, decline_overage
from billing.actions.authorising import authorise_closed_overage, authorise_overage, revoke_authorisation
from billing.actions.closing import close_period, preview_close, reopen_period
from billing.actions.due_closes import close_or_propose
from billing.actions.forecasting import forecast_retainers, score_forecasts
from billing.actions.importing import import_time
from billing.actions.measuring import Work, work_of
from billing.actions.periods import give_lot, open_due_periods, open_periods_of
from billing.actions.projecting import project_open_periods
from billing.actions.replaying import replay_periods
from billing.actions.reserving import hold_again, release_reservation, reserve_minutes
from billing.actions.sending import readers_of, send_statement
from billing.actions.time import change_entry, delete_entry, log_time, restore_entry
from billing.actions.timers import discard_timer, question_timer, start_timer, stop_timer
from billing.actions.together import TAKEN_BACK_WITHIN, SomeRefused, Trace, Write, kept, last_write, take_back, trace_of, write_together
from billing.actions.turns import take_turns

__all__ = [
    "TAKEN_BACK_WITHIN",
    "SomeRefused",
    "Trace",
    "Work",
    "Write",
    "approve_time",
    "ask_overage",
    "authorise_closed_overage",
    "authorise_overage",
    "change_entry",
    "close_or_propose",
    "close_period",
    "decline_overage",
    "delete_entry",
    "discard_timer",
    "forecast_retainers",
    "give_lot",
    "hold_again",
    "import_time",
    "kept",
    "last_write",
    "log_time",
    "open_due_periods",
    "open_periods_of",
    "preview_close",
    "project_open_periods",
    "question_timer",
    "readers_of",
    "reject_time",
    "release_reservation",
    "reopen_period",
    "replay_periods",
    "reserve_minutes",
    "restore_entry",
    "revoke_authorisation",
    "score_forecasts",
    "send_statement",
    "start_timer",
    "stop_timer",
    "submit_time",
    "take_back",
    "take_turns",
    "trace_of",
    "withdraw_time",
    "work_of",
    "write_together",
]
