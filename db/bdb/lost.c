#include "lost.h"

#include <string.h>

#include "core/policy_event.h"
#include "row_project.h"

static struct span text_of(const char *text)
{
    return (struct span){text, strlen(text)};
}

void lost_tell(struct trail *t, const uint8_t request[STORE_ID],
    const struct row_hold *hold, int64_t now, struct buf *text,
    struct store_event_add *event)
{
    const struct policy_lost lost = {
        text_of(hold->rule.policy), text_of(hold->rule.target)};
    char id[POLICY_EVENT_ID], user[POLICY_EVENT_USER];
    struct store_project project = {0};
    struct policy_event e = {.event_id = {id, sizeof(id) - 1},
        .created_at = (uint64_t)(now / 1000000),
        .user_id = {user, sizeof(user) - 1},
        .policy_version = hold->rule.version};

    *event = (struct store_event_add){0};
    memcpy(event->id, request, STORE_ID);
    policy_event_id(event->id, id);
    policy_event_user(hold->account, user);
    if (hold->claim.project[0] != 0 &&
        row_project_must(t, hold->claim.project, &project)) {
        e.project_id = text_of(project.id);
        e.project_label = text_of(project.label);
        memcpy(event->project, project.id, sizeof(project.id));
    }
    policy_event_lost(&e, &lost, text);
    if (text->failed)
        trail_fail(t, "out of memory for an event");
    event->text = (struct span){text->data, text->len};
    memcpy(event->target, hold->rule.target, sizeof(event->target));
}
