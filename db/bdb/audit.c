#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"

enum { HEX_MAX = 64 }; /* bytes of an id that a report shows */

void audit_breach(struct audit *a, const char *invariant, const char *what,
    const void *id, size_t n, const char *fmt, ...)
{
    char hex[2 * HEX_MAX + 1], text[256];
    va_list args;

    mac_hex(id, n < HEX_MAX ? n : HEX_MAX, hex);
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    buf_printf(&a->report, "%s %s %s: %s\n", invariant, what, hex, text);
    a->breaches++;
}

bool audit_decode(struct audit *a, const struct row_kind *kind, struct span key,
    struct span value, void *row)
{
    if (row_decode(kind, value, row) == 0)
        return true;
    audit_breach(a, "ROW", "key", key.p, key.n, "%s", kind->unreadable);
    return false;
}

enum trail_result audit_get(
    struct audit *a, const struct row_kind *kind, struct span key, void *row)
{
    struct buf value = {0};
    enum trail_result result = trail_get(a->t, kind->table, key, &value);
    struct span span = {value.data, value.len};

    if (result == TRAIL_FOUND && !audit_decode(a, kind, key, span, row))
        result = TRAIL_FAILED;
    buf_free(&value);
    return result;
}

struct audit_account *audit_all_accounts(const struct audit *a, size_t *count)
{
    const size_t head = sizeof(struct audit_state);

    *count = (a->cursor->len - head) / sizeof(struct audit_account);
    return (struct audit_account *)(void *)(a->cursor->data + head);
}

struct audit_account *audit_accounts(const struct audit *a, size_t *count)
{
    struct audit_account *all = audit_all_accounts(a, count);

    *count -= a->state.first;
    return all + a->state.first;
}

static int compare_account(const void *id, const void *account)
{
    return memcmp(id, ((const struct audit_account *)account)->id, STORE_ID);
}

struct audit_account *audit_find(
    struct audit_account *accounts, size_t count, const uint8_t id[STORE_ID])
{
    return bsearch(id, accounts, count, sizeof(*accounts), compare_account);
}
