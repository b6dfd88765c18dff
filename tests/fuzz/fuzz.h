#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/**
 * LLVMFuzzerTestOneInput(data, size):
 * Try one input; abort() when anything about it is wrong. Returns 0. The name
 * is libFuzzer's, so that a target links with it as well as with fuzz_main.c.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Must hold in every build, other than an assertion. */
#define FUZZ_CHECK(holds)                                                      \
    do {                                                                       \
        if (!(holds)) {                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #holds);        \
            abort();                                                           \
        }                                                                      \
    } while (0)

#endif
