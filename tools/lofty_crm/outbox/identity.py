"""Whose outbox a credential opens: a user's keys, old and new, share one.

Each credential has a key of its own, a hash. The first one of a user that drafts something gives the outbox its name;
later ones of the same user join it. Who the user is, Lofty says (`GET /v1.0/me`): two are the same only if Lofty gives
the same id and the same email address on the same host, so that no two users ever meet. It is asked once, before a
credential's first draft, and decided for good: a credential of which Lofty does not say whose it is, or that has
drafted before, keeps the outbox that it has.
"""

from datetime import datetime
from hashlib import sha256
from urllib.parse import urlsplit

import anyio
from sqlalchemy import Connection, insert, select

from lofty_crm.api.client import Lofty
from lofty_crm.api.errors import LoftyError, RateLimitedError, RefusedError
from lofty_crm.outbox import journal, stopping
from lofty_crm.outbox.tables import identities

PATIENCE_S = 5.0
_FORBIDDEN = 403
"""An app that may not ask whose it is (Lofty's scopes); the credential itself is good."""


def account_of(connection: Connection, key: str) -> str | None:
    """Return the account that a credential's key was found to belong to; None before its first draft."""
    return connection.execute(select(identities.c.account).where(identities.c.key == key)).scalar()


async def user_of(lofty: Lofty) -> str | None:
    """Return a digest of who Lofty says the credential's owner is.

    Returns:
        An empty string when Lofty does not say; None when it cannot be asked now, or does not answer soon.
    """
    with anyio.move_on_after(PATIENCE_S):
        try:
            me = await lofty.me()
        except RateLimitedError:
            return None
        except RefusedError:
            return ""
        except LoftyError as error:
            return "" if error.status == _FORBIDDEN else None
        host = urlsplit(lofty.config.base_url).hostname
        return sha256(f"{host}\0{me.id}\0{me.email}".encode()).hexdigest() if me.email else ""
    return None


def settle(connection: Connection, key: str, user: str, *, now: datetime) -> str:
    """Decide once and for all whose outbox a key opens; a stop that was set with the key goes with it."""
    if known := account_of(connection, key):
        return known
    account = key
    if user and not journal.listing(connection, key, limit=1):
        theirs = select(identities.c.account).where(identities.c.user == user)
        account = connection.execute(theirs.limit(1)).scalar() or key
    connection.execute(insert(identities).values(key=key, user=user or None, account=account))
    by = stopping.stopped_by(connection, key)
    if by and account != key:
        stopping.stop(connection, account, by=by, now=now)
    return account
