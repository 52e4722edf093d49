"""Hours and money as pure arithmetic: capture, the hour ledger, alerts, charges. No ORM, no clock, no settings."""
