"""From a request to an answer: let in, checked, done, said.

Answers: ``api``, the ASGI application that stands below ``/api``.
Trusts: the layer around the whole console for hosts, headers and the size of bodies.
Fails: every trouble as problem+json, those of unknown addresses and methods too. A fault is
logged with its cause, masked, and answered without a word of it.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping

import structlog
from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.console import words
from gateway.console.api import problems
from gateway.console.api.call import Call, require
from gateway.console.api.door import Door
from gateway.console.api.openapi import document
from gateway.console.api.operations import OPERATIONS, ROOT, Operation
from gateway.console.api.problems import TroubleError, Wrong
from gateway.console.settings import Room
from gateway.errors import SekishoError
from gateway.i18n import languages
from gateway.store import Account

log = structlog.get_logger(__name__)

BODY_S = 10.0  # a body comes within
_ETAG = re.compile(r'\*|"(\d{1,9})"')
_KEY = re.compile(r'"?([!#-~]{1,200})"?')
_WHOLE_LISTS = "list"

_Endpoint = Callable[[Request], Awaitable[Response]]


def api(here: Room, *, mount: str) -> Starlette:
    """Return the application.

    Args:
        mount: path that it stands under, for the addresses in its answers.
    """
    base, door = f"{mount}{ROOT}", Door(here)
    routes = [
        Route(f"{ROOT}/openapi.json", _described(here, base), methods=["GET"]),
        Route(f"{ROOT}/problems/{{kind}}", _explained(base), methods=["GET"]),
        *_operations(here, door, base),
    ]

    async def unrouted(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = error.headers if isinstance(error, HTTPException) else None
        return refusal(request, status, base, headers)

    app = Starlette(routes=routes, exception_handlers={HTTPException: unrouted})
    app.router.redirect_slashes = False
    app.state.room = here
    return app


def _operations(here: Room, door: Door, base: str) -> list[Route]:
    """A route for each address, so that its Allow header names all methods that it has."""
    found: dict[str, dict[str, _Endpoint]] = {}
    for operation in OPERATIONS:
        endpoint = _endpoint(here, door, operation, base)
        found.setdefault(operation.path, {})[operation.method] = endpoint
    return [Route(ROOT + path, _by_method(its), methods=[*its]) for path, its in found.items()]


def _by_method(endpoints: Mapping[str, _Endpoint]) -> _Endpoint:
    async def answered(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await endpoints[method](request)

    return answered


def refusal(
    request: Request, status: int, base: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the answer for a status that was decided on elsewhere."""
    return problems.answer(
        TroubleError(problems.of_status(status), headers=headers), _language(request), base
    )


def _endpoint(here: Room, door: Door, operation: Operation, base: str) -> _Endpoint:
    async def answered(request: Request) -> Response:
        try:
            return await _answer(here, door, operation, request)
        except HTTPException:
            raise
        except Exception as error:
            return problems.answer(_trouble(operation, error), _language(request), base)

    return answered


def _trouble(operation: Operation, error: Exception) -> TroubleError:
    """Return what went wrong as a trouble; what is not the program's doing goes to the log."""
    if isinstance(error, TroubleError):
        return error
    if not isinstance(error, SekishoError):
        log.error("api-fault", operation=operation.name, exc_info=error)
        return TroubleError("fault")
    found = problems.trouble_of(error)
    log.warning("api-refused", operation=operation.name, kind=found.kind, cause=str(error))
    return found


async def _answer(here: Room, door: Door, operation: Operation, request: Request) -> Response:
    account = await door.enter(request)
    _require(operation, account)
    body, asked = await _body(operation, request)
    call = Call(
        here,
        account,
        _language(request),
        request.path_params,
        query=_query(operation, request),
        body=body,
        seen=_revision(request) if operation.conditional else None,
        key=_key(request) if operation.conditional else "",
        asked=asked,
    )
    told = await operation.do(call)
    if isinstance(told, Response):
        return told
    headers = {"ETag": f'"{getattr(told, "revision", 0)}"'} if operation.about_hold else None
    return Response(told.model_dump_json(), media_type="application/json", headers=headers)


def _require(operation: Operation, account: Account) -> None:
    """Refuse what token and role do not both allow, before anything that was sent is read."""
    if operation.right is not None:
        require(account, operation.right)
    if operation.whole and account.user.departments:
        raise TroubleError("whole-only")


# ------------------------------------------------------------------ what was sent


def _query(operation: Operation, request: Request) -> BaseModel:
    """Check the parameters; each stands once, unless it is a list."""
    given: dict[str, object] = {}
    fields = operation.query.model_fields
    for name in request.query_params:
        values = request.query_params.getlist(name)
        if name in fields and _WHOLE_LISTS in str(fields[name].annotation):
            given[name] = values
        elif len(values) > 1:
            at = f"/{name}" if name in fields else "/"
            raise TroubleError("invalid", errors=[Wrong(at=at, detail="stands twice")])
        else:
            given[name] = values[0]
    try:
        return operation.query.model_validate(given)
    except ValidationError as error:
        raise TroubleError("invalid", errors=_wrong(error, operation.query)) from None


async def _body(operation: Operation, request: Request) -> tuple[BaseModel | None, str]:
    """Read and check the body; with it the digest of what is asked for."""
    if operation.body is None:
        return None, ""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise TroubleError("wrong-media-type")
    try:
        async with asyncio.timeout(BODY_S):
            raw = await request.body()
    except TimeoutError:
        raise TroubleError("malformed") from None
    digest = hashlib.sha256(f"{request.method} {request.url.path}\n".encode() + raw).hexdigest()
    try:
        return operation.body.model_validate_json(raw), digest
    except ValidationError as error:
        if any(e["type"] == "json_invalid" for e in error.errors(include_input=False)):
            raise TroubleError("malformed") from None
        raise TroubleError("invalid", errors=_wrong(error, operation.body)) from None


def _wrong(error: ValidationError, model: type[BaseModel]) -> list[Wrong]:
    """What is wrong, without what was sent: neither values nor names that nobody knows."""
    found = []
    for e in error.errors(include_url=False, include_input=False, include_context=False):
        unknown = e["type"] == "extra_forbidden"
        place = e["loc"][:-1] if unknown else e["loc"]
        at = "".join(f"/{step}" for step in place if isinstance(step, int) or step.isidentifier())
        known = ", ".join(model.model_fields) or "none"
        found.append(
            Wrong(at=at or "/", detail=f"unknown; known: {known}" if unknown else e["msg"])
        )
    return found[:20]


def _revision(request: Request) -> int | None:
    """The revision that was looked at; None for whichever it has (RFC 9110 13.1.1).

    An empty header is no "whichever": it is a program's mistake, and would act blindly.
    """
    told = request.headers.get("if-match", "*").strip()
    found = _ETAG.fullmatch(told)
    if found is None:
        raise TroubleError("invalid", errors=[Wrong(at="If-Match", detail="is no ETag of a hold")])
    return int(found[1]) if found[1] else None


def _key(request: Request) -> str:
    """The request's own key, perhaps in quotes (RFC 8941 3.3.3); "" where it has none."""
    told = request.headers.get("idempotency-key")
    if told is None:
        return ""
    found = _KEY.fullmatch(told.strip())
    if found is None:
        raise TroubleError("invalid", errors=[Wrong(at="Idempotency-Key", detail="is no key")])
    return found[1]


def _language(request: Request) -> str:
    """English, unless the request prefers another language of ours."""
    wished = words.preferred(request.headers.get("accept-language", ""))
    return wished if wished in languages() else "en"


# ------------------------------------------------------------------ for anybody


def _described(here: Room, base: str) -> _Endpoint:
    told = document(here.settings, base)

    async def described(request: Request) -> Response:
        return JSONResponse(told)

    return described


def _explained(base: str) -> _Endpoint:
    """Say what a kind of trouble means: what its ``type`` leads to."""

    async def explained(request: Request) -> Response:
        kind, lang = request.path_params["kind"], _language(request)
        if kind not in problems.KINDS:
            return refusal(request, 404, base)
        told = {
            "type": f"{base}/problems/{kind}",
            "status": problems.KINDS[kind],
            "title": problems.title(kind, lang),
            "next": problems.todo(kind, lang),
        }
        return JSONResponse(told, headers={"Content-Language": lang})

    return explained
