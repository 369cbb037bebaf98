// The TypeScript client that most hosts still carry: the handshake protocol only.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";

const how = JSON.parse(process.argv[2]);
const asked = [];
const client = new Client({ name: "lofty-mcp-tests", version: "1" }, { capabilities: { elicitation: {} } });
client.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
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
await client.close();
console.log(
  JSON.stringify({
    asked,
    tools: tools.map((tool) => tool.name),
    found: JSON.stringify(found.content),
    sent: JSON.stringify(sent),
  }),
);
