"""Everything Tend does by itself, and when. Each task is safe to run twice; a missed run is caught by the next."""

from typing import Any

from celery.schedules import crontab

SCHEDULE: dict[str, dict[str, Any]] = {
    "send what waits in the outbox": {"task": "events.tasks.drain_outbox", "schedule": 15.0},
    "send what waits for programs outside": {"task": "events.tasks.post_webhooks", "schedule": 5.0},
    "raise burn alerts a crash left out": {"task": "billing.tasks.sweep_burn_alerts", "schedule": 30.0},
    "tell of hours that end, run over or lie idle": {"task": "billing.tasks.sweep_early_alerts", "schedule": crontab(minute=47)},
    "import what was handed over and what a crash left": {"task": "billing.tasks.carry_out_imports", "schedule": 60.0},
    "ask after timers that run too long": {"task": "billing.tasks.question_long_timers", "schedule": crontab(minute="*/10")},
    "open the periods of the days ahead": {"task": "billing.tasks.open_due_periods", "schedule": crontab(minute=7)},
    "close periods, or ask people to": {"task": "billing.tasks.close_or_propose", "schedule": crontab(minute=17)},
    "forecast every retainer each night": {"task": "billing.tasks.forecast_retainers", "schedule": crontab(hour="2,5", minute=17)},
    "close tickets that stayed solved": {"task": "tickets.tasks.close_settled_tickets", "schedule": crontab(minute=23)},
    "wake tickets planned for today": {"task": "tickets.tasks.wake_scheduled_tickets", "schedule": crontab(minute="*/15")},
    "open the tickets of service plans": {"task": "tickets.tasks.open_planned_tickets", "schedule": crontab(minute=11)},
    "let estimates run out that nobody decided on": {"task": "tickets.tasks.expire_estimates", "schedule": crontab(minute="*/15")},
    "let proposals run out that nobody decided on": {"task": "proposals.tasks.expire_proposals", "schedule": crontab(minute="*/15")},
    "make the exit kits that were asked for and what a crash left": {"task": "leaving.tasks.make_exit_kits", "schedule": 60.0},
    "take exit kits away after seven days": {"task": "leaving.tasks.forget_exit_kits", "schedule": crontab(minute=47)},
    "renew engagements and remind of their ends": {"task": "engagements.tasks.renew_engagements", "schedule": crontab(minute=17)},
    "forget answers a day after they were given": {"task": "events.tasks.forget_answered_requests", "schedule": crontab(minute=41)},
    "forget what programs outside were told a month ago": {"task": "events.tasks.forget_webhook_messages", "schedule": crontab(minute=43)},
}
