"""The notices as configured.

Answers: ``notices_of``. Trusts: a ``Config`` that was loaded without a problem. Fails: never.
"""

from __future__ import annotations

from gateway.config import Config
from gateway.notify.notices import Notices, NotifySettings


def notices_of(config: Config) -> Notices:
    """Build what writes our notices."""
    names = config.organisation.name
    return Notices(
        NotifySettings(
            sender=config.notify_sender,
            handlers=config.notify.handlers,
            languages=config.notify.languages,
            console_url=config.console.url,
            sender_url=config.sender.url,
            internal_domains=config.organisation.domains,
            organisation=names.by_language() if names else {},
            enabled=config.notify.enabled,
        )
    )
