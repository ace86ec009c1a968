"""What the gateway goes by: trusted names, rules, settings; and trying a mail out on them.

Answers: the pages of addresses, policy, settings and help, and the verdict on a mail that was
put into the page. A mail that is tried out is neither sent nor kept, and no digit of it shown.
Trusts: the rules in force. Fails: 413 for a mail that is too large to try here.
"""

from __future__ import annotations

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from gateway.console import words
from gateway.console.forms import dropped
from gateway.console.settings import room
from gateway.console.views import page
from gateway.errors import InspectionError, SekishoError
from gateway.incident import clock_in_japan
from gateway.inspection import is_mail, wrap
from gateway.masking import mask
from gateway.model import Decision, Inspection, MailFacts, RecipientClass
from gateway.pipeline import Rules
from gateway.policy import Policy, Rule, decide, written
from gateway.recipients import judge

LOOKED = 500  # newest incidents that are looked through for look-alikes
MOST_TO = 20  # recipients that a tried mail may name


async def addresses(request: Request) -> Response:
    """Show the names that policy trusts, and the look-alikes that were met."""
    here, rules = room(request), _rules(request)
    met: dict[str, tuple[str, int, str]] = {}
    for record in await here.store.incidents(newest=LOOKED):
        for to in record.destinations:
            if to.recipient_class == RecipientClass.LOOK_ALIKE.value:
                domain = to.address.rpartition("@")[2]
                newest = met.get(domain, (to.resembles, 0, clock_in_japan(record.opened_at)))
                met[domain] = (newest[0], newest[1] + 1, newest[2])
    return page(
        request,
        "addresses.html",
        here="addresses",
        trusted=sorted(rules.policy.trusted, key=lambda t: t.domain) if rules else [],
        today=here.now().astimezone(words.JAPAN).date(),
        soon=here.now().astimezone(words.JAPAN).date() + timedelta(days=60),
        met=sorted(met.items(), key=lambda item: -item[1][1]),
    )


async def policy(request: Request) -> Response:
    """Show the rules in their order."""
    return _policy(request)


async def try_out(request: Request) -> Response:
    """Judge the mail that was put into the page."""
    here, rules = room(request), _rules(request)
    form, name, content = await dropped(request, "mail", here.office.try_bytes)
    if rules is None or here.office.inspect is None:
        return _policy(request, problem="policy-none")
    mail = content if is_mail(content) else wrap(name or "file", content)
    try:
        found = await here.office.inspect(mail, rules)
    except InspectionError:
        return _policy(request, problem="content-unreadable")
    to = tuple(form.one("to").split())[:MOST_TO] or found.headers.recipients[:MOST_TO]
    sender = form.one("from").strip() or next(iter(found.headers.header_from), "")
    return _policy(request, tried=_judged(request, rules, found, sender, to), found=found)


def _judged(
    request: Request, rules: Rules, found: Inspection, sender: str, to: tuple[str, ...]
) -> Decision:
    now = room(request).now()
    today = now.astimezone(words.JAPAN).date()
    recipients = [judge(address, rules.directory, today=today) for address in to]
    facts = MailFacts(sender=sender, inspection=found, header_from=found.headers.header_from)
    return decide(facts, recipients, rules.policy, now)


def _policy(
    request: Request,
    *,
    tried: Decision | None = None,
    found: Inspection | None = None,
    problem: str = "",
) -> Response:
    rules = _rules(request)
    return page(
        request,
        "policy.html",
        here="policy",
        status=200 if not problem else 422,
        rules=_rules_shown(rules.policy) if rules else [],
        version=rules.policy.version if rules else "",
        tried=tried,
        found=found,
        masked=mask,
        problem=problem,
    )


def _rules_shown(policy: Policy) -> list[tuple[Rule, str]]:
    """Each rule with its table as the file has it; an address in it could be a number."""
    return [(r, mask(written(policy.tables.get(r.id, {})))) for r in policy.rules]


async def settings(request: Request) -> Response:
    """Show what is configured, and what a check of it says."""
    office = room(request).office
    return page(
        request,
        "settings.html",
        here="settings",
        problems=office.problems() if office.problems else [],
        settings=office.settings() if office.settings else [],
    )


async def help_page(request: Request) -> Response:
    """Show how to work with the pages."""
    return page(request, "help.html", here="help")


def _rules(request: Request) -> Rules | None:
    read = room(request).office.rules
    try:
        return read() if read is not None else None
    except SekishoError:
        return None
