#ifndef CHAT_H
#define CHAT_H

#include "dialect.h"

/* OpenAI Chat Completions. */
extern const struct dialect chat_dialect;

/**
 * chat_error(told, out):
 * Append the error body of both OpenAI protocols.
 */
void chat_error(const struct error_told *told, struct buf *out);

#endif
