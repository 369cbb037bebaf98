"""The typed client of Lofty, in both dialects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from lofty_crm.api import assistant, history, leads, parse, records, timeline
from lofty_crm.api import fields as f
from lofty_crm.api.dialect import Dialect
from lofty_crm.api.errors import NoEndpointError
from lofty_crm.api.models import Channel
from lofty_crm.api.payloads import task_payload
from lofty_crm.api.remembered import Remembered
from lofty_crm.api.transport import Request, Transport, path_of

if TYPE_CHECKING:
    from datetime import datetime

    import httpx

    from lofty_crm.api.config import ApiConfig
    from lofty_crm.api.limiter import Limits
    from lofty_crm.api.models import (
        Activity,
        Call,
        CallSummary,
        CommunicationPage,
        Email,
        Lead,
        ManualLog,
        Member,
        Note,
        OutsideContact,
        SendReceipt,
        SiteActivity,
        Task,
        Text,
    )
    from lofty_crm.clock import Clock


class Lofty:
    """A Lofty account.

    Reads may be repeated, writes never are. Every method raises a `LoftyError` of `lofty_crm.api.errors`, and a
    `ValueError` for an id that is none, before any request. One with an endpoint that the account's dialect does
    not have raises `NoEndpointError`.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        config: ApiConfig,
        *,
        clock: Clock,
        send_http: httpx.AsyncClient | None = None,
    ) -> None:
        """Make a client. It owns neither HTTP client.

        Args:
            http: carries everything but sends.
            config: where Lofty is, and who asks.
            clock: for the rate limit, and waits that Lofty gives as a date.
            send_http: carries sends; without keep-alive, so that each runs on a fresh connection. `http` when None.
        """
        self.config = config
        self.remembered = Remembered()
        self._clock = clock
        self._transport = Transport(http, config, clock, send_http)
        self._dialect = None if config.dialect == "auto" else config.dialect
        self._dialect_lock = anyio.Lock()

    @property
    def account(self) -> str:
        """The account's stable, opaque key."""
        return self.config.account

    @property
    def limits(self) -> Limits | None:
        """What Lofty last said of its rate limit; None before the first answer that does."""
        return self._transport.limiter.limits

    @property
    def spare(self) -> float:
        """Which part of the budget of requests is unused now, from 0 to 1, by all processes of this account here."""
        return self._transport.limiter.spare()

    async def dialect(self) -> Dialect:
        """Return the account's dialect; in `auto`, find it out once, by a read.

        The guide names no `/v1.0/me`. Any other failure of that read tells nothing, and is raised and not remembered.
        """
        if self._dialect is None:
            async with self._dialect_lock:
                if self._dialect is None:
                    self._dialect = await self._find_dialect()
        return self._dialect

    async def _find_dialect(self) -> Dialect:
        try:
            await self.me()
        except NoEndpointError:
            return Dialect.GUIDE
        return Dialect.REFERENCE

    async def leads(self, query: str, *, limit: int = 10) -> tuple[list[Lead], int | None]:
        """Return leads by name, phone or email, at most 100, and how many there are in all if Lofty says so."""
        return await leads.find(self._transport, query, limit=limit)

    async def recent_leads(self, *, limit: int) -> list[Lead]:
        """Return the leads that were in touch last, at most 100, the latest first."""
        return await leads.recent(self._transport, limit=limit)

    async def lead(self, lead_id: str) -> Lead:
        """Return one lead."""
        lead = await leads.fetch(self._transport, lead_id)
        self.remembered.lead(lead)
        return lead

    async def activities(
        self, lead_id: str, *, limit: int = 100, after: str | None = None, time_zone: str | None = None
    ) -> list[Activity]:
        """Return the oldest timeline entries, oldest first, or those after an id."""
        return await timeline.activities(self._transport, lead_id, limit=limit, after=after, time_zone=time_zone)

    async def timeline_texts(self, lead_id: str) -> list[Text]:
        """Return all texts of a lead's timeline, where there is no history of texts; `texts` has more of each."""
        texts = await timeline.texts(self._transport, lead_id)
        self.remembered.texts(lead_id, texts)
        return texts

    async def site_activity(self, lead_id: str, *, page: int = 0) -> list[SiteActivity]:
        """Return a page of 100 of what a lead did on the website, newest first; the first page is 0."""
        return await timeline.site_activity(self._transport, lead_id, page=page)

    async def texts(self, lead_id: str, *, limit: int = 100, offset: int = 0) -> list[Text]:
        """Return a lead's texts, at most 1,000, in Lofty's order, which no source states."""
        texts = await history.texts(self._transport, lead_id, limit=limit, offset=offset)
        self.remembered.texts(lead_id, texts, more=offset > 0)
        return texts

    async def emails(self, lead_id: str, *, limit: int = 100, offset: int = 0) -> list[Email]:
        """Return a lead's email events, at most 1,000, in Lofty's order, which no source states."""
        return await history.emails(self._transport, lead_id, limit=limit, offset=offset)

    async def calls(self, lead_id: str, *, limit: int = 100, offset: int = 0) -> list[Call]:
        """Return a lead's calls, at most 1,000, in Lofty's order, which no source states."""
        return self._known(await history.calls(self._transport, lead_id, limit=limit, offset=offset, v2=False))

    async def calls_v2(self, lead_id: str, *, limit: int = 100, offset: int = 0) -> list[Call]:
        """Return a lead's calls from v2: in the guide dialect with transcript, summary and recording link."""
        return self._known(await history.calls(self._transport, lead_id, limit=limit, offset=offset, v2=True))

    def _known(self, calls: list[Call]) -> list[Call]:
        self.remembered.calls(calls)
        return calls

    async def call(self, call_id: str) -> Call:
        """Return one call."""
        return await history.call(self._transport, call_id)

    async def recording_url(self, call_id: str) -> str | None:
        """Return a link to a call's recording, valid for one hour; None when there is no recording."""
        return await history.recording_url(self._transport, call_id)

    async def call_summary(self, recording_id: str) -> CallSummary | None:
        """Return the AI summary of a recording; None when Lofty has none."""
        found = await history.call_summary(self._transport, recording_id)
        if found:
            self.remembered.call_summary(recording_id, found)
        return found

    async def generate_call_summary(self, recording_id: str, *, lead_id: str) -> None:
        """Ask Lofty's AI to summarise a recording; the result comes later."""
        await history.generate_call_summary(self._transport, recording_id, lead_id=lead_id)

    async def search_communications(
        self, *, since: datetime, until: datetime, limit: int = 100, cursor: str | None = None
    ) -> CommunicationPage:
        """Return a page of the communications of all the agent's leads, at most 90 days back from `until`.

        Row order is not documented. A page may hold fewer rows than `limit`, even none, and still name a next one.
        """
        return await history.search(self._transport, since=since, until=until, limit=limit, cursor=cursor)

    async def notes(self, lead_id: str) -> list[Note]:
        """Return all notes on a lead, in no promised order."""
        return await records.notes(self._transport, lead_id)

    async def note(self, note_id: str) -> Note:
        """Return one note."""
        return await records.note(self._transport, note_id)

    async def create_note(self, lead_id: str, *, content: str, pinned: bool) -> str:
        """Write a note; return its id. `ValueError` for blank content or more than 2,000 characters."""
        return await records.create_note(self._transport, lead_id, content=content, pinned=pinned)

    async def update_note(self, note_id: str, *, lead_id: str, content: str, pinned: bool) -> None:
        """Change a note. `ValueError` for blank content or more than 2,000 characters."""
        await records.update_note(self._transport, note_id, lead_id=lead_id, content=content, pinned=pinned)

    async def delete_note(self, note_id: str) -> None:
        """Delete a note."""
        await records.delete_note(self._transport, note_id)

    async def log_contact(self, lead_id: str, contact: OutsideContact) -> str | None:
        """Log a contact that happened outside Lofty; return the log's id when Lofty gives one.

        Raises:
            ValueError: for blank content or more than 5,000 characters, an outcome that Lofty does not know, or, in
                the reference dialect, a call without a phone.
        """
        dialect = await self.dialect()
        return await records.log_contact(self._transport, lead_id, contact, dialect=dialect, now=self._clock.now())

    async def manual_logs(self, lead_id: str, channel: Channel, *, limit: int = 100) -> list[ManualLog]:
        """Return the contacts of one channel that were logged by hand, newest first."""
        return await records.manual_logs(self._transport, lead_id, channel, limit=limit)

    async def post_message(self, channel: Channel, payload: bytes) -> SendReceipt:
        """Send exactly these bytes, once: never repeated, never redirected, within the total deadline.

        The receipt's `destination` is empty when Lofty does not name one.

        Raises:
            NotConnectedError, RateLimitedError, NoCredentialError: Lofty did not act.
            RefusedError, CredentialError: Lofty said no.
            ServerError, NoAnswerError, BrokenAnswerError: Lofty may have sent it.
        """
        kind = {Channel.SMS: "sms", Channel.EMAIL: "email"}[channel]
        request = Request("POST", path_of("v1.0", "message", kind, "send"), "lead", body=payload)
        return parse.receipt(f.row_of(await self._transport.send(request)))

    async def create_task(self, lead_id: str, *, kind: str, content: str, due_at: datetime, time_zone: str) -> str:
        """Create a follow-up for the agent; return its id.

        Args:
            lead_id: the lead's id.
            kind: Other, Call, Email, Text or Appointment.
            content: what to do.
            due_at: an aware time.
            time_zone: the IANA zone to show it in.
        """
        body = task_payload(lead_id, kind=kind, content=content, due_at=due_at, time_zone=time_zone)
        return await records.create_task(self._transport, body)

    async def tasks(self, lead_id: str) -> list[Task]:
        """Return a lead's follow-ups."""
        return await records.tasks(self._transport, lead_id)

    async def sales_assistant_works(self, lead_id: str) -> bool:
        """Return whether Lofty's own sales assistant is working a lead and was not muted for it."""
        return await assistant.works(self._transport, lead_id)

    async def me(self) -> Member:
        """Return the credential's owner."""
        return await records.me(self._transport)

    async def members(self) -> list[Member]:
        """Return the users of the team that this user may see, the first 500."""
        return await records.members(self._transport)
