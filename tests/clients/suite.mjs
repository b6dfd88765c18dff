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

// A fetch that counts how often it is called.
export function counter() {
    const it = { calls: 0 };
    it.fetch = (...args) => {
        it.calls++;
        return fetch(...args);
    };
    return it;
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

// Pieces that came gap milliseconds apart did not come all at once.
export function assertApart(arrivals, gap) {
    const took = arrivals.at(-1) - arrivals[0];
    assert.ok(took >= ((arrivals.length - 1) * gap) / 2, `${took} ms`);
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
