// The official Anthropic package.

import assert from "node:assert/strict";
import Anthropic from "@anthropic-ai/sdk";
import {
    BASE,
    KEY,
    LIMITEDKEY,
    MODEL as model,
    POORKEY,
    assertAborts,
    assertApart,
    assertBreaks,
    assertPlace,
    check,
    clientsOf,
    collect,
    errorOf,
    logOf,
    newMark,
    placeSchema,
    png,
    querySchema,
    refused,
    run,
    said,
    saidUntilDenied,
    scripted,
    strict,
} from "./suite.mjs";

const clientWith = clientsOf(Anthropic, BASE);
const client = clientWith(KEY);

function say(text, script, more = {}) {
    const messages = [{ role: "user", content: scripted(text, script) }];
    return { model, max_tokens: 1000, messages, ...more };
}

function create(text, script, more) {
    return client.messages.create(say(text, script, more));
}

const tools = [
    { name: "find", description: "find things", input_schema: querySchema },
    { name: "keep", description: "keep things", input_schema: querySchema },
];

// ---- not streamed ----

check("a message has text, a reason and usage", async () => {
    const answer = await create("hello gateway", "words=5");
    assert.equal(answer.type, "message");
    assert.equal(answer.role, "assistant");
    assert.equal(answer.model, model);
    assert.deepEqual(
        answer.content.map((block) => [block.type, block.text]),
        [["text", said]],
    );
    assert.equal(answer.stop_reason, "end_turn");
    assert.equal(answer.usage.output_tokens, 5);
    assert.ok(answer.usage.input_tokens > 0);
});

check("it tells the credits and the request id", async () => {
    const answer = await create("hello", "words=5");
    assert.ok(Number.isInteger(answer.remaining_credits));
    assert.ok(answer.estimated_credits_used >= 1);
    assert.match(answer._request_id, /^req_/);
});

check("max_tokens ends a message", async () => {
    const answer = await create("one two", null, { max_tokens: 3 });
    assert.equal(answer.stop_reason, "max_tokens");
});

check("system and what is said in the middle reach the model", async () => {
    const mark = newMark();
    await client.messages.create({
        model,
        max_tokens: 1000,
        system: [
            {
                type: "text",
                text: "be brief",
                cache_control: { type: "ephemeral" },
            },
        ],
        messages: [
            { role: "user", content: mark },
            { role: "system", content: "be kind" },
        ],
    });
    const [{ body }] = await logOf(mark);
    for (const text of ["be brief", "be kind"])
        assert.ok(JSON.stringify(body).includes(text), text);
});

check("an image reaches the upstream byte for byte", async () => {
    const mark = newMark();
    await client.messages.create({
        model,
        max_tokens: 1000,
        messages: [
            {
                role: "user",
                content: [
                    {
                        type: "image",
                        source: {
                            type: "base64",
                            media_type: "image/png",
                            data: png,
                        },
                    },
                    { type: "text", text: mark },
                ],
            },
        ],
    });
    const [{ body }] = await logOf(mark);
    assert.ok(JSON.stringify(body).includes(png));
});

check("the beta resource is answered, also with a query string", async () => {
    const beta = { betas: ["context-management-2025-06-27"] };
    const answer = await client.beta.messages.create(
        { ...say("hello gateway", "words=5"), ...beta },
        { query: { beta: true } },
    );
    assert.equal(answer.content[0].text, said);
});

check("tokens are counted", async () => {
    const count = async (text) => {
        const { messages } = say(text);
        return client.messages.countTokens({ model, messages, tools });
    };
    const few = await count("one two");
    const more = await count("one two three four five six");
    assert.ok(few.input_tokens > 0);
    assert.ok(more.input_tokens > few.input_tokens);
});

// ---- streamed ----

check("events make the text", async () => {
    const events = await collect(
        await create("hello gateway", "words=5", { stream: true }),
    );
    assert.equal(events[0].type, "message_start");
    assert.equal(
        events.map((e) => e.delta?.text ?? "").join(""),
        said,
    );
    assert.equal(events.at(-1).type, "message_stop");
});

check("message_delta tells usage and credits", async () => {
    const events = await collect(
        await create("hello", "words=5", { stream: true }),
    );
    const last = events.find((e) => e.type === "message_delta");
    assert.equal(last.delta.stop_reason, "end_turn");
    assert.equal(last.usage.output_tokens, 5);
    assert.ok(Number.isInteger(last.remaining_credits));
});

check("the stream helper puts a message together", async () => {
    const stream = client.messages.stream(say("hello gateway", "words=5"));
    const answer = await stream.finalMessage();
    assert.equal(answer.content[0].text, said);
    assert.equal(answer.stop_reason, "end_turn");
    assert.match(stream.request_id, /^req_/);
});

check("a heartbeat does not disturb the helper", async () => {
    const answer = await client.messages
        .stream(say("hello", "words=2 first_frame=1500"))
        .finalMessage();
    assert.equal(answer.content[0].text, "You said:");
});

check("frames 60 ms apart arrive apart", () =>
    assertApart(create, (event) => event.type === "content_block_delta"),
);

check("a stream that breaks is an error", () => assertBreaks(create, 7));

check("it is one for the helper, too", async () => {
    const stream = client.messages.stream(say("hello", "words=9 cut_after=7"));
    assert.ok((await errorOf(stream.finalMessage())) instanceof Error);
});

check("an aborted stream is aborted upstream", () =>
    assertAborts(create, "content_block_delta"),
);

// ---- under a policy ----

check("a denied answer is a PermissionDeniedError", async () => {
    const error = await errorOf(
        create("hello gateway", "words=5", { policy: strict }),
    );
    assert.ok(error instanceof Anthropic.PermissionDeniedError);
    assert.equal(error.error.error.code, "policy_refused");
});

check("a stream that is denied is a refusal", async () => {
    const answer = await client.messages
        .stream(say("hello gateway", "words=5", { policy: strict }))
        .finalMessage();
    assert.equal(answer.content[0].text, saidUntilDenied);
    assert.equal(answer.stop_reason, "refusal");
});

// ---- thinking ----

const thinking = { type: "enabled", budget_tokens: 1024 };

check("what a model thinks is a block with a signature", async () => {
    const answer = await create("hello gateway", "words=5 reasoning=3", {
        thinking,
        max_tokens: 2000,
    });
    assert.deepEqual(
        answer.content.map((block) => block.type),
        ["thinking", "text"],
    );
    assert.equal(answer.content[0].thinking, "Let me think");
    assert.equal(typeof answer.content[0].signature, "string");
});

check("it is one on a stream, and can be given back", async () => {
    const asked = say("hello gateway", "words=5 reasoning=3", {
        thinking,
        max_tokens: 2000,
    });
    const first = await client.messages.stream(asked).finalMessage();
    assert.equal(first.content[0].thinking, "Let me think");
    assert.equal(typeof first.content[0].signature, "string");
    asked.messages.push(
        { role: "assistant", content: first.content },
        { role: "user", content: "go on" },
    );
    const second = await client.messages.create(asked);
    assert.equal(second.stop_reason, "end_turn");
});

// ---- tools and formats ----

check("a tool is called and its result answered", async () => {
    const asked = say("use the tool", null, { tools });
    const first = await client.messages.create(asked);
    assert.equal(first.stop_reason, "tool_use");
    const call = first.content.find((block) => block.type === "tool_use");
    assert.deepEqual(call.input, { query: "use the tool" });
    asked.messages.push(
        { role: "assistant", content: first.content },
        {
            role: "user",
            content: [
                {
                    type: "tool_result",
                    tool_use_id: call.id,
                    content: [{ type: "text", text: "found" }],
                },
            ],
        },
    );
    const second = await client.messages.create(asked);
    assert.equal(second.stop_reason, "end_turn");
    assert.match(second.content[0].text, /^You said:/);
});

check("two tool calls are told apart on a stream", async () => {
    const fragments = [];
    const answer = await client.messages
        .stream(say("hello there", "two_tools", { tools }))
        .on("inputJson", (fragment) => fragments.push(fragment))
        .finalMessage();
    const calls = answer.content.filter((block) => block.type === "tool_use");
    assert.deepEqual(
        calls.map((call) => call.name),
        ["find", "keep"],
    );
    assert.notEqual(calls[0].id, calls[1].id);
    for (const call of calls)
        assert.deepEqual(call.input, { query: "hello there" });
    assert.ok(fragments.length > 2, "arguments come in fragments");
});

check("results of two calls, one of them an error, are taken", async () => {
    const mark = newMark();
    const asked = say(mark, "two_tools", { tools });
    const { content } = await client.messages.create(asked);
    const results = content.map(({ id }, i) => ({
        type: "tool_result",
        tool_use_id: id,
        is_error: i === 1,
        content: `result ${i}`,
    }));
    asked.messages.push(
        { role: "assistant", content },
        { role: "user", content: results },
    );
    assert.equal((await client.messages.create(asked)).stop_reason, "end_turn");
    const last = JSON.stringify((await logOf(mark)).at(-1).body);
    for (const { id } of content) assert.ok(last.split(id).length > 2, id);
});

check("a json_schema answer is JSON of that schema", async () => {
    const answer = await create("hello", null, {
        output_config: { format: { type: "json_schema", schema: placeSchema } },
    });
    assertPlace(JSON.parse(answer.content[0].text));
});

// ---- errors ----

function refusal(key, script, more = {}) {
    return refused((fetch) =>
        clientWith(key, { maxRetries: 2, fetch }).messages.create(
            say("hello", script, more),
        ),
    );
}

check("a wrong key is an AuthenticationError, once", async () => {
    const { error, calls } = await refusal("ak_this_is_nobody");
    assert.ok(error instanceof Anthropic.AuthenticationError);
    assert.equal(error.error.error.type, "authentication_error");
    assert.match(error.requestID, /^req_/);
    assert.equal(calls, 1);
});

check("a bad field is a BadRequestError that names it, once", async () => {
    const { error, calls } = await refusal(KEY, null, { max_tokens: 0 });
    assert.ok(error instanceof Anthropic.BadRequestError);
    assert.match(error.error.error.message, /^max_tokens: /);
    assert.equal(calls, 1);
});

check("no credits is a 402, once", async () => {
    const { error, calls } = await refusal(POORKEY);
    assert.equal(error.status, 402);
    assert.equal(error.error.error.type, "billing_error");
    assert.equal(calls, 1);
});

check("an unknown path is a NotFoundError", async () => {
    const error = await errorOf(client.get("/v1/no/such/path"));
    assert.ok(error instanceof Anthropic.NotFoundError);
});

check("too many requests are a RateLimitError with Retry-After", async () => {
    const limited = clientWith(LIMITEDKEY);
    const error = await errorOf(limited.messages.create(say("hello")));
    assert.ok(error instanceof Anthropic.RateLimitError);
    assert.ok(Number(error.headers.get("retry-after")) >= 1);
});

check("a rate limit is asked three times", async () => {
    const { error, calls } = await refusal(KEY, "status=429 retry_after=1");
    assert.ok(error instanceof Anthropic.RateLimitError);
    assert.equal(calls, 3);
});

check("a broken upstream is an InternalServerError, three times", async () => {
    const { error, calls } = await refusal(KEY, "status=500", { stream: true });
    assert.ok(error instanceof Anthropic.InternalServerError);
    assert.equal(error.error.error.type, "api_error");
    assert.equal(calls, 3);
});

// ---- models ----

check("models are listed", async () => {
    const ids = [];
    for await (const entry of client.models.list()) ids.push(entry.id);
    assert.ok(ids.includes(model));
});

await run();
