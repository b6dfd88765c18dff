// What the suites of the client packages share. A suite makes its checks and
// calls run(); each check is one line of TAP.
//
// Environment: BASE (origin of the gateway), KEY, MODEL; UPSTREAM (origin of
// the demo upstream, whose log is asked), POORKEY (no credits), LIMITEDKEY (its
// rate limit is used up). tests/upstream/script.h has the words of a script.

import assert from "node:assert/strict";

export const { BASE, KEY, MODEL, UPSTREAM, POORKEY, LIMITEDKEY } = process.env;

for (const name of ["BASE", "KEY", "MODEL", "UPSTREAM"])
    assert.ok(process.env[name], `${name} must be set`);

const checks = [];

export function check(name, body) {
    checks.push({ name, body });
}

export async function run() {
    let failed = 0;
    console.log(`1..${checks.length}`);
    for (const [i, { name, body }] of checks.entries()) {
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
}

// A prompt that tells the demo upstream how to answer.
export function scripted(text, script) {
    return script ? `${text}\nscript: ${script}` : text;
}

export const said = "You said: hello gateway and";

// A policy, to be brought along, that lets a model say no more than that.
export const strict = { rules: { denylist: ["said: hello"] } };
export const saidUntilDenied = "You ";

export async function collect(stream) {
    const all = [];
    for await (const one of stream) all.push(one);
    return all;
}

export async function errorOf(promise) {
    try {
        await promise;
    } catch (error) {
        return error;
    }
    assert.fail("it was answered");
}

// What makes clients of a package: each has a key, and asks no second time but
// where it is told to.
export function clientsOf(Package, baseURL) {
    return (apiKey, more = {}) =>
        new Package({
            apiKey,
            baseURL,
            maxRetries: 0,
            timeout: 30000,
            ...more,
        });
}

// Why a call is refused, and how often it was made: ask() makes it with the
// fetch that it is given.
export async function refused(ask) {
    let calls = 0;
    const error = await errorOf(
        ask((...args) => {
            calls++;
            return fetch(...args);
        }),
    );
    return { error, calls };
}

// A word that no other request has.
export function newMark() {
    return `mark${Date.now()}x${Math.random().toString(36).slice(2)}`;
}

// What the upstream logged of the requests that hold this word.
export async function logOf(mark) {
    const log = await (await fetch(`${UPSTREAM}/v1/log`)).json();
    return log.filter((entry) => JSON.stringify(entry.body).includes(mark));
}

// Ask again until it is so; the other side may need a moment.
export async function eventually(probe) {
    for (let tries = 0; tries < 200; tries++) {
        if (await probe()) return true;
        await new Promise((resolve) => setTimeout(resolve, 25));
    }
    return false;
}

export async function assertLeft(mark) {
    const isLeft = async () => (await logOf(mark))[0]?.ended === "client_gone";
    assert.ok(await eventually(isLeft), "the upstream was not left");
}

// Words that the upstream says 60 ms apart do not come all at once.
export async function assertApart(create, hasWord) {
    const words = 12;
    const gap = 60;
    const stream = await create("hello", `words=${words} gap=${gap}`, {
        stream: true,
    });
    const arrivals = [];
    for await (const event of stream)
        if (hasWord(event)) arrivals.push(performance.now());
    assert.equal(arrivals.length, words);
    const took = arrivals.at(-1) - arrivals[0];
    assert.ok(took >= ((words - 1) * gap) / 2, `${took} ms`);
}

// A stream of create() that is cut off upstream is an error.
export async function assertBreaks(create, after) {
    const stream = await create("hello", `words=9 cut_after=${after}`, {
        stream: true,
    });
    assert.ok((await errorOf(collect(stream))) instanceof Error);
}

// A stream of create() that is aborted at the fifth event of that type is left.
export async function assertAborts(create, type) {
    const mark = newMark();
    const stream = await create(mark, "words=5000 gap=20", { stream: true });
    let seen = 0;
    for await (const event of stream) {
        seen += event.type === type;
        if (seen === 5) stream.controller.abort();
    }
    assert.ok(seen >= 5 && seen < 5000);
    await assertLeft(mark);
}

// A red dot.
export const png =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQ" +
    "DwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

export const querySchema = {
    type: "object",
    properties: { query: { type: "string" } },
    required: ["query"],
    additionalProperties: false,
};

export const placeSchema = {
    type: "object",
    properties: { city: { type: "string" }, people: { type: "integer" } },
    required: ["city", "people"],
    additionalProperties: false,
};

export function assertPlace(place) {
    assert.equal(typeof place.city, "string");
    assert.ok(Number.isInteger(place.people));
}
