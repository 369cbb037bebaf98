"""A transcription server that speaks OpenAI's form, if the user configured one: the memo goes there, nowhere else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import anyio
import anyio.from_thread
import anyio.to_thread
from pydantic import SecretStr

from lofty_mcp.settings import LOOPBACK
from lofty_mcp.voice.decoding import Sound
from lofty_mcp.voice.memos import MemoError

if TYPE_CHECKING:
    from lofty_mcp.voice.engines import Told

CONNECT_S = 10.0
LEAST_S = 300.0
"""Seconds that the server has for a short memo; for a longer one it has as long as the memo lasts."""
LARGEST_WAV = 20_000_000
"""Bytes; OpenAI refuses files over 25 MB (its API reference, read 2026), so that what is larger goes as Opus."""
_LARGEST_ANSWER = 2_000_000
_LONGEST_PROMPT = 600
"""Characters; Whisper reads the last 224 tokens of a prompt (OpenAI's guide, read 2026)."""
_REFUSALS = {
    400: "cannot read the memo, or does not know the model in LOFTY_MCP_TRANSCRIPTION_MODEL",
    401: "does not accept the key in LOFTY_MCP_TRANSCRIPTION_KEY",
    403: "does not accept the key in LOFTY_MCP_TRANSCRIPTION_KEY",
    404: "has no such address or model: check LOFTY_MCP_TRANSCRIPTION_URL and LOFTY_MCP_TRANSCRIPTION_MODEL",
    413: "does not take memos as long as this one",
    429: "has too much to do, or its quota is used up: try again later",
}


@dataclass(frozen=True)
class Server:
    """A server at an address that ends in `/v1`."""

    url: str
    model: str
    key: SecretStr | None = None
    least_s: float = LEAST_S
    largest_wav: int = LARGEST_WAV
    rough: bool = False
    takes_hints: bool = True

    @property
    def name(self) -> str:
        """The server, by its host."""
        return f"the server at {urlsplit(self.url).hostname}"

    async def words(self, sound: Sound, hints: Sequence[str], heard: Told) -> str:
        """Transcribe, in one request that is never redirected and never repeated."""
        kind, content = await anyio.to_thread.run_sync(self._packed, sound)
        fields = {"model": self.model, "response_format": "json"}
        if prompt := _prompt(hints):
            fields["prompt"] = prompt
        try:
            with anyio.fail_after(max(self.least_s, sound.seconds)):
                status, body = await self._post(fields, (f"memo.{kind}", content, f"audio/{kind}"))
        except TimeoutError:
            raise MemoError("The transcription server did not answer in time.") from None
        if status != 200:
            why = _REFUSALS.get(status, "failed, or refused the memo")
            raise MemoError(f"The transcription server {why} (HTTP {status}).")
        try:
            text = json.loads(body)["text"]
        except (ValueError, KeyError, TypeError):
            text = None
        if not isinstance(text, str):
            raise MemoError("The transcription server's answer could not be read.")
        await heard(sound.seconds)
        return text

    def _packed(self, sound: Sound) -> tuple[str, bytes]:
        if len(sound.samples) <= self.largest_wav:
            return "wav", sound.wav()
        return "ogg", sound.opus(go_on=anyio.from_thread.check_cancelled)

    async def _post(self, fields: dict[str, str], memo: tuple[str, bytes, str]) -> tuple[int, bytes]:
        import httpx  # noqa: PLC0415 -- only who configured a server needs it

        headers = {"Authorization": f"Bearer {self.key.get_secret_value()}"} if self.key else {}
        address = f"{self.url.rstrip('/')}/audio/transcriptions"
        client = httpx.AsyncClient(
            timeout=httpx.Timeout(None, connect=CONNECT_S),
            trust_env=urlsplit(self.url).hostname not in LOOPBACK,
            follow_redirects=False,
        )
        try:
            async with (
                client,
                client.stream("POST", address, data=fields, files={"file": memo}, headers=headers) as answer,
            ):
                body = bytearray()
                async for piece in answer.aiter_bytes():
                    body += piece
                    if len(body) > _LARGEST_ANSWER:
                        raise MemoError("The transcription server's answer is too large.")
                return answer.status_code, bytes(body)
        except (httpx.HTTPError, httpx.InvalidURL):
            raise MemoError("The transcription server could not be reached, or broke off.") from None


def _prompt(hints: Sequence[str]) -> str:
    """Return the hints, the likeliest last, since the end of a prompt is what is read."""
    kept: list[str] = []
    room = _LONGEST_PROMPT
    for hint in hints:
        room -= len(hint) + 2
        if room < 0:
            break
        kept.insert(0, hint)
    return ", ".join(kept)
