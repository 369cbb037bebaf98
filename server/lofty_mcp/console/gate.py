"""What a request has to be before the page looks at it: from this machine's browser, this page and this person."""

from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lofty_mcp.console.keys import Keys

OPEN_PATHS = ("/open/", "/static/")
"""Reached without a session: the link that makes one, and what styles a refusal."""
MAX_FORM = 64 * 1024

_READING = frozenset({"GET", "HEAD"})
_FRAMES = frozenset({"iframe", "frame", "embed", "object", "fencedframe"})
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    # with no-referrer, browsers send forms with the origin `null`
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_REFUSAL = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Not opened</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/static/page.css">
<main class="refusal"><h1>Not opened</h1><p>{why} Nothing was approved, sent or changed.</p></main></html>"""


@dataclass(frozen=True)
class Refused(Exception):  # noqa: N818 -- never leaves the gate
    """A request that goes no further."""

    status: HTTPStatus
    why: str


@dataclass(frozen=True)
class Visit:
    """A request that was let through: whose session it is, and what its form says."""

    session: str = ""
    form: dict[str, str] = field(default_factory=dict[str, str])


class Gate:
    """Refuses, before any routing, whatever is not this page in this person's browser."""

    def __init__(self, app: ASGIApp, *, authority: str, keys: Keys) -> None:
        self._app = app
        self._authority = authority
        self._cookie = cookie_name(authority)
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through with its `Visit` under `scope["visit"]`, or answer it here."""
        if scope["type"] != "http":
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        try:
            visit = await self._examined(scope, receive)
        except Refused as refusal:
            await refusal_page(refusal)(scope, receive, guarded)
            return
        await self._app({**scope, "visit": visit}, receive, guarded)

    async def _examined(self, scope: Scope, receive: Receive) -> Visit:
        headers = Headers(scope=scope)
        reading = scope["method"] in _READING
        self._check_origin(headers, reading=reading)
        session = _cookie(headers, self._cookie)
        if not self._keys.holds(session):
            if reading and scope["path"].startswith(OPEN_PATHS):
                return Visit()
            raise Refused(
                HTTPStatus.UNAUTHORIZED,
                "This browser has not been let in, or its time is over. Run <code>lofty-mcp console</code> in a "
                "terminal: it opens this page with a fresh link, which works once.",
            )
        if reading:
            return Visit(session)
        form = await _form(headers, receive)
        if not self._keys.form_is_ours(session, form.pop("token", "")):
            raise Refused(HTTPStatus.FORBIDDEN, "This form did not come from a page that is open now.")
        return Visit(session, form)

    def _check_origin(self, headers: Headers, *, reading: bool) -> None:
        if headers.getlist("host") != [self._authority]:
            raise Refused(HTTPStatus.MISDIRECTED_REQUEST, "This page answers under its own address only.")
        origins = headers.getlist("origin")
        if origins != [f"http://{self._authority}"] and (origins or not reading):
            raise Refused(HTTPStatus.FORBIDDEN, "The request came from another page.")
        if headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
            # a person who follows a link from elsewhere goes on from here; before, nothing is looked up or shown
            on = ' If you followed a link, <a href="">go on to this page</a>.' if _is_followed(headers) else ""
            raise Refused(HTTPStatus.FORBIDDEN, f"The request came from another site.{on}")
        if headers.get("sec-fetch-dest") in _FRAMES:
            raise Refused(HTTPStatus.FORBIDDEN, "This page does not show inside another.")


def _is_followed(headers: Headers) -> bool:
    return (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == ("navigate", "document")


def refusal_page(refusal: Refused) -> HTMLResponse:
    """Return the page that says why something was refused."""
    return HTMLResponse(_REFUSAL.format(why=refusal.why), status_code=refusal.status)


def cookie_name(authority: str) -> str:
    """Return the cookie's name. Browsers share cookies between ports, and several pages may be open at once."""
    return f"lofty_page_{authority.rpartition(':')[2]}"


def _cookie(headers: Headers, name: str) -> str:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


async def _form(headers: Headers, receive: Receive) -> dict[str, str]:
    if headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The form could not be read.")
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MAX_FORM:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The form is too long.")
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=20))
    except ValueError:
        raise Refused(HTTPStatus.BAD_REQUEST, "The form could not be read.") from None
