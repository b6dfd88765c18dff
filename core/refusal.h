#ifndef REFUSAL_H
#define REFUSAL_H

#include <stdbool.h>

#include "buf.h"

/* Every way in which a caller can be told no, as one table: name, HTTP
 * status, OpenAI type, OpenAI code, Anthropic type, whether the same request
 * may succeed later (false adds "x-should-retry: false" where a client would
 * otherwise repeat it), default message. API.md 6.3, CLIENTS.md R12-R21. */
#define REFUSAL_TABLE(X)                                                       \
    X(NONE, 200, "", "", "", true, "")                                         \
    X(INVALID_REQUEST, 400, "invalid_request_error", "invalid_request",        \
        "invalid_request_error", false, "The request is not valid.")           \
    X(DUPLICATE_KEY, 400, "invalid_request_error", "duplicate_key",            \
        "invalid_request_error", false,                                        \
        "The body names the same key twice in one object.")                    \
    X(MODEL_NOT_FOUND, 400, "invalid_request_error", "model_not_found",        \
        "invalid_request_error", false, "There is no such model.")             \
    X(PROJECT_REQUIRED, 400, "invalid_request_error", "project_required",      \
        "invalid_request_error", false,                                        \
        "Name a project in the header X-Policy-Project.")                      \
    X(POLICY_UNLINKED, 400, "invalid_request_error", "policy_unlinked",        \
        "invalid_request_error", false, "Project is not linked to a policy")   \
    X(POLICY_NOT_FOUND, 400, "invalid_request_error", "policy_not_found",      \
        "invalid_request_error", false, "There is no such policy.")            \
    X(MODERATION, 400, "invalid_request_error", "moderation_blocked",          \
        "invalid_request_error", false,                                        \
        "The text is of a category that is blocked.")                          \
    X(INVALID_API_KEY, 401, "invalid_request_error", "invalid_api_key",        \
        "authentication_error", false, "Invalid API key")                      \
    X(LOGIN_WRONG, 401, "invalid_request_error", "invalid_credentials",        \
        "authentication_error", false, "The e-mail or the password is wrong.") \
    X(FREE_TIER_USED, 401, "invalid_request_error", "free_tier_used",          \
        "authentication_error", false,                                         \
        "The free request of this device is used up. Create an account to "    \
        "go on.")                                                              \
    X(INSUFFICIENT_CREDITS, 402, "insufficient_quota", "insufficient_credits", \
        "billing_error", false,                                                \
        "There are not enough credits for this request.")                      \
    X(ACCOUNT_SUSPENDED, 403, "permission_error", "account_suspended",         \
        "permission_error", false, "This account is suspended.")               \
    X(PROJECT_FORBIDDEN, 403, "permission_error", "project_forbidden",         \
        "permission_error", false, "The key may not use this project.")        \
    X(PLAN_REQUIRED, 403, "permission_error", "policy_plan_required",          \
        "permission_error", false, "This surface needs the policy plan.")      \
    X(PROJECT_DISABLED, 403, "permission_error", "project_disabled",           \
        "permission_error", false, "This project is disabled.")                \
    X(POLICY, 403, "policy_violation", "policy_refused", "permission_error",   \
        false, "The policy refuses this request.")                             \
    X(NOT_FOUND, 404, "invalid_request_error", "not_found", "not_found_error", \
        false, "There is nothing at this path.")                               \
    X(METHOD_NOT_ALLOWED, 405, "invalid_request_error", "method_not_allowed",  \
        "invalid_request_error", false, "This method is not allowed here.")    \
    X(BODY_TIMEOUT, 408, "invalid_request_error", "request_timeout",           \
        "invalid_request_error", true, "The body did not arrive in time.")     \
    X(DUPLICATE_REQUEST, 409, "invalid_request_error", "duplicate_request",    \
        "invalid_request_error", false,                                        \
        "This request was already received and is billed once.")               \
    X(IDEMPOTENCY_RUNNING, 409, "invalid_request_error",                       \
        "idempotency_in_progress", "invalid_request_error", true,              \
        "A request with this Idempotency-Key is under way.")                   \
    X(IDEMPOTENCY_REPLAYED, 409, "invalid_request_error",                      \
        "idempotency_replayed", "invalid_request_error", false,                \
        "The request with this Idempotency-Key was answered and billed.")      \
    X(IDEMPOTENCY_MISMATCH, 422, "invalid_request_error",                      \
        "idempotency_mismatch", "invalid_request_error", false,                \
        "This Idempotency-Key was used for another request.")                  \
    X(TOO_LARGE, 413, "invalid_request_error", "request_too_large",            \
        "request_too_large", false, "The body is too large.")                  \
    X(URI_TOO_LONG, 414, "invalid_request_error", "uri_too_long",              \
        "invalid_request_error", false, "The path is too long.")               \
    X(UNSUPPORTED_MEDIA, 415, "invalid_request_error",                         \
        "unsupported_media_type", "invalid_request_error", false,              \
        "The body must be JSON in UTF-8, not compressed.")                     \
    X(UPSTREAM_REJECTED, 422, "invalid_request_error", "upstream_rejected",    \
        "invalid_request_error", false, "The model refused the request.")      \
    X(RATE_LIMITED, 429, "rate_limit_error", "rate_limit_exceeded",            \
        "rate_limit_error", true, "Too many requests in the last minute.")     \
    X(LOGIN_LIMITED, 429, "rate_limit_error", "rate_limit_exceeded",           \
        "rate_limit_error", true, "Too many tries to sign in. Try later.")     \
    X(KEYS_LIMITED, 429, "rate_limit_error", "rate_limit_exceeded",            \
        "rate_limit_error", true, "Too many wrong API keys. Try later.")       \
    X(UPSTREAM_LIMITED, 429, "rate_limit_error", "rate_limit_exceeded",        \
        "rate_limit_error", true, "The model is at its limit. Try later.")     \
    X(USER_QUOTA_EXCEEDED, 429, "rate_limit_error", "user_quota_exceeded",     \
        "rate_limit_error", false,                                             \
        "The quota of this user is used up until its window ends.")            \
    X(PROJECT_QUOTA_EXCEEDED, 429, "rate_limit_error",                         \
        "project_quota_exceeded", "rate_limit_error", false,                   \
        "The budget of this project is used up until its window ends.")        \
    X(HEADERS_TOO_LARGE, 431, "invalid_request_error", "headers_too_large",    \
        "invalid_request_error", false, "The headers are too large.")          \
    X(INTERNAL, 500, "server_error", "internal_error", "api_error", true,      \
        "Something went wrong here.")                                          \
    X(NOT_IMPLEMENTED, 501, "invalid_request_error", "not_implemented",        \
        "invalid_request_error", false, "This method is not known.")           \
    X(UPSTREAM_ERROR, 502, "server_error", "upstream_error", "api_error",      \
        true, "The model server failed.")                                      \
    X(UPSTREAM_INCOMPLETE, 502, "server_error", "upstream_incomplete",         \
        "api_error", true, "The model server ended the answer early.")         \
    X(STORE_CLOSED, 503, "server_error", "store_unavailable",                  \
        "overloaded_error", true, "The ledger is not available. Try later.")   \
    X(LOGIN_CLOSED, 503, "server_error", "login_unavailable",                  \
        "overloaded_error", true, "Nobody can sign in now. Try later.")        \
    X(STORAGE_LOW, 503, "server_error", "storage_low", "overloaded_error",     \
        true, "The server is short of disk space. Try later.")                 \
    X(MODERATION_CLOSED, 503, "server_error", "moderation_unavailable",        \
        "overloaded_error", true,                                              \
        "The request could not be judged. Try later.")                         \
    X(MODEL_UNAVAILABLE, 503, "server_error", "model_unavailable",             \
        "overloaded_error", false, "This model has no price.")                 \
    X(OVERLOADED, 503, "server_error", "overloaded", "overloaded_error", true, \
        "The server is busy or stopping. Try again.")                          \
    X(UPSTREAM_TIMEOUT, 504, "server_error", "upstream_timeout",               \
        "timeout_error", true, "The model server did not answer in time.")

#define REFUSAL_ENUM(name, status, type, code, anthropic, retry, message)      \
    REFUSE_##name,
enum refusal { REFUSAL_TABLE(REFUSAL_ENUM) REFUSE_COUNT };
#undef REFUSAL_ENUM

/* Whose words an answer uses. Responses shares the OpenAI error shape. */
enum dialect { DIALECT_CHAT, DIALECT_RESPONSES, DIALECT_MESSAGES };

/* A refusal with its particulars. An empty message means the table's. */
struct fault {
    enum refusal code;
    char param[128];   /* path of the field, "messages[0].content"; or empty */
    char message[512]; /* well-formed UTF-8 */
};

/**
 * fault_set(f, code, param, fmt, ...):
 * Fill ${f}. ${param} may be NULL. Text that does not fit is cut at a
 * character. Returns -1, so that a check can end in "return fault_set(...)".
 */
int fault_set(struct fault *f, enum refusal code, const char *param,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/**
 * refusal_status(code), refusal_code(code), refusal_retry(code):
 * Columns of the table.
 */
int refusal_status(enum refusal code);
const char *refusal_code(enum refusal code);
bool refusal_retry(enum refusal code);

/**
 * refusal_message(f):
 * What is told: the fault's message or the table's.
 */
const char *refusal_message(const struct fault *f);

/**
 * refusal_body(f, dialect, request_id, out):
 * Append the JSON body that tells ${f} in the shape of ${dialect} (API.md 6.1,
 * CLIENTS.md R14; the Anthropic shape carries ${request_id} and begins the
 * message with the param).
 */
void refusal_body(const struct fault *f, enum dialect dialect,
    const char *request_id, struct buf *out);

/**
 * refusal_frame(f, dialect, request_id, out):
 * Append the SSE frame that ends a stream which can no longer answer with a
 * status (CLIENTS.md R25), blank line included. Responses has a way of its
 * own.
 */
void refusal_frame(const struct fault *f, enum dialect dialect,
    const char *request_id, struct buf *out);

#endif
