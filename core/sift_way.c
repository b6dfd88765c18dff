#include "sift_way.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#define PLACE_MAX ((INT64_C(1) << 53) - 1)

static void step(struct sift_where *where, char kind, const void *by, size_t n)
{
    int64_t *path = &where->at[SIFT_PATH];
    unsigned char hash[2 * sizeof(*path)];
    unsigned char way[1 + sizeof(hash) + JSON_MAX_KEY];

    assert(n <= JSON_MAX_KEY);
    way[0] = (unsigned char)kind;
    memcpy(way + 1, path, sizeof(hash));
    memcpy(way + 1 + sizeof(hash), by, n);
    crypto_generichash(hash, sizeof(hash), way, 1 + sizeof(hash) + n, NULL, 0);
    memcpy(path, hash, sizeof(hash));
    path[0] &= INT64_MAX;
    path[1] &= INT64_MAX;
}

void sift_way_member(struct sift_where *where, struct span name)
{
    step(where, '.', name.p, name.n);
}

void sift_way_element(struct sift_where *where, int64_t place)
{
    step(where, '[', &place, sizeof(place));
}

int sift_way_place(const struct json_doc *doc, uint32_t node, int64_t *place)
{
    return json_int(doc, node, place) == 0 && *place >= 0 && *place <= PLACE_MAX
               ? 0
               : -1;
}

int sift_way_index(const struct json_doc *doc, uint32_t object, int64_t *index)
{
    uint32_t node = json_kind(doc, object) == JSON_OBJECT
                        ? json_present(doc, object, "index")
                        : JSON_NONE;

    return node == JSON_NONE ? 0 : sift_way_place(doc, node, index);
}

bool sift_way_is_stated(const struct json_doc *doc, uint32_t array)
{
    uint32_t at = json_first(doc, array);

    while (at != JSON_NONE && json_present(doc, at, "index") == JSON_NONE)
        at = json_after(doc, array, at);
    return at != JSON_NONE;
}
