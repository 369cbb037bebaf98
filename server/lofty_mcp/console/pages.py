"""The pages, and what a person's answer on them does. Reading changes nothing; forms change."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from lofty_crm.api.client import Lofty
from lofty_crm.api.errors import LoftyError
from lofty_crm.clock import Clock
from lofty_crm.outbox.message import Approver, Kind, Message, OutboxError
from lofty_crm.outbox.outbox import Outbox
from lofty_crm.outbox.states import WAITING, State
from lofty_mcp.console.cards import Card, Cards, card_of
from lofty_mcp.console.gate import Visit
from lofty_mcp.console.history import steps_of
from lofty_mcp.console.outcomes import MOVING, Outcome, outcome_of, seconds_left, title_of
from lofty_mcp.console.people import People, destination_label
from lofty_mcp.console.visible import lines
from lofty_mcp.console.wording import CHANGED, FILTERS, gist_of, heading_of
from lofty_mcp.console.writing import render
from lofty_tools.rendering import ago

LISTED = 100
MAX_REASON = 500


@dataclass(frozen=True)
class Office:
    """What the pages stand on."""

    lofty: Lofty
    outbox: Outbox
    clock: Clock
    zone: ZoneInfo
    sandbox: bool


@dataclass(frozen=True)
class Row:
    """One line of the outbox."""

    message: Message
    title: str
    tone: str
    heading: str
    destination: str
    gist: str
    when: str


class Pages:
    """The handlers of one running page."""

    def __init__(self, office: Office, token_of: Any) -> None:
        self._office = office
        self._outbox = office.outbox
        self._token_of = token_of
        self._cards = Cards(People(office.lofty, office.zone), office.clock)

    async def waiting(self, request: Request) -> Response:
        """Show what waits, the oldest first."""
        messages = await self._outbox.listing({State.PENDING})
        cards = await self._cards.of_all(messages[::-1])
        return await self._page(request, "waiting.html", here="waiting", cards=cards)

    async def outbox(self, request: Request) -> Response:
        """Show what became of messages, the newest first."""
        shown = request.query_params.get("show", "all")
        if shown not in FILTERS:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        states = FILTERS[shown][1]
        found = await self._outbox.listing(states, limit=LISTED + 1)
        filters = [(name, label) for name, (label, _states) in FILTERS.items()]
        rows = [self._row(message) for message in found[:LISTED]]
        more = len(found) > LISTED
        return await self._page(
            request, "outbox.html", here="outbox", rows=rows, filters=filters, shown=shown, more=more
        )

    async def message(self, request: Request) -> Response:
        """Show one message: the question while it waits, else what became of it."""
        return await self._message(request, await self._asked_for(request))

    async def outcome(self, request: Request) -> Response:
        """Say what became of a message, for a page that is open."""
        message = await self._asked_for(request)
        shown = await self._told(message)
        return JSONResponse(
            {
                "mark": _mark(message),
                "title": f"{shown['outcome'].title}: {shown['heading']}",
                "outcome": render("outcome.html", **shown),
                "history": render("history.html", **shown),
                "seconds": shown["seconds"],
                "moving": shown["moving"],
                "waits": message.state is State.APPROVED,
                "back": message.state in {State.PENDING, State.NOT_SEEN},
            }
        )

    async def live(self, request: Request) -> Response:
        """Say whether a page that is open shows what is still so."""
        del request
        return JSONResponse(await self._state())

    async def yes(self, request: Request) -> Response:
        """Take a person's yes to exactly what they were shown."""
        message = await self._asked_for(request)
        if message.state is not State.PENDING or self._office.clock.now() >= message.expires_at:
            return _see(message.id)
        form = _visit(request).form
        card = await self._cards.of(message, anew=True)
        if card.live.moved:
            return await self._message(request, message, card, status=HTTPStatus.CONFLICT, notice=CHANGED)
        message = await self._looked_at_again(message)
        card = card_of(message, card.live, self._office.clock.now())
        if message.state is not State.PENDING:
            return await self._message(request, message, status=HTTPStatus.CONFLICT, notice=CHANGED)
        if (form.get("digest"), form.get("version")) != (message.digest, card.version):
            return await self._message(request, message, card, status=HTTPStatus.CONFLICT, notice=CHANGED)
        reason = form.get("reason", "").strip()
        if message.held and not 0 < len(reason) <= MAX_REASON:
            error = f"A held message needs a reason, of at most {MAX_REASON} characters."
            return await self._message(
                request, message, card, status=HTTPStatus.UNPROCESSABLE_ENTITY, error=error, reason=reason
            )
        if not card.faithful:
            raise OutboxError("The stored message is not what can be sent to this lead; nothing was sent.")
        await self._outbox.approve(message, by=Approver.PAGE, reason=reason)
        return _see(message.id)

    async def no(self, request: Request) -> Response:
        """Take a person's no."""
        message = await self._outbox.reject(await self._asked_for(request), by=Approver.PAGE)
        return _see(message.id)

    async def undo(self, request: Request) -> Response:
        """Take a yes back while the message has not left."""
        message = await self._asked_for(request)
        if message.state is State.APPROVED:
            await self._outbox.cancel(message.id, by=Approver.PAGE)
        return _see(message.id)

    async def again(self, request: Request) -> Response:
        """Write the same words anew, as a message that waits for a yes of its own."""
        reason = _visit(request).form.get("reason", "")[:MAX_REASON]
        message = await self._outbox.again(request.path_params["message_id"], by=Approver.PAGE, reason=reason)
        return _see(message.id)

    async def stop(self, request: Request) -> Response:
        """Stop all sending."""
        del request
        await self._outbox.stop(by=Approver.PAGE)
        return _to("/")

    async def resume(self, request: Request) -> Response:
        """Let messages be approved and sent again."""
        del request
        await self._outbox.resume(by=Approver.PAGE)
        return _to("/")

    async def trouble(self, request: Request, *, status: int, title: str, what: str) -> Response:
        """Show what went wrong."""
        return await self._page(request, "trouble.html", status=status, title=title, what=what)

    async def _asked_for(self, request: Request) -> Message:
        return await self._outbox.get(request.path_params["message_id"])

    async def _looked_at_again(self, message: Message) -> Message:
        """Bring the stored question up to date with Lofty, as the same draft would be if it were asked for now."""
        words = message.words
        if words.kind is Kind.NOTE_DELETION:
            return message
        try:
            await self._outbox.draft(
                words.kind, lead_id=words.lead_id, body=words.body, subject=words.subject, to=words.destination_id
            )
        except LoftyError as error:
            raise OutboxError(f"The lead could not be checked just now ({error}); nothing was sent.") from error
        return await self._outbox.get(message.id)

    async def _message(
        self, request: Request, message: Message, card: Card | None = None, *, status: int = HTTPStatus.OK, **more: Any
    ) -> Response:
        if message.state is State.PENDING and card is None:
            card = await self._cards.of(message)
        shown = await self._told(message)
        following = await self._after(message)
        return await self._page(
            request, "message.html", status=status, card=card, following=following, **{**shown, **more}
        )

    async def _after(self, message: Message) -> Message | None:
        """Return what waits next, the oldest again after the newest."""
        others = [each for each in await self._outbox.listing({State.PENDING}) if each.id != message.id][::-1]
        later = (each for each in others if each.created_at > message.created_at)
        return next(later, others[0] if others else None)

    async def _told(self, message: Message) -> dict[str, Any]:
        now = self._office.clock.now()
        told: Outcome = outcome_of(message, now=now, zone=self._office.zone)
        records = await self._outbox.audit_export()
        repeatable = message.state in {State.SENT, State.NOT_SEEN} and message.words.kind is not Kind.NOTE_DELETION
        return {
            "message": message,
            "mark": _mark(message),
            "heading": heading_of(message),
            "heading_of": heading_of,
            "destination": destination_label(message),
            "lines": lines(message.words.body),
            "outcome": told,
            "steps": steps_of(message.id, records, now=now, zone=self._office.zone),
            "seconds": seconds_left(message, now),
            "verb": "It is deleted" if message.words.kind is Kind.NOTE_DELETION else "It goes out",
            "moving": message.state in MOVING,
            "may_repeat": repeatable and bool(message.words.payload),
            "error": "",
            "reason": "",
        }

    def _row(self, message: Message) -> Row:
        title, tone = title_of(message)
        now = self._office.clock.now()
        return Row(
            message,
            title,
            tone,
            heading_of(message),
            destination_label(message),
            gist_of(message),
            ago(now - message.updated_at),
        )

    async def _state(self) -> dict[str, Any]:
        messages = await self._outbox.listing(WAITING)
        stopped = await self._outbox.stopped()
        marks = [[message.id, _mark(message), message.question] for message in messages]
        stamp = hashlib.sha256(json.dumps([marks, stopped]).encode()).hexdigest()[:16]
        waiting = sum(message.state is State.PENDING for message in messages)
        return {"waiting": waiting, "stopped": stopped, "stamp": stamp}

    async def _page(self, request: Request, template: str, *, status: int = HTTPStatus.OK, **shown: Any) -> Response:
        frame: Mapping[str, Any] = {
            "here": "",
            "notice": "",
            "notice_kind": "alarm",
            "token": self._token_of(_visit(request).session),
            "sandbox": self._office.sandbox,
            **await self._state(),
        }
        return HTMLResponse(render(template, **{**frame, **shown}), status_code=status)


def _visit(request: Request) -> Visit:
    return cast("Visit", request.scope["visit"])


def _mark(message: Message) -> str:
    return f"{message.state.value} {message.updated_at.isoformat()}"


def _see(message_id: str) -> Response:
    return _to(f"/message/{message_id}")


def _to(path: str) -> Response:
    return RedirectResponse(path, status_code=HTTPStatus.SEE_OTHER)
