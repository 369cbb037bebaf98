"""The switch that stops all sending of one account, in every process at once."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select

from lofty_crm.outbox import journal
from lofty_crm.outbox.message import Approver
from lofty_crm.outbox.states import State
from lofty_crm.outbox.tables import stops

_STOP = select(stops.c.stopped_by).where(stops.c.account == bindparam("account"))


def is_stopped(connection: Connection, account: str) -> bool:
    """Return whether nothing may leave."""
    return stopped_by(connection, account) is not None


def stopped_by(connection: Connection, account: str) -> Approver | None:
    """Return by what channel all sending was stopped; None when it was not."""
    found = connection.execute(_STOP, {"account": account}).scalar()
    return Approver(found) if found else None


def stop(connection: Connection, account: str, *, by: Approver, now: datetime) -> None:
    """Stop all sending; what was approved and has not left needs a new approval, whenever sending resumes."""
    if is_stopped(connection, account):
        return
    connection.execute(insert(stops).values(account=account, stopped_at=now, stopped_by=by))
    journal.note(connection, account, "", "stopped", now, {"by": by})
    step_back_all(connection, account, now=now, reason="all sending was stopped; a person has to approve it again")


def resume(connection: Connection, account: str, *, by: Approver, now: datetime) -> None:
    """Let approvals be given and messages leave again; no earlier approval counts any more."""
    if connection.execute(delete(stops).where(stops.c.account == account)).rowcount:
        journal.note(connection, account, "", "resumed", now, {"by": by})


def step_back_all(connection: Connection, account: str, *, now: datetime, reason: str) -> None:
    """Take back every approval that has not been used."""
    for message in journal.listing(connection, account, states={State.APPROVED}):
        journal.step(connection, message, State.PENDING, now=now, detail={"reason": reason}, reason=reason)
