#ifndef SURFACE_H
#define SURFACE_H

#include "route.h"

/* What can be called, one route table for each surface. A program is a list of
 * surfaces and a main. */

/* The transparent one: /v1. */
extern const struct route surface_v1[];

/* The governed one: /policy. */
extern const struct route surface_policy[];

/* What users do who signed in: /api. */
extern const struct route surface_manage[];

/* Of every program: /health. */
extern const struct route surface_health[];

#endif
