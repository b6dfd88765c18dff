#include "moderations.h"

#include <string.h>

#include "chat.h"

/* Whether the comma-separated ${list} has ${name}. */
static bool lists(const char *list, const char *name)
{
    size_t n = strlen(name);

    for (const char *at = list; (at = strstr(at, name)) != NULL; at += n)
        if ((at == list || at[-1] == ',') && (at[n] == ',' || at[n] == '\0'))
            return true;
    return false;
}

static void put_categories(const char *flagged, struct buf *out)
{
    static const char *const names[] = {"harassment", "harassment/threatening",
        "hate", "hate/threatening", "illicit", "illicit/violent", "self-harm",
        "self-harm/intent", "self-harm/instructions", "sexual", "sexual/minors",
        "violence", "violence/graphic"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        buf_printf(out, "%s\"%s\":%s", i > 0 ? "," : "", names[i],
            lists(flagged, names[i]) ? "true" : "false");
}

static void whole(struct turn *t, struct buf *out)
{
    static const struct turn_item nothing = {.kind = TURN_TEXT};
    const char *flagged = t->ask->script.flag;

    buf_printf(out,
        "{\"id\":\"modr-demo%08llu\",\"text\":", (unsigned long long)t->serial);
    turn_quote(t, &nothing, out); /* as long as the script wants it */
    buf_puts(out, ",\"model\":");
    turn_model(t, out);
    buf_printf(out, ",\"results\":[{\"flagged\":%s,\"categories\":{",
        flagged[0] != '\0' ? "true" : "false");
    put_categories(flagged, out);
    buf_puts(out, "},\"category_scores\":{}}]}");
}

static bool next(struct turn *t, struct event *e)
{
    (void)t, (void)e;
    return false;
}

static void broken(struct turn *t, struct event *e)
{
    (void)t, (void)e;
}

static void error(const struct error_told *told, struct buf *out)
{
    chat_dialect.error(told, out);
}

const struct dialect moderations_dialect = {NULL, whole, next, broken, error};
