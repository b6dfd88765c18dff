#include "call.h"
#include "core/webtools.h"
#include "judge_private.h"
#include "log.h"

/* Web tools under what the project says of them. */

/* What the store has was readable when it was put there; if it is not, nothing
 * is allowed. */
static struct webtools *read_rules(struct call *call)
{
    const struct store_govern *govern = &call_ruling(call)->govern;
    struct webtools *rules = NULL;
    struct fault fault;

    if (!govern->web_tools.failed)
        rules = webtools_read(
            (struct span){govern->web_tools.data, govern->web_tools.len},
            &fault);
    if (rules != NULL)
        return rules;
    if (govern->web_tools.failed || fault.code == REFUSE_OVERLOADED) {
        call_fail(call, REFUSE_OVERLOADED);
        return NULL;
    }
    log_event("web_tools_unreadable", "project %s: %s", govern->rule.project,
        refusal_message(&fault));
    call_fail(call, REFUSE_INTERNAL);
    return NULL;
}

int judge_confine(struct call *call)
{
    struct ruling *r = call_ruling(call);
    struct webtools *rules;
    int rc;

    if (r == NULL ||
        (r->govern.web_tools.len == 0 && !r->govern.web_tools.failed))
        return 0;
    if ((rules = read_rules(call)) == NULL)
        return -1;
    rc = webtools_confine(
        rules, &call->doc, call->dialect, &r->confined, &call->fault);
    webtools_free(rules);
    if (rc != 0 || r->confined.len == 0)
        return rc;
    if (judge_replace(call, &r->confined) == 0)
        return 0;
    call_fail(call, REFUSE_OVERLOADED);
    return -1;
}
