// Vercel's ai with each of its providers that can be pointed at a gateway.

import assert from "node:assert/strict";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import {
    generateObject,
    generateText,
    isStepCount,
    jsonSchema,
    streamText,
    tool,
} from "ai";
import {
    BASE,
    KEY,
    MODEL,
    assertPlace,
    check,
    collect,
    placeSchema,
    querySchema,
    refused,
    run,
    said,
    saidUntilDenied,
    scripted,
    strict,
} from "./suite.mjs";

globalThis.AI_SDK_LOG_WARNINGS = false;

const options = { apiKey: KEY, baseURL: `${BASE}/v1` };
const openai = createOpenAI(options);
const chat = openai.chat(MODEL);
const responses = openai(MODEL);
const compatible = createOpenAICompatible({
    name: "turnpike",
    includeUsage: true,
    supportsStructuredOutputs: true,
    ...options,
})(MODEL);
const anthropic = createAnthropic(options)(MODEL);

async function generates(model) {
    const answer = await generateText({
        model,
        prompt: scripted("hello gateway", "words=5"),
    });
    assert.equal(answer.text, said);
    assert.equal(answer.finishReason, "stop");
    assert.equal(answer.usage.outputTokens, 5);
    assert.ok(answer.usage.inputTokens > 0);
}

async function streams(model) {
    const stream = streamText({
        model,
        prompt: scripted("hello gateway", "words=5"),
    });
    const pieces = await collect(stream.textStream);
    assert.equal(pieces.join(""), said);
    assert.ok(pieces.length > 1);
    assert.equal(await stream.finishReason, "stop");
    assert.equal((await stream.usage).outputTokens, 5);
}

// Tools that write down what they were asked, two calls and then an answer.
function toolsInto(asked) {
    const one = (name) =>
        tool({
            description: `${name} things`,
            inputSchema: jsonSchema(querySchema),
            execute: async ({ query }) => {
                asked.push([name, query]);
                return "done";
            },
        });
    return { find: one("find"), keep: one("keep") };
}

const bothAsked = [
    ["find", "hello"],
    ["keep", "hello"],
];

async function walksTools(model, more = {}) {
    const asked = [];
    const answer = await generateText({
        model,
        prompt: scripted("hello", "two_tools"),
        tools: toolsInto(asked),
        stopWhen: isStepCount(3),
        ...more,
    });
    assert.deepEqual(asked, bothAsked);
    assert.equal(answer.steps.length, 2);
    assert.match(answer.text, /^You said: hello/);
}

async function streamsTools(model, more = {}) {
    const asked = [];
    const stream = streamText({
        model,
        prompt: scripted("hello", "two_tools"),
        tools: toolsInto(asked),
        stopWhen: isStepCount(3),
        ...more,
    });
    assert.match((await collect(stream.textStream)).join(""), /^You said:/);
    assert.deepEqual(asked, bothAsked);
}

async function makesObject(model, script) {
    const { object } = await generateObject({
        model,
        schema: jsonSchema(placeSchema),
        prompt: scripted("hello", script),
    });
    assertPlace(object);
}

async function tellsBreak(model) {
    const errors = [];
    const stream = streamText({
        model,
        prompt: scripted("hello", "words=9 cut_after=7"),
        onError: ({ error }) => errors.push(error),
    });
    const parts = await collect(stream.fullStream);
    assert.ok(errors.length > 0);
    assert.ok(parts.some((part) => part.type === "error"));
}

// ---- chat completions ----

check("openai.chat: generateText", () => generates(chat));
check("openai.chat: streamText", () => streams(chat));
check("openai.chat: tools in several steps", () => walksTools(chat));
check("openai.chat: tools on a stream", () => streamsTools(chat));
check("openai.chat: generateObject", () => makesObject(chat));
check("openai.chat: a stream that breaks is an error", () => tellsBreak(chat));

check("openai-compatible: generateText", () => generates(compatible));
check("openai-compatible: streamText", () => streams(compatible));
check("openai-compatible: tools in several steps", () =>
    walksTools(compatible),
);
check("openai-compatible: tools on a stream", () => streamsTools(compatible));
check("openai-compatible: generateObject", () => makesObject(compatible));
check("openai-compatible: a stream that breaks is an error", () =>
    tellsBreak(compatible),
);

// ---- Responses ----

// Nothing is stored: what went before has to be sent again in full.
const unstored = { providerOptions: { openai: { store: false } } };

check("openai: generateText", () => generates(responses));
check("openai: streamText", () => streams(responses));
check("openai: tools in several steps", () =>
    walksTools(responses, unstored),
);
check("openai: tools on a stream", () => streamsTools(responses, unstored));
check("openai: generateObject", () => makesObject(responses));
check("openai: a stream that breaks is an error", () => tellsBreak(responses));

// ---- Messages ----

// A schema is a tool named "json" here, whose arguments the model makes up.
const place = "args={%22city%22:%22Paris%22,%22people%22:2}";

check("anthropic: generateText", () => generates(anthropic));
check("anthropic: streamText", () => streams(anthropic));
check("anthropic: tools in several steps", () => walksTools(anthropic));
check("anthropic: tools on a stream", () => streamsTools(anthropic));
check("anthropic: generateObject", () => makesObject(anthropic, place));
check("anthropic: a stream that breaks is an error", () =>
    tellsBreak(anthropic),
);

// ---- under a policy ----

const useChat = (provider) => provider.chat(MODEL);
const use = (provider) => provider(MODEL);

// Providers have no word for it, so it goes into what they send.
function fetchStrictly(url, init) {
    const body = { ...JSON.parse(init.body), policy: strict };
    return fetch(url, { ...init, body: JSON.stringify(body) });
}

async function tellsDenied(create, used) {
    const stream = streamText({
        model: used(create({ ...options, fetch: fetchStrictly })),
        prompt: scripted("hello gateway", "words=5"),
    });
    assert.equal(
        (await collect(stream.textStream)).join(""),
        saidUntilDenied,
    );
    assert.equal(await stream.finishReason, "content-filter");
}

check("openai.chat: a stream that is denied is filtered", () =>
    tellsDenied(createOpenAI, useChat),
);
check("openai: a stream that is denied is filtered", () =>
    tellsDenied(createOpenAI, use),
);
check("anthropic: a stream that is denied is filtered", () =>
    tellsDenied(createAnthropic, use),
);

// ---- errors ----

function refusal(create, use, apiKey, script) {
    return refused((fetch) =>
        generateText({
            model: use(create({ ...options, apiKey, fetch })),
            prompt: scripted("hello", script),
            maxRetries: 1,
        }),
    );
}

async function tellsWrongKey(create, used) {
    const { error, calls } = await refusal(create, used, "ak_nobody");
    assert.equal(error.statusCode, 401);
    assert.equal(typeof error.data.error.message, "string");
    assert.equal(error.message, error.data.error.message);
    assert.equal(calls, 1);
}

check("openai.chat: a wrong key is told in words, once", () =>
    tellsWrongKey(createOpenAI, useChat),
);
check("openai: a wrong key is told in words, once", () =>
    tellsWrongKey(createOpenAI, use),
);
check("anthropic: a wrong key is told in words, once", () =>
    tellsWrongKey(createAnthropic, use),
);

check("a rate limit is asked again", async () => {
    const script = "status=429 retry_after=1";
    const { error, calls } = await refusal(createOpenAI, useChat, KEY, script);
    assert.equal(error.lastError.statusCode, 429);
    assert.equal(calls, 2);
});

await run();
