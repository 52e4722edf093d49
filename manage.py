#!/usr/bin/env python
"""Django's command line. Without a DATABASE_URL it works on what `make up` runs."""

import os
import sys

from deploy.state import borrow_settings


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    borrow_settings()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
