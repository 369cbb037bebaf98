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
_WRAPPED = re.compile(r"BaseApplicationException:\s*errorCode=(\d{1,9}),\s*errorMsg=(.*)", re.DOTALL)
_RATE_LIMIT = re.compile(r"too[ _]many[ _]requests|rate[ _-]?limit", re.IGNORECASE)
_MISSING_WORDS = re.compile(r"\b(?:(?:USER|LEAD|RESOURCE|TASK)_NOT_(?:EXIST|FOUND)|PERMISSION_DENIED)\b")
_CREDENTIAL_WORDS = re.compile(r"\b(?:BAD_CREDENTIALS|Bad credentials|VENDOR_HAS_NO_PERMISSION)\b")
_NO_ENDPOINT_WORDS = re.compile(r"api endpoint does not exist", re.IGNORECASE)
_QUOTA_WORDS = re.compile(r"quota|package", re.IGNORECASE)
# 20003 user, 20006 lead, 20007 resource, 20017 no permission (which Lofty also says of what does not exist), 200108
_MISSING = frozenset({20003, 20006, 20007, 20017, 200108})
# 200058 the token's user is unknown, 200100 the scope is missing
_CREDENTIAL = frozenset({200058, 200100})
# 20001 content type, 20012 parameter, 20042 limit, 20043 too long, 20049 URL, 200057 address, 200104 offset
_REFUSED = frozenset({20001, 20012, 20042, 20043, 20049, 200057, 200104})
_INTERNAL = 20005
# 4xx by which a server says that it did nothing; others, such as a gateway's 499, leave it open
_DECIDED = frozenset({*range(400, 407), *range(410, 419), 421, 422, 426, 428, 429, 431, 451})
_KNOWN = _MISSING | _CREDENTIAL | _REFUSED | {_INTERNAL}


@dataclass(frozen=True, slots=True, repr=False)
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


@dataclass(frozen=True, slots=True, repr=False)
class _Complaint:
    """An answer's business code and words; the status is the body's own where it names one (`{"code": 401}`)."""

    status: int
    code: int | None = None
    words: str = ""


def raise_for(answer: Answer, *, what: str, now: datetime, acting: bool) -> None:
    """Raise the error that an answer is; return when it is none.

    Args:
        answer: the answer.
        what: what was asked for, as in "no such lead".
        now: the present moment, for waits that Lofty gives as a date.
        acting: whether the request changes something; then a 5xx is never read as a refusal.
    """
    complaint = _complaint(answer)
    status, code = complaint.status, complaint.code
    if 200 <= status < 300 and code is None:
        return
    if acting and 200 <= answer.status < 300 and b'"messageId"' in answer.body:
        raise BrokenAnswerError("Lofty's answer contradicts itself.", status=answer.status, code=code)
    # whatever the body says, a 5xx proves nothing about what was done
    if (acting and answer.status >= 500) or (status >= 500 and (acting or code is None)):
        raise _server_error(complaint)
    if acting and 400 <= answer.status < 500 and answer.status not in _DECIDED and code not in _KNOWN:
        raise NoAnswerError("Lofty did not say what became of the request.", status=answer.status, code=code)
    if _says_rate_limit(complaint):
        wait = retry_wait_s(answer.headers, now)
        raise RateLimitedError(
            "Lofty's rate limit is reached. Wait a little, then try again.",
            wait_s=DEFAULT_WAIT_S if wait is None else wait,
            status=status,
            code=code,
        )
    # a write that was answered below 500 counts as refused, whatever the code says
    if code == _INTERNAL and not acting:
        raise _server_error(complaint)
    raise _by_code(complaint, what) or _by_words(complaint, what) or _by_status(complaint, what)


def _says_rate_limit(complaint: _Complaint) -> bool:
    return complaint.status == 429 or (complaint.code not in _KNOWN and bool(_RATE_LIMIT.search(complaint.words)))


def _by_code(complaint: _Complaint, what: str) -> LoftyError | None:
    status, code = complaint.status, complaint.code
    if code in _MISSING:
        return NotFoundError(_missing(what), status=status, code=code)
    if code in _CREDENTIAL:
        return _credential_error(complaint)
    if code in _REFUSED:
        return RefusedError(f"Lofty refused the request for the {what}.", status=status, code=code)
    return None


def _by_words(complaint: _Complaint, what: str) -> LoftyError | None:
    status, code, words = complaint.status, complaint.code, complaint.words
    if _MISSING_WORDS.search(words):
        return NotFoundError(_missing(what), status=status, code=code)
    if _CREDENTIAL_WORDS.search(words):
        return _credential_error(complaint)
    if status == 404 and _NO_ENDPOINT_WORDS.search(words):
        return NoEndpointError("This Lofty account has no such endpoint.", status=status, code=code)
    if _QUOTA_WORDS.search(words):
        return RefusedError("A quota or package of this Lofty account is used up.", status=status, code=code)
    return None


def _by_status(complaint: _Complaint, what: str) -> LoftyError:
    status, code = complaint.status, complaint.code
    if status in {401, 403}:
        return _credential_error(complaint)
    if status == 404:
        return NotFoundError(_missing(what), status=status, code=code)
    if status == 405:
        return NoEndpointError("This Lofty account has no such endpoint.", status=status, code=code)
    if status == 408:
        return NoAnswerError("Lofty gave up waiting for the request.", status=status, code=code)
    if 300 <= status < 400:
        message = "Lofty answered with a redirect, which is not followed. Check LOFTY_BASE_URL."
        return RefusedError(message, status=status, code=code)
    if status >= 500:
        return _server_error(complaint)
    return RefusedError(f"Lofty refused the request for the {what}.", status=status, code=code)


def _credential_error(complaint: _Complaint) -> CredentialError:
    message = "Lofty does not accept the credential, or it lacks a permission. `lofty-mcp doctor` tells which."
    return CredentialError(message, status=complaint.status, code=complaint.code)


def _server_error(complaint: _Complaint) -> ServerError:
    message = "Lofty had an error of its own. Try again later."
    return ServerError(message, status=complaint.status, code=complaint.code)


def _missing(what: str) -> str:
    return f"Lofty has no such {what}, or this user may not see it."


def _complaint(answer: Answer) -> _Complaint:
    text = answer.body[:4096].decode("utf-8", "replace")
    if not text.lstrip().startswith(("{", '"')):
        return _Complaint(answer.status, words=text)
    try:
        body = answer.json()
    except BrokenAnswerError:
        return _Complaint(answer.status, words=text)
    if isinstance(body, str):
        return _unwrapped(answer.status, None, body)
    fields = cast("dict[str, object]", body)
    status = fields.get("status")
    inner = cast("dict[str, object]", status) if isinstance(status, dict) else {}
    code = _code(fields.get("code", fields.get("errorCode"))) or _code(inner.get("code"))
    words = (fields.get("message"), fields.get("errorMsg"), inner.get("msg"))
    return _unwrapped(answer.status, code, next((said for said in words if isinstance(said, str)), ""))


def _unwrapped(status: int, code: int | None, words: str) -> _Complaint:
    wrapped = _WRAPPED.search(words)
    if code is None and wrapped:
        code, words = _code(wrapped[1]), wrapped[2]
    if code is not None and 300 <= code < 600:
        return _Complaint(code, words=words)
    return _Complaint(status, code, words)


def _code(value: object) -> int | None:
    """Return a business code that says something is wrong: 0 is success, and so is an echo of HTTP's 200."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value):
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value not in {0, 200} else None


def _refuse_constant(_: str) -> NoReturn:
    raise ValueError("not JSON")
