#include "surface.h"

#include <stddef.h>

#include "health.h"
#include "login.h"
#include "models.h"

/* A call of a model, governed or not. */
#define COMPLETION(path, door, dialect, governed)                              \
    {                                                                          \
        path, METHOD_POST, door, dialect, !(governed), ROUTE_COMPLETION, NULL, \
            governed                                                           \
    }

/* How many tokens it would be; no policy looks at it. */
#define COUNT_TOKENS(path, governed)                                           \
    {                                                                          \
        path, METHOD_POST, DOOR_KEY, DIALECT_MESSAGES, !(governed),            \
            ROUTE_COUNT, NULL, governed                                        \
    }

const struct route surface_v1[] = {
    COMPLETION("/v1/chat/completions", DOOR_KEY_FREE, DIALECT_CHAT, false),
    COMPLETION("/v1/responses", DOOR_KEY_FREE, DIALECT_RESPONSES, false),
    COMPLETION("/v1/messages", DOOR_KEY_FREE, DIALECT_MESSAGES, false),
    COMPLETION("/v1/v1/messages", DOOR_KEY_FREE, DIALECT_MESSAGES, false),
    COUNT_TOKENS("/v1/messages/count_tokens", false),
    {"/v1/models", METHOD_GET, DOOR_KEY, DIALECT_CHAT, true, ROUTE_HERE,
        models_list, false},
    {"/v1/models/*", METHOD_GET, DOOR_KEY, DIALECT_CHAT, true, ROUTE_HERE,
        models_show, false},
    {0},
};

const struct route surface_policy[] = {
    COMPLETION("/policy/chat/completions", DOOR_KEY, DIALECT_CHAT, true),
    COMPLETION("/policy/v1/chat/completions", DOOR_KEY, DIALECT_CHAT, true),
    COMPLETION("/policy/responses", DOOR_KEY, DIALECT_RESPONSES, true),
    COMPLETION("/policy/v1/responses", DOOR_KEY, DIALECT_RESPONSES, true),
    COMPLETION("/policy/messages", DOOR_KEY, DIALECT_MESSAGES, true),
    COMPLETION("/policy/v1/messages", DOOR_KEY, DIALECT_MESSAGES, true),
    COUNT_TOKENS("/policy/messages/count_tokens", true),
    COUNT_TOKENS("/policy/v1/messages/count_tokens", true),
    {"/policy/simulate", METHOD_POST, DOOR_KEY, DIALECT_CHAT, false,
        ROUTE_SIMULATION, NULL, true},
    {"/policy/v1/simulate", METHOD_POST, DOOR_KEY, DIALECT_CHAT, false,
        ROUTE_SIMULATION, NULL, true},
    {"/policy/v1/models", METHOD_GET, DOOR_KEY, DIALECT_CHAT, false, ROUTE_HERE,
        models_list, true},
    {"/policy/v1/models/*", METHOD_GET, DOOR_KEY, DIALECT_CHAT, false,
        ROUTE_HERE, models_show, true},
    {0},
};

const struct route surface_manage[] = {
    {"/api/auth/login", METHOD_POST, DOOR_OPEN, DIALECT_CHAT, false, ROUTE_HERE,
        login_begin, false},
    {"/api/auth/me", METHOD_GET, DOOR_ACCOUNT, DIALECT_CHAT, false, ROUTE_HERE,
        login_show, false},
    {0},
};

const struct route surface_health[] = {
    {"/health/live", METHOD_GET, DOOR_OPEN, DIALECT_CHAT, false, ROUTE_HERE,
        health_live, false},
    {"/health/ready", METHOD_GET | METHOD_POST, DOOR_OPEN, DIALECT_CHAT, false,
        ROUTE_HERE, health_ready, false},
    {0},
};
