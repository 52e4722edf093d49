"""Tend for assistants: an MCP server in a process of its own. Of Tend it knows an address, a key and the API, like any other program."""
