"""One budget of requests for all processes of an account.

Kept in a small SQLite file, since that is what every platform can share between processes: a grant is one short
transaction without fsync (losing the last grants in a power cut is harmless). A busy file is never waited for in the
event loop beyond a few milliseconds; the caller sleeps and asks again. A file that cannot be used is replaced by
memory: Lofty's own 429 still holds.
"""

import sqlite3
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from lofty_crm.api.times import MAX_WAIT_S, reset_s
from lofty_crm.clock import Clock

_T = TypeVar("_T")
WINDOW_S = 60.0
DEFAULT_LIMIT = 100
_MAX_LIMIT = 100_000
_BUSY_TIMEOUT_S = 0.005
_ASK_AGAIN_S = 0.01
_SCHEMA = """
CREATE TABLE IF NOT EXISTS grants (account TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS grants_by_time ON grants (account, at);
CREATE TABLE IF NOT EXISTS budgets (
    account TEXT PRIMARY KEY, allowed INTEGER NOT NULL, remaining INTEGER, until REAL, blocked_until REAL NOT NULL
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Limits:
    """What Lofty last said of its rate limit."""

    limit: int
    remaining: int | None
    reset_s: float | None


@dataclass(slots=True)
class _Budget:
    allowed: int = DEFAULT_LIMIT
    remaining: int | None = None
    until: float = 0.0
    blocked_until: float = 0.0


class Limiter:
    """Paces requests: 100 in any 60 seconds until Lofty's headers teach otherwise.

    Reads leave the last tenth of the budget to writes.
    """

    def __init__(self, account: str, clock: Clock, path: Path | None = None) -> None:
        self._account = account
        self._clock = clock
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._blocked_until = 0.0
        self.limits: Limits | None = None

    def ask(self, *, reserve: bool) -> float:
        """Take one grant: return 0.0 when it is given, else the seconds to wait before asking again.

        Args:
            reserve: whether the last tenth of the budget may be used.
        """
        now = self._clock.now().timestamp()
        try:
            return self._run(lambda db: self._ask(db, now, reserve=reserve))
        except _BusyError:
            return _ASK_AGAIN_S

    def spare(self) -> float:
        """Return which part of the budget is unused now, from 0 to 1; 0 while nothing may be asked."""
        now = self._clock.now().timestamp()
        try:
            return self._run(lambda db: self._spare(db, now))
        except _BusyError:
            return 0.0

    def learn(self, headers: Mapping[str, str]) -> None:
        """Take over what an answer's headers say of limit, remainder and reset."""
        limit = _whole(headers, "x-ratelimit-limit")
        remaining = _whole(headers, "x-ratelimit-remaining")
        if limit is None and remaining is None:
            return
        now = self._clock.now()
        reset = reset_s(headers, now)
        try:
            self._run(lambda db: self._learn(db, now.timestamp(), limit=limit, remaining=remaining, reset=reset))
        except _BusyError:
            return

    def block(self, wait_s: float) -> None:
        """Let no request of this account through for so many seconds, at most 60."""
        until = self._clock.now().timestamp() + min(wait_s, MAX_WAIT_S)
        self._blocked_until = max(self._blocked_until, until)
        try:
            self._run(lambda db: self._block(db, until))
        except _BusyError:
            return

    def _ask(self, db: sqlite3.Connection, now: float, *, reserve: bool) -> float:
        budget = self._budget(db)
        kept_back = 0 if reserve or budget.allowed == 1 else max(1, budget.allowed // 10)
        mine = (self._account, now - WINDOW_S, now + WINDOW_S)
        # a grant from the future was made before the clock was set back
        db.execute("DELETE FROM grants WHERE account = ? AND (at <= ? OR at > ?)", mine)
        (used,) = db.execute("SELECT count(*) FROM grants WHERE account = ?", (self._account,)).fetchone()
        over = used - (budget.allowed - kept_back)
        wait = min(max(budget.blocked_until, self._blocked_until) - now, MAX_WAIT_S)
        known = budget.remaining if now < budget.until <= now + MAX_WAIT_S else None
        if known is not None and known <= kept_back:
            wait = max(wait, budget.until - now)
        if over >= 0:
            query = "SELECT at FROM grants WHERE account = ? ORDER BY at LIMIT 1 OFFSET ?"
            (at,) = db.execute(query, (self._account, over)).fetchone()
            wait = max(wait, at + WINDOW_S - now)
        if wait > 0:
            return wait
        db.execute("INSERT INTO grants VALUES (?, ?)", (self._account, now))
        if known is not None:
            budget.remaining = known - 1
            self._keep(db, budget)
        return 0.0

    def _spare(self, db: sqlite3.Connection, now: float) -> float:
        budget = self._budget(db)
        if max(budget.blocked_until, self._blocked_until) > now:
            return 0.0
        query = "SELECT count(*) FROM grants WHERE account = ? AND at > ? AND at <= ?"
        (used,) = db.execute(query, (self._account, now - WINDOW_S, now + WINDOW_S)).fetchone()
        left = budget.allowed - used
        if budget.remaining is not None and now < budget.until <= now + MAX_WAIT_S:
            left = min(left, budget.remaining)
        return max(0, left) / budget.allowed

    def _learn(
        self, db: sqlite3.Connection, now: float, *, limit: int | None, remaining: int | None, reset: float | None
    ) -> None:
        budget = self._budget(db)
        if limit:
            budget.allowed = min(limit, _MAX_LIMIT)
        if remaining is not None and reset:
            same_window = now < budget.until <= now + MAX_WAIT_S and budget.remaining is not None
            # answers overtake one another: within a window the lowest count is the newest
            budget.remaining = min(remaining, budget.remaining or 0) if same_window else remaining
            budget.until = budget.until if same_window else now + reset
        self._keep(db, budget)
        self.limits = Limits(budget.allowed, remaining, reset)

    def _block(self, db: sqlite3.Connection, until: float) -> None:
        budget = self._budget(db)
        budget.blocked_until = max(budget.blocked_until, until)
        self._keep(db, budget)

    def _budget(self, db: sqlite3.Connection) -> _Budget:
        query = "SELECT allowed, remaining, until, blocked_until FROM budgets WHERE account = ?"
        row = db.execute(query, (self._account,)).fetchone()
        return _Budget(*row) if row else _Budget()

    def _keep(self, db: sqlite3.Connection, budget: _Budget) -> None:
        values = (self._account, budget.allowed, budget.remaining, budget.until, budget.blocked_until)
        db.execute("INSERT OR REPLACE INTO budgets VALUES (?, ?, ?, ?, ?)", values)

    def _run(self, step: Callable[[sqlite3.Connection], _T]) -> _T:
        try:
            return _in_transaction(self._connection or self._open(str(self._path or ":memory:")), step)
        except (sqlite3.Error, OSError) as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                raise _BusyError from None
            return _in_transaction(self._open(":memory:"), step)

    def _open(self, name: str) -> sqlite3.Connection:
        if self._path and name != ":memory:":
            self._path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(name, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = OFF")
            db.executescript(_SCHEMA)
        except sqlite3.Error:
            db.close()
            raise
        weakref.finalize(self, db.close)
        self._connection = db
        return db


class _BusyError(Exception):
    """Another process holds the file just now."""


def _in_transaction(db: sqlite3.Connection, step: Callable[[sqlite3.Connection], _T]) -> _T:
    db.execute("BEGIN IMMEDIATE")
    with db:
        return step(db)


def _whole(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "").strip()
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 10 else None
