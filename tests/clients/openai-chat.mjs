// The official OpenAI package is content with what the gateway answers: each
// call that programs make is made here, and what comes back is checked.
//
// Environment: BASE (origin of the gateway), KEY; UPSTREAM (origin of the demo
// upstream), POORKEY (no credits), LIMITEDKEY (its rate limit is used up): what
// needs one that is not set is skipped.

import assert from "node:assert/strict";
import OpenAI from "openai";

const { BASE, KEY, UPSTREAM, POORKEY, LIMITEDKEY } = process.env;
const model = process.env.MODEL ?? "abliterated-model";
assert.ok(BASE && KEY, "BASE and KEY must be set");

function clientWith(apiKey) {
    return new OpenAI({
        apiKey,
        baseURL: `${BASE}/v1`,
        maxRetries: 0,
        timeout: 30000,
    });
}

const client = clientWith(KEY);

function say(text, script) {
    const content = script ? `${text}\nscript: ${script}` : text;
    return { model, messages: [{ role: "user", content }] };
}

function create(text, script, more = {}) {
    return client.chat.completions.create({ ...say(text, script), ...more });
}

async function collect(stream) {
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    return chunks;
}

function textOf(chunks) {
    return chunks.map((c) => c.choices[0]?.delta.content ?? "").join("");
}

function finishOf(chunks) {
    return chunks.filter((c) => c.choices[0]?.finish_reason);
}

// Ask again until it is so; the other side may need a moment.
async function eventually(probe) {
    for (let tries = 0; tries < 100; tries++) {
        if (await probe()) return true;
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return false;
}

async function errorOf(promise) {
    try {
        await promise;
    } catch (error) {
        return error;
    }
    assert.fail("it was answered");
}

const tools = [
    {
        type: "function",
        function: {
            name: "find",
            description: "find things",
            parameters: {
                type: "object",
                properties: { query: { type: "string" } },
                required: ["query"],
            },
        },
    },
];

const checks = [];

function check(name, body, missing) {
    checks.push({ name, body, missing });
}

// ---- not streamed ----

check("a completion has text, a reason and usage", async () => {
    const answer = await create("hello gateway", "words=5");
    assert.equal(answer.object, "chat.completion");
    assert.equal(answer.model, model);
    assert.equal(answer.choices[0].message.role, "assistant");
    assert.equal(
        answer.choices[0].message.content,
        "You said: hello gateway and",
    );
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
    assert.equal(textOf(chunks), "You said: hello gateway and");
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
    assert.equal(
        answer.choices[0].message.content,
        "You said: hello gateway and",
    );
    assert.equal(answer.choices[0].finish_reason, "stop");
});

check("frames 60 ms apart arrive apart", async () => {
    const words = 12;
    const stream = await create("hello", `words=${words} gap=60`, {
        stream: true,
    });
    const arrivals = [];
    for await (const chunk of stream)
        if (chunk.choices[0]?.delta.content) arrivals.push(performance.now());
    assert.equal(arrivals.length, words);
    assert.ok(arrivals.at(-1) - arrivals[0] >= ((words - 1) * 60) / 2);
});

check("a stream that breaks is an error", async () => {
    const stream = await create("hello", "words=9 cut_after=4", {
        stream: true,
    });
    const error = await errorOf(collect(stream));
    assert.ok(error instanceof Error);
});

check(
    "an aborted stream is aborted upstream",
    async () => {
        const mark = `mark${Date.now()}`;
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
        const isGone = async () => {
            const log = await (await fetch(`${UPSTREAM}/v1/log`)).json();
            const entry = log.find((e) => JSON.stringify(e.body).includes(mark));
            return entry?.ended === "client_gone";
        };
        assert.ok(await eventually(isGone), "the upstream was not left");
    },
    UPSTREAM ? null : "UPSTREAM is not set",
);

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
                schema: {
                    type: "object",
                    properties: {
                        city: { type: "string" },
                        people: { type: "integer" },
                    },
                    required: ["city", "people"],
                    additionalProperties: false,
                },
            },
        },
    });
    const { city, people } = JSON.parse(answer.choices[0].message.content);
    assert.equal(typeof city, "string");
    assert.equal(typeof people, "number");
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

check(
    "no credits is a 402",
    async () => {
        const poor = clientWith(POORKEY);
        const error = await errorOf(poor.chat.completions.create(say("hello")));
        assert.ok(error instanceof OpenAI.APIError);
        assert.equal(error.status, 402);
    },
    POORKEY ? null : "POORKEY is not set",
);

check(
    "too many requests are a RateLimitError with Retry-After",
    async () => {
        const limited = clientWith(LIMITEDKEY);
        const error = await errorOf(
            limited.chat.completions.create(say("hello")),
        );
        assert.ok(error instanceof OpenAI.RateLimitError);
        assert.ok(Number(error.headers.get("retry-after")) >= 1);
    },
    LIMITEDKEY ? null : "LIMITEDKEY is not set",
);

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

// ---- run ----

let failed = 0;
console.log(`1..${checks.length}`);
for (const [i, { name, body, missing }] of checks.entries()) {
    if (missing) {
        console.log(`ok ${i + 1} - ${name} # SKIP ${missing}`);
        continue;
    }
    try {
        await body();
        console.log(`ok ${i + 1} - ${name}`);
    } catch (error) {
        failed++;
        console.log(`not ok ${i + 1} - ${name}`);
        console.log(`${error.stack ?? error}`.replace(/^/gm, "# "));
    }
}
process.exit(failed > 0 ? 1 : 0);
