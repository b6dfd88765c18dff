// LlamaIndex' two packages. On Responses it repeats the last delta beside every
// later event, and leaves it to programs to look at events of failure.

import assert from "node:assert/strict";
import { Anthropic, AnthropicSession } from "@llamaindex/anthropic";
import { FunctionTool } from "@llamaindex/core/tools";
import { OpenAI, OpenAIResponses } from "@llamaindex/openai";
import {
    BASE,
    KEY,
    MODEL as model,
    check,
    collect,
    errorOf,
    querySchema,
    run,
    said,
    scripted,
} from "./suite.mjs";

const options = {
    model,
    apiKey: KEY,
    baseURL: `${BASE}/v1`,
    maxRetries: 0,
    timeout: 30000,
};
const chat = new OpenAI(options);
const responses = new OpenAIResponses(options);
const anthropic = new Anthropic({
    model,
    maxTokens: 1000,
    session: new AnthropicSession({
        apiKey: KEY,
        baseURL: BASE,
        maxRetries: 0,
    }),
});

const tools = [
    FunctionTool.from(async ({ query }) => `found ${query}`, {
        name: "find",
        description: "find things",
        parameters: querySchema,
    }),
];

function user(text, script) {
    return { role: "user", content: scripted(text, script) };
}

function textOf(content) {
    return typeof content === "string"
        ? content
        : content.map((part) => part.text ?? "").join("");
}

async function answers(llm) {
    const { message } = await llm.chat({
        messages: [user("hello gateway", "words=5")],
    });
    assert.equal(textOf(message.content), said);
    assert.equal(message.role, "assistant");
}

async function streams(llm) {
    const chunks = await collect(
        await llm.chat({
            messages: [user("hello gateway", "words=5")],
            stream: true,
        }),
    );
    assert.equal(chunks.map((chunk) => chunk.delta).join(""), said);
}

function inputOf(call) {
    return typeof call.input === "string" ? JSON.parse(call.input) : call.input;
}

async function walksTool(llm) {
    const messages = [user("use the tool")];
    const { message } = await llm.chat({ messages, tools });
    const [call] = message.options.toolCall;
    assert.equal(call.name, "find");
    assert.deepEqual(inputOf(call), { query: "use the tool" });
    messages.push(message, {
        role: "user",
        content: "found",
        options: {
            toolResult: { id: call.id, result: "found", isError: false },
        },
    });
    const second = await llm.chat({ messages, tools });
    assert.match(textOf(second.message.content), /^You said:/);
}

async function streamsTool(llm) {
    const chunks = await collect(
        await llm.chat({
            messages: [user("use the tool")],
            tools,
            stream: true,
        }),
    );
    const calls = chunks.flatMap((chunk) => chunk.options?.toolCall ?? []);
    assert.equal(calls.at(-1).name, "find");
    assert.deepEqual(inputOf(calls.at(-1)), { query: "use the tool" });
}

async function tellsBreak(llm) {
    const broken = async () =>
        collect(
            await llm.chat({
                messages: [user("hello", "words=9 cut_after=7")],
                stream: true,
            }),
        );
    assert.ok((await errorOf(broken())) instanceof Error);
}

check("chat: an answer", () => answers(chat));
check("chat: a stream", () => streams(chat));
check("chat: a tool and its result", () => walksTool(chat));
check("chat: a tool on a stream", () => streamsTool(chat));
check("chat: a stream that breaks is an error", () => tellsBreak(chat));

check("responses: an answer", () => answers(responses));
check("responses: a stream", async () => {
    const chunks = await collect(
        await responses.chat({
            messages: [user("hello gateway", "words=5")],
            stream: true,
        }),
    );
    const deltas = chunks.filter(
        ({ raw }) => raw.type === "response.output_text.delta",
    );
    assert.equal(deltas.map((chunk) => chunk.delta).join(""), said);
});
check("responses: a tool and its result", () => walksTool(responses));
check("responses: a tool on a stream", () => streamsTool(responses));
check("responses: a stream that breaks ends with the failure", async () => {
    const chunks = await collect(
        await responses.chat({
            messages: [user("hello", "words=9 cut_after=7")],
            stream: true,
        }),
    );
    assert.deepEqual(
        chunks.slice(-2).map(({ raw }) => raw.type),
        ["error", "response.failed"],
    );
});

check("anthropic: an answer", () => answers(anthropic));
check("anthropic: a stream", () => streams(anthropic));
check("anthropic: a tool and its result", () => walksTool(anthropic));
check("anthropic: a tool on a stream", () => streamsTool(anthropic));
check("anthropic: a stream that breaks is an error", () =>
    tellsBreak(anthropic),
);

await run();
