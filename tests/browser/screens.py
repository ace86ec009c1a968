"""Pictures of every page in both languages: ``python -m tests.browser.screens [DIRECTORY]``.

Answers: small PNGs under docs/screens (or where told), made of seeded mails and no real name.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from gateway.store import Role
from tests.browser.world import chromium, letter, opened, sign_in

PAGES = {
    Role.APPROVER: ("overview", "holds", "incidents", "addresses", "policy", "help"),
    Role.AUDITOR: ("audit",),
    Role.ADMINISTRATOR: ("settings",),
}


async def take(directory: Path, *, dark: bool = False, width: int = 1200) -> None:
    """Take every picture."""
    with tempfile.TemporaryDirectory() as place:
        async with opened(Path(place)) as world, chromium() as browser:
            assert world.settings is not None
            for n in range(3):
                html = "<p>給与の件</p>" if n else ""
                hold = await world.park_mail(letter(html=html), approvers=1 + n)
            for lang in ("ja", "en"):
                for role, names in PAGES.items():
                    user = f"{role.value}-{lang}"
                    await world.user(user, role)
                    scheme = "dark" if dark else "light"
                    size = {"width": width, "height": 800}
                    page = await sign_in(
                        browser, world, user, lang, color_scheme=scheme, viewport=size
                    )
                    more = (f"holds/{hold.hold_id}",) if role is Role.APPROVER else ()
                    for name in (*names, *more):
                        await page.goto(f"{world.settings.url}/{name}?lang={lang}")
                        label = "hold" if name.startswith("holds/") else name
                        await page.screenshot(
                            path=directory / f"{label}-{lang}.png", full_page=True
                        )


if __name__ == "__main__":
    target = Path(sys.argv[1] if sys.argv[1:] else "docs/screens")
    target.mkdir(parents=True, exist_ok=True)
    asyncio.run(take(target))
