/* Runs a fuzz target as a test where there is no fuzzer: over the files that
 * are named and then over mutations of them, which are the same every time.
 * FUZZ_KEEP names a file that receives each input before it is tried. */

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "core/buf.h"
#include "fuzz.h"

enum { MUTATIONS = 20000, CHANGES_MAX = 8, SIZE_LIMIT = 64 << 10 };

struct seeds {
    struct buf *of;
    size_t count;
};

static uint64_t random_state = UINT64_C(0x2545f4914f6cdd1d);

static size_t random_below(size_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return limit > 0 ? (size_t)(random_state % limit) : 0;
}

static int read_file(const char *path, struct buf *b)
{
    FILE *file = fopen(path, "rb");
    size_t n = 0;
    char *room;

    if (file == NULL)
        return -1;
    do {
        buf_commit(b, n);
        room = buf_reserve(b, SIZE_LIMIT);
        n = room != NULL ? fread(room, 1, SIZE_LIMIT, file) : 0;
    } while (n > 0);
    fclose(file);
    return b->failed ? -1 : 0;
}

/* Whatever is tried lies in memory of exactly its size. */
static void try_input(const struct buf *b)
{
    const char *keep = getenv("FUZZ_KEEP");
    uint8_t *copy = malloc(b->len > 0 ? b->len : 1);
    FILE *file;

    FUZZ_CHECK(copy != NULL);
    if (b->len > 0)
        memcpy(copy, b->data, b->len);
    if (keep != NULL && (file = fopen(keep, "wb")) != NULL) {
        fwrite(copy, 1, b->len, file);
        fclose(file);
    }
    LLVMFuzzerTestOneInput(copy, b->len);
    free(copy);
}

/* Replace n bytes at a place by others. */
static void splice(struct buf *b, size_t at, size_t n, struct span by)
{
    struct buf rest = {0};

    buf_put(&rest, b->data + at + n, b->len - at - n);
    b->len = at;
    buf_put(b, by.p, by.n);
    buf_put(b, rest.data, rest.len);
    buf_free(&rest);
}

/* Turn a digit into a digit or a letter into a letter, so that the grammar is
 * left alone and what lies behind it is reached. */
static void change_alike(struct buf *b, size_t at)
{
    while (at < b->len && !isalnum((unsigned char)b->data[at]))
        at++;
    if (at < b->len)
        b->data[at] ^= (char)(1 + random_below(2) * 6);
}

static void change(struct buf *b, const struct buf *other)
{
    static const char *const pieces[] = {"\"", "\\", "\\u0000", "\\ud800",
        "\\udc00", "{", "}", "[", "]", ",", ":", "\n", "\r", "\r\n", "\n\n",
        " ", "\t", "data:", "event:", "0", "-", ".", "1e999", "e", "9999999",
        "null", "\xef\xbb\xbf", "\xc3", "\x80", "\xed\xa0\x80", "\xff",
        "Bearer ", "ey", "\"a\":1,"};
    size_t at = random_below(b->len + 1);
    size_t n = random_below((b->len - at < 16 ? b->len - at : 16) + 1);
    const char *piece = pieces[random_below(sizeof(pieces) / sizeof(piece))];
    struct span by = {"", 0};

    switch (random_below(9)) {
    case 6:
    case 7:
    case 8:
        change_alike(b, at);
        return;
    case 0:
        if (at < b->len)
            b->data[at] ^= (char)(1 << random_below(8));
        return;
    case 1:
        if (at < b->len)
            b->data[at] = (char)random_below(256);
        return;
    case 2:
        by = (struct span){piece, strlen(piece)};
        n = 0;
        break;
    case 3:
        by = (struct span){piece, strlen(piece)};
        break;
    case 4:
        break;
    default:
        by.p = other->data + random_below(other->len);
        by.n = random_below((size_t)(other->data + other->len - by.p) + 1);
        n = 0;
    }
    if (b->len - n + by.n <= SIZE_LIMIT)
        splice(b, at, n, by);
}

static void try_mutations(const struct seeds *seeds, size_t count)
{
    struct buf b = {0};
    const struct buf *seed;
    size_t changes;

    while (count-- > 0) {
        seed = &seeds->of[random_below(seeds->count)];
        buf_reset(&b);
        buf_put(&b, seed->data, seed->len);
        changes = 1 + random_below(random_below(CHANGES_MAX) + 1);
        for (; changes > 0; changes--)
            change(&b, &seeds->of[random_below(seeds->count)]);
        FUZZ_CHECK(!b.failed);
        try_input(&b);
    }
    buf_free(&b);
}

static int read_seeds(struct seeds *seeds, char **paths, size_t count)
{
    seeds->of = calloc(count, sizeof(seeds->of[0]));
    if (seeds->of == NULL)
        return -1;
    for (; seeds->count < count; seeds->count++) {
        if (read_file(paths[seeds->count], &seeds->of[seeds->count]) != 0) {
            fprintf(stderr, "%s: %s\n", paths[seeds->count], strerror(errno));
            return -1;
        }
    }
    return 0;
}

static void free_seeds(struct seeds *seeds, size_t count)
{
    size_t i;

    for (i = 0; seeds->of != NULL && i < count; i++)
        buf_free(&seeds->of[i]);
    free(seeds->of);
}

int main(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');
    const char *name = slash != NULL ? slash + 1 : argv[0];
    size_t mutations = MUTATIONS;
    struct seeds seeds = {0};
    bool usage = false;
    size_t files, i;
    int option;

    while ((option = getopt(argc, argv, "n:")) != -1) {
        if (option == 'n')
            mutations = strtoul(optarg, NULL, 10);
        else
            usage = true;
    }
    if (usage || optind == argc) {
        fprintf(stderr, "usage: %s [-n MUTATIONS] FILE...\n", name);
        return 2;
    }
    printf("1..1\n");
    fflush(stdout);
    files = (size_t)(argc - optind);
    if (read_seeds(&seeds, argv + optind, files) != 0) {
        printf("not ok 1 - %s: a seed cannot be read\n", name);
        free_seeds(&seeds, files);
        return 1;
    }
    for (i = 0; i < files; i++)
        try_input(&seeds.of[i]);
    try_mutations(&seeds, mutations);
    printf("ok 1 - %s: %zu seeds and %zu mutations of them\n", name, files,
        mutations);
    free_seeds(&seeds, files);
    return 0;
}
