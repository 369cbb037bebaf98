"""Fixtures that ask: in the middle of a call in the older protocol, between two calls in the newer one."""

from typing import Any

from mcp import MCPError
from mcp.server.mcpserver import Context
from mcp.types import (
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    CreateMessageRequest,
    CreateMessageRequestParams,
    CreateMessageResult,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequiredResult,
    ListRootsRequest,
    ListRootsResult,
    SamplingMessage,
    TextContent,
)
from pydantic import BaseModel, Field, JsonValue

from tests.clients.judged.checked import Said, shown, spoken

Asked = str | InputRequiredResult


class Person(BaseModel):
    """Who somebody is."""

    username: str = Field(description="User's response")
    email: str = Field(description="User's email address")


class Defaults(BaseModel):
    """One field of each primitive type, with its default."""

    name: str = "John Doe"
    age: int = 30
    score: float = 95.5
    status: str = Field(default="active", json_schema_extra={"enum": ["active", "inactive", "pending"]})
    verified: bool = True


TITLED: list[JsonValue] = [{"const": value, "title": value.title()} for value in ("value1", "value2")]


class Choices(BaseModel):
    """One field of each way to choose."""

    untitled_single: str = Field(alias="untitledSingle", json_schema_extra={"enum": ["option1", "option2", "option3"]})
    titled_single: str = Field(alias="titledSingle", json_schema_extra={"oneOf": TITLED})
    legacy_enum: str = Field(
        alias="legacyEnum", json_schema_extra={"enum": ["opt1", "opt2"], "enumNames": ["Option 1", "Option 2"]}
    )
    untitled_multi: list[str] = Field(
        alias="untitledMulti", json_schema_extra={"items": {"type": "string", "enum": ["option1", "option2"]}}
    )
    titled_multi: list[str] = Field(alias="titledMulti", json_schema_extra={"items": {"anyOf": TITLED}})


async def _ask(ctx: Context[Any], message: str, form: type[BaseModel]) -> Said:
    answer = await ctx.elicit(message, form)
    content = answer.data.model_dump(mode="json") if answer.action == "accept" else {}
    return Said(words=f"Elicitation completed: action={answer.action}, content={content}")


async def elicitation(message: str, ctx: Context[Any]) -> Said:
    """Ask who somebody is."""
    return await _ask(ctx, message, Person)


async def elicitation_sep1034_defaults(ctx: Context[Any]) -> Said:
    """Ask with defaults."""
    return await _ask(ctx, "Please fill this in", Defaults)


async def elicitation_sep1330_enums(ctx: Context[Any]) -> Said:
    """Ask for choices."""
    return await _ask(ctx, "Please choose", Choices)


async def sampling(prompt: str, ctx: Context[Any]) -> Said:
    """Let the client's model write."""
    message = SamplingMessage(role="user", content=TextContent(type="text", text=prompt))
    told = await ctx.session.create_message([message], max_tokens=100)  # pyright: ignore[reportDeprecated] -- the suite judges the older protocol by it
    return Said(words=f"LLM response: {_written(told)}")


async def missing_capability(ctx: Context[Any]) -> Said:
    """Refuse a client without sampling."""
    if ctx.client_capabilities is None or ctx.client_capabilities.sampling is None:
        wanted: dict[str, JsonValue] = {"requiredCapabilities": {"sampling": {}}}
        raise MCPError(MISSING_REQUIRED_CLIENT_CAPABILITY, "This needs sampling", wanted)
    return Said(words="There is sampling.")


def form(message: str, field: str, kind: str = "string") -> ElicitRequest:
    """Return a question with one field."""
    schema = {"type": "object", "properties": {field: {"type": kind}}, "required": [field]}
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))


def _writing(prompt: str, most: int) -> CreateMessageRequest:
    message = SamplingMessage(role="user", content=TextContent(type="text", text=prompt))
    return CreateMessageRequest(params=CreateMessageRequestParams(messages=[message], max_tokens=most))


def _written(told: CreateMessageResult) -> str:
    return told.content.text if isinstance(told.content, TextContent) else ""


def field(ctx: Context[Any], question: str, name: str) -> str | None:
    """Return what a person put into the only field of a form; None as long as nobody has."""
    match (ctx.input_responses or {}).get(question):
        case ElicitResult(action="accept", content=dict() as content) if content.get(name) is not None:
            return str(content[name])
        case _:
            return None


async def input_required_result_elicitation(ctx: Context[Any]) -> Asked:
    """Ask for a name."""
    if name := field(ctx, "user_name", "name"):
        return f"Hello, {name}!"
    return InputRequiredResult(input_requests={"user_name": form("What is your name?", "name")})


async def input_required_result_sampling(ctx: Context[Any]) -> Asked:
    """Let the client's model answer."""
    match (ctx.input_responses or {}).get("capital_question"):
        case CreateMessageResult() as told:
            return _written(told)
        case _:
            question = _writing("What is the capital of France?", 100)
            return InputRequiredResult(input_requests={"capital_question": question})


async def input_required_result_list_roots(ctx: Context[Any]) -> Asked:
    """Ask for the client's folders."""
    match (ctx.input_responses or {}).get("client_roots"):
        case ListRootsResult(roots=roots):
            return ", ".join(str(root.uri) for root in roots)
        case _:
            return InputRequiredResult(input_requests={"client_roots": ListRootsRequest()})


async def input_required_result_request_state(ctx: Context[Any]) -> Asked:
    """Ask, and know its own state again."""
    if ctx.request_state == "asked" and field(ctx, "confirm", "ok"):
        return "state-ok"
    question = form("Please confirm", "ok", "boolean")
    return InputRequiredResult(input_requests={"confirm": question}, request_state="asked")


async def input_required_result_tampered_state(ctx: Context[Any]) -> Asked:
    """Ask, and rely on the seal that our settings put on every state."""
    return await input_required_result_request_state(ctx)


async def input_required_result_multiple_inputs(ctx: Context[Any]) -> Asked:
    """Ask three things at once."""
    answers = ctx.input_responses or {}
    if {"user_name", "greeting", "client_roots"} <= answers.keys():
        return f"All answered: {', '.join(sorted(answers))}"
    return InputRequiredResult(
        input_requests={
            "user_name": form("What is your name?", "name"),
            "greeting": _writing("Generate a greeting", 50),
            "client_roots": ListRootsRequest(),
        },
        request_state="asked",
    )


async def input_required_result_multi_round(ctx: Context[Any]) -> Asked:
    """Ask twice, one after the other."""
    if (color := field(ctx, "step2", "color")) and ctx.request_state:
        return f"{ctx.request_state} likes {color}."
    if name := field(ctx, "step1", "name"):
        question = form("Step 2: What is your favorite color?", "color")
        return InputRequiredResult(input_requests={"step2": question}, request_state=name)
    question = form("Step 1: What is your name?", "name")
    return InputRequiredResult(input_requests={"step1": question}, request_state="step 1")


async def input_required_result_capabilities(ctx: Context[Any]) -> Asked:
    """Ask only what the client can be asked."""
    can = ctx.client_capabilities
    asked: dict[str, ElicitRequest | CreateMessageRequest | ListRootsRequest] = {}
    if can and can.elicitation:
        asked["user_name"] = form("What is your name?", "name")
    if can and can.sampling:
        asked["greeting"] = _writing("Generate a greeting", 50)
    return InputRequiredResult(input_requests=asked) if asked else "There is nobody to ask."


async def streaming_elicitation(ctx: Context[Any]) -> Asked:
    """Ask after a word on how far it has come."""
    await ctx.report_progress(0, 1)
    return await input_required_result_elicitation(ctx)


TOOLS = [
    *map(spoken, (elicitation, elicitation_sep1034_defaults, elicitation_sep1330_enums, sampling, missing_capability)),
    *map(shown, (input_required_result_elicitation, input_required_result_sampling, input_required_result_list_roots)),
    *map(shown, (input_required_result_request_state, input_required_result_tampered_state)),
    *map(shown, (input_required_result_multiple_inputs, input_required_result_multi_round)),
    *map(shown, (input_required_result_capabilities, streaming_elicitation)),
]
