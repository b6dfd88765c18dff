// The official OpenAI package on Responses.

import assert from "node:assert/strict";
import OpenAI from "openai";
import {
    BASE,
    KEY,
    MODEL as model,
    POORKEY,
    assertAborts,
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

const clientWith = clientsOf(OpenAI, `${BASE}/v1`);
const client = clientWith(KEY);

function create(text, script, more = {}) {
    return client.responses.create({
        model,
        input: scripted(text, script),
        ...more,
    });
}

function textOf(events) {
    return events
        .filter((e) => e.type === "response.output_text.delta")
        .map((e) => e.delta)
        .join("");
}

const tools = [
    {
        type: "function",
        name: "find",
        description: "find things",
        parameters: querySchema,
        strict: true,
    },
    {
        type: "function",
        name: "keep",
        description: "keep things",
        parameters: querySchema,
        strict: true,
    },
];

// ---- not streamed ----

check("a response has text, a status and usage", async () => {
    const answer = await create("hello gateway", "words=5");
    assert.equal(answer.object, "response");
    assert.equal(answer.model, model);
    assert.equal(answer.status, "completed");
    assert.equal(answer.output_text, said);
    assert.equal(answer.usage.output_tokens, 5);
    assert.equal(
        answer.usage.total_tokens,
        answer.usage.input_tokens + answer.usage.output_tokens,
    );
});

check("it tells the credits and the request id", async () => {
    const answer = await create("hello", "words=5");
    assert.ok(Number.isInteger(answer.remaining_credits));
    assert.ok(answer.estimated_credits_used >= 1);
    assert.match(answer._request_id, /^req_/);
});

check("max_output_tokens makes it incomplete", async () => {
    const answer = await create("one two", null, { max_output_tokens: 3 });
    assert.equal(answer.status, "incomplete");
    assert.equal(answer.incomplete_details.reason, "max_output_tokens");
});

check("instructions and structured input reach the model", async () => {
    const mark = newMark();
    await client.responses.create({
        model,
        instructions: "be brief",
        input: [
            { role: "developer", content: "be kind" },
            { role: "user", content: [{ type: "input_text", text: mark }] },
        ],
    });
    const [{ body }] = await logOf(mark);
    for (const text of ["be brief", "be kind"])
        assert.ok(JSON.stringify(body).includes(text), text);
});

check("an image reaches the upstream byte for byte", async () => {
    const mark = newMark();
    const image_url = `data:image/png;base64,${png}`;
    await client.responses.create({
        model,
        input: [
            {
                role: "user",
                content: [
                    { type: "input_text", text: mark },
                    { type: "input_image", image_url, detail: "auto" },
                ],
            },
        ],
    });
    const [{ body }] = await logOf(mark);
    assert.ok(JSON.stringify(body).includes(image_url));
});

// ---- streamed ----

check("events make the text, numbered without a gap", async () => {
    const events = await collect(
        await create("hello gateway", "words=5", { stream: true }),
    );
    assert.equal(textOf(events), said);
    assert.equal(events[0].type, "response.created");
    assert.equal(events.at(-1).type, "response.completed");
    assert.deepEqual(
        events.map((e) => e.sequence_number),
        events.map((_, i) => i),
    );
});

check("the last event tells usage and credits", async () => {
    const events = await collect(
        await create("hello", "words=5", { stream: true }),
    );
    const { response } = events.at(-1);
    assert.equal(response.usage.output_tokens, 5);
    assert.ok(Number.isInteger(response.remaining_credits));
});

check("the stream helper puts a response together", async () => {
    const answer = await client.responses
        .stream({ model, input: scripted("hello gateway", "words=5") })
        .finalResponse();
    assert.equal(answer.status, "completed");
    assert.equal(answer.output_text, said);
});

check("a heartbeat does not disturb the helper", async () => {
    const answer = await client.responses
        .stream({ model, input: scripted("hello", "words=2 first_frame=1500") })
        .finalResponse();
    assert.equal(answer.output_text, "You said:");
});

check("a stream that breaks is an error", () => assertBreaks(create, 7));

check("it is one for the helper, too", async () => {
    const stream = client.responses.stream({
        model,
        input: scripted("hello", "words=9 cut_after=7"),
    });
    assert.ok((await errorOf(stream.finalResponse())) instanceof Error);
});

check("an aborted stream is aborted upstream", () =>
    assertAborts(create, "response.output_text.delta"),
);

// ---- under a policy ----

check("a denied answer is a PermissionDeniedError", async () => {
    const error = await errorOf(
        create("hello gateway", "words=5", { policy: strict }),
    );
    assert.ok(error instanceof OpenAI.PermissionDeniedError);
    assert.equal(error.code, "policy_refused");
});

check("a stream that is denied is incomplete", async () => {
    const answer = await client.responses
        .stream({
            model,
            input: scripted("hello gateway", "words=5"),
            policy: strict,
        })
        .finalResponse();
    assert.equal(answer.output_text, saidUntilDenied);
    assert.equal(answer.status, "incomplete");
    assert.equal(answer.incomplete_details.reason, "content_filter");
});

// ---- tools and formats ----

check("a tool is called and its result answered", async () => {
    const input = [{ role: "user", content: "use the tool" }];
    const first = await client.responses.create({ model, input, tools });
    const call = first.output.find((item) => item.type === "function_call");
    assert.equal(call.name, "find");
    assert.deepEqual(JSON.parse(call.arguments), { query: "use the tool" });
    input.push(...first.output, {
        type: "function_call_output",
        call_id: call.call_id,
        output: "found",
    });
    const second = await client.responses.create({ model, input, tools });
    assert.match(second.output_text, /^You said:/);
});

check("two tool calls are told apart on a stream", async () => {
    const answer = await client.responses
        .stream({ model, input: scripted("hello", "two_tools"), tools })
        .finalResponse();
    const calls = answer.output.filter((item) => item.type === "function_call");
    assert.deepEqual(
        calls.map((call) => call.name),
        ["find", "keep"],
    );
    assert.notEqual(calls[0].call_id, calls[1].call_id);
    for (const call of calls)
        assert.deepEqual(JSON.parse(call.arguments), { query: "hello" });
});

check("a json_schema answer parses", async () => {
    const answer = await client.responses.parse({
        model,
        input: "hello",
        text: {
            format: {
                type: "json_schema",
                name: "place",
                strict: true,
                schema: placeSchema,
            },
        },
    });
    assertPlace(answer.output_parsed);
});

// ---- errors ----

function refusal(key, script, more = {}) {
    return refused((fetch) =>
        clientWith(key, { maxRetries: 2, fetch }).responses.create({
            model,
            input: scripted("hello", script),
            ...more,
        }),
    );
}

check("a wrong key is an AuthenticationError, once", async () => {
    const { error, calls } = await refusal("ak_this_is_nobody");
    assert.ok(error instanceof OpenAI.AuthenticationError);
    assert.equal(calls, 1);
});

check("a bad field is a BadRequestError that names it, once", async () => {
    const { error, calls } = await refusal(KEY, null, { temperature: 3 });
    assert.ok(error instanceof OpenAI.BadRequestError);
    assert.equal(error.param, "temperature");
    assert.equal(calls, 1);
});

check("no credits is a 402, once", async () => {
    const { error, calls } = await refusal(POORKEY);
    assert.equal(error.status, 402);
    assert.equal(calls, 1);
});

check("a rate limit is a RateLimitError, three times", async () => {
    const { error, calls } = await refusal(KEY, "status=429 retry_after=1");
    assert.ok(error instanceof OpenAI.RateLimitError);
    assert.equal(calls, 3);
});

check("a broken upstream is an InternalServerError, three times", async () => {
    const { error, calls } = await refusal(KEY, "status=500", { stream: true });
    assert.ok(error instanceof OpenAI.InternalServerError);
    assert.match(error.requestID, /^req_/);
    assert.equal(calls, 3);
});

await run();
