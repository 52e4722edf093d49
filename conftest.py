"""Servers first: pytest-django reads the settings as soon as this file is loaded, and they name the servers.

Each process of a run in several (`make test`) loads this file too, so each has servers of its own and none meets another's rows.
"""

import os

import django
import pytest

from deploy.scratch import start

start()
django.setup()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """The processes inherit our environment: if it named the settings, they would read them, and our servers, before this file."""
    del os.environ["DJANGO_SETTINGS_MODULE"]
