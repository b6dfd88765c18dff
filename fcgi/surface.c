#include "surface.h"

#include <stddef.h>

#include "health.h"
#include "models.h"

const struct route surface_v1[] = {
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
    {0},
};

const struct route surface_health[] = {
    {"/health/live", METHOD_GET, DOOR_OPEN, DIALECT_CHAT, false, ROUTE_HERE,
        health_live},
    {"/health/ready", METHOD_GET | METHOD_POST, DOOR_OPEN, DIALECT_CHAT, false,
        ROUTE_HERE, health_ready},
    {0},
};
