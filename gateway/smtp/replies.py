"""Every reply that the wire in gives by itself, and the form in which replies leave.

Answers: constants; the log's word for some of them; and ``encoded``: one line of printable
ASCII, at most 512 octets with its CRLF, with an enhanced code wherever RFC 2034 wants one.
Trusts: nothing in a reply's text; the next hop's words pass through here, too.
Fails: never. What cannot be shown is shown as ``?``.
Standards: RFC 5321 4.2 and 4.5.3.1.5, RFC 2034, RFC 3463.
"""

from __future__ import annotations

import re

from gateway.model import Reply

LINE_OCTETS = 512  # with CRLF, RFC 5321 4.5.3.1.5

OK = Reply(250, "2.0.0", "OK")
BYE = Reply(221, "2.0.0", "Bye")
SENDER_OK = Reply(250, "2.1.0", "Sender OK")
RECIPIENT_OK = Reply(250, "2.1.5", "Recipient OK")
CANNOT_VERIFY = Reply(252, "2.1.5", "Cannot verify, but will try to deliver")
HELP = Reply(214, "2.0.0", "See RFC 5321")
GO = Reply(354, "", "End the mail with <CRLF>.<CRLF>")
TLS_GO = Reply(220, "2.0.0", "Ready to start TLS")

# ---- the client's program is at fault
BAD_LINE = Reply(500, "5.5.2", "Command lines end in CRLF and hold no control characters")
TOO_LONG = Reply(500, "5.5.2", "Command line too long")
UNKNOWN = Reply(500, "5.5.1", "Command not recognised")
NOT_OFFERED = Reply(502, "5.5.1", "Command not offered")
NO_CHUNKING = Reply(502, "5.5.1", "CHUNKING is not offered")
NEED_HELO = Reply(503, "5.5.1", "Say EHLO or HELO first")
NEED_MAIL = Reply(503, "5.5.1", "MAIL first")
NEED_RCPT = Reply(503, "5.5.1", "RCPT first")
NESTED = Reply(503, "5.5.1", "A transaction is open already")
HAS_TLS = Reply(503, "5.5.1", "TLS is active already")
NO_ARGUMENT = Reply(501, "5.5.4", "This command takes no argument")
SYNTAX_EHLO = Reply(501, "5.5.4", "Syntax: EHLO hostname")
SYNTAX_XFORWARD = Reply(501, "5.5.4", "Syntax: XFORWARD name=value ...")
BAD_PARAMETER = Reply(555, "5.5.4", "Parameter not recognised")
BAD_VALUE = Reply(501, "5.5.4", "Parameter value is malformed")
TOO_EARLY = Reply(554, "5.5.0", "The mail was sent before this server asked for it")

# ---- the mail or the client cannot be taken
NEED_UTF8 = Reply(553, "5.6.7", "A non-ASCII address needs SMTPUTF8")
NO_UTF8 = Reply(553, "5.6.7", "The mail server behind has no SMTPUTF8")
NO_8BIT = Reply(550, "5.6.3", "The mail server behind takes no 8-bit content")
TOO_BIG = Reply(552, "5.3.4", "The mail is larger than this server accepts")
BARE_CONTROL = Reply(550, "5.6.0", "The mail holds a bare CR, a bare LF or a NUL")
LONG_LINE = Reply(550, "5.6.0", "The mail holds a line over 998 octets")
LOOP = Reply(554, "5.4.6", "Too many hops: this mail goes round in circles")
NOT_ALLOWED = Reply(554, "5.7.1", "This address may not send through this gateway")
NO_XFORWARD = Reply(550, "5.7.0", "This client may not use XFORWARD")

# ---- try again
TOO_MANY = Reply(452, "4.5.3", "Too many recipients")
DISK_FULL = Reply(452, "4.3.1", "Not enough disk space, please try again later")
NO_ROOM = Reply(452, "4.3.1", "Too much mail at once, please try again later")
FULL = Reply(421, "4.3.2", "Too many connections, please try again later")
CLOSING = Reply(421, "4.3.2", "Shutting down, please try again later")
STALLED = Reply(421, "4.4.2", "The mail did not arrive in time")
SILENT = Reply(421, "4.4.2", "No command arrived in time")
TOO_MANY_ERRORS = Reply(421, "4.7.0", "Too many errors")
TOO_MANY_MAILS = Reply(421, "4.7.0", "Too many mails in one connection, please connect anew")

# Why a mail was not taken before it was looked into, as the log says it.
REASONS = {
    TOO_BIG: "too-big",
    BARE_CONTROL: "bare-control",
    LONG_LINE: "long-line",
    NO_8BIT: "no-8bit",
    LOOP: "loop",
    TOO_EARLY: "too-early",
    NO_ROOM: "no-room",
    DISK_FULL: "disk-full",
}

_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")


def encoded(reply: Reply) -> bytes:
    """The reply as it goes over the wire, CRLF included."""
    code, enhanced, text = reply.code, reply.enhanced, reply.text
    if not enhanced and code >= 400:  # the next hop gave none (RFC 2034 4)
        enhanced = f"{code // 100}.0.0"
    line = f"{code} {enhanced} {text}" if enhanced else f"{code} {text}"
    if not (line.isascii() and line.isprintable()):
        line = _UNPRINTABLE.sub("?", line)
    return line[: LINE_OCTETS - 2].encode("ascii") + b"\r\n"


def greeting(hostname: str) -> bytes:
    """The first line of a session; RFC 2034 wants no enhanced code in it."""
    return f"220 {hostname} ESMTP Sekisho\r\n".encode("ascii", "replace")


def listing(lines: list[str]) -> bytes:
    """A positive reply of several lines, as EHLO gives it."""
    marked = [f"250-{line}\r\n" for line in lines[:-1]]
    return "".join([*marked, f"250 {lines[-1]}\r\n"]).encode("ascii", "replace")
