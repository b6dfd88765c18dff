#ifndef HEALTH_H
#define HEALTH_H

struct call;

/**
 * health_live(call), health_ready(call):
 * Answer GET /health/live (the process turns) and /health/ready (it has an
 * upstream and a clock that can be right, does not stop, and its state is out
 * of the web server's reach; else 503). The latter does not ask the store, nor
 * upstreams. It comes, in the fcgid mode, with what host_report() sees; and for
 * the query "probe" with a self-test, which may be posted.
 */
void health_live(struct call *call);
void health_ready(struct call *call);

#endif
