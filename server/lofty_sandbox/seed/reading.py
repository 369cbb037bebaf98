"""From the people in `people/*.toml` and the talk in `transcripts/*.txt` to a world."""

import tomllib
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any

from lofty_sandbox.answers import gmt
from lofty_sandbox.records import Call, Email, Json, ManualLog, Note, SiteActivity, Summary, Task, Text
from lofty_sandbox.seed.portfolio import add_portfolio
from lofty_sandbox.world import AGENT_ID, AGENT_NAME, Seed, timeline_id

FIRST_LEAD_ID = 480213577100000

_LEAD_DEFAULTS: Json = {
    "birthday": None,
    "language": "English",
    "emails": [],
    "phones": [],
    "cannotText": False,
    "cannotCall": False,
    "cannotEmail": False,
    "unsubscription": False,
    "stage": "New",
    "stageId": 1,
    "score": 0,
    "source": "Website",
    "leadSource": -1,
    "leadType": 2,
    "leadTypes": [2],
    "tags": [],
    "groups": None,
    "segments": None,
    "opportunity": None,
    "assignedUserId": AGENT_ID,
    "assignedUser": AGENT_NAME,
    "lenderUserId": 0,
    "teamId": 480213577000900,
    "pondId": 0,
    "pondName": None,
    "ownershipScope": "TEAM",
    "ownershipId": 480213577000900,
    "hiddenFlag": False,
    "privateFlag": False,
    "assignCompletionStatus": True,
    "streetAddress": "",
    "city": "",
    "state": "",
    "zipCode": "",
    "facebook": None,
    "twitter": None,
    "referredBy": None,
    "buyingTimeFrame": None,
    "sellingTimeFrame": None,
    "preQual": "N/A",
    "houseToSell": None,
    "fthb": None,
    "withBuyerAgent": None,
    "mortgage": None,
    "buyHouse": None,
    "withListingAgent": None,
    "leadInquiry": None,
    "leadPropertyList": [],
    "leadFamilyMemberList": None,
    "customAttributes": [],
    "customRoleList": [],
    "trashed": False,
}
_STAGES = ("New", "Attempted", "Contacted", "Hot", "Nurture", "Under contract", "Closed", "Archived")


@cache
def seeded() -> Seed:
    """The seeded world, read once; copy it before changing it."""
    seed = Seed()
    people = resources.files("lofty_sandbox.seed") / "people"
    for file in sorted(people.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            _Person(seed, tomllib.loads(file.read_text(encoding="utf-8"))).add()
    add_portfolio(seed)
    return seed


class _Person:
    """One file: a lead and everything between the lead and the agent."""

    def __init__(self, seed: Seed, source: Json) -> None:
        self._seed = seed
        self._source = source
        self._lead: Json = source["lead"]
        self._id: int = self._lead["leadId"]
        self._number = self._id - FIRST_LEAD_ID

    def add(self) -> None:
        self._seed.leads[self._id] = self._record()
        for name, build in (
            ("texts", self._text),
            ("emails", self._email),
            ("calls", self._call),
            ("logs", self._log),
            ("notes", self._note),
            ("tasks", self._task),
            ("site", self._site),
        ):
            for index, row in enumerate(self._source.get(name, []), start=1):
                build(row, index)

    def _record(self) -> Json:
        given = {name: value for name, value in self._lead.items() if name not in {"created", "visited", "tags"}}
        created, visited = self._lead["created"], self._lead.get("visited")
        phones = given.get("phones", [])
        tags = [
            {"leadId": self._id, "tagId": 480213577700000 + self._number * 100 + at, "tagName": name, "visibleType": 0}
            for at, name in enumerate(self._lead.get("tags", []))
        ]
        times = {
            "createTime": gmt(created),
            "assignTime": gmt(created),
            "lastUpdateTime": gmt(visited or created),
            "lastVisit": gmt(visited) if visited else None,
        }
        record = _LEAD_DEFAULTS | {"leadUserId": self._id + 5000, "phoneStatuses": [2] * len(phones)} | times | given
        return record | {"tags": tags, "stageId": _STAGES.index(record["stage"]) + 1}

    def _entry(self, row: Json) -> dict[str, Any]:
        at: datetime = row["at"]
        return {
            "timeline_id": timeline_id(at, self._seed.next_serial()),
            "lead_id": self._id,
            "at": at,
            "visible_at": at,
            "direction": "Inbound" if row["by"] == "lead" else "Outbound",
            "kind": "Auto" if row["by"] == "auto" else "Manual",
        }

    def _text(self, row: Json, _index: int) -> None:
        text = Text(**self._entry(row), content=row["text"], outcome=row.get("outcome", "Delivered"))
        self._seed.texts.setdefault(self._id, []).append(text)

    def _email(self, row: Json, _index: int) -> None:
        emails = self._seed.emails.setdefault(self._id, [])
        emails.append(Email(**self._entry(row), subject=row["subject"]))
        if opened := row.get("opened"):
            emails.append(Email(**self._entry(row | {"at": opened}), subject=row["subject"], event="Opened"))
        if bounced := row.get("bounced"):
            emails.append(Email(**self._entry(row | {"at": bounced}), subject=row["subject"], event="Bounced"))

    def _call(self, row: Json, index: int) -> None:
        call_id = 480213577200000 + self._number * 100 + index
        call = Call(
            **self._entry(row),
            call_id=call_id,
            dialer_id=400000000000 + self._number * 1000 + index * 10,
            phone=row.get("phone") or f"+1{self._lead['phones'][0]}",
            outcome=row.get("outcome", "Talked"),
            status=row.get("status", "Completed"),
            duration_s=row.get("duration_s", 0),
            ring_s=row.get("ring_s", 8),
            recorded=row.get("recorded", False),
            note=row.get("note", ""),
        )
        self._seed.calls.setdefault(self._id, []).append(call)
        if "state" in row or "transcript" in row:
            self._seed.summaries[call_id] = Summary(
                state=row.get("state"),
                text=_transcript(row["transcript"]) if "transcript" in row else "",
                summary=row.get("summary", ""),
                keywords=tuple(
                    {"content": content, "type": kind, "params": []} for kind, content in row.get("keywords", [])
                ),
                score=row.get("score", 0),
            )

    def _log(self, row: Json, index: int) -> None:
        entry = self._entry(row)
        log = ManualLog(
            log_id=480213577400000 + self._number * 100 + index,
            timeline_id=entry["timeline_id"],
            lead_id=self._id,
            log_type=row["type"],
            content=row["text"],
            created_at=row["at"],
            visible_at=row["at"],
            direction=entry["direction"],
            phone=row.get("phone", ""),
            outcome=row.get("outcome", ""),
            subject=row.get("subject", ""),
        )
        self._seed.logs.setdefault(self._id, []).append(log)

    def _note(self, row: Json, index: int) -> None:
        note_id = 480213577300000 + self._number * 100 + index
        self._seed.notes[note_id] = Note(
            note_id=note_id,
            timeline_id=timeline_id(row["at"], self._seed.next_serial()),
            lead_id=self._id,
            content=row["text"],
            pinned=row.get("pinned", False),
            system=row.get("system", False),
            created_at=row["at"],
            edited_at=row.get("edited", row["at"]),
            visible_at=row["at"],
        )

    def _task(self, row: Json, index: int) -> None:
        task_id = 480213577500000 + self._number * 100 + index
        self._seed.tasks[task_id] = Task(
            task_id=task_id,
            lead_id=self._id,
            kind=row["kind"],
            content=row["text"],
            role="Agent",
            starts_at=None,
            ends_at=row["due"],
            time_zone="America/New_York",
            address=row.get("address", ""),
            created_at=row["at"],
            finished=row.get("finished", False),
        )

    def _site(self, row: Json, _index: int) -> None:
        self._seed.site.setdefault(self._id, []).append(
            SiteActivity(
                lead_id=self._id,
                kind=row["kind"],
                text=row["text"],
                link=row.get("link", "https://homes.example.com/"),
                picture=row.get("picture", ""),
                at=row["at"],
                listing=row.get("listing"),
            )
        )


def _transcript(name: str) -> str:
    file = resources.files("lofty_sandbox.seed") / "transcripts" / name
    return file.read_text(encoding="utf-8").rstrip("\n")
