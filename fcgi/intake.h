#ifndef INTAKE_H
#define INTAKE_H

#include <stdint.h>

struct call;

/**
 * intake_json(call, most):
 * Read the request's body, at most ${most} bytes, as one JSON object into
 * call->doc. Returns 0, or -1 with what is wrong in call->fault.
 */
int intake_json(struct call *call, uint64_t most);

/**
 * intake_body(call):
 * Read and check the request's body into call->doc, call->completion and
 * call->offer. What is wrong with it is left in call->fault, to be told once
 * the key has been accepted. API.md 1.1, RELIABILITY.md 7.2 rows 14-48.
 */
void intake_body(struct call *call);

#endif
