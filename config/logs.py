"""One log line a happening, as key=value, without the words people wrote or the secrets they sent."""

import logging
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

SECRET_NAMES = frozenset({"authorization", "password", "token", "secret", "cookie", "code", "key"})
OPENED_BY_A_SECRET = re.compile(r"(/(?:balance|calendar)/)[^/\s]+")


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take the value from every field whose name says that it is secret, and the secret out of every address that one opens."""
    for name, value in event.items():
        if name.lower() in SECRET_NAMES:
            event[name] = "…"
        elif isinstance(value, str):
            event[name] = OPENED_BY_A_SECRET.sub(r"\1…", value)
    return event


_BEFORE: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]

structlog.configure(
    processors=[*_BEFORE, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)


def formatter() -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_BEFORE,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            redact,
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], sort_keys=False),
        ],
    )
