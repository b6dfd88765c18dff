#include <stdio.h>

#include "golden.h"

char *golden_read(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    struct buf b = {0};
    char piece[4096];
    size_t got;

    if (f == NULL)
        return NULL;
    while ((got = fread(piece, 1, sizeof(piece), f)) > 0)
        buf_put(&b, piece, got);
    fclose(f);
    *n = b.len;
    if (buf_terminate(&b) == NULL)
        buf_free(&b);
    return b.data;
}
