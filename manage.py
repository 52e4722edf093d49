#!/usr/bin/env python
"""Django's command line. Without a DATABASE_URL it works on what `make up` runs."""

import os
import sys
from importlib.util import find_spec

from deploy.embedded import CannotRunHereError
from deploy.given import CannotStartError
from deploy.state import borrow_settings

WITHOUT_MCP = "The MCP server is an extra that is not installed. This installs it and starts: uv run --extra mcp manage.py mcp"


def main() -> None:
    if sys.argv[1:] == ["mcp"]:  # before any setting is read: it has none, and knows Tend by its API alone
        if find_spec("mcp") is None:
            sys.exit(WITHOUT_MCP)
        from assistants.command import serve

        serve()
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        borrow_settings()
    except (CannotStartError, CannotRunHereError) as error:
        sys.exit(str(error))
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(str(error))  # a sentence about the environment, for whom a traceback would hide it


if __name__ == "__main__":
    main()
