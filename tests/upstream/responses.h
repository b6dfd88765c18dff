#ifndef RESPONSES_H
#define RESPONSES_H

#include "dialect.h"

/* OpenAI Responses. */
extern const struct dialect responses_dialect;

#endif
