// LangChain's two packages.

import assert from "node:assert/strict";
import { ChatAnthropic } from "@langchain/anthropic";
import { HumanMessage, ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI } from "@langchain/openai";
import {
    BASE,
    KEY,
    MODEL as model,
    assertPlace,
    check,
    collect,
    errorOf,
    placeSchema,
    querySchema,
    run,
    said,
    scripted,
} from "./suite.mjs";

process.env.LANGSMITH_TRACING = "false";

function openai(apiKey, more = {}) {
    return new ChatOpenAI({
        model,
        apiKey,
        maxRetries: 0,
        configuration: { baseURL: `${BASE}/v1` },
        ...more,
    });
}

function claude(apiKey) {
    return new ChatAnthropic({
        model,
        apiKey,
        anthropicApiUrl: BASE,
        maxRetries: 0,
        maxTokens: 1000,
    });
}

const chat = openai(KEY);
const responses = openai(KEY, { useResponsesApi: true });
const anthropic = claude(KEY);

const tools = ["find", "keep"].map((name) =>
    tool(async ({ query }) => `${name} ${query}`, {
        name,
        description: `${name} things`,
        schema: querySchema,
    }),
);

async function answers(llm) {
    const answer = await llm.invoke(scripted("hello gateway", "words=5"));
    assert.equal(answer.text, said);
    assert.equal(answer.usage_metadata.output_tokens, 5);
    assert.ok(answer.usage_metadata.input_tokens > 0);
}

async function streams(llm) {
    const chunks = await collect(
        await llm.stream(scripted("hello gateway", "words=5")),
    );
    const whole = chunks.reduce((sum, chunk) => sum.concat(chunk));
    assert.equal(whole.text, said);
    assert.equal(whole.usage_metadata.output_tokens, 5);
}

function assertCalls(calls) {
    assert.deepEqual(
        calls.map((call) => [call.name, call.args]),
        [
            ["find", { query: "hello" }],
            ["keep", { query: "hello" }],
        ],
    );
    assert.notEqual(calls[0].id, calls[1].id);
}

async function callsTools(llm) {
    const bound = llm.bindTools(tools);
    const messages = [new HumanMessage(scripted("hello", "two_tools"))];
    const first = await bound.invoke(messages);
    assertCalls(first.tool_calls);
    messages.push(first);
    for (const call of first.tool_calls)
        messages.push(
            new ToolMessage({ content: "found", tool_call_id: call.id }),
        );
    assert.match((await bound.invoke(messages)).text, /^You said: hello/);
}

async function streamsTools(llm) {
    const chunks = await collect(
        await llm.bindTools(tools).stream(scripted("hello", "two_tools")),
    );
    assertCalls(chunks.reduce((sum, chunk) => sum.concat(chunk)).tool_calls);
}

async function structures(llm, script, method) {
    const structured = llm.withStructuredOutput(placeSchema, {
        name: "place",
        method,
    });
    assertPlace(await structured.invoke(scripted("hello", script)));
}

async function tellsBreak(llm) {
    const broken = async () =>
        collect(await llm.stream(scripted("hello", "words=9 cut_after=7")));
    assert.ok((await errorOf(broken())) instanceof Error);
}

async function tellsWrongKey(llm) {
    const error = await errorOf(llm.invoke("hello"));
    assert.equal(error.status, 401);
}

const place = "args={%22city%22:%22Paris%22,%22people%22:2}";

// ---- chat completions ----

check("chat: invoke", () => answers(chat));
check("chat: stream", () => streams(chat));
check("chat: tools and their results", () => callsTools(chat));
check("chat: tools on a stream", () => streamsTools(chat));
check("chat: structured output", () => structures(chat, null, "jsonSchema"));
check("chat: structured output by a function", () =>
    structures(chat, place, "functionCalling"),
);
check("chat: a stream that breaks is an error", () => tellsBreak(chat));
check("chat: a wrong key is a 401", () => tellsWrongKey(openai("ak_nobody")));

// ---- Responses ----

check("responses: invoke", () => answers(responses));
check("responses: stream", () => streams(responses));
check("responses: tools and their results", () => callsTools(responses));
check("responses: tools on a stream", () => streamsTools(responses));
check("responses: structured output", () =>
    structures(responses, null, "jsonSchema"),
);
check("responses: a stream that breaks is an error", () =>
    tellsBreak(responses),
);

// ---- Messages ----

check("anthropic: invoke", () => answers(anthropic));
check("anthropic: stream", () => streams(anthropic));
check("anthropic: tools and their results", () => callsTools(anthropic));
check("anthropic: tools on a stream", () => streamsTools(anthropic));
check("anthropic: structured output", () => structures(anthropic, place));
check("anthropic: a stream that breaks is an error", () =>
    tellsBreak(anthropic),
);
check("anthropic: a wrong key is a 401", () =>
    tellsWrongKey(claude("ak_nobody")),
);

await run();
