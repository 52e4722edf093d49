"""Standard Webhooks: how a message is signed, so that its receiver knows from whom it comes (standardwebhooks.com)."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterable

PREFIX = "whsec_"
PURPOSE = b"tend webhook secret\0"


def secret_of(seed: bytes, *, key: str) -> bytes:
    """The 32 bytes both sides sign with. Neither the seed, which the database keeps, nor the key of this installation is enough."""
    return hmac.digest(key.encode(), PURPOSE + seed, hashlib.sha256)


def as_text(secret: bytes) -> str:
    """A secret as its receiver is given it."""
    return PREFIX + b64encode(secret).decode()


def headers(message_id: str, body: bytes, *, at_seconds: int, secrets: Iterable[bytes]) -> dict[str, str]:
    """What a receiver verifies: HMAC-SHA256 over `id.timestamp.body`, once for each secret that is live."""
    content = f"{message_id}.{at_seconds}.".encode() + body
    signatures = (b64encode(hmac.digest(secret, content, hashlib.sha256)).decode() for secret in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at_seconds),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
