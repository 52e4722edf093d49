"""Servers first: pytest-django reads the settings as soon as this file is loaded, and they name the servers.

Each process of a run in several (`make test`) loads this file too, so each has servers of its own and none meets another's rows.
"""

import django

from deploy.scratch import start

start()
django.setup()
