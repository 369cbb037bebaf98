"""Every tool there is, in the order in which they are listed."""

from lofty_tools.calls import get_call_transcript, list_calls
from lofty_tools.deletion import delete_note
from lofty_tools.inbox import list_replies
from lofty_tools.leads import find_leads, get_lead
from lofty_tools.logs import log_call, log_message
from lofty_tools.memos import transcribe_memo
from lofty_tools.messages import cancel_message, get_message, list_messages, send_email, send_sms
from lofty_tools.notes import create_note, list_notes, update_note
from lofty_tools.tasks import create_task
from lofty_tools.timeline import get_timeline
from lofty_tools.tool import ToolSpec
from lofty_tools.transcription import create_transcript

ALL_TOOLS: tuple[ToolSpec, ...] = (
    find_leads,
    get_lead,
    get_timeline,
    send_sms,
    send_email,
    list_messages,
    get_message,
    cancel_message,
    list_notes,
    create_note,
    update_note,
    delete_note,
    log_call,
    log_message,
    list_calls,
    get_call_transcript,
    create_transcript,
    list_replies,
    create_task,
)

MEMO_TOOLS: tuple[ToolSpec, ...] = (transcribe_memo,)
"""Of a toolset that is on where the user named a folder of memos, and only there."""
