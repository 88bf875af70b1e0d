"""`deskhand mail authorize`: somebody agrees in a browser, and a refresh token comes of it."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from adapters.mail.signing_in.device import by_device
from adapters.mail.signing_in.faults import CannotSignIn
from adapters.mail.signing_in.invitation import Invitation
from adapters.mail.signing_in.loopback import by_browser
from adapters.mail.signing_in.settings import LOOPBACK
from bot.config.accounts import Account, accounts
from bot.config.problems import dotted
from bot.config.settings import Settings
from bot.config.tables.oauth import OAuth
from bot.errors import UserError
from bot.operate.terminal import err, line, out
from bot.wiring.signing_in import oauth_settings


def chosen(settings: Settings, options: Sequence[str]) -> tuple[Account, OAuth]:
    """The account that these options name, or the only one there is; UserError says what to type.

    The same oauth is let in once, wherever it stands.
    """
    if len(options) > 1:
        raise UserError("Name one account at a time.")
    known = list(accounts(settings))
    found = [account for account in known if account.option in (options or [account.option])]
    if not found:
        names = ", ".join(account.option for account in known) or "none"
        raise UserError(f"There is no such account. Configured: {names}.")
    made: dict[OAuth, Account] = {}
    for account in found:
        if account.section.oauth is not None:
            made.setdefault(account.section.oauth, account)
    return _only([(account, oauth) for oauth, account in made.items()])


def _only(found: Sequence[tuple[Account, OAuth]]) -> tuple[Account, OAuth]:
    """The one in which somebody can agree."""
    if not found:
        raise UserError("It signs in by a password: oauth is described in docs/operate/mail.md.")
    users = [(account, oauth) for account, oauth in found if not oauth.app_only]
    if not users:
        raise UserError("The app signs in by itself (no refresh_token): nobody has to agree.")
    if len(users) > 1:
        commands = "\n".join(f"  {account.command}" for account, _ in users)
        raise UserError(f"Several accounts sign in with oauth. Name one:\n{commands}")
    return users[0]


async def authorize(
    account: Account,
    oauth: OAuth,
    show: Callable[[Invitation], None],
    wait: timedelta,
    *,
    browser: bool = False,
    port: int = 0,
) -> str:
    """The refresh token, once somebody has agreed; CannotSignIn, TemporaryError.

    A code is entered where the provider has such a page, unless a browser here is wanted.
    """
    settings = oauth_settings(account, oauth)
    if settings.device_url and not browser:
        return await by_device(settings, show, asyncio.sleep, wait)
    if settings.authorize_url:
        return await by_browser(settings, show, wait, port)
    where = f"{dotted(account.keys)}.oauth"
    raise CannotSignIn(
        f"{where} names no page to agree on", "Write its device_url or authorize_url"
    )


def check_place(oauth: OAuth) -> None:
    """See that the token can be written, before anybody agrees; OSError."""
    if oauth.refresh_token_file is not None:
        folder = oauth.refresh_token_file.parent
        if not folder.exists():
            folder.mkdir(mode=0o700, parents=True)
            _give(folder, like=folder.parent)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, "Nothing can be written there", str(folder))


def invite(account: Account) -> Callable[[Invitation], None]:
    """Says on the terminal what a person has to do."""

    def show(invitation: Invitation) -> None:
        user = account.section.username
        minutes = max(1, round(invitation.wait.total_seconds() / 60))
        if invitation.code:
            line(err, "→", f"Open {invitation.address}, enter the code {invitation.code},")
            line(err, " ", f"and sign in as {user}, or as somebody who has full access to it.")
        else:
            line(err, "→", f"Open this address in a browser, and sign in as {user}:")
            out.print(invitation.address, markup=False, highlight=False, soft_wrap=True)
            tunnel = f"ssh -L {invitation.port}:{LOOPBACK}:{invitation.port} …"
            line(err, " ", f"The browser is on another machine? First run there: {tunnel}")
        line(err, " ", f"Waiting, at most {minutes} min; Ctrl+C ends it.")

    return show


def keep(account: Account, oauth: OAuth, token: str) -> None:
    """Write the token where the configuration looks for it, or say where it belongs; OSError."""
    path = oauth.refresh_token_file
    if path is not None:
        keep_token(path, token)
        line(out, "✓", f"The refresh token is in {path}.")
        line(out, " ", "A running service takes it within five minutes; deskhand doctor tries it.")
        return
    line(err, "✓", f"Write this into {dotted(account.keys)}.oauth in place of the old one, and")
    line(err, " ", "start the service again. With refresh_token_file it would be written for you.")
    out.print(f'refresh_token = "{token}"', markup=False, highlight=False, soft_wrap=True)


def keep_token(path: Path, token: str) -> None:
    """Put it in the file, for its owner alone, in place of what was there; OSError."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(token + "\n")
            file.flush()
            os.fsync(file.fileno())
            _give(file.fileno(), like=path if path.exists() else path.parent)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _give(made: Path | int, like: Path) -> None:
    """What root makes here is for the service, which runs as somebody else."""
    if os.geteuid() == 0:
        owner = like.stat()
        os.chown(made, owner.st_uid, owner.st_gid)
