/* Whatever two header values say, what is taken from them lies inside the one
 * that counts and is what its kind promises. The input is the value of
 * Authorization, a line feed, and that of x-api-key; "-" stands for a header
 * that is absent. */

#include <stdbool.h>
#include <string.h>

#include "core/credential.h"
#include "fuzz.h"

static char *header(const uint8_t *data, size_t n)
{
    char *value;

    if (n == 1 && data[0] == '-')
        return NULL;
    value = strndup((const char *)data, n);
    FUZZ_CHECK(value != NULL);
    return value;
}

static void check_text(const struct credential *c, const char *source)
{
    size_t dots = 0;
    size_t i;

    FUZZ_CHECK(c->text.p >= source);
    FUZZ_CHECK(c->text.p + c->text.n == source + strlen(source));
    FUZZ_CHECK(c->text.n > 0);
    for (i = 0; i < c->text.n; i++) {
        FUZZ_CHECK(c->text.p[i] > ' ' && c->text.p[i] < 0x7f);
        dots += c->text.p[i] == '.';
    }
    if (c->kind == CREDENTIAL_KEY)
        FUZZ_CHECK(c->text.n <= CREDENTIAL_MAX);
    else
        FUZZ_CHECK(dots == 2 && c->text.n <= 4096);
}

static void check(const char *authorization, const char *x_api_key)
{
    const char *source = authorization != NULL ? authorization : x_api_key;
    const uint8_t pepper[MAC_KEY] = {1};
    uint8_t digest[MAC_SIZE], device[16];
    struct credential c;

    credential_read(&c, authorization, x_api_key);
    FUZZ_CHECK((c.kind == CREDENTIAL_NONE) == (source == NULL));
    if (source == NULL)
        return;
    if (c.kind == CREDENTIAL_KEY || c.kind == CREDENTIAL_JWT) {
        check_text(&c, source);
        credential_digest(pepper, c.text, digest);
    }
    credential_device(pepper, source, device);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *line = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t first = line != NULL ? (size_t)(line - data) : size;
    char *authorization = header(data, first);
    char *x_api_key = NULL;

    if (line != NULL)
        x_api_key = header(line + 1, size - first - 1);
    check(authorization, x_api_key);
    free(x_api_key);
    free(authorization);
    return 0;
}
