#include "weights.h"

/* The weights as they were when this was built, within the program: where one
 * file is all that there is, as in a customer's document root, none lies beside
 * it. */
__asm__(".section .rodata\n"
        ".balign 64\n"
        "weights_inside_begin:\n"
        ".incbin \"" WEIGHTS_FILE "\"\n"
        "weights_inside_end:\n"
        ".byte 0\n"
        ".text\n");

extern const char weights_inside_begin[], weights_inside_end[];

struct span weights_inside(void)
{
    return (struct span){weights_inside_begin,
        (size_t)(weights_inside_end - weights_inside_begin)};
}
