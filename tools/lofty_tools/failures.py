"""The one place where what went wrong becomes words for a model: what happened, what did not, what to do next."""

from typing import Any

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import ValidationError

from lofty_crm.api.errors import (
    BrokenAnswerError,
    ConnectionSetupError,
    LoftyError,
    LoftyFailedError,
    NoAnswerError,
    NotConnectedError,
    NotFoundError,
    RateLimitedError,
    ServerError,
)
from lofty_crm.outbox.message import OutboxError

MOST_PROBLEMS = 8
_MOMENT = "must be a date and time with its offset from UTC, such as 2026-11-17T14:00:00-05:00"
_PROBLEMS = {
    "extra_forbidden": "is not an argument",
    "missing": "is missing",
    "timezone_aware": "needs its offset from UTC, such as 2026-11-17T14:00:00-05:00",
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "datetime_object_invalid": _MOMENT,
    "string_too_short": "is too short",
    "string_pattern_mismatch": "does not have the form of such an id",
    "string_type": "must be a text",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
}
"""Pydantic's types of an error, in plain words."""
_GIVEN_BY = {
    "lead_id": "find_leads",
    "note_id": "list_notes",
    "call_id": "list_calls",
    "message_id": "list_messages",
    "version": "list_notes",
}
"""Where the value of an argument comes from."""


class Refusal(Exception):  # noqa: N818 -- it is an answer, not a fault
    """A tool's own no, with the next step in its text."""


def explain(error: ToolError, *, tool: str, sends: bool, reads: bool, lead_id: object) -> str | None:
    """Return the text for the model, or None when the failure was not foreseen (the SDK then hides it).

    Args:
        error: what the tool ended with.
        tool: its name.
        sends: whether it sends.
        reads: whether it only reads.
        lead_id: the lead that the call was about, if any; an id that was taken when Lofty was asked for it.
    """
    outcome = "" if reads else ("; nothing was sent" if sends else "; nothing was changed")
    cause = error.__cause__
    match cause:
        case ValidationError():
            return f"{_arguments(cause)}{outcome}. Correct the arguments of `{tool}` and call it again."
        case LoftyError():
            return _lofty(cause, outcome=outcome, reads=reads, lead_id=lead_id)
        case Refusal() | OutboxError():
            return str(cause)
        case ToolError():
            return (
                f"The answer to the confirmation could not be read as a yes or a no{outcome}. "
                f"Call `{tool}` again to ask the person once more."
            )
        case _:
            return None


def _arguments(error: ValidationError) -> str:
    problems: list[str] = []
    for item in error.errors(include_url=False, include_input=False):
        name = str(item["loc"][0]) if item["loc"] else "arguments"
        problem = f"`{name}`{_problem(item['type'], item['msg'], item.get('ctx', {}))}"
        if name in _GIVEN_BY and item["type"] != "extra_forbidden":
            problem += f", as `{_GIVEN_BY[name]}` gives it"
        if problem not in problems:  # the branches of a union fail alike
            problems.append(problem)
    more = len(problems) - MOST_PROBLEMS
    return "; ".join(problems[:MOST_PROBLEMS]) + (f"; and {more} more" if more > 0 else "")


def _problem(kind: str, message: str, about: dict[str, Any]) -> str:
    if kind in _PROBLEMS:
        return f" {_PROBLEMS[kind]}"
    match kind:
        case "enum" | "literal_error":
            return f" must be one of: {about['expected']}".replace("'", "`").replace(" or ", ", ")
        case "string_too_long" | "too_long":
            return f" is too long: at most {about['max_length']:,}"
        case "greater_than_equal":
            return f" must be at least {about['ge']:,}"
        case "less_than_equal":
            return f" must be at most {about['le']:,}"
        case _:
            return f": {message.removeprefix('Value error, ')}"


def _lofty(error: LoftyError, *, outcome: str, reads: bool, lead_id: object) -> str:
    said = str(error).rstrip(".")
    match error:
        case NotFoundError() if said.startswith("Lofty has no such lead"):
            named = said.replace("such lead", f"lead {lead_id}", 1) if lead_id else said
            return f"{named}{outcome}. Use `find_leads` to look one up."
        case ConnectionSetupError():
            return f"{said}{outcome}."
        case RateLimitedError():
            return f"Lofty's rate limit is reached{outcome}. Try again in {error.wait_s:.0f} seconds."
        case NotConnectedError():
            return f"{said}{outcome}. Try again in a minute."
        case NoAnswerError() | ServerError() | BrokenAnswerError() if not reads:
            return f"{said}. It is not known whether the change was made: look before you try again."
        case LoftyFailedError():
            return f"{said}. Nothing is wrong with the call: try again in a minute."
        case _:
            return f"{said}{outcome}."
