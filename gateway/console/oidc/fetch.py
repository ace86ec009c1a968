"""Asking the identity provider: one request, without redirects, within limits.

Answers: ``fetch`` gives the JSON object of an answer.
Trusts: TLS with the system's authorities. Plain HTTP goes to this machine alone.
Fails: ``OidcError``; its text has a word of ours and nothing of the answer.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from gateway.errors import RightsError

ANSWER_BYTES = 512 * 1024
ANSWER_S = 10.0


class OidcError(RightsError):
    """Single sign-on did not work; the text is a word for the log."""


def fetch(url: str, form: Mapping[str, str] | None = None, authorization: str = "") -> Any:
    """Get a JSON object, or post a form for one. Blocks: call it in a thread."""
    parts = urlsplit(url)
    headers = {"Accept": "application/json"}
    if authorization:
        headers["Authorization"] = authorization
    body = None
    if form is not None:
        body = urlencode(form)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = _connection(url)
    try:
        connection.request("GET" if body is None else "POST", path, body, headers)
        answer = connection.getresponse()
        text = answer.read(ANSWER_BYTES + 1)
        status = answer.status
    except (OSError, http.client.HTTPException, ValueError):
        raise OidcError("provider-unreachable") from None  # a cause could quote the request
    finally:
        connection.close()
    if status != 200:
        raise OidcError(f"provider-answered-{status}")
    return _object(text)


def _object(text: bytes) -> Any:
    try:
        found = json.loads(text) if len(text) <= ANSWER_BYTES else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise OidcError("provider-answer-unreadable")
    return found


def _connection(url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    if parts.scheme == "https" and host:
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=ANSWER_S, context=context)
    if not is_own_machine(url):
        raise OidcError("provider-address-not-https")
    return http.client.HTTPConnection(host, port, timeout=ANSWER_S)


def is_own_machine(url: str) -> bool:
    """Whether an address is plain HTTP to a loopback address, given as a number."""
    parts = urlsplit(url)
    try:
        return parts.scheme == "http" and ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False
