"""Servers first: pytest-django reads the settings as soon as this file is loaded, and they name the servers."""

import django

from deploy.scratch import start

start()
django.setup()
