"""Arguments that several tools share; each says which tool supplies its value."""

from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field, WithJsonSchema

from lofty_crm.api.ids import DecimalId, OpaqueId

LeadId = Annotated[DecimalId, Field(description="Lead id from `find_leads`.")]
NoteId = Annotated[OpaqueId, Field(description="Note id from `list_notes`.")]
CallId = Annotated[OpaqueId, Field(description="Call id from `list_calls`.")]
Limit = Annotated[int, Field(ge=1, le=100)]
Cursor = Annotated[str, Field(max_length=512, description="`next_cursor` of the page before.")]


def not_blank(text: str) -> str:
    """Refuse a text of white space alone."""
    if not text.strip():
        raise ValueError("must not be blank")
    return text


def words(limit: int, description: str) -> object:
    """Return the annotation of a text of 1 to `limit` characters that is not blank."""
    return Annotated[str, AfterValidator(not_blank), Field(min_length=1, max_length=limit, description=description)]


Moment = Annotated[AwareDatetime, Field(description="ISO 8601 with offset.")]
OptionalMoment = Annotated[
    AwareDatetime | None,
    WithJsonSchema({"type": "string", "format": "date-time", "description": "ISO 8601 with offset."}),
]
"""A moment that may be left out; a union would double its schema."""
