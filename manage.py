#!/usr/bin/env python
"""Django's command line. Without a DATABASE_URL it works on what `make up` runs."""

import os
import sys

from deploy.embedded import CannotRunHereError
from deploy.given import CannotStartError
from deploy.state import borrow_settings


def main() -> None:
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
