"""Posts a message to a webhook, signed as standardwebhooks.com describes; decides nothing."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import threading
from datetime import datetime

from aggregator.edge.web import Web

_PREFIX = "whsec_"


def post_message(
    web: Web,
    url: str,
    body: bytes,
    *,
    key: str,
    now: datetime,
    secret: str | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Post a JSON document once; `key` is the same for every try, so that a receiver can tell.

    Raises the errors of `Web.post`: `Unsure` where it may have arrived, others where it did not.
    """
    at = str(int(now.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "Webhook-Id": key,
        "Webhook-Timestamp": at,
        "Idempotency-Key": key,
    }
    if secret:
        headers["Webhook-Signature"] = sign(body, key=key, at=at, secret=secret)
    web.post(url, body, headers=headers, stop=stop)


def sign(body: bytes, *, key: str, at: str, secret: str) -> str:
    """`v1,` and the base64 of an HMAC-SHA256 over key, seconds since 1970 and body.

    A secret that begins with `whsec_` is base64 after that; any other is taken as it is.
    """
    signed = b".".join((key.encode(), at.encode(), body))
    digest = hmac.new(_secret(secret), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def _secret(secret: str) -> bytes:
    if secret.startswith(_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()
