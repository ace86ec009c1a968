"""The exception tree, and the one table that ties each error to its answers.

Answers: for every error of ours the SMTP reply, the operator's cause, whether it is
temporary, and the exit status (sysexits.h).
Trusts: nothing.
Fails: never; a foreign error is mapped at the boundary with ``raise … from``.

::

    SekishoError                       70 software
    ├── ConfigError                    78 config      problems, one line each
    ├── UsageError                     64 usage
    ├── DataError                      65 data        a file that cannot be read as asked
    ├── NotFoundError                  66 no input
    ├── RightsError                    77 permission  the actor may not do this
    ├── ConflictError                  75 temporary   somebody else acted first
    ├── StoreError                     74 I/O         451 4.3.0
    │   └── KeyMissingError            74 I/O         451 4.3.0
    ├── InspectionError                70             451 4.3.0 (never a pass)
    └── NextHopError                   69 unavailable 451 4.4.1

An exception's text never holds text from a mail: it reaches logs and terminals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from gateway.model import Reply

EX_OK, EX_USAGE, EX_DATAERR, EX_NOINPUT = 0, 64, 65, 66
EX_UNAVAILABLE, EX_SOFTWARE, EX_CANTCREAT, EX_IOERR = 69, 70, 73, 74
EX_TEMPFAIL, EX_NOPERM, EX_CONFIG = 75, 77, 78

LOCAL_FAULT = Reply(451, "4.3.0", "Local fault, please try again later")


class SekishoError(Exception):
    """Base of all our errors."""

    reply: ClassVar[Reply] = LOCAL_FAULT  # what an SMTP client is told
    exit_status: ClassVar[int] = EX_SOFTWARE


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a configuration file, as ``file:line:column: key: problem (hint)``."""

    file: str
    line: int  # 1-based; 0 when the file as a whole is meant
    column: int  # 1-based
    key: str  # dotted path, "" for the file as a whole
    message: str
    hint: str = ""
    severity: str = "error"  # or "warning": reported, but the policy still loads

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}: "
        key = f"{self.key}: " if self.key else ""
        kind = "warning: " if self.severity == "warning" else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{where}{kind}{key}{self.message}{hint}"


class ConfigError(SekishoError):
    """Configuration or policy cannot be used; ``problems`` holds every reason found."""

    exit_status = EX_CONFIG

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(p) for p in problems))
        self.problems = problems


class UsageError(SekishoError):
    exit_status = EX_USAGE


class DataError(SekishoError):
    exit_status = EX_DATAERR


class NotFoundError(SekishoError):
    exit_status = EX_NOINPUT


class RightsError(SekishoError):
    exit_status = EX_NOPERM


class ConflictError(SekishoError):
    exit_status = EX_TEMPFAIL


class StoreError(SekishoError):
    exit_status = EX_IOERR


class KeyMissingError(StoreError):
    """No key to seal with or to open with: nothing is parked, nothing is shown."""


class InspectionError(SekishoError):
    """The engine could not answer at all; never read as 'clean'."""


class NextHopError(SekishoError):
    """The next hop could not be reached or broke the protocol before the dot."""

    reply = Reply(451, "4.4.1", "Mail server behind the gateway is not available")
    exit_status = EX_UNAVAILABLE
