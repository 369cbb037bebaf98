"""Which engine hears a memo, and what the tools get of it."""

import re
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters
from pydantic import SecretStr

from lofty_mcp.settings import Settings
from lofty_mcp.voice.engines import Sphinx, Whisper
from lofty_mcp.voice.folder import MemoFolder, engine
from lofty_mcp.voice.models import folder_of, is_whole
from lofty_mcp.voice.remote import Server
from lofty_sandbox.sandbox import Sandbox
from lofty_tools.dictation import hints
from lofty_tools.failures import Refusal
from tests.server.command import COMMAND, environment, run
from tests.server.voice.hearing import hearing
from tests.server.voice.memos import encoded, spoken
from tests.tools.desk import JANE, MODES, Mode, lofty

pytestmark = pytest.mark.anyio

SERVER = "http://127.0.0.1:9/v1"


async def _unheard(seconds: float, of: float) -> None:
    assert 0 <= seconds <= of


def test_the_engine_is_the_wanted_model_else_the_one_that_is_there_else_pocketsphinx(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path, voice_model="small")
    assert engine(settings) == Sphinx()
    for model in ("base", "small"):
        folder = folder_of(tmp_path, model)
        folder.mkdir(parents=True)
        for name in ("config.json", "model.bin"):
            (folder / name).write_bytes(b"")
        assert not is_whole(folder)
        (folder / "tokenizer.json").write_bytes(b"")
        assert engine(settings) == Whisper(folder)


def test_a_server_that_the_user_configured_hears_them_all(tmp_path: Path) -> None:
    key = SecretStr("secret")
    settings = Settings(state_dir=tmp_path, transcription_url=SERVER, transcription_key=key, transcription_model="m")
    assert engine(settings) == Server(SERVER, "m", key)


def test_the_tool_is_offered_where_a_folder_is_named_and_only_there(tmp_path: Path) -> None:
    without = run(tmp_path, "tools", "--read-only")
    with_folder = run(tmp_path, "tools", "--read-only", variables={"LOFTY_MCP_MEMO_DIR": str(tmp_path)})
    assert "transcribe_memo" not in without.stdout
    assert re.search(r"^transcribe_memo +read +Turn a voice memo", with_folder.stdout, re.MULTILINE)
    assert set(with_folder.stdout.split()) >= set(without.stdout.split())


@pytest.mark.parametrize("mode", MODES)
async def test_a_running_server_hears_a_memo_of_the_folder(mode: Mode, tmp_path: Path) -> None:
    pytest.importorskip("av")
    memo = encoded(spoken(tmp_path), "m4a")
    with hearing(text="Jane loves the house.") as served:
        variables = {"LOFTY_MCP_MEMO_DIR": str(tmp_path), "LOFTY_MCP_TRANSCRIPTION_URL": served.url}
        given = environment(tmp_path, LOFTY_MCP_STATE_DIR=str(tmp_path / "state"), **variables)
        server = StdioServerParameters(command=COMMAND[0], args=[*COMMAND[1:], "--sandbox"], env=given)
        async with Client(server, mode=mode) as client:
            answer = await client.call_tool("transcribe_memo", {"file": memo.name})
    assert not answer.is_error, answer.content
    assert answer.structured_content is not None
    assert answer.structured_content["words"] == "Jane loves the house."
    assert "Jane Hollis" in served.asked[0].fields["prompt"]


async def test_the_names_and_streets_of_the_latest_leads_are_hints(sandbox: Sandbox) -> None:
    async with lofty(sandbox) as crm:
        names = await hints(crm)
        first = await hints(crm, await crm.lead(JANE))
    assert {"Jane Hollis", "Elena Garcia", "Grace Lindqvist", "NE Hazelfern Pl"} <= set(names)
    assert first[:2] == ["Jane Hollis", "Marion St"]
    assert len(first) == len(set(first)) == len(names)
    assert not any(any(each.isdigit() for each in name.split(" ")[0]) for name in names)


async def test_a_memo_is_heard_without_hints_where_lofty_cannot_be_read(sandbox: Sandbox) -> None:
    sandbox.fail("GET", "/v1.0/leads", "status", status=400, code=20012, times=None)
    async with lofty(sandbox) as crm:
        assert await hints(crm) == []


async def test_the_server_gets_the_hints_and_the_words_come_back(sandbox: Sandbox, tmp_path: Path) -> None:
    pytest.importorskip("av")
    encoded(spoken(tmp_path), "m4a")
    with hearing(text="Jane loves the house.") as served:
        async with lofty(sandbox) as crm:
            settings = Settings(state_dir=tmp_path / "state", transcription_url=served.url)
            said = await MemoFolder(tmp_path, settings, crm).words("memo.m4a", _unheard)
    assert (said.words, said.engine, said.rough) == ("Jane loves the house.", "the server at 127.0.0.1", False)
    assert "Jane Hollis" in served.asked[0].fields["prompt"]
    assert len(served.asked) == 1


async def test_an_engine_that_takes_no_hints_costs_lofty_no_request(sandbox: Sandbox, tmp_path: Path) -> None:
    async with lofty(sandbox) as crm:
        folder = MemoFolder(tmp_path, Settings(state_dir=tmp_path / "state"), crm)
        with pytest.raises(Refusal, match="It holds no memos"):
            await folder.words("memo.m4a", _unheard)
    assert sandbox.requests == []
