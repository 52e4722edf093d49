"""Other people's time becomes ours: batches of rows, each written whole or not at all."""

from billing.actions.importing.carrying import carry_out_imports
from billing.actions.importing.counting import Finding, Imported
from billing.actions.importing.running import import_time
from billing.actions.importing.starting import forget_mapping, import_tried, mapping_names, mapping_text, save_mapping, start_import

__all__ = [
    "Finding",
    "Imported",
    "carry_out_imports",
    "forget_mapping",
    "import_time",
    "import_tried",
    "mapping_names",
    "mapping_text",
    "save_mapping",
    "start_import",
]
