#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden.h"

static const char *const names[GOLDEN_SECTIONS] = {
    [GOLDEN_REQUEST] = "request",
    [GOLDEN_UPSTREAM_REQUEST] = "upstream-request",
    [GOLDEN_REFUSAL] = "refusal",
    [GOLDEN_UPSTREAM_ANSWER] = "upstream-answer",
    [GOLDEN_CLIENT_ANSWER] = "client-answer",
    [GOLDEN_UPSTREAM_STREAM] = "upstream-stream",
    [GOLDEN_CLIENT_STREAM] = "client-stream",
    [GOLDEN_USAGE] = "usage",
};

static int name_of(const char *line, size_t n)
{
    for (int i = 0; i < GOLDEN_SECTIONS; i++)
        if (strlen(names[i]) == n && memcmp(names[i], line, n) == 0)
            return i;
    return -1;
}

/* Streams keep their last line end, other sections do not. */
static void end_section(struct span *section, const char *end, bool stream)
{
    section->n = (size_t)(end - section->p);
    if (!stream && section->n > 0 && section->p[section->n - 1] == '\n')
        section->n--;
}

static int split(struct golden *g, size_t size)
{
    static const char head[] = "--- ";
    const char *at = g->text, *end = g->text + size, *line;
    int open = -1;

    while (at < end) {
        line = at;
        at = memchr(line, '\n', (size_t)(end - line));
        at = at != NULL ? at + 1 : end;
        if ((size_t)(at - line) < sizeof(head) ||
            memcmp(line, head, sizeof(head) - 1) != 0)
            continue;
        if (open >= 0)
            end_section(&g->section[open], line,
                open == GOLDEN_UPSTREAM_STREAM || open == GOLDEN_CLIENT_STREAM);
        line += sizeof(head) - 1;
        open = name_of(line, (size_t)(at - line) - 1);
        if (open < 0 || g->section[open].p != NULL)
            return -1;
        g->section[open].p = at;
    }
    if (open < 0)
        return -1;
    end_section(&g->section[open], end,
        open == GOLDEN_UPSTREAM_STREAM || open == GOLDEN_CLIENT_STREAM);
    return 0;
}

static int read_dialects(struct golden *g, const char *dir)
{
    static const char *const dialects[] = {
        [DIALECT_CHAT] = "chat",
        [DIALECT_RESPONSES] = "responses",
        [DIALECT_MESSAGES] = "messages",
    };
    char pair[64];

    for (int c = 0; c < 3; c++)
        for (int u = 0; u < 3; u++) {
            snprintf(pair, sizeof(pair), "%s-%s", dialects[c], dialects[u]);
            if (strcmp(pair, dir) != 0)
                continue;
            g->caller = (enum dialect)c;
            g->upstream = (enum dialect)u;
            return 0;
        }
    return -1;
}

/* Half a case would prove nothing. */
static bool is_complete(const struct golden *g)
{
    const struct span *s = g->section;

    return g->text[0] == '#' && s[GOLDEN_REQUEST].p != NULL &&
           (s[GOLDEN_UPSTREAM_REQUEST].p == NULL) ==
               (s[GOLDEN_REFUSAL].p != NULL) &&
           (s[GOLDEN_UPSTREAM_ANSWER].p == NULL) ==
               (s[GOLDEN_CLIENT_ANSWER].p == NULL) &&
           (s[GOLDEN_UPSTREAM_STREAM].p == NULL) ==
               (s[GOLDEN_CLIENT_STREAM].p == NULL);
}

int golden_load(struct golden *g, const char *dir, const char *path)
{
    size_t size;

    *g = (struct golden){0};
    if (read_dialects(g, dir) != 0)
        return -1;
    g->text = golden_read(path, &size);
    if (g->text == NULL)
        return -1;
    if (split(g, size) == 0 && is_complete(g))
        return 0;
    golden_free(g);
    return -1;
}

void golden_free(struct golden *g)
{
    free(g->text);
    *g = (struct golden){0};
}
