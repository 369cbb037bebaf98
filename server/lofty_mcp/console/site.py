"""The page as one ASGI application: the gate, the routes, the answers to what goes wrong."""

from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from lofty_crm.outbox.message import OutboxClosedError, OutboxError, UnknownMessageError
from lofty_mcp.console.gate import Gate, Refused, cookie_name, refusal_page
from lofty_mcp.console.keys import SESSION_LASTS, Keys
from lofty_mcp.console.pages import Office, Pages
from lofty_mcp.console.writing import static_file

_TYPES = {"page.css": "text/css", "page.js": "text/javascript"}
_MESSAGE = "/message/{message_id}"


def build_site(office: Office, *, authority: str, keys: Keys) -> Gate:
    """Make the page.

    Args:
        office: what it shows and changes.
        authority: the only `host:port` that it answers to.
        keys: who may use it.
    """
    pages = Pages(office, keys.form_token)

    async def enter(request: Request) -> Response:
        session = keys.spend_link(request.path_params["secret"])
        if session is None:
            if request.scope["visit"].session:
                return RedirectResponse("/", status_code=HTTPStatus.SEE_OTHER)
            return refusal_page(Refused(HTTPStatus.UNAUTHORIZED, "This link was used already, or is too old."))
        answer = RedirectResponse("/", status_code=HTTPStatus.SEE_OTHER)
        answer.set_cookie(
            cookie_name(authority),
            session,
            max_age=int(SESSION_LASTS.total_seconds()),
            httponly=True,
            samesite="strict",
        )
        return answer

    async def refused(request: Request, error: Exception) -> Response:
        match error:
            case UnknownMessageError():
                return await pages.trouble(
                    request, status=HTTPStatus.NOT_FOUND, title="No such message", what="It is not in this outbox."
                )
            case OutboxClosedError():
                return HTMLResponse("The outbox cannot be read just now.", status_code=HTTPStatus.SERVICE_UNAVAILABLE)
            case HTTPException(status_code=status, detail=detail):
                return await pages.trouble(request, status=status, title="Nothing here", what=f"{detail}.")
            case _:
                return await pages.trouble(
                    request, status=HTTPStatus.CONFLICT, title="That was not done", what=str(error)
                )

    def reads(path: str, page: Any) -> Route:
        return Route(path, page, methods=["GET"])

    def changes(path: str, page: Any) -> Route:
        return Route(path, page, methods=["POST"])

    site = Starlette(
        routes=[
            reads("/", pages.waiting),
            reads("/outbox", pages.outbox),
            reads(_MESSAGE, pages.message),
            reads(f"{_MESSAGE}/outcome", pages.outcome),
            reads("/live", pages.live),
            reads("/open/{secret}", enter),
            reads("/static/{name}", _static),
            changes(f"{_MESSAGE}/yes", pages.yes),
            changes(f"{_MESSAGE}/no", pages.no),
            changes(f"{_MESSAGE}/undo", pages.undo),
            changes(f"{_MESSAGE}/again", pages.again),
            changes("/stop", pages.stop),
            changes("/resume", pages.resume),
        ],
        exception_handlers={OutboxError: refused, HTTPException: refused},
    )
    return Gate(site, authority=authority, keys=keys)


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _TYPES:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return Response(static_file(name), media_type=_TYPES[name])
