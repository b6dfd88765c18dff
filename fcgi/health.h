#ifndef HEALTH_H
#define HEALTH_H

struct call;

/**
 * health_live(call), health_ready(call):
 * Answer GET /health/live (the process turns) and /health/ready (it can serve:
 * store open, an upstream configured, not stopping; else 503). The latter, in
 * the fcgid mode, with what host_report() sees; and for the query "probe" with
 * a self-test, which may be posted.
 */
void health_live(struct call *call);
void health_ready(struct call *call);

#endif
