// The TypeScript client of the newest protocol: lists, reads, and answers the question about a send.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

const how = JSON.parse(process.argv[2]);
const asked = [];
const client = new Client(
  { name: "lofty-mcp-tests", version: "1" },
  { capabilities: { elicitation: { form: {} } }, versionNegotiation: { mode: how.mode } },
);
client.setRequestHandler("elicitation/create", async ({ params }) => {
  asked.push(params.message);
  return { action: how.action, ...(how.action === "accept" && { content: { confirm: true } }) };
});
const transport = how.url
  ? new StreamableHTTPClientTransport(new URL(how.url), {
      requestInit: { headers: { Authorization: `Bearer ${how.token}` } },
    })
  : new StdioClientTransport({ command: how.command, args: how.args, env: how.env });
await client.connect(transport);
const { tools } = await client.listTools();
const found = await client.callTool({ name: "find_leads", arguments: { query: "Jane" } });
const sent = await client.callTool({ name: "send_sms", arguments: how.text });
const protocol = client.getNegotiatedProtocolVersion?.();
await client.close();
console.log(
  JSON.stringify({
    protocol,
    asked,
    tools: tools.map((tool) => tool.name),
    found: JSON.stringify(found.content),
    sent: JSON.stringify(sent),
  }),
);
