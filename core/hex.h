#ifndef HEX_H
#define HEX_H

/**
 * hex_digit(c):
 * The value of the hexadecimal digit ${c}, large or small; -1: it is none. In
 * the header because JSON is decoded with it.
 */
static inline int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

#endif
