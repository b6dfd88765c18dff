#include <stdlib.h>
#include <string.h>

#include "json_private.h"

/* A key that is sorted: by hash, then by text, then by place. Texts are
 * compared only where hashes meet, and sorting bounds the work even when
 * somebody makes all of them meet. */
struct sorted {
    uint64_t hash;
    struct span text; /* decoded */
    uint32_t node;
};

static uint64_t hash_text(struct span text)
{
    uint64_t hash = text.n;
    uint64_t word;
    size_t at, n;

    for (at = 0; at < text.n; at += n) {
        n = text.n - at < sizeof(word) ? text.n - at : sizeof(word);
        word = 0;
        memcpy(&word, text.p + at, n);
        hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 32;
    }
    return hash;
}

static int compare_sorted(const void *left, const void *right)
{
    const struct sorted *a = left;
    const struct sorted *b = right;
    int order;

    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    if (a->text.n != b->text.n)
        return a->text.n < b->text.n ? -1 : 1;
    order = memcmp(a->text.p, b->text.p, a->text.n);
    if (order != 0)
        return order;
    return a->node < b->node ? -1 : a->node > b->node;
}

static bool same_text(const struct sorted *a, const struct sorted *b)
{
    return a->hash == b->hash && a->text.n == b->text.n &&
           memcmp(a->text.p, b->text.p, a->text.n) == 0;
}

/* Room for the decoded texts of the keys that have escapes: decoding never
 * makes a text longer. */
static size_t escaped_size(
    const struct json_doc *doc, uint32_t object, uint32_t count)
{
    uint32_t key = object + 1;
    size_t size = 0;

    while (count-- > 0) {
        if (doc->nodes[key].escaped)
            size += json_inside(doc, key).n;
        key = doc->nodes[key + 1].next;
    }
    return size;
}

static void collect(const struct json_doc *doc, uint32_t object, uint32_t count,
    struct sorted *keys, struct buf *decoded)
{
    uint32_t key = object + 1;
    size_t before;
    uint32_t i;

    for (i = 0; i < count; i++) {
        keys[i].node = key;
        keys[i].text = json_inside(doc, key);
        if (doc->nodes[key].escaped) {
            before = decoded->len;
            json_string(doc, key, decoded);
            keys[i].text.p = decoded->data + before;
            keys[i].text.n = decoded->len - before;
        }
        keys[i].hash = hash_text(keys[i].text);
        key = doc->nodes[key + 1].next;
    }
}

enum json_error json_key_twice(
    const struct json_doc *doc, uint32_t object, uint32_t count, uint32_t *key)
{
    enum json_error error = JSON_OK;
    struct buf decoded = {0};
    struct sorted *keys;
    uint32_t i;

    keys = malloc(count * sizeof(keys[0]));
    if (keys == NULL)
        goto err0;
    if (buf_reserve(&decoded, escaped_size(doc, object, count)) == NULL)
        goto err1;
    collect(doc, object, count, keys, &decoded);
    qsort(keys, count, sizeof(keys[0]), compare_sorted);
    for (i = 1; i < count && error == JSON_OK; i++) {
        if (same_text(&keys[i - 1], &keys[i])) {
            *key = keys[i].node;
            error = JSON_DUPLICATE_KEY;
        }
    }
    buf_free(&decoded);
    free(keys);
    return error;

err1:
    free(keys);
err0:
    return JSON_NO_MEMORY;
}
