"""What Lofty answers, and what of it is an error.

Lofty's errors come as `{"code", "message"}`, as `{"message": "BaseApplicationException:errorCode=..,errorMsg=.."}`,
as a bare JSON string and as plain text (seen live and in its documents). The business code tells more than the
status: 400 stands for a refused token, for no permission and for a wrong field alike.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn, cast

from lofty_crm.api.errors import (
    BrokenAnswerError,
    CredentialError,
    LoftyError,
    NoAnswerError,
    NoEndpointError,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    ServerError,
)
from lofty_crm.api.times import retry_wait_s

DEFAULT_WAIT_S = 2.0
_WRAPPED = re.compile(r"errorCode=(\d{1,9}),\s*errorMsg=(.*)", re.DOTALL)
_RATE_LIMIT = re.compile(r"too[ _]many[ _]requests|rate[ _-]?limit", re.IGNORECASE)
_QUOTA = re.compile(r"quota|package|insufficient", re.IGNORECASE)
_NO_ENDPOINT = re.compile(r"api endpoint does not exist", re.IGNORECASE)
_NAMED = re.compile(
    r"(?P<missing>\b(?:USER|LEAD|RESOURCE|TASK)_NOT_(?:EXIST|FOUND)\b|\bPERMISSION_DENIED\b)"
    r"|(?P<credential>\bBAD_CREDENTIALS\b|\bBad credentials\b|\bVENDOR_HAS_NO_PERMISSION\b)"
)
# 20003 user, 20006 lead, 20007 resource, 20017 no permission (which Lofty also says of what does not exist), 200108
_MISSING = frozenset({20003, 20006, 20007, 20017, 200108})
# 200058 the token's user is unknown, 200100 the scope is missing
_CREDENTIAL = frozenset({200058, 200100})
_INTERNAL = 20005


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body as JSON; None for an empty body.

        Raises:
            BrokenAnswerError: when it is not JSON.
        """
        if not self.body.strip():
            return None
        try:
            return json.loads(self.body, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            raise BrokenAnswerError("Lofty's answer could not be read.", status=self.status) from None


@dataclass(frozen=True, slots=True)
class _Complaint:
    code: int | None
    words: str


def raise_for(answer: Answer, *, what: str, now: datetime, acting: bool) -> None:
    """Raise the error that an answer is; return when it is none.

    Args:
        answer: the answer.
        what: what was asked for, as in "no such lead".
        now: the present moment, for waits that Lofty gives as a date.
        acting: whether the request changes something; then a 5xx is never read as a refusal.
    """
    complaint = _complaint(answer)
    if 200 <= answer.status < 300 and complaint.code is None:
        return
    if answer.status >= 500 and (acting or complaint.code is None):
        raise ServerError("Lofty had an error of its own. Try again later.", status=answer.status, code=complaint.code)
    if answer.status == 408:
        raise NoAnswerError("Lofty gave up waiting for the request.", status=408, code=complaint.code)
    raise _refusal(answer, complaint, what=what, now=now)


def _refusal(answer: Answer, complaint: _Complaint, *, what: str, now: datetime) -> LoftyError:  # noqa: PLR0911
    status, code, words = answer.status, complaint.code, complaint.words
    named = _NAMED.search(words)
    kind = named.lastgroup if named else None
    if 429 in {status, code} or (_RATE_LIMIT.search(words) and code not in _MISSING | _CREDENTIAL):
        wait = retry_wait_s(answer.headers, now)
        wait = DEFAULT_WAIT_S if wait is None else wait
        return RateLimitedError(
            "Lofty's rate limit is reached. Wait a little, then try again.", wait_s=wait, status=status, code=code
        )
    if code in _MISSING or (code is None and kind == "missing"):
        return NotFoundError(_missing(what), status=status, code=code)
    if code in _CREDENTIAL or (code is None and (kind == "credential" or status in {401, 403})):
        return CredentialError(
            "Lofty does not accept the credential, or it lacks a permission. `lofty-mcp doctor` tells which.",
            status=status,
            code=code,
        )
    if code == _INTERNAL:
        return ServerError("Lofty had an error of its own. Try again later.", status=status, code=code)
    if status == 405 or (status == 404 and _NO_ENDPOINT.search(words)):
        return NoEndpointError("This Lofty account has no such endpoint.", status=status, code=code)
    if status == 404 and code is None:
        return NotFoundError(_missing(what), status=status)
    if 300 <= status < 400:
        return RefusedError(
            "Lofty answered with a redirect, which is not followed. Check LOFTY_BASE_URL.", status=status
        )
    if _QUOTA.search(words):
        return RefusedError("A quota or package of this Lofty account is used up.", status=status, code=code)
    if status < 200 or status >= 500:
        return ServerError("Lofty had an error of its own. Try again later.", status=status, code=code)
    return RefusedError(f"Lofty refused the request for the {what}.", status=status, code=code)


def _missing(what: str) -> str:
    return f"Lofty has no such {what}, or this user may not see it."


def _complaint(answer: Answer) -> _Complaint:
    text = answer.body[:4096].decode("utf-8", "replace")
    if not text.lstrip().startswith(("{", '"')):
        return _Complaint(None, text)
    try:
        body = answer.json()
    except BrokenAnswerError:
        return _Complaint(None, text)
    if isinstance(body, str):
        return _with_wrapped(None, body)
    fields = cast("dict[str, object]", body)
    status = fields.get("status")
    inner = cast("dict[str, object]", status) if isinstance(status, dict) else {}
    code = _code(fields.get("code", fields.get("errorCode"))) or _code(inner.get("code"))
    words = next(
        (w for w in (fields.get("message"), fields.get("errorMsg"), inner.get("msg")) if isinstance(w, str)), ""
    )
    return _with_wrapped(code, words)


def _with_wrapped(code: int | None, words: str) -> _Complaint:
    wrapped = _WRAPPED.search(words)
    if code is None and wrapped:
        return _Complaint(_code(wrapped[1]), wrapped[2])
    return _Complaint(code, words)


def _code(value: object) -> int | None:
    """Return a business code that says something is wrong: 0 is success, and so is an echo of HTTP's 200."""
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value not in {0, 200} else None


def _refuse_constant(_: str) -> NoReturn:
    raise ValueError("not JSON")
