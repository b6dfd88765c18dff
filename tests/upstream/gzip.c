#include <stdint.h>

#include "gzip.h"

enum { BLOCK = 65535 };

static void put_le(struct buf *out, uint32_t v, unsigned bytes)
{
    for (; bytes > 0; bytes--, v >>= 8)
        buf_put(out, &(char){(char)(v & 0xff)}, 1);
}

static uint32_t crc32_of(struct span in)
{
    uint32_t crc = 0xffffffff;

    for (size_t i = 0; i < in.n; i++) {
        crc ^= (unsigned char)in.p[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320 : 0);
    }
    return ~crc;
}

void gzip_store(struct span in, struct buf *out)
{
    size_t at = 0;

    buf_put(out, "\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
    do {
        size_t n = in.n - at < BLOCK ? in.n - at : BLOCK;

        buf_put(out, at + n == in.n ? "\1" : "\0", 1);
        put_le(out, (uint32_t)n, 2);
        put_le(out, ~(uint32_t)n, 2);
        buf_put(out, in.p + at, n);
        at += n;
    } while (at < in.n);
    put_le(out, crc32_of(in), 4);
    put_le(out, (uint32_t)in.n, 4);
}
