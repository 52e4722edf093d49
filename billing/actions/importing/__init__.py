"""Other people's time becomes ours: batches of rows, each written whole or not at all."""

from billing.actions.importing.counting import Finding, Imported
from billing.actions.importing.running import import_time

__all__ = ["Finding", "Imported", "import_time"]
