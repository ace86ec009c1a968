"""The store's verbs on accounts: people, sessions, second factors, tickets, tokens, attempts.

Answers: ``AccountVerbs``, which ``Store`` is built on; each verb is one transaction with its
audit entry, and what it wrote is on the disk when it returns.
Trusts: the caller to have checked passwords and codes; neither comes here.
Fails: ``UsageError``, ``NotFoundError`` as the verbs say; ``StoreError``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from gateway.store import accounts, api_tokens, attempts, factors, sessions, tickets
from gateway.store.accounts import User
from gateway.store.api_tokens import Account, ApiToken
from gateway.store.mail_path import MailPath
from gateway.store.rights import Right, Role
from gateway.store.sessions import Session, SignIn
from gateway.store.tickets import Kind, Ticket


class AccountVerbs(MailPath):
    """Accounts of one store."""

    # -------------------------------------------------------------- people

    async def add_user(self, user: User, password_hash: str, *, actor: str) -> None:
        """Make an account, or grant a disabled one anew.

        Args:
            password_hash: what a password is checked against; never the password. "" for an
                account that single sign-on or a link opens first.
            actor: who does it, for the audit log.
        """
        async with self._database.write() as connection:
            await accounts.add(connection, self._post(), user, password_hash, actor)

    async def users(self) -> list[User]:
        """Return all accounts, disabled ones too, by name."""
        async with self._database.read() as connection:
            return await accounts.everybody(connection)

    async def user(self, name: str) -> User:
        """Return one account, or raise ``NotFoundError``."""
        async with self._database.read() as connection:
            return await accounts.one(connection, name)

    async def lapsing_users(self) -> list[User]:
        """Return the accounts that lapse within 30 days, the soonest in front."""
        now = self._clock()
        found = [u for u in await self.users() if u.state(now) == "lapsing"]
        return sorted(found, key=lambda u: u.granted_until or now)

    async def user_of_subject(self, subject: str) -> User | None:
        """Return the account that is tied to a person at the identity provider."""
        async with self._database.read() as connection:
            return await accounts.of_subject(connection, subject)

    async def tie_user(self, name: str, subject: str) -> bool:
        """Tie an account that nothing opens yet to a person at the identity provider."""
        async with self._database.write() as connection:
            return await accounts.tie(connection, self._post(), name, subject)

    async def disable_user(self, name: str, *, actor: str) -> None:
        """Close an account and end all that opens it, or raise ``NotFoundError``."""
        async with self._database.write() as connection:
            await accounts.disable(connection, self._post(), name, actor)

    async def enable_user(self, name: str, *, actor: str) -> None:
        """Open a closed account again, or raise ``NotFoundError``."""
        async with self._database.write() as connection:
            await accounts.enable(connection, self._post(), name, actor)

    async def grant_user(self, name: str, until: datetime, *, actor: str) -> None:
        """Let an account go on until then, a year at most."""
        async with self._database.write() as connection:
            await accounts.grant(connection, self._post(), name, until, actor)

    async def assign_user(
        self,
        name: str,
        *,
        actor: str,
        role: Role | None = None,
        departments: Sequence[str] | None = None,
    ) -> None:
        """Give an account another role or other departments; its sessions and tokens end."""
        async with self._database.write() as connection:
            post = self._post()
            await accounts.assign(connection, post, name, actor, role=role, departments=departments)

    async def identify_user(
        self,
        name: str,
        *,
        actor: str,
        person: str | None = None,
        addresses: Sequence[str] | None = None,
    ) -> None:
        """Say whose an account is, for four eyes; None leaves as it is."""
        async with self._database.write() as connection:
            post = self._post()
            await accounts.identify(
                connection, post, name, actor, person=person, addresses=addresses
            )

    async def password_hash(self, name: str) -> str | None:
        """Return what a password is checked against; None where nobody can sign in."""
        async with self._database.read() as connection:
            return await accounts.password_hash(connection, self._clock(), name)

    async def set_password(self, name: str, password_hash: str, *, actor: str) -> None:
        """Put another password in; every session of the account ends."""
        async with self._database.write() as connection:
            await accounts.set_password(connection, self._post(), name, password_hash, actor)

    async def note_sign_in(self, name: str, action: str, client: str) -> None:
        """Record a sign-in that failed or was locked out; an unknown name is not kept."""
        async with self._database.write() as connection:
            known = [u.name for u in await accounts.everybody(connection) if u.name == name]
            about = f"user:{known[0]}" if known else "user:unknown"
            await accounts.record(
                connection, self._post(), "anonymous", action, about, client=client
            )

    # -------------------------------------------------------------- sessions

    async def open_session(
        self, name: str, lasts: timedelta, how: SignIn | None = None
    ) -> str | None:
        """Sign an account in for at most ``lasts``; return the token for the browser.

        None when the account was closed since its password was checked.
        """
        async with self._database.write() as connection:
            return await sessions.start(connection, self._post(), name, lasts, how or SignIn())

    async def session(self, token: str, idle: timedelta) -> Session | None:
        """Return the session that a token opens; None when it is over, idle or unknown."""
        now = self._clock()
        async with self._database.read() as connection:
            found = await sessions.find(connection, now, token, idle)
        if found is not None and found.seen_at <= now - sessions.SEEN_EVERY:
            async with self._database.write() as connection:
                await sessions.seen(connection, now, token)
        return found

    async def renew_session(self, token: str, proved_by: tuple[str, ...]) -> str | None:
        """Put a new token in the old one's place: the person proved who they are again."""
        async with self._database.write() as connection:
            return await sessions.renew(connection, self._post(), token, proved_by)

    async def sessions_of(self, name: str, idle: timedelta) -> list[Session]:
        """Return an account's sessions, the one used last in front."""
        async with self._database.read() as connection:
            return await sessions.of_user(connection, self._clock(), name, idle)

    async def close_session(self, token: str) -> None:
        """End a session; nothing happens where there is none."""
        async with self._database.write() as connection:
            await sessions.close(connection, self._post(), token)

    async def end_sessions(self, name: str, session_id: str | None = None, *, actor: str) -> int:
        """End one session of an account by its id, or all; return how many ended."""
        async with self._database.write() as connection:
            return await sessions.end(connection, self._post(), name, session_id, actor)

    # -------------------------------------------------------------- second factors

    async def enrol(self, name: str, secret: bytes, step: int, codes: Iterable[str]) -> None:
        """Put a sealed second factor in; ``step`` of it is used with that."""
        async with self._database.write() as connection:
            await factors.enrol(connection, self._post(), name, secret, step, codes)

    async def factor_secret(self, name: str) -> bytes | None:
        """Return the sealed secret of an account's second factor."""
        async with self._database.read() as connection:
            return await factors.secret_of(connection, name)

    async def take_step(self, name: str, step: int) -> bool:
        """Use a time step; False when it, or a later one, was used before."""
        async with self._database.write() as connection:
            return await factors.take_step(connection, name, step)

    async def take_recovery_code(self, name: str, code: str) -> bool:
        """Use a recovery code up; False when it is none of theirs."""
        async with self._database.write() as connection:
            return await factors.take_code(connection, self._post(), name, code)

    async def renew_recovery_codes(self, name: str, codes: Iterable[str]) -> None:
        """Put new recovery codes in the place of the old ones."""
        async with self._database.write() as connection:
            await factors.renew_codes(connection, self._post(), name, codes)

    async def recovery_codes_left(self, name: str) -> int:
        """Return how many recovery codes an account has."""
        async with self._database.read() as connection:
            return await factors.codes_left(connection, name)

    async def reset_factor(self, name: str, *, actor: str) -> None:
        """Take a second factor away; the person enrols a new one."""
        async with self._database.write() as connection:
            await factors.reset(connection, self._post(), name, actor)

    # -------------------------------------------------------------- tickets and attempts

    async def issue_ticket(self, kind: Kind, lasts: timedelta, ticket: Ticket) -> str:
        """Make a ticket; return its token."""
        async with self._database.write() as connection:
            return await tickets.issue(connection, self._clock(), kind, lasts, ticket)

    async def issue_first_ticket(self, lasts: timedelta) -> str | None:
        """Make the ticket for the first administrator; None once there is an account."""
        async with self._database.write() as connection:
            return await tickets.issue_first(connection, self._post(), lasts)

    async def ticket(self, kind: Kind, token: str) -> Ticket | None:
        """Return what a ticket opens, and leave it good."""
        async with self._database.read() as connection:
            return await tickets.look(connection, self._clock(), kind, token)

    async def spend_ticket(self, kind: Kind, token: str) -> bool:
        """Use a ticket up; False when somebody was first, or it was none."""
        async with self._database.write() as connection:
            return await tickets.spend(connection, self._clock(), kind, token)

    async def begin_with(self, token: str, user: User, password_hash: str) -> bool:
        """Make the first administrator with the link's ticket; False when it is none."""
        async with self._database.write() as connection:
            post = self._post()
            if not await tickets.spend(connection, post.now, Kind.FIRST, token):
                return False
            if await accounts.everybody(connection):
                return False
            await accounts.add(connection, post, user, password_hash, "first-link")
            return True

    async def count_attempt(self, bucket: str, window: timedelta) -> int:
        """Add an attempt; return how many there were since its window began."""
        async with self._database.write() as connection:
            return await attempts.count(connection, self._clock(), bucket, window)

    async def forget_attempts(self, bucket: str, address: str) -> None:
        """Begin an account's count anew, and count one less for the address."""
        async with self._database.write() as connection:
            await attempts.forget(connection, bucket)
            await attempts.take_back(connection, address)

    # -------------------------------------------------------------- tokens for programs

    async def make_token(
        self, name: str, label: str, scope: Iterable[Right], lasts: timedelta
    ) -> str:
        """Make a token for a program; return it, for the one time it is shown."""
        async with self._database.write() as connection:
            return await api_tokens.make(connection, self._post(), name, label, scope, lasts)

    async def account_of_token(self, token: str) -> Account | None:
        """Return whom a token speaks for; None when it opens nothing."""
        now = self._clock()
        async with self._database.read() as connection:
            found = await api_tokens.find(connection, now, token)
        if found is None:
            return None
        account, due = found
        if due:
            async with self._database.write() as connection:
                await api_tokens.used(connection, now, account.token_id)
        return account

    async def tokens(self, name: str | None = None) -> list[ApiToken]:
        """Return the tokens of an account, or of all, oldest first."""
        async with self._database.read() as connection:
            return await api_tokens.listed(connection, name)

    async def revoke_token(self, token_id: str, *, actor: str, name: str | None = None) -> None:
        """End a token at once, or raise ``NotFoundError``."""
        async with self._database.write() as connection:
            await api_tokens.revoke(connection, self._post(), token_id, actor, name)
