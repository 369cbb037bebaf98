"""The memo folder as the tools see it, and which engine hears its memos."""

from pathlib import Path

import anyio

from lofty_crm.api.client import Lofty
from lofty_mcp.settings import Settings
from lofty_mcp.voice.engines import Engine, Sphinx, Whisper
from lofty_mcp.voice.memos import MemoError
from lofty_mcp.voice.models import installed
from lofty_mcp.voice.remote import Server
from lofty_mcp.voice.transcribing import transcribe_in
from lofty_tools.dictation import Dictated, Heard, hints
from lofty_tools.failures import Refusal


def engine(settings: Settings) -> Engine:
    """Return the server that the user configured, else faster-whisper where a model lies, else pocketsphinx."""
    if settings.transcription_url:
        return Server(settings.transcription_url, settings.transcription_model, settings.transcription_key)
    model = installed(settings.state_dir, settings.voice_model)
    return Whisper(model) if model else Sphinx()


class MemoFolder:
    """The folder that the user allowed. One memo is heard at a time: each takes all the machine has."""

    def __init__(self, folder: Path, settings: Settings, lofty: Lofty) -> None:
        self._folder = folder
        self._settings = settings
        self._lofty = lofty
        self._turn = anyio.Lock()

    async def words(self, name: str, heard: Heard) -> Dictated:
        """Turn a memo into words; see `lofty_tools.dictation.Memos`."""
        async with self._turn:
            by = engine(self._settings)
            names = await hints(self._lofty) if by.takes_hints else []
            try:
                return await transcribe_in(self._folder, name, by, hints=names, heard=heard)
            except MemoError as error:
                raise Refusal(str(error)) from None
