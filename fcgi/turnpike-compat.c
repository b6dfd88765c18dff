#include <stddef.h>

#include "health.h"
#include "models.h"
#include "worker.h"

/* The transparent surface: /v1. */
static const struct route routes[] = {
    {"/v1/chat/completions", METHOD_POST, DOOR_KEY_FREE, DIALECT_CHAT, true,
        ROUTE_COMPLETION, NULL},
    {"/v1/responses", METHOD_POST, DOOR_KEY_FREE, DIALECT_RESPONSES, true,
        ROUTE_COMPLETION, NULL},
    {"/v1/messages", METHOD_POST, DOOR_KEY_FREE, DIALECT_MESSAGES, true,
        ROUTE_COMPLETION, NULL},
    {"/v1/v1/messages", METHOD_POST, DOOR_KEY_FREE, DIALECT_MESSAGES, true,
        ROUTE_COMPLETION, NULL},
    {"/v1/messages/count_tokens", METHOD_POST, DOOR_KEY, DIALECT_MESSAGES, true,
        ROUTE_COUNT, NULL},
    {"/v1/models", METHOD_GET, DOOR_KEY, DIALECT_CHAT, true, ROUTE_HERE,
        models_list},
    {"/v1/models/*", METHOD_GET, DOOR_KEY, DIALECT_CHAT, true, ROUTE_HERE,
        models_show},
    {"/health/live", METHOD_GET, DOOR_OPEN, DIALECT_CHAT, false, ROUTE_HERE,
        health_live},
    {"/health/ready", METHOD_GET, DOOR_OPEN, DIALECT_CHAT, false, ROUTE_HERE,
        health_ready},
    {0},
};

int main(int argc, char **argv)
{
    return worker_main("turnpike-compat", routes, argc, argv);
}
