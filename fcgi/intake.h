#ifndef INTAKE_H
#define INTAKE_H

struct call;

/**
 * intake_body(call):
 * Read and check the request's body into call->doc, call->completion and
 * call->offer. What is wrong with it is left in call->fault, to be told once
 * the key has been accepted. API.md 1.1, RELIABILITY.md 7.2 rows 14-48.
 */
void intake_body(struct call *call);

#endif
