"""/v1.0/leads, and what a lead did on the website."""

import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime

from starlette.responses import JSONResponse, Response

from lofty_sandbox.answers import Ask, Routes, bad_limit, epoch_ms, gmt, invalid, metadata
from lofty_sandbox.records import Json, SiteActivity
from lofty_sandbox.world import World

_SITE_KINDS = ("Search", "Browse", "Favorite", "Request", "Submission")
_SITE_PAGE = 100


def list_leads(ask: Ask) -> Response:
    """Search. Unknown parameters change nothing; newest id first unless `sort` says otherwise."""
    limit = ask.number("limit", 25)
    if not 1 <= limit <= 100:
        raise bad_limit(1, 100)
    world = ask.world
    found = [lead for lead in world.data.leads.values() if not lead["trashed"] and _matches(ask, lead)]
    found.sort(key=_sort_key(ask), reverse=ask.query.get("desc", "true").lower() != "false")
    start = int(scroll) if (scroll := ask.query.get("scrollId", "")).isdecimal() else max(0, ask.number("offset", 0))
    shown = found[start : start + limit]
    scroll_id = str(start + limit) if start + limit < len(found) else ""
    paging = metadata(world, "leads", limit=limit, offset=start, total=len(found), scroll_id=scroll_id)
    return JSONResponse(paging | {"leads": [render(world, lead) for lead in shown]})


def get_lead(ask: Ask) -> Response:
    """One lead, wrapped in `lead`."""
    lead_id = ask.lead(with_trash=ask.flag("withTrash"))
    return JSONResponse({"lead": render(ask.world, ask.world.lead(lead_id))})


def list_site_activities(ask: Ask) -> Response:
    """A bare array of website behaviour, newest first, 100 a page."""
    rows = sorted(ask.world.data.site.get(ask.lead(), []), key=lambda row: row.at, reverse=True)
    start = max(0, ask.number("curPage", 0)) * _SITE_PAGE
    return JSONResponse([_render_site(row) for row in rows[start : start + _SITE_PAGE]])


def add_site_activity(ask: Ask) -> Response:
    """Website activity only; an outside call in the guide's form lacks what this requires."""
    lead_id = ask.lead()
    fields = ask.fields()
    created = fields.get("created")
    words = [fields.get(name) for name in ("text", "link", "picture")]
    if fields.get("type") not in _SITE_KINDS or not isinstance(created, int) or None in words:
        raise invalid()
    text, link, picture = (str(word) for word in words)
    at = datetime.fromtimestamp(created / 1000, UTC)
    ask.world.add_site_activity(
        SiteActivity(lead_id=lead_id, kind=fields["type"], text=text, link=link, picture=picture, at=at)
    )
    return JSONResponse({"leadId": lead_id})


def render(world: World, lead: Json) -> Json:
    """A lead as the API shows it: the trash flag stays inside, the last touch is reckoned."""
    shown = {name: value for name, value in lead.items() if name not in {"trashed", "note"}}
    touches = [row.at for row in (*world.texts(lead["leadId"]), *world.calls(lead["leadId"]))]
    touches += [email.at for email in world.emails(lead["leadId"]) if email.event == "Sent"]
    return shown | {"lastTouch": gmt(max(touches)) if touches else None}


def _matches(ask: Ask, lead: Json) -> bool:
    query = ask.query
    precise = ask.flag("preciseSearchFlag")
    names = f"{lead['firstName']} {lead['lastName']}"
    tags = {tag["tagName"].casefold() for tag in lead["tags"]}
    everything = " ".join([names, *lead["emails"], *lead["phones"]])
    tests = [
        _holds(query.get("key"), everything, [names, *lead["emails"], *lead["phones"]], precise=precise),
        _holds(query.get("email"), " ".join(lead["emails"]), lead["emails"], precise=precise),
        _holds(_digits(query.get("phone")), " ".join(lead["phones"]), lead["phones"], precise=precise),
        not query.get("stage") or _fold(query["stage"]) == _fold(lead["stage"]),
        not query.get("assignedUserId") or query["assignedUserId"] == str(lead["assignedUserId"]),
        not query.get("anyTags") or bool(tags & set(query["anyTags"].casefold().split(","))),
        not query.get("allTags") or tags >= set(query["allTags"].casefold().split(",")),
    ]
    return all(tests)


def _holds(wanted: str | None, everything: str, values: list[str], *, precise: bool) -> bool:
    if not wanted:
        return True
    if precise:
        return _fold(wanted) in [_fold(value) for value in values]
    number = _digits(wanted)
    if number and len(number) >= 7 and not any(letter.isalpha() for letter in wanted):
        return number[-10:] in everything
    return all(word in _fold(everything) for word in _fold(wanted).split())


def _sort_key(ask: Ask) -> Callable[[Json], tuple[str, int]]:
    world = ask.world
    sort = ask.query.get("sort", "")

    def newest(lead: Json) -> str:
        lead_id: int = lead["leadId"]
        channels = {
            "LastCall": [world.calls],
            "LastEmail": [world.emails],
            "LastText": [world.texts],
            "LastContact": [world.calls, world.emails, world.texts],
            "Communication": [world.calls, world.emails, world.texts],
        }
        if sort == "CreateTime":
            return lead["createTime"]
        if sort == "LastActivity":
            return lead["lastVisit"] or ""
        firsts = [rows[0].at for read in channels.get(sort, []) if (rows := read(lead_id))]
        return gmt(max(firsts)) if firsts else ""

    return lambda lead: (newest(lead), lead["leadId"])


def _fold(words: str) -> str:
    plain = unicodedata.normalize("NFKD", words.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _digits(value: str | None) -> str | None:
    return "".join(letter for letter in value if letter.isdecimal()) if value else value


def _render_site(row: SiteActivity) -> Json:
    shown: Json = {
        "type": row.kind,
        "text": row.text,
        "link": row.link,
        "picture": row.picture,
        "created": epoch_ms(row.at),
    }
    return shown | ({"listing": row.listing} if row.listing else {})


ROUTES: Routes = {
    ("GET", "/v1.0/leads"): list_leads,
    ("GET", "/v1.0/leads/{lead_id}"): get_lead,
    ("GET", "/v1.0/leads/{lead_id}/activities"): list_site_activities,
    ("POST", "/v1.0/leads/{lead_id}/activity"): add_site_activity,
}
