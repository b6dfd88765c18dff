#include <stdlib.h>
#include <string.h>

#include "args.h"

static void take_char(struct args *a, char c)
{
    if (a->in_string) {
        if (a->escape)
            a->escape = false;
        else if (c == '\\')
            a->escape = true;
        else if (c == '"')
            a->in_string = false;
    } else if (c == '"') {
        a->in_string = true;
    } else if (c == '{' || c == '[') {
        a->depth++;
        a->begun = true;
    } else if ((c == '}' || c == ']') && a->depth > 0) {
        a->depth--;
    }
}

/* What the escape at p stands for, as far as it matters; its length in *n. */
static char unescape(struct span p, size_t *n)
{
    char digits[5] = "";
    unsigned long unit;

    *n = 2;
    if (p.n < 2)
        return ' ';
    if (p.p[1] != 'u')
        return p.p[1] == '"' || p.p[1] == '\\' ? p.p[1] : ' ';
    *n = 6;
    memcpy(digits, p.p + 2, p.n < 6 ? p.n - 2 : 4);
    unit = strtoul(digits, NULL, 16);
    return unit < 0x80 ? (char)unit : ' ';
}

void args_take(struct args *a, struct span text)
{
    size_t step;

    for (size_t i = 0; i < text.n; i += step) {
        step = 1;
        if (text.p[i] == '\\')
            take_char(
                a, unescape((struct span){text.p + i, text.n - i}, &step));
        else
            take_char(a, text.p[i]);
    }
}

bool args_whole(const struct args *a)
{
    return a->begun && a->depth == 0 && !a->in_string;
}
