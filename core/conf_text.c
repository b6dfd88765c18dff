#include "conf_text.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct span trim(struct span s)
{
    while (s.n > 0 && is_blank(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n > 0 && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

static struct span take_line(struct span *rest)
{
    const char *end = memchr(rest->p, '\n', rest->n);
    struct span line = {rest->p, end ? (size_t)(end - rest->p) : rest->n};
    size_t used = end ? line.n + 1 : line.n;

    rest->p += used;
    rest->n -= used;
    return line;
}

static struct span without_comment(struct span line)
{
    for (size_t i = 0; i < line.n; i++) {
        if (line.p[i] == '#' && (i == 0 || is_blank(line.p[i - 1])))
            return (struct span){line.p, i};
    }
    return line;
}

static int split(struct span text, struct conf_setting *s)
{
    const char *equals = memchr(text.p, '=', text.n);
    size_t before;

    if (!equals)
        return -1;
    before = (size_t)(equals - text.p);
    s->key = trim((struct span){text.p, before});
    s->value = trim((struct span){equals + 1, text.n - before - 1});
    return s->key.n > 0 ? 0 : -1;
}

/* What some editors put before a text. */
static void skip_mark(struct span *text)
{
    static const char mark[] = "\xef\xbb\xbf";
    const size_t n = sizeof(mark) - 1;

    if (text->n < n || memcmp(text->p, mark, n) != 0)
        return;
    text->p += n;
    text->n -= n;
}

int conf_text_next(struct span *rest, unsigned *line, struct conf_setting *s)
{
    if (*line == 0)
        skip_mark(rest);
    while (rest->n > 0) {
        struct span text = trim(without_comment(take_line(rest)));

        ++*line;
        if (text.n == 0)
            continue;
        s->line = *line;
        return split(text, s) ? -1 : 1;
    }
    return 0;
}

int conf_text_override(const char *text, struct conf_setting *s)
{
    s->line = 0;
    return split((struct span){text, strlen(text)}, s);
}
