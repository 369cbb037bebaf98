"""Deleting a note: a person sees it and says yes, under the same rules as a send."""

from typing import Annotated, Any

from mcp.server.mcpserver import Context, Elicit, Resolve

from lofty_crm.api.ids import DecimalId
from lofty_crm.outbox.message import Kind, Message
from lofty_tools.approval import Answer, Confirmation, NotAsked, ask, settle
from lofty_tools.arguments import NoteId
from lofty_tools.deps import deps
from lofty_tools.receipts import Receipt, receipt
from lofty_tools.tool import Effect, tool


async def deletion_draft(lead_id: str, note_id: str, ctx: Context[Any, Any]) -> Message:
    """Find or write the draft of this deletion."""
    return await deps(ctx).outbox.draft(Kind.NOTE_DELETION, lead_id=lead_id, note_id=note_id)


async def ask_about_deletion(
    message: Annotated[Message, Resolve(deletion_draft)], ctx: Context[Any, Any]
) -> NotAsked | Elicit[Confirmation]:
    """Put the question about a deletion."""
    return await ask(message, ctx)


@tool(title="Delete a note", effect=Effect.DELETE, toolset="notes")
async def delete_note(
    lead_id: DecimalId,
    note_id: NoteId,
    ctx: Context[Any, Any],
    message: Annotated[Message, Resolve(deletion_draft)],
    answer: Annotated[Answer, Resolve(ask_about_deletion)],
) -> Receipt:
    """Delete a note, once a person has seen it and agreed; its text is kept.

    Deletes nothing without that yes.
    """
    del lead_id, note_id
    return receipt(await settle(message, answer, ctx), ctx)
