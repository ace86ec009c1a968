"""TLS for clients that ask for it (RFC 3207, RFC 8996).

Answers: the context that a certificate and its key make; TLS 1.2 at least, no client
certificate is asked for.
Trusts: the administrator's files.
Fails: ``ConfigError`` naming the setting, never showing what stands in the file.
"""

from __future__ import annotations

import ssl
from pathlib import Path

from gateway.errors import ConfigError, Problem

HANDSHAKE_S = 60.0  # a client that asked for TLS and then stays silent


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """Build the context.

    Raises: ConfigError: a file cannot be read, or the two do not belong together.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except ssl.SSLError as error:
        reason = "are no PEM certificate and key that belong together"
        raise ConfigError([_problem(reason, str(error.reason or ""))]) from error
    except OSError as error:
        raise ConfigError([_problem(f"cannot be read: {error.strerror}", "")]) from error
    return context


def _no_password() -> str:
    """OpenSSL would ask on the terminal for the password of a locked key."""
    return ""


def _problem(message: str, hint: str) -> Problem:
    return Problem("config.toml", 0, 0, "smtp.tls", message, hint)
