#ifndef MODERATIONS_H
#define MODERATIONS_H

#include "dialect.h"

/* OpenAI's /v1/moderations: what is asked about is of the categories that the
 * script flags, and of no others. Never streamed. */
extern const struct dialect moderations_dialect;

#endif
