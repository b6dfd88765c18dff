#include <stdlib.h>
#include <zlib.h>

#include "upstream_plain.h"

/* We ask for bodies that are not packed; who packs them all the same mostly
 * uses gzip. */

enum {
    UNPACK_ROOM = 16 << 10,
    UNPACK_TURN = 512 << 10, /* told in one turn of the loop, about */
    ANY_WRAPPING = 15 + 32   /* zlib's: the largest window, gzip or zlib */
};

struct upstream_unpack {
    z_stream z;
    struct buf left; /* by a pause, or for the next turn */
    size_t told;     /* in this turn */
    bool ended;
};

struct upstream_unpack *upstream_unpack_create(void)
{
    struct upstream_unpack *u = calloc(1, sizeof(*u));

    if (u != NULL && inflateInit2(&u->z, ANY_WRAPPING) != Z_OK) {
        free(u);
        return NULL;
    }
    return u;
}

void upstream_unpack_free(struct upstream_unpack *u)
{
    if (u == NULL)
        return;
    inflateEnd(&u->z);
    buf_free(&u->left);
    free(u);
}

/* Some servers say of nothing, too, that it is packed. */
bool upstream_unpack_whole(const struct upstream_unpack *u)
{
    return u->ended || (u->z.total_in == 0 && u->left.len == 0);
}

bool upstream_unpack_tired(const struct upstream_unpack *u)
{
    return u->told >= UNPACK_TURN;
}

static bool goes_on(
    const struct upstream_unpack *u, const struct upstream_call *call)
{
    return !upstream_unpack_tired(u) && call->paused_at == 0 && !call->doomed;
}

/* Unpack once, into at most UNPACK_ROOM bytes. Bodies may be joined from
 * several packed ones (RFC 1952 2.2). */
static int unpack_some(struct upstream_unpack *u, struct upstream_call *call)
{
    unsigned char room[UNPACK_ROOM];
    size_t n;
    int rc;

    if (u->ended && inflateReset(&u->z) != Z_OK)
        return -1;
    u->z.next_out = room;
    u->z.avail_out = sizeof(room);
    rc = inflate(&u->z, Z_NO_FLUSH);
    u->ended = rc == Z_STREAM_END;
    if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
        return -1;
    n = sizeof(room) - u->z.avail_out;
    u->told += n;
    if (n > 0)
        upstream_call_body(call, (struct span){(char *)room, n});
    return 0;
}

/* There is more to come of what zlib has taken while it fills the room. */
static bool has_more(const struct upstream_unpack *u)
{
    return u->z.avail_in > 0 || (!u->ended && u->z.avail_out == 0);
}

int upstream_unpack_feed(
    struct upstream_unpack *u, struct span bytes, struct upstream_call *call)
{
    u->z.next_in = (unsigned char *)bytes.p;
    u->z.avail_in = (unsigned)bytes.n;
    u->z.avail_out = 0;
    while (goes_on(u, call) && has_more(u))
        if (unpack_some(u, call) != 0)
            return -1;
    buf_reset(&u->left);
    if (u->z.avail_in > 0)
        buf_put(&u->left, u->z.next_in, u->z.avail_in);
    return u->left.failed ? -1 : 0;
}

int upstream_unpack_resume(
    struct upstream_unpack *u, struct upstream_call *call)
{
    struct buf left = u->left;
    int rc;

    u->left = (struct buf){0};
    u->told = 0;
    rc = upstream_unpack_feed(u, (struct span){left.data, left.len}, call);
    buf_free(&left);
    return rc;
}
