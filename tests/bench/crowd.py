"""How many requests `list_replies` makes for a team of 5,000 leads: `python -m tests.bench.crowd`."""

import copy
import logging
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

import anyio

from lofty_sandbox.records import Email, Text
from lofty_sandbox.sandbox import Sandbox
from lofty_sandbox.world import timeline_id
from lofty_tools.inbox import list_replies
from tests.tools.desk import BEN
from tests.tools.reading import reading

LEADS = 5_000
SEARCH = "/v2.0/communication/agent"
_FIRST_ID = 480213577900000
_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Week:
    """What a team's week is like."""

    name: str
    mailings: int
    """Automatic emails to each lead; a third of them are opened, which is a row too."""
    texts: int
    """Texts that leads wrote, each of another lead; nine of ten were answered by a person."""


WEEKS = (
    Week("quiet", mailings=0, texts=100),
    Week("usual", mailings=1, texts=600),
    Week("busy", mailings=3, texts=2_500),
)


@dataclass(frozen=True)
class Asked:
    """What one call made of a week."""

    rows: int
    shown: int
    more: int
    searches: int
    others: int
    whole: bool
    """Whether all of the week was read."""

    @property
    def requests(self) -> int:
        return self.searches + self.others


def crowded(week: Week, *, rate_limit: int) -> tuple[Sandbox, int]:
    """Return an account with 5,000 leads after such a week, and how many rows its searches have."""
    sandbox = Sandbox(frozen=True, rate_limit=rate_limit)
    data, now = sandbox.world.data, sandbox.clock.now()
    model = data.leads[int(BEN)]
    for lead_id, _ in list(data.leads.items()):
        for kept in (data.texts, data.emails, data.calls, data.logs):
            kept.pop(lead_id, None)
    rows = 0
    for number in range(LEADS - len(data.leads)):
        lead_id = _FIRST_ID + number
        data.leads[lead_id] = copy.deepcopy(model) | {"leadId": lead_id, "lastName": f"Example {number}"}
        emails: list[Email] = []
        for mailing in range(week.mailings):
            sent = now - _WEEK * (mailing + 1) / (week.mailings + 1) + timedelta(seconds=number % 3_600)
            emails.append(_email(lead_id, sent, data.next_serial()))
            if number % 3 == 0:
                opened = sent + timedelta(hours=2)
                emails.append(_email(lead_id, opened, data.next_serial(), opened=True))
        texts: list[Text] = []
        if number < week.texts:
            wrote = now - timedelta(minutes=15) - _WEEK * 0.98 * number / week.texts
            texts.append(_text(lead_id, wrote, data.next_serial(), "Is it still for sale?", inbound=True))
            if number % 10:
                texts.append(_text(lead_id, wrote + timedelta(minutes=9), data.next_serial(), "It is.", inbound=False))
        data.emails[lead_id], data.texts[lead_id] = emails, texts
        rows += len(emails) + len(texts)
    return sandbox, rows


def _email(lead_id: int, at: datetime, serial: int, *, opened: bool = False) -> Email:
    return Email(
        timeline_id=timeline_id(at, serial),
        lead_id=lead_id,
        at=at,
        visible_at=at,
        direction="Outbound",
        kind="Auto",
        subject="New listings near you",
        event="Opened" if opened else "Sent",
    )


def _text(lead_id: int, at: datetime, serial: int, content: str, *, inbound: bool) -> Text:
    return Text(
        timeline_id=timeline_id(at, serial),
        lead_id=lead_id,
        at=at,
        visible_at=at,
        direction="Inbound" if inbound else "Outbound",
        kind="Manual",
        content=content,
    )


async def asked(week: Week, *, limit: int = 10, rate_limit: int = 100) -> Asked:
    """Call `list_replies` once, under the rate limit of Lofty's development tier unless told."""
    sandbox, rows = crowded(week, rate_limit=rate_limit)
    async with reading(sandbox, list_replies) as it:
        await it.deps.lofty.dialect()
        before = len(sandbox.requests)
        result, text = await it.call("list_replies", limit=limit)
        made = Counter(each.path if each.path == SEARCH else "lead" for each in sandbox.requests[before:])
    return Asked(
        rows=rows,
        shown=len(result["leads"]),
        more=result.get("more", 0),
        searches=made[SEARCH],
        others=made["lead"],
        whole="more than could be read" not in text and "rate limit" not in text,
    )


async def _print() -> None:
    sys.stdout.write("| week | rows | leads that wait | searches | other reads | requests |\n")
    sys.stdout.write("| --- | --- | --- | --- | --- | --- |\n")
    for week in WEEKS:
        found = await asked(week)
        waiting = found.shown + found.more
        sys.stdout.write(
            f"| {week.name} | {found.rows:,} | {waiting:,} | {found.searches} | {found.others} | {found.requests} |\n"
        )


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    anyio.run(_print)
