"""Other people's time files, read by a mapping. Pure reading: what becomes of a row is the action's to say."""

from billing.rules.importing.mapping import BadMapping, Mapping, load_mapping, parse_mapping, undated_by
from billing.rules.importing.names import nearest
from billing.rules.importing.rows import ImportRow, RowError, count_rows, read
from billing.rules.importing.shipped import shipped, shipped_path

__all__ = [
    "BadMapping",
    "ImportRow",
    "Mapping",
    "RowError",
    "count_rows",
    "load_mapping",
    "nearest",
    "parse_mapping",
    "read",
    "shipped",
    "shipped_path",
    "undated_by",
]
