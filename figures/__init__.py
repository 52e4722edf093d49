"""Numbers and how they are written and drawn. Pure: no tables, no clock, no settings."""
