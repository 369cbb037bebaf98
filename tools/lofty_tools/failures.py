"""The one place where what went wrong becomes words for a model: what happened, what did not, what to do next."""

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import ValidationError

from lofty_crm.api.errors import (
    BrokenAnswerError,
    ConnectionSetupError,
    LoftyError,
    LoftyFailedError,
    NoAnswerError,
    NotConnectedError,
    RateLimitedError,
    ServerError,
)
from lofty_crm.outbox.message import OutboxError

MOST_PROBLEMS = 8


class Refusal(Exception):  # noqa: N818 -- it is an answer, not a fault
    """A tool's own no, with the next step in its text."""


def explain(error: ToolError, *, tool: str, sends: bool, reads: bool) -> str | None:
    """Return the text for the model, or None when the failure was not foreseen (the SDK then hides it)."""
    outcome = "" if reads else ("; nothing was sent" if sends else "; nothing was changed")
    cause = error.__cause__
    match cause:
        case ValidationError():
            return f"{_arguments(cause)}{outcome}. Correct the arguments of `{tool}` and call it again."
        case LoftyError():
            return _lofty(cause, outcome=outcome, reads=reads)
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
    for item in error.errors(include_url=False, include_input=False, include_context=False):
        name = ".".join(str(part) for part in item["loc"]) or "arguments"
        match item["type"]:
            case "extra_forbidden":
                problems.append(f"`{name}` is not an argument")
            case "missing":
                problems.append(f"`{name}` is missing")
            case _:
                problems.append(f"`{name}`: {item['msg'].removeprefix('Value error, ')}")
    more = len(problems) - MOST_PROBLEMS
    return "; ".join(problems[:MOST_PROBLEMS]) + (f"; and {more} more" if more > 0 else "")


def _lofty(error: LoftyError, *, outcome: str, reads: bool) -> str:
    said = str(error).rstrip(".")
    match error:
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
