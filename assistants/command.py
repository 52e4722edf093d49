"""`manage.py mcp`: serves one assistant on standard input and output until it hangs up.

It reads no settings and opens no database, so it runs on whatever machine the assistant is on.
"""

import os
import sys
from contextlib import suppress

from assistants.server import make_server
from assistants.tend import Refused, Tend

NEEDED = {"TEND_URL": "the address of Tend, like https://desk.example", "TEND_KEY": "a key, from Settings, Keys"}


def serve() -> None:
    """Ends with a sentence where a setting is missing or unsound."""
    missing = [f"  {name}: {meaning}" for name, meaning in NEEDED.items() if not os.environ.get(name)]
    if missing:
        sys.exit("\n".join(["The MCP server is told by its environment whom to serve. There is no", *missing]))
    try:
        tend = Tend(os.environ["TEND_URL"], os.environ["TEND_KEY"])
    except Refused as refused:
        sys.exit(str(refused))
    with suppress(KeyboardInterrupt):
        make_server(tend).run("stdio")
