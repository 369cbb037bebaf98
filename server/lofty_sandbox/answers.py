"""How Lofty says things: its requests as handlers read them, its errors, its five ways to write a time."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from starlette.responses import JSONResponse, PlainTextResponse, Response

from lofty_sandbox.records import Json
from lofty_sandbox.world import World

NO_ENDPOINT = "The requested API endpoint does not exist"

_Row = TypeVar("_Row")
_DIGITS = re.compile(r"[0-9]{1,19}")


class RefusalError(Exception):
    """An answer other than 200.

    Attributes:
        status: The HTTP status.
        code: Lofty's business code, or `None` where it gives none.
        message: Lofty's words.
        wrapped: The body is the `BaseApplicationException` form that endpoints use, rather than the filters' form.
    """

    def __init__(self, status: int, code: int | None, message: str, *, wrapped: bool = True) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.wrapped = wrapped

    def response(self, *, as_string: bool) -> Response:
        """The refusal as Lofty's filters, its endpoints or its specification (`as_string`) would write it."""
        if as_string:
            return JSONResponse(self.message, self.status)
        if self.code is None:
            return JSONResponse({"message": self.message}, self.status)
        if self.wrapped:
            words = f"BaseApplicationException:errorCode={self.code},errorMsg={self.message}"
            return JSONResponse({"message": words}, self.status)
        return JSONResponse({"code": self.code, "message": self.message}, self.status)


def invalid(message: str = "Invalid parameter") -> RefusalError:
    """400 with code 20012; Lofty rarely says what was invalid."""
    return RefusalError(400, 20012, message)


def no_lead() -> RefusalError:
    """404 with code 20006, for a lead that is unknown, trashed or out of reach."""
    return RefusalError(404, 20006, "Lead not exist")


def no_resource() -> RefusalError:
    """404 with code 20007."""
    return RefusalError(404, 20007, "Resource not exist")


def denied() -> RefusalError:
    """400 with code 20017: no access, or no such thing."""
    return RefusalError(400, 20017, "Permission denied")


def bad_limit(low: int, high: int) -> RefusalError:
    """400 with code 20042."""
    return RefusalError(400, 20042, f"Limit must be between {low} and {high}")


def no_endpoint() -> Response:
    """404 for a path that Lofty does not have."""
    return PlainTextResponse(NO_ENDPOINT, 404)


def empty() -> Response:
    """200 without a body, as updates and deletions answer."""
    return Response(status_code=200)


@dataclass(frozen=True)
class Ask:
    """One request, as a handler reads it; `divert_to` is a fault's wrong destination."""

    path: dict[str, str]
    query: dict[str, str]
    body: bytes
    divert_to: str | None = None
    world: World = field(kw_only=True)

    def path_id(self, name: str) -> int:
        """The id in the path."""
        if not _DIGITS.fullmatch(self.path[name]):
            raise invalid()
        return int(self.path[name])

    def lead(self, lead_id: int | None = None, *, with_trash: bool = False) -> int:
        """The id of a lead that exists; by default the one that the path names."""
        wanted = self.path_id("lead_id") if lead_id is None else lead_id
        record = self.world.data.leads.get(wanted)
        if record is None or (record["trashed"] and not with_trash):
            raise no_lead()
        return wanted

    def queried_lead(self) -> int:
        """The id of the lead that the query names."""
        return self.lead(self.number("leadId", 0))

    def number(self, name: str, default: int) -> int:
        """A whole number from the query."""
        value = self.query.get(name, "")
        if value == "":
            return default
        if not re.fullmatch(r"-?[0-9]{1,19}", value):
            raise invalid()
        return int(value)

    def flag(self, name: str) -> bool:
        """A boolean from the query; absent is false."""
        return self.query.get(name, "false").lower() == "true"

    def fields(self) -> Json:
        """The JSON object in the body."""
        try:
            value = json.loads(self.body)
        except ValueError:
            raise invalid() from None
        if not isinstance(value, dict):
            raise invalid()
        return value  # pyright: ignore[reportUnknownVariableType] -- JSON has no narrower type

    def body_lead(self, fields: Json) -> int:
        """The id of the lead that the body names; Lofty takes a number only."""
        value = fields.get("leadId")
        if not isinstance(value, int) or isinstance(value, bool):
            raise invalid()
        return self.lead(value)


def page(ask: Ask, rows: list[_Row], row_id: Callable[[_Row], int], *, size: int = 10, most: int = 1000) -> list[_Row]:
    """The part of `rows` that `currentId`, or else `offset`, and `limit` ask for."""
    limit = ask.number("limit", size)
    if not 1 <= limit <= most:
        raise bad_limit(1, most)
    start = max(0, ask.number("offset", 0))
    if current := ask.number("currentId", 0):
        start = next((at + 1 for at, row in enumerate(rows) if row_id(row) == current), len(rows))
    return rows[start : start + limit]


def metadata(world: World, collection: str, *, limit: int, offset: int, total: int, scroll_id: str = "") -> Json:
    """The paging block of leads, calls and members."""
    block = {"collection": collection, "limit": limit, "offset": offset, "total": total, "scrollId": scroll_id}
    return {world.quirks.metadata_key: block}


def text_field(fields: Json, name: str, *, default: str | None = None) -> str:
    """A string from a body; a required one may not be blank."""
    value: Any = fields.get(name, default)
    if not isinstance(value, str) or (default is None and not value.strip()):
        raise invalid()
    return value


def naive(at: datetime) -> str:
    """`2026-04-22 10:15:00`, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def gmt(at: datetime) -> str:
    """`2026-06-17T16:50:40GMT`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SGMT")


def zulu(at: datetime) -> str:
    """`2026-05-06T14:32:00Z`, the guide's."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def offset(at: datetime, zone: ZoneInfo) -> str:
    """`2026-03-19T10:30:00-07:00`."""
    return at.astimezone(zone).isoformat(timespec="seconds")


def epoch_ms(at: datetime) -> int:
    """Milliseconds since 1970."""
    return int(at.timestamp() * 1000)


Method = Literal["GET", "POST", "PUT", "DELETE"]
Handler = Callable[[Ask], Response]
Routes = dict[tuple[Method, str], Handler]
