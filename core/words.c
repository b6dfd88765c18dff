#include "words.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool begins(struct span s, const char *word)
{
    size_t n = strlen(word);

    return s.n >= n && strncasecmp(s.p, word, n) == 0;
}

/* Whether ${s} begins with digits, a dot and digits, twice: an IPv4 address,
 * or a version, which we can do without as well. */
static bool begins_dotted(struct span s)
{
    size_t dots = 0, i = 0;

    while (i < s.n && (isdigit((unsigned char)s.p[i]) || s.p[i] == '.'))
        dots += s.p[i++] == '.' && i < s.n && isdigit((unsigned char)s.p[i]);
    return isdigit((unsigned char)s.p[0]) && dots >= 3;
}

bool words_fit(struct span text)
{
    static const char *const never[] = {
        "<", "http", "://", "localhost", "sk-", "Bearer "};
    struct span rest;

    if (text.n == 0 || text.n > WORDS_MAX)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        rest = (struct span){text.p + i, text.n - i};
        for (size_t k = 0; k < sizeof(never) / sizeof(never[0]); k++)
            if (begins(rest, never[k]))
                return false;
        if (begins_dotted(rest))
            return false;
    }
    return true;
}
