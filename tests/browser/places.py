"""Every page of the console, from its own table of addresses: who may see it, and where it is.

Answers: ``places``, for whatever goes through all pages: what they cost, whether everybody can
use them, their pictures. A page that is added later is among them without a word here, unless
its address has a part that ``known`` does not name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gateway.console.app import PUBLIC, SIGNED_IN
from gateway.store import Right, Role
from gateway.store.rights import may

NO_PAGE = {
    "/": "leads on to another",
    "/login/code": "leads back to the beginning, without half a sign-in",
    "/login/provider": "leads to the provider",
    "/login/provider/back": "leads on from the provider",
    "/audit/export": "a file",
    "/frame/{hold_id}/{number}": "a part of a mail, in a frame of its own",
    "/holds/{hold_id}/pages/{number}/{page}": "a picture",
}


@dataclass(frozen=True, slots=True)
class Place:
    """One page."""

    label: str  # as a file's name
    path: str
    role: Role | None  # of somebody who may see it; None: whoever comes

    def address(self, lang: str) -> str:
        """The path, in one of the languages."""
        return f"{self.path}{'&' if '?' in self.path else '?'}lang={lang}"


def places(known: Mapping[str, str]) -> Iterator[Place]:
    """Return the place of each page that answers GET.

    Args:
        known: what stands for the parts in braces of the table's addresses.
    """
    for path, _, method in PUBLIC:
        if method == "GET" and path not in NO_PAGE:
            yield Place(_label(path), path + _key(path, known), None)
    for path, _, method, right in SIGNED_IN:
        if method == "GET" and path not in NO_PAGE:
            role = next(r for r in (Role.APPROVER, *Role) if may(r, Right(right)))
            yield Place(_label(path), path.format(**known), role)


def _key(path: str, known: Mapping[str, str]) -> str:
    """What a link has in it; without it there is no page."""
    return f"?key={known['key']}" if path == "/welcome" else ""


def _label(path: str) -> str:
    """``/holds`` and ``/holds/{hold_id}`` as ``holds`` and ``hold``."""
    if path == "/accounts/{name}":
        return "person"  # beside one's own account
    parts = path.strip("/").split("/")
    if parts[-1].startswith("{"):
        return "-".join(parts[:-1]).removesuffix("s")
    return "-".join(p for p in parts if not p.startswith("{"))
