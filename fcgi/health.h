#ifndef HEALTH_H
#define HEALTH_H

struct call;

/**
 * health_live(call), health_ready(call):
 * Answer GET /health/live (the process turns) and /health/ready (it has an
 * upstream and a clock that can be right, does not stop, its state is out of
 * the web server's reach, and the store was open when it was last asked; else
 * 503). The latter asks nobody. It is 200 with "degraded" while the newest call
 * to each upstream of a model has failed. It comes, in the fcgid mode, with
 * what host_report() sees; and for the query "probe" with a self-test, which
 * may be posted.
 */
void health_live(struct call *call);
void health_ready(struct call *call);

#endif
