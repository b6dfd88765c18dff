#include "conf_value.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf_number.h"
#include "conf_origin.h"
#include "utf8.h"

/* ---- texts ---- */

static bool is_visible(struct span s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] <= ' ' || s.p[i] > '~')
            return false;
    }
    return true;
}

static bool is_printable(struct span s)
{
    for (size_t i = 0; i < s.n; i++) {
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
            return false;
    }
    return utf8_valid(s);
}

static bool is_prefix(struct span s)
{
    const char *slash = memchr(s.p, '/', s.n);
    size_t n = slash ? (size_t)(slash - s.p) : s.n;
    char text[INET6_ADDRSTRLEN];
    uint8_t address[16];
    uint64_t bits = 0;
    int family;

    if (n >= sizeof(text))
        return false;
    memcpy(text, s.p, n);
    text[n] = '\0';
    family = memchr(text, ':', n) ? AF_INET6 : AF_INET;
    if (inet_pton(family, text, address) != 1)
        return false;
    if (slash && conf_number_int((struct span){slash + 1, s.n - n - 1}, &bits))
        return false;
    return bits <= (family == AF_INET6 ? 128 : 32);
}

static bool is_prefixes(struct span s)
{
    struct span one;
    int more;

    while ((more = conf_value_name(&s, &one)) > 0) {
        if (!is_prefix(one))
            return false;
    }
    return more == 0;
}

static bool is_names(struct span s, uint64_t *count)
{
    struct span one;
    int more;

    *count = 0;
    while ((more = conf_value_name(&s, &one)) > 0)
        ++*count;
    return more == 0;
}

int conf_value_name(struct span *list, struct span *name)
{
    const char *comma;
    size_t used;

    if (list->n == 0)
        return 0;
    comma = memchr(list->p, ',', list->n);
    used = comma ? (size_t)(comma - list->p) : list->n;
    *name = (struct span){list->p, used};
    if (comma && ++used == list->n)
        return -1;
    list->p += used;
    list->n -= used;
    while (name->n > 0 && (*name->p == ' ' || *name->p == '\t')) {
        name->p++;
        name->n--;
    }
    while (name->n > 0 &&
           (name->p[name->n - 1] == ' ' || name->p[name->n - 1] == '\t'))
        name->n--;
    return name->n > 0 && is_visible(*name) ? 1 : -1;
}

/* ---- all types ---- */

/* How a type is written. Exactly one of number and text is set. */
static const struct form {
    const char *name;
    const char *range; /* or NULL: from min and max */
    int (*number)(struct span s, uint64_t *number);
    bool (*text)(struct span s);
} forms[] = {
    [CONF_BOOL] = {"bool", "on or off", conf_number_bool, NULL},
    [CONF_INT] = {"integer", NULL, conf_number_int, NULL},
    [CONF_COUNT] = {"integer", NULL, conf_number_int, NULL},
    [CONF_SIZE] = {"size", NULL, conf_number_size, NULL},
    [CONF_MONEY] = {"decimal", NULL, conf_number_money, NULL},
    [CONF_TEXT] = {"text", NULL, NULL, is_printable},
    [CONF_WORD] = {"word", NULL, NULL, is_visible},
    [CONF_PROXIES] = {"list", "addresses and prefixes, comma separated", NULL,
        is_prefixes},
    [CONF_DURABILITY] = {"choice", "full or relaxed", conf_number_durability,
        NULL},
    [CONF_MODE] = {"choice", "resident or fcgid", conf_number_mode, NULL},
    [CONF_PROFILE] = {"choice", "normal or small", conf_number_profile, NULL},
    [CONF_WIRES] = {"choice", "chat, messages, responses joined by +",
        conf_number_wires, NULL},
    [CONF_LEAVER] = {"choice", "estimate, drain or free", conf_number_leaver,
        NULL},
    [CONF_MODERATOR] = {"choice", "both or endpoint", conf_number_moderator,
        NULL},
    [CONF_FAILURE] = {"choice", "open or closed", conf_number_failure, NULL},
    [CONF_IMAGES] = {"choice", "pass, refuse or endpoint", conf_number_images,
        NULL},
    [CONF_ACTION] = {"choice", "asked or block", conf_number_action, NULL},
    [CONF_ORIGIN] = {"url", "http:// or https:// origin that may end in /v1",
        NULL, NULL},
    [CONF_NAMES] = {"list", NULL, NULL, NULL},
};

static void store_number(const struct conf_option *o, uint64_t number, void *at)
{
    switch (o->type) {
    case CONF_BOOL:
    case CONF_DURABILITY:
    case CONF_MODE:
    case CONF_ACTION:
        *(bool *)at = number != 0;
        break;
    case CONF_INT:
        *(uint32_t *)at = (uint32_t)number;
        break;
    case CONF_WIRES:
    case CONF_LEAVER:
    case CONF_MODERATOR:
    case CONF_FAILURE:
    case CONF_IMAGES:
        *(unsigned *)at = (unsigned)number;
        break;
    default:
        *(uint64_t *)at = number;
        break;
    }
}

static int read_number(const struct conf_option *o, struct span value, void *at)
{
    uint64_t number;

    if (forms[o->type].number(value, &number))
        goto err0;
    if (!forms[o->type].range && (number < o->min || number > o->max))
        goto err0;
    if (at)
        store_number(o, number, at);
    return 0;

err0:
    errno = EINVAL;
    return -1;
}

static int replace_text(struct span value, char **at)
{
    char *text;

    if (!at)
        return 0;
    text = strndup(value.p, value.n);
    if (!text) {
        errno = ENOMEM;
        return -1;
    }
    if (*at)
        explicit_bzero(*at, strlen(*at));
    free(*at);
    *at = text;
    return 0;
}

static int read_text(const struct conf_option *o, struct span value, char **at)
{
    if (value.n < o->min || value.n > o->max || memchr(value.p, 0, value.n) ||
        !forms[o->type].text(value)) {
        errno = EINVAL;
        return -1;
    }
    return replace_text(value, at);
}

static int read_origin(struct span value, char **at)
{
    struct buf origin = {0};
    int result;

    if (conf_origin_read(value, &origin)) {
        errno = EINVAL;
        result = -1;
    } else if (origin.failed) {
        errno = ENOMEM;
        result = -1;
    } else {
        result = replace_text((struct span){origin.data, origin.len}, at);
    }
    buf_free(&origin);
    return result;
}

static int read_names(const struct conf_option *o, struct span value)
{
    uint64_t count;

    if (is_names(value, &count) && count >= o->min && count <= o->max)
        return 0;
    errno = EINVAL;
    return -1;
}

int conf_value_read(const struct conf_option *o, struct span value, void *at)
{
    if (o->type == CONF_NAMES)
        return read_names(o, value);
    if (o->type == CONF_ORIGIN)
        return read_origin(value, at);
    if (forms[o->type].text)
        return read_text(o, value, at);
    return read_number(o, value, at);
}

void conf_value_copy(const struct conf_option *o, const void *from, void *to)
{
    assert(
        o->type == CONF_INT || o->type == CONF_COUNT || o->type == CONF_MONEY);
    memcpy(to, from, o->type == CONF_INT ? sizeof(uint32_t) : sizeof(uint64_t));
}

static void describe_number(
    enum conf_type type, uint64_t number, struct buf *out)
{
    static const char suffix[] = "\0kmg";
    size_t i = 0;

    if (type == CONF_MONEY)
        number /= 1000000;
    while (type == CONF_SIZE && number > 0 && number % 1024 == 0 && i < 3) {
        number /= 1024;
        i++;
    }
    buf_printf(out, "%llu", (unsigned long long)number);
    if (suffix[i])
        buf_put(out, &suffix[i], 1);
}

void conf_value_describe(const struct conf_option *o, struct buf *out)
{
    const struct form *form = &forms[o->type];

    buf_printf(out, "%s, ", form->name);
    if (form->range) {
        buf_puts(out, form->range);
        return;
    }
    describe_number(o->type, o->min, out);
    buf_puts(out, " to ");
    describe_number(o->type, o->max, out);
    if (o->type == CONF_MONEY)
        buf_puts(out, " with up to 6 places");
    else if (o->type == CONF_NAMES)
        buf_puts(out, " names, comma separated");
    else if (form->text)
        buf_puts(out, " bytes");
}
