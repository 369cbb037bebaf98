"""The agent, the team, and Lofty's own AI assistant."""

from starlette.responses import JSONResponse, Response

from lofty_sandbox.answers import Ask, RefusalError, Routes, bad_limit, metadata
from lofty_sandbox.records import Json
from lofty_sandbox.world import AGENT_ID, World

TEAM_ID = 480213577000900
ASSISTED_LEAD_ID = 480213577100018

_MEMBERS: tuple[Json, ...] = (
    {
        "id": 213577,
        "memberUserId": AGENT_ID,
        "role": 2,
        "roleName": "Agent",
        "isAdmin": False,
        "email": "alex.morgan@example.com",
        "firstName": "Alex",
        "lastName": "Morgan",
        "phoneNumber": "+12125550142",
        "virtualNumber": "+12125550100",
    },
    {
        "id": 213578,
        "memberUserId": 480213577000002,
        "role": 1,
        "roleName": "Company Owner",
        "isAdmin": True,
        "email": "denise.whitlock@example.com",
        "firstName": "Denise",
        "lastName": "Whitlock",
        "phoneNumber": "+12125550143",
        "virtualNumber": "+12125550144",
    },
    {
        "id": 213579,
        "memberUserId": 480213577000003,
        "role": 3,
        "roleName": "Assistant",
        "isAdmin": False,
        "email": "teo.ramos@example.com",
        "firstName": "Teo",
        "lastName": "Ramos",
        "phoneNumber": "+12125550145",
        "virtualNumber": "",
    },
)


def get_me(ask: Ask) -> Response:
    """The key's owner; the short id is not the one that leads are assigned to."""
    return JSONResponse(_render(ask.world, _MEMBERS[ask.world.user]))


def list_members(ask: Ask) -> Response:
    """The team."""
    limit, start = ask.number("limit", 25), max(0, ask.number("offset", 0))
    if not 1 <= limit <= 100:
        raise bad_limit(1, 100)
    paging = metadata(ask.world, "members", limit=limit, offset=start, total=len(_MEMBERS))
    return JSONResponse(paging | {"members": [_render(ask.world, one) for one in _MEMBERS[start : start + limit]]})


def get_sales_agent(ask: Ask) -> Response:
    """The AI assistant that works a lead; one lead has one."""
    if ask.queried_lead() != ASSISTED_LEAD_ID:
        raise RefusalError(404, 20007, "Sales agent not exist")
    return JSONResponse(
        {
            "id": 480213577000801,
            "userId": AGENT_ID,
            "agentName": "Alex Morgan",
            "assistantName": "Robin",
            "virtualNumber": "+12125550100",
            "virtualNumberCountry": "US",
            "email": "alex.morgan@example.com",
            "status": "ACTIVE",
            "hasQuotaSeat": True,
            "borrowLevel": "SELF",
        }
    )


def get_working_lead(ask: Ask) -> Response:
    """Whether the AI assistant works a lead: the lead in brief, or false."""
    lead_id = ask.lead()
    if lead_id != ASSISTED_LEAD_ID:
        return JSONResponse(content=False)
    lead = ask.world.data.leads[lead_id]
    return JSONResponse(
        {
            "leadId": lead_id,
            "firstName": lead["firstName"],
            "lastName": lead["lastName"],
            "email": next(iter(lead["emails"]), ""),
            "phone": next(iter(lead["phones"]), ""),
        }
    )


def mute_assistant(ask: Ask) -> Response:
    """Tell the AI assistant to leave a lead alone."""
    ask.world.muted.add(ask.lead())
    return JSONResponse({"message": "success"})


def get_mute_status(ask: Ask) -> Response:
    """Whether the AI assistant was told to leave a lead alone: a boolean in a string."""
    return JSONResponse({"data": {"mute": "true" if ask.queried_lead() in ask.world.muted else "false"}})


def _render(world: World, member: Json) -> Json:
    leads = [lead for lead in world.data.leads.values() if lead["assignedUserId"] == member["memberUserId"]]
    return member | {
        "teamId": TEAM_ID,
        "virtualNumber": member["virtualNumber"] if world.quirks.virtual_number else "",
        "timeZoneId": "America/New_York",
        "firstLetter": member["lastName"][0],
        "status": 1,
        "accountStatus": "ACTIVE",
        "newLeadCount": sum(lead["stage"] == "New" for lead in leads),
        "assignedLeadCount": len(leads),
        "groupId": 0,
        "groupName": "",
    }


ROUTES: Routes = {
    ("GET", "/v1.0/me"): get_me,
    ("GET", "/v1.0/members"): list_members,
    ("GET", "/v2.0/sales-agents/by-lead"): get_sales_agent,
    ("GET", "/v2.0/sales-agents/working-lead/{lead_id}"): get_working_lead,
    ("PUT", "/v2.0/sales-agents/working-lead/{lead_id}/mute"): mute_assistant,
    ("GET", "/v2.0/sales-agent/lead/mute-status"): get_mute_status,
}
