// The openai client of Node, step by step: `openai_node.mjs STEP MODEL` prints what came of it as one JSON object.
// It finds address and token as its users give them: OPENAI_BASE_URL and OPENAI_API_KEY. AICA_CLIENT: where it lies.
import { createRequire } from "node:module";

const { default: OpenAI } = createRequire(process.env.AICA_CLIENT)("openai");
const client = new OpenAI({ maxRetries: 0, timeout: 30_000 });
const question = [
  { role: "system", content: "Be brief." },
  { role: "user", content: "Weather in Bern?" },
];
const weather = {
  name: "weather",
  description: "The weather of a place.",
  parameters: { type: "object", properties: { place: { type: "string" } }, required: ["place"] },
};
const chatTools = [{ type: "function", function: weather }];

async function streamed(model, more = {}) {
  const stream = await client.chat.completions.create({ model, messages: question, stream: true, ...more });
  const pieces = [];
  const usage = [];
  for await (const chunk of stream) {
    if (chunk.choices.length && chunk.choices[0].delta.content) pieces.push(chunk.choices[0].delta.content);
    if (chunk.usage) usage.push([chunk.usage.prompt_tokens, chunk.usage.completion_tokens]);
  }
  return { text: pieces.join(""), pieces: pieces.length, usage };
}

async function responsesStream(model, more = {}) {
  const stream = await client.responses.create({ model, input: "Weather in Bern?", stream: true, ...more });
  const found = { kinds: [], text: "", thought: "", whole: "" };
  for await (const event of stream) {
    found.kinds.push(event.type);
    if (event.type === "response.output_text.delta") found.text += event.delta;
    if (event.type === "response.reasoning_text.delta") found.thought += event.delta;
    if (event.type === "response.completed") {
      const parts = event.response.output.flatMap((item) => (item.type === "message" ? item.content : []));
      found.whole = parts.map((part) => part.text).join("");
    }
  }
  return found;
}

const steps = {
  async models() {
    const ids = [];
    for await (const one of client.models.list()) ids.push(one.id);
    return { ids };
  },
  async one_model(model) {
    return { id: (await client.models.retrieve(model)).id };
  },
  async plain(model) {
    const answer = await client.chat.completions.create({ model, messages: question });
    const [choice] = answer.choices;
    const tokens = [answer.usage.prompt_tokens, answer.usage.completion_tokens];
    return { text: choice.message.content, finish: choice.finish_reason, tokens };
  },
  streamed,
  streamed_usage: (model) => streamed(model, { stream_options: { include_usage: true } }),
  async tool(model) {
    const first = await client.chat.completions.create({ model, messages: question, tools: chatTools });
    const { message, finish_reason: finish } = first.choices[0];
    const [call] = message.tool_calls;
    const turn = [...question, message, { role: "tool", tool_call_id: call.id, content: "sunny" }];
    const second = await client.chat.completions.create({ model, messages: turn });
    const called = { name: call.function.name, arguments: JSON.parse(call.function.arguments) };
    return { finish, ...called, text: second.choices[0].message.content };
  },
  async streamed_tool(model) {
    const stream = client.chat.completions.stream({ model, messages: question, tools: chatTools });
    const whole = await stream.finalChatCompletion();
    const [call] = whole.choices[0].message.tool_calls;
    return { name: call.function.name, arguments: JSON.parse(call.function.arguments) };
  },
  async leave(model) {
    const stream = await client.chat.completions.create({ model, messages: question, stream: true });
    let pieces = 0;
    for await (const _chunk of stream) {
      pieces += 1;
      if (pieces === 3) break;
    }
    return { pieces };
  },
  async responses(model) {
    const answer = await client.responses.create({ model, input: "Weather in Bern?", instructions: "Be brief." });
    const tokens = [answer.usage.input_tokens, answer.usage.output_tokens];
    return { text: answer.output_text, status: answer.status, tokens };
  },
  responses_stream: (model) => responsesStream(model),
  async responses_tool(model) {
    const tools = [{ type: "function", strict: false, ...weather }];
    const { kinds } = await responsesStream(model, { tools });
    const first = await client.responses.create({ model, input: "Weather in Bern?", tools, store: false });
    const call = first.output.find((item) => item.type === "function_call");
    const turn = [{ role: "user", content: "Weather in Bern?" }, ...first.output];
    turn.push({ type: "function_call_output", call_id: call.call_id, output: "sunny" });
    const second = await client.responses.create({ model, input: turn });
    return { name: call.name, arguments: JSON.parse(call.arguments), kinds, text: second.output_text };
  },
  async embeddings(model) {
    // As the client asks by itself: for base64, which it decodes.
    const packed = await client.embeddings.create({ model, input: ["one", "two"] });
    const asked = await client.embeddings.create({ model, input: ["one", "two"], encoding_format: "float" });
    const numbers = (answer) => answer.data.map((one) => Array.from(one.embedding));
    return { packed: numbers(packed), plain: numbers(asked) };
  },
};

let found;
try {
  found = await steps[process.argv[2]](process.argv[3]);
} catch (failure) {
  if (!(failure instanceof OpenAI.APIError)) throw failure;
  const { status, message, code, requestID } = failure;
  found = { failure: failure.constructor.name, status: status ?? null, message, code, request_id: requestID ?? null };
}
console.log(JSON.stringify(found));
