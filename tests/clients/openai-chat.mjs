// The official OpenAI package on chat completions: each call that programs make
// is made here, and what comes back is checked.

import assert from "node:assert/strict";
import OpenAI from "openai";
import {
    BASE,
    KEY,
    LIMITEDKEY,
    MODEL as model,
    POORKEY,
    assertApart,
    assertBreaks,
    assertLeft,
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

function say(text, script) {
    const messages = [{ role: "user", content: scripted(text, script) }];
    return { model, messages };
}

function create(text, script, more = {}) {
    return client.chat.completions.create({ ...say(text, script), ...more });
}

function textOf(chunks) {
    return chunks.map((c) => c.choices[0]?.delta.content ?? "").join("");
}

function finishOf(chunks) {
    return chunks.filter((c) => c.choices[0]?.finish_reason);
}

const tools = [
    {
        type: "function",
        function: {
            name: "find",
            description: "find things",
            parameters: querySchema,
        },
    },
];

// ---- not streamed ----

check("a completion has text, a reason and usage", async () => {
    const answer = await create("hello gateway", "words=5");
    assert.equal(answer.object, "chat.completion");
    assert.equal(answer.model, model);
    assert.equal(answer.choices[0].message.role, "assistant");
    assert.equal(answer.choices[0].message.content, said);
    assert.equal(answer.choices[0].finish_reason, "stop");
    assert.equal(answer.usage.completion_tokens, 5);
    assert.equal(
        answer.usage.total_tokens,
        answer.usage.prompt_tokens + answer.usage.completion_tokens,
    );
});

check("credits fall by exactly what was used", async () => {
    const first = await create("hello", "words=5");
    const second = await create("hello", "usage=1000,700");
    assert.ok(Number.isInteger(second.remaining_credits));
    assert.ok(second.estimated_credits_used > first.estimated_credits_used);
    assert.equal(
        second.remaining_credits,
        first.remaining_credits - second.estimated_credits_used,
    );
});

check("max_tokens ends an answer with length", async () => {
    const answer = await create("one two", null, { max_tokens: 3 });
    assert.equal(answer.choices[0].finish_reason, "length");
    assert.equal(answer.usage.completion_tokens, 3);
});

check("n makes that many choices", async () => {
    const answer = await create("hello", "words=2", { n: 3 });
    assert.deepEqual(
        answer.choices.map((c) => c.index),
        [0, 1, 2],
    );
});

check("an answer has a request id", async () => {
    const answer = await create("hello");
    assert.match(answer._request_id, /./);
});

// ---- streamed ----

check("deltas make the text", async () => {
    const chunks = await collect(
        await create("hello gateway", "words=5", { stream: true }),
    );
    assert.equal(textOf(chunks), said);
    assert.equal(chunks[0].choices[0].delta.role, "assistant");
    assert.equal(finishOf(chunks).length, 1);
    assert.equal(finishOf(chunks)[0].choices[0].finish_reason, "stop");
});

check("the finish chunk tells the credits", async () => {
    const chunks = await collect(
        await create("hello", "words=5", { stream: true }),
    );
    const finish = finishOf(chunks)[0];
    assert.ok(Number.isInteger(finish.remaining_credits));
    assert.ok(finish.estimated_credits_used >= 1);
});

check("no usage chunk unless it is asked for", async () => {
    const chunks = await collect(await create("hello", null, { stream: true }));
    assert.ok(chunks.every((c) => c.choices.length === 1));
    assert.ok(chunks.every((c) => !c.usage));
});

check("include_usage brings the usage chunk", async () => {
    const chunks = await collect(
        await create("hello", "words=5", {
            stream: true,
            stream_options: { include_usage: true },
        }),
    );
    const last = chunks.at(-1);
    assert.deepEqual(last.choices, []);
    assert.equal(last.usage.completion_tokens, 5);
    assert.equal(chunks.filter((c) => c.usage).length, 1);
});

check("the stream helper puts a completion together", async () => {
    const answer = await client.chat.completions
        .stream(say("hello gateway", "words=5"))
        .finalChatCompletion();
    assert.equal(answer.choices[0].message.content, said);
    assert.equal(answer.choices[0].finish_reason, "stop");
});

check("a heartbeat does not disturb the helper", async () => {
    const answer = await client.chat.completions
        .stream(say("hello", "words=2 first_frame=1500"))
        .finalChatCompletion();
    assert.equal(answer.choices[0].message.content, "You said:");
});

check("frames 60 ms apart arrive apart", () =>
    assertApart(create, (chunk) => chunk.choices[0]?.delta.content),
);

check("a stream that breaks is an error", () => assertBreaks(create, 4));

check("an aborted stream is aborted upstream", async () => {
    const mark = newMark();
    const controller = new AbortController();
    const stream = await client.chat.completions.create(
        { ...say(mark, "words=5000 gap=20"), stream: true },
        { signal: controller.signal },
    );
    let seen = 0;
    for await (const chunk of stream) {
        seen += chunk.choices.length;
        if (seen === 5) controller.abort();
    }
    assert.ok(seen < 5000);
    await assertLeft(mark);
});

// ---- under a policy ----

check("a denied answer is a PermissionDeniedError", async () => {
    const error = await errorOf(
        create("hello gateway", "words=5", { policy: strict }),
    );
    assert.ok(error instanceof OpenAI.PermissionDeniedError);
    assert.equal(error.code, "policy_refused");
});

check("a stream that is denied ends with content_filter", async () => {
    const answer = await client.chat.completions
        .stream({ ...say("hello gateway", "words=5"), policy: strict })
        .finalChatCompletion();
    assert.equal(answer.choices[0].message.content, saidUntilDenied);
    assert.equal(answer.choices[0].finish_reason, "content_filter");
});

// ---- tools and formats ----

check("a tool is called and its result answered", async () => {
    const { messages } = say("use the tool");
    const first = await client.chat.completions.create({
        model,
        messages,
        tools,
    });
    const { message, finish_reason } = first.choices[0];
    assert.equal(finish_reason, "tool_calls");
    assert.equal(message.tool_calls[0].type, "function");
    assert.equal(message.tool_calls[0].function.name, "find");
    assert.deepEqual(JSON.parse(message.tool_calls[0].function.arguments), {
        query: "use the tool",
    });
    messages.push(message, {
        role: "tool",
        tool_call_id: message.tool_calls[0].id,
        content: "found",
    });
    const second = await client.chat.completions.create({
        model,
        messages,
        tools,
    });
    assert.equal(second.choices[0].finish_reason, "stop");
    assert.ok(second.choices[0].message.content.length > 0);
});

check("runTools walks the loop on a stream", async () => {
    const asked = [];
    const runner = client.chat.completions.runTools({
        ...say("use the tool"),
        stream: true,
        tools: [
            {
                type: "function",
                function: {
                    ...tools[0].function,
                    parse: JSON.parse,
                    function: (args) => {
                        asked.push(args.query);
                        return "found";
                    },
                },
            },
        ],
    });
    assert.match(await runner.finalContent(), /^You said:/);
    assert.deepEqual(asked, ["use the tool"]);
});

check("two tool calls are told apart on a stream", async () => {
    const answer = await client.chat.completions
        .stream({ ...say("hello", "two_tools"), tools })
        .finalChatCompletion();
    const calls = answer.choices[0].message.tool_calls;
    assert.equal(calls.length, 2);
    assert.notEqual(calls[0].id, calls[1].id);
    for (const call of calls)
        assert.deepEqual(JSON.parse(call.function.arguments), {
            query: "hello",
        });
});

check("a json_schema answer parses", async () => {
    const answer = await client.chat.completions.parse({
        ...say("hello"),
        response_format: {
            type: "json_schema",
            json_schema: {
                name: "place",
                strict: true,
                schema: placeSchema,
            },
        },
    });
    assertPlace(JSON.parse(answer.choices[0].message.content));
});

check("an image reaches the upstream byte for byte", async () => {
    const mark = newMark();
    const url = `data:image/png;base64,${png}`;
    await client.chat.completions.create({
        model,
        messages: [
            {
                role: "user",
                content: [
                    { type: "text", text: mark },
                    { type: "image_url", image_url: { url } },
                ],
            },
        ],
    });
    const [{ body }] = await logOf(mark);
    assert.ok(JSON.stringify(body).includes(url));
});

// ---- models ----

check("models are listed", async () => {
    const ids = [];
    for await (const entry of client.models.list()) ids.push(entry.id);
    assert.ok(ids.includes(model));
});

check("a model is retrieved", async () => {
    const entry = await client.models.retrieve(model);
    assert.equal(entry.id, model);
    assert.equal(entry.object, "model");
});

// ---- errors ----

check("a wrong key is an AuthenticationError", async () => {
    const wrong = clientWith("ak_this_is_nobody");
    const error = await errorOf(wrong.chat.completions.create(say("hello")));
    assert.ok(error instanceof OpenAI.AuthenticationError);
    assert.equal(error.code, "invalid_api_key");
    assert.equal(error.param, null);
});

check("a bad temperature is a BadRequestError that names it", async () => {
    const error = await errorOf(create("hello", null, { temperature: 3 }));
    assert.ok(error instanceof OpenAI.BadRequestError);
    assert.equal(error.param, "temperature");
});

check("an unknown model is model_not_found", async () => {
    const error = await errorOf(
        client.chat.completions.create({
            ...say("hello"),
            model: "no-such-model",
        }),
    );
    assert.ok(error instanceof OpenAI.BadRequestError);
    assert.equal(error.code, "model_not_found");
});

check("an unknown path is a NotFoundError", async () => {
    const error = await errorOf(client.get("/no/such/path"));
    assert.ok(error instanceof OpenAI.NotFoundError);
});

check("no credits is a 402", async () => {
    const poor = clientWith(POORKEY);
    const error = await errorOf(poor.chat.completions.create(say("hello")));
    assert.ok(error instanceof OpenAI.APIError);
    assert.equal(error.status, 402);
});

check("too many requests are a RateLimitError with Retry-After", async () => {
    const limited = clientWith(LIMITEDKEY);
    const error = await errorOf(limited.chat.completions.create(say("hello")));
    assert.ok(error instanceof OpenAI.RateLimitError);
    assert.ok(Number(error.headers.get("retry-after")) >= 1);
});

check("a broken upstream is an InternalServerError", async () => {
    const error = await errorOf(create("hello", "status=500"));
    assert.ok(error instanceof OpenAI.InternalServerError);
    assert.equal(error.status, 502);
});

check("it is one before a stream, too", async () => {
    const error = await errorOf(
        create("hello", "status=500", { stream: true }),
    );
    assert.ok(error instanceof OpenAI.InternalServerError);
    assert.equal(error.status, 502);
});

check("a request that the upstream refuses is named", async () => {
    const error = await errorOf(
        create("hello", "status=400 message=too%20odd param=messages"),
    );
    assert.ok(error instanceof OpenAI.BadRequestError);
    assert.match(error.message, /too odd/);
    assert.equal(error.param, "messages");
});

check("an error has the request id", async () => {
    const error = await errorOf(create("hello", "status=500"));
    assert.match(error.requestID, /^req_/);
});

check("other upstreams' rate limits are a RateLimitError", async () => {
    const error = await errorOf(create("hello", "status=429 retry_after=7"));
    assert.ok(error instanceof OpenAI.RateLimitError);
    assert.equal(error.headers.get("retry-after"), "7");
});

// ---- how often it asks, left alone ----

async function attempts(key, script, more = {}) {
    const { calls } = await refused((fetch) =>
        clientWith(key, { maxRetries: 2, fetch }).chat.completions.create({
            ...say("hello", script),
            ...more,
        }),
    );
    return calls;
}

check("a bad request is asked once", async () => {
    assert.equal(await attempts(KEY, null, { temperature: 3 }), 1);
});

check("a wrong key is asked once", async () => {
    assert.equal(await attempts("ak_this_is_nobody"), 1);
});

check("an empty account is asked once", async () => {
    assert.equal(await attempts(POORKEY), 1);
});

check("a rate limit is asked three times", async () => {
    assert.equal(await attempts(KEY, "status=429 retry_after=1"), 3);
});

check("a broken upstream is asked three times", async () => {
    assert.equal(await attempts(KEY, "status=500"), 3);
});

await run();
