#ifndef MODELS_H
#define MODELS_H

struct call;

/**
 * models_list(call), models_show(call):
 * Answer GET /v1/models and /v1/models/{id} in the shape that serves both the
 * OpenAI and the Anthropic SDKs. CLIENTS.md R9.
 */
void models_list(struct call *call);
void models_show(struct call *call);

#endif
