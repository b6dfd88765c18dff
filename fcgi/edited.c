#include "edited.h"

#include <string.h>
#include <sys/stat.h>

void edited_note(struct edited *e, const char *path)
{
    struct stat st;

    memset(e, 0, sizeof(*e));
    if (stat(path, &st) != 0)
        return;
    e->dev = st.st_dev;
    e->ino = st.st_ino;
    e->size = st.st_size;
    e->changed =
        st.st_ctim.tv_sec * INT64_C(1000000) + st.st_ctim.tv_nsec / 1000;
}

static bool same(const struct edited *a, const struct edited *b)
{
    return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
           a->changed == b->changed;
}

bool edited_since(const struct edited *e, const char *path, int64_t now)
{
    struct edited seen;

    edited_note(&seen, path);
    if (same(e, &seen))
        return false;
    return seen.changed > now ||
           now - seen.changed >= EDITED_REST_MS * INT64_C(1000);
}
