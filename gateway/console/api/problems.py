"""Troubles as programs get them: RFC 9457, with what to do next, in two languages.

Answers: ``TroubleError`` (raised wherever a request cannot be done), ``trouble_of`` (the one of an
error of ours), ``answer`` (the response).
Trusts: the catalogue ``api``. An error of ours says its cause, masked: it holds no word of a
mail; a fault says nothing of itself.
Fails: ``KeyError`` for a kind without its sentences; a test finds none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, Field
from starlette.responses import Response

from gateway.errors import (
    ConflictError,
    NotFoundError,
    RightsError,
    SekishoError,
    StoreError,
    UsageError,
)
from gateway.i18n import text
from gateway.store.columns import masked

MEDIA_TYPE = "application/problem+json"
CATALOGUE = "api"
KINDS: dict[str, int] = {  # kind → status
    "malformed": 400,
    "no-token": 401,
    "wrong-token": 401,
    "not-allowed": 403,
    "whole-only": 403,
    "needs-console": 403,
    "not-found": 404,
    "wrong-method": 405,
    "conflict": 409,
    "stale": 412,
    "too-large": 413,
    "wrong-media-type": 415,
    "invalid": 422,
    "key-reused": 422,
    "too-many": 429,
    "fault": 500,
    "unavailable": 503,
}
_OF_ERRORS: tuple[tuple[type[SekishoError], str], ...] = (
    (NotFoundError, "not-found"),
    (RightsError, "not-allowed"),
    (ConflictError, "conflict"),
    (UsageError, "invalid"),
)
_BY_STATUS = {status: kind for kind, status in reversed(KINDS.items())}


class Wrong(BaseModel):
    """One thing that is wrong with what was sent."""

    at: str = Field(description="Where: a parameter, or a JSON Pointer into the body.")
    detail: str = Field(description="What is wrong; never what was sent.")


class Problem(BaseModel):
    """A trouble (RFC 9457)."""

    type: str = Field(description="Which trouble, for programs; leads to its explanation.")
    title: str = Field(description="The same for people.")
    status: int = Field(description="The HTTP status.", ge=400, le=599)
    detail: str = Field(description="What is so here; perhaps empty.")
    next: str = Field(description="What to do about it.")
    errors: list[Wrong] = Field(description="What is wrong with what was sent, one by one.")


class TroubleError(Exception):
    """A request that cannot be done. ``detail`` holds nothing of what was sent."""

    def __init__(
        self,
        kind: str,
        detail: str = "",
        *,
        errors: Sequence[Wrong] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(kind)
        self.kind = kind
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})


def trouble_of(error: SekishoError) -> TroubleError:
    """Return an error of ours as a trouble."""
    if isinstance(error, StoreError):
        return TroubleError("unavailable")
    kind = next((name for its, name in _OF_ERRORS if isinstance(error, its)), None)
    return TroubleError(kind, masked(str(error))) if kind else TroubleError("fault")


def of_status(status: int) -> str:
    """Return the kind that an HTTP status stands for where nothing more is known."""
    return _BY_STATUS.get(status, "malformed" if status < 500 else "fault")


def title(kind: str, lang: str) -> str:
    """Return what a kind of trouble is called."""
    return text(CATALOGUE, f"title-{kind}", lang)


def todo(kind: str, lang: str) -> str:
    """Return what to do about a kind of trouble."""
    return text(CATALOGUE, f"next-{kind}", lang)


def answer(trouble: TroubleError, lang: str, base: str) -> Response:
    """Return the response.

    Args:
        base: path that the explanations stand under.
    """
    status = KINDS[trouble.kind]
    told = Problem(
        type=f"{base}/problems/{trouble.kind}",
        title=title(trouble.kind, lang),
        status=status,
        detail=trouble.detail,
        next=todo(trouble.kind, lang),
        errors=list(trouble.errors),
    )
    return Response(
        told.model_dump_json(),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers={"Content-Language": lang} | trouble.headers,
    )
