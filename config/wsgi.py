"""The WSGI application, with chunked request bodies made whole."""

import io
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.core.wsgi import get_wsgi_application

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

CHUNKED_BODY_MAX_BYTES = 25 * 1024 * 1024


def with_chunked_bodies(application: "WSGIApplication", limit: int = CHUNKED_BODY_MAX_BYTES) -> "WSGIApplication":
    """Django reads CONTENT_LENGTH bytes and takes a missing length for 0: read a chunked body here and say how long it is."""

    def wrapped(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
            body = environ["wsgi.input"].read(limit + 1)
            if len(body) > limit:
                start_response("413 Content Too Large", [("Content-Type", "text/plain"), ("Content-Length", "0"), ("Connection", "close")])
                return []
            environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))
        return application(environ, start_response)

    return wrapped


application = with_chunked_bodies(get_wsgi_application())
