#ifndef MESSAGES_H
#define MESSAGES_H

#include "dialect.h"

/* Anthropic Messages. */
extern const struct dialect messages_dialect;

#endif
