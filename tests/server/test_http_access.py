"""Whom the server lets in over HTTP."""

from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from lofty_mcp.access import IssuedTokens, SharedToken
from tests.server.command import run
from tests.server.issuer import Issuer, issuing
from tests.server.over_http import client, served

pytestmark = pytest.mark.anyio

TOKEN = "5550100-5550101-5550102-5550103-5550104"
ISSUER = "https://issuer.example.com/tenant"
HERE = "https://lofty.example.com/mcp"
ALL_INTERFACES = ("--host", "0.0.0.0")  # noqa: S104 -- what a container listens on


class Keys:
    """An issuer's published keys, answered without a network, and how often they were asked for."""

    def __init__(self, **keys: Any) -> None:
        self.keys = keys
        self.metadata = {"issuer": ISSUER, "jwks_uri": "https://issuer.example.com/keys"}
        self.asked: list[str] = []
        self.now = 1000.0

    def http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        if str(request.url) == self.metadata["jwks_uri"]:
            return httpx.Response(200, json={"keys": [public(key, name) for name, key in self.keys.items()]})
        if request.url.path == "/.well-known/oauth-authorization-server/tenant":
            return httpx.Response(200, json=self.metadata)
        return httpx.Response(404)

    def verifier(self) -> IssuedTokens:
        return IssuedTokens(issuer=ISSUER, audience=HERE, http=self.http, now=lambda: self.now)


def public(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, name: str) -> dict[str, Any]:
    if isinstance(key, rsa.RSAPrivateKey):
        told = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        return {**told, "kid": name, "alg": "RS256", "use": "sig"}
    return {**ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": name, "use": "sig"}


FIRST = rsa.generate_private_key(public_exponent=65537, key_size=2048)
SECOND = ec.generate_private_key(ec.SECP256R1())
LONG_AGO, FAR_OFF = 1_000_000_000, 9_000_000_000
CLAIMS: dict[str, Any] = {"iss": ISSUER, "aud": HERE, "sub": "agent-7", "exp": FAR_OFF, "scope": "lofty openid"}


def signed(key: Any = FIRST, *, kid: str | None = "first", algorithm: str = "RS256", **claims: Any) -> str:
    told = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not None}
    return jwt.encode(told, key, algorithm=algorithm, headers={"kid": kid} if kid else None)


async def test_a_token_of_the_issuer_for_this_server_says_who_and_what() -> None:
    token = signed(client_id="assistant")
    found = await Keys(first=FIRST).verifier().verify_token(token)
    assert found is not None
    assert (found.subject, found.client_id, found.scopes) == ("agent-7", "assistant", ["lofty", "openid"])
    assert found.claims == {"iss": ISSUER}


@pytest.mark.parametrize("scp", [["lofty"], "lofty"])
async def test_scopes_are_read_as_either_kind_of_issuer_writes_them(scp: object) -> None:
    found = await Keys(first=FIRST).verifier().verify_token(signed(scope=None, scp=scp))
    assert found is not None
    assert found.scopes == ["lofty"]


@pytest.mark.parametrize(
    "token",
    [
        signed(exp=LONG_AGO),
        signed(exp=None),
        signed(nbf=FAR_OFF),
        signed(iss="https://other.example.com"),
        signed(iss=ISSUER + "/"),
        signed(iss=None),
        signed(aud="https://other.example.com/mcp"),
        signed(aud=None),
        signed(sub=None),
        signed(kid="unknown"),
        signed(kid=None),
        signed(rsa.generate_private_key(public_exponent=65537, key_size=2048)),
        signed(SECOND, algorithm="ES256"),
        signed("", algorithm="none"),
        signed("k" * 64, algorithm="HS256"),
        signed() + "x",
        "5550100-a-key-of-lofty",
        "",
    ],
)
async def test_any_other_token_is_refused(token: str) -> None:
    verifier = Keys(first=FIRST).verifier()
    assert await verifier.verify_token(signed()) is not None
    assert await verifier.verify_token(token) is None


async def test_keys_that_the_issuer_changed_are_read_again_but_not_for_every_forgery() -> None:
    keys = Keys(first=FIRST)
    verifier = keys.verifier()
    assert await verifier.verify_token(signed()) is not None
    keys.keys = {"second": SECOND}
    renewed = signed(SECOND, kid="second", algorithm="ES256")
    asked = len(keys.asked)
    for number in range(20):
        assert await verifier.verify_token(signed(kid=f"forged-{number}")) is None
    assert len(keys.asked) == asked
    keys.now += 61
    assert await verifier.verify_token(renewed) is not None
    assert await verifier.verify_token(signed()) is None


async def test_metadata_that_names_another_issuer_or_keys_in_the_clear_is_not_believed() -> None:
    for wrong in ({"issuer": "https://other.example.com"}, {"jwks_uri": "http://issuer.example.com/keys"}):
        keys = Keys(first=FIRST)
        keys.metadata.update(wrong)
        verifier = keys.verifier()
        assert not await verifier.ready()
        assert await verifier.verify_token(signed()) is None


async def test_metadata_is_also_found_where_openid_connect_puts_it() -> None:
    keys = Keys(first=FIRST)
    keys.metadata["issuer"] = "nobody"
    await keys.verifier().ready()
    assert keys.asked == [
        "https://issuer.example.com/.well-known/oauth-authorization-server/tenant",
        "https://issuer.example.com/tenant/.well-known/openid-configuration",
    ]


async def test_the_shared_token_lets_in_and_nothing_else_does() -> None:
    verifier = SharedToken(TOKEN)
    assert await verifier.verify_token(TOKEN) is not None
    for guess in ("", TOKEN[:-1], TOKEN + "0", TOKEN.upper() + " ", "\udcff"):
        assert await verifier.verify_token(guess) is None


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_client_that_shows_the_token_is_served_and_others_learn_nothing(mode: str, tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text(TOKEN + "\n", encoding="utf-8")
    async with served(tmp_path, LOFTY_MCP_HTTP_TOKEN_FILE=str(secret)) as server:
        for wrong in ("", "Bearer", f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN):
            refused = await server.ask(**({"Authorization": wrong} if wrong else {}))
            assert refused.status_code == 401
            assert "lofty" not in refused.text
        async with client(server.url, TOKEN, mode=mode) as connected:
            assert (await connected.list_tools()).tools
        assert (await server.get("/healthz")).status_code == 200
        assert (await server.get("/readyz")).status_code == 200


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "whom to let in"),
        ({"LOFTY_MCP_HTTP_TOKEN": TOKEN}, "LOFTY_MCP_PUBLIC_URL"),
        ({"LOFTY_MCP_PUBLIC_URL": HERE}, "whom to let in"),
        ({"LOFTY_MCP_PUBLIC_URL": HERE, "LOFTY_MCP_HTTP_TOKEN": "short"}, "32 or more"),
        ({"LOFTY_MCP_PUBLIC_URL": "http://lofty.example.com/mcp"}, "an https URL"),
        ({"LOFTY_MCP_HTTP_TOKEN": TOKEN, "LOFTY_MCP_HTTP_ISSUER": ISSUER}, "keep one"),
        ({"LOFTY_MCP_HTTP_ISSUER": ISSUER}, "needs LOFTY_MCP_PUBLIC_URL"),
        ({"LOFTY_MCP_HTTP_ISSUER": "http://issuer.example.com"}, "an https URL"),
        ({"LOFTY_MCP_HTTP_ORIGINS": "https://app.example.com/page"}, "origins such as"),
    ],
)
async def test_other_machines_are_served_only_once_it_is_settled_whom_to_let_in(
    variables: dict[str, str], said: str, tmp_path: Path
) -> None:
    done = run(tmp_path, "serve", "--transport", "http", *ALL_INTERFACES, variables=variables)
    assert done.returncode == 2
    assert said in done.stderr
    assert TOKEN not in done.stderr
    assert done.stderr.count("\n") == 1


async def test_a_token_file_that_cannot_be_read_is_said_in_one_line(tmp_path: Path) -> None:
    gone = {"LOFTY_MCP_HTTP_TOKEN_FILE": str(tmp_path / "gone")}
    done = run(tmp_path, "serve", "--transport", "http", variables=gone)
    assert done.returncode == 1
    assert "LOFTY_MCP_HTTP_TOKEN_FILE" in done.stderr
    assert done.stderr.count("\n") == 1


async def test_the_public_name_and_its_origin_are_accepted_and_no_others(tmp_path: Path) -> None:
    settings = {
        "LOFTY_MCP_PUBLIC_URL": HERE,
        "LOFTY_MCP_HTTP_TOKEN": TOKEN,
        "LOFTY_MCP_HTTP_ORIGINS": "https://app.example.com",
    }
    async with served(tmp_path, *ALL_INTERFACES, **settings) as server:

        async def status(**headers: str) -> int:
            return (await server.ask(Authorization=f"Bearer {TOKEN}", **headers)).status_code

        assert await status(Host="lofty.example.com") == 200
        assert await status(Host="lofty.example.com", Origin="https://lofty.example.com") == 200
        assert await status(Host="lofty.example.com", Origin="https://app.example.com") == 200
        assert await status(Host="lofty.example.com", Origin="http://lofty.example.com") == 403
        assert await status(Host="lofty.example.com", Origin="https://app.example.com.evil.example.com") == 403
        for host in ("lofty.example.com:81", "x.lofty.example.com", "evil.example.com"):
            assert await status(Host=host) == 421


async def test_a_token_of_the_configured_issuer_opens_the_server_and_clients_are_told_where_to_get_one(
    tmp_path: Path,
) -> None:
    async with issuing() as issuer:
        settings = {"LOFTY_MCP_PUBLIC_URL": HERE, "LOFTY_MCP_HTTP_ISSUER": issuer.url}
        async with served(tmp_path, **settings) as server:
            assert (await server.get("/readyz")).json() == {"status": "ready"}
            refused = await server.ask()
            assert refused.status_code == 401
            told = "https://lofty.example.com/.well-known/oauth-protected-resource/mcp"
            assert f'resource_metadata="{told}"' in refused.headers["WWW-Authenticate"]
            metadata = (await server.get("/.well-known/oauth-protected-resource/mcp")).json()
            assert metadata["resource"] == HERE
            assert metadata["authorization_servers"] == [issuer.url]
            assert metadata["scopes_supported"] == ["lofty"]
            for mode in ("auto", "legacy"):
                async with client(server.url, issuer.token(aud=HERE), mode=mode) as connected:
                    assert (await connected.list_tools()).tools
            for wrong, status in (
                (issuer.token(aud="https://other.example.com/mcp"), 401),
                (issuer.token(aud=HERE, exp=LONG_AGO), 401),
                (issuer.token(aud=HERE, scope="openid"), 403),
                (Issuer(issuer.url).token(aud=HERE), 401),
            ):
                assert (await server.ask(Authorization=f"Bearer {wrong}")).status_code == status


async def test_a_public_url_below_a_path_has_its_metadata_where_clients_look_for_it(tmp_path: Path) -> None:
    settings = {"LOFTY_MCP_PUBLIC_URL": "https://crm.example.com/lofty/mcp", "LOFTY_MCP_HTTP_ISSUER": ISSUER}
    async with served(tmp_path, **settings) as server:
        at = "/.well-known/oauth-protected-resource/lofty/mcp"
        assert f'resource_metadata="https://crm.example.com{at}"' in (await server.ask()).headers["WWW-Authenticate"]
        assert (await server.get(at)).json()["resource"] == "https://crm.example.com/lofty/mcp"


async def test_the_server_is_not_ready_while_the_issuers_keys_are_unknown(tmp_path: Path) -> None:
    silent = {"LOFTY_MCP_PUBLIC_URL": HERE, "LOFTY_MCP_HTTP_ISSUER": "http://127.0.0.1:9"}
    async with served(tmp_path, **silent) as server:
        assert (await server.get("/readyz")).status_code == 503
        assert (await server.get("/healthz")).status_code == 200


async def test_one_clients_session_is_unknown_to_another(tmp_path: Path) -> None:
    """D90"""
    async with issuing() as issuer:
        settings = {"LOFTY_MCP_PUBLIC_URL": HERE, "LOFTY_MCP_HTTP_ISSUER": issuer.url}
        async with served(tmp_path, **settings) as server, httpx.AsyncClient(trust_env=False) as http:
            hello = {
                "jsonrpc": "2.0",
                "id": 0,
                "method": "initialize",
                "params": {
                    "protocolVersion": "2025-11-25",
                    "capabilities": {},
                    "clientInfo": {"name": "a", "version": "1"},
                },
            }
            accept = {"Accept": "application/json, text/event-stream"}

            async def post(subject: str, body: dict[str, Any], **headers: str) -> httpx.Response:
                token = {"Authorization": f"Bearer {issuer.token(aud=HERE, sub=subject)}"}
                return await http.post(f"{server.url}/mcp", json=body, headers={**accept, **token, **headers})

            opened = await post("agent-7", hello)
            session = {"Mcp-Session-Id": opened.headers["Mcp-Session-Id"], "MCP-Protocol-Version": "2025-11-25"}
            ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
            assert (await post("agent-7", ping, **session)).status_code == 200
            assert (await post("agent-8", ping, **session)).status_code == 404
