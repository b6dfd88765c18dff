#ifndef HEALTH_H
#define HEALTH_H

struct call;

/**
 * health_live(call), health_ready(call):
 * Answer GET /health/live (the process turns) and /health/ready (it can serve:
 * store open, an upstream configured, not stopping; else 503).
 */
void health_live(struct call *call);
void health_ready(struct call *call);

#endif
