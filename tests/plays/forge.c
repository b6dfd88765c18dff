/* Tokens that nobody may believe, made with the secrets of a state directory:
 *
 *   forge DIR SUBJECT
 *
 * prints NAME, a tab and TOKEN for each attack that a header can carry; the
 * first one is genuine. Those that hold a byte which ends a header, or are
 * longer than web servers let one be, are left to the unit tests. */

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/jwt_attacks.h"
#include "state.h"

enum { HEADER_MAX = 8000 };

static bool fits_a_header(const struct buf *token)
{
    if (token->len > HEADER_MAX)
        return false;
    for (size_t i = 0; i < token->len; i++) {
        unsigned char c = (unsigned char)token->data[i];

        if (c == '\n' || c == '\t' || c == ' ' || c < ' ')
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    static const uint8_t other[MAC_KEY] = {1};
    struct state state = {0};
    struct jwt_forge forge = {.now = time(NULL)};
    struct buf token = {0};
    char error[256];

    if (argc != 3 || sodium_init() < 0 ||
        state_find(&state, argv[1], NULL, error) != 0 ||
        state_load(&state, error) != 0 || state.jwt.count == 0) {
        fprintf(stderr, "forge: no secrets\n");
        return 1;
    }
    forge.keys = state.jwt;
    if (forge.keys.count == 1)
        jwt_keys_add(&forge.keys, other);
    forge.subject = argv[2];
    for (size_t i = 0; i < jwt_attacks_count(); i++) {
        const char *name;

        buf_reset(&token);
        name = jwt_attacks_make(&forge, i, &token);
        if (fits_a_header(&token))
            printf("%s\t%.*s\n", name, (int)token.len, token.data);
    }
    buf_free(&token);
    return 0;
}
