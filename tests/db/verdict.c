#include <stdio.h>

#include "verdict.h"

static unsigned told, failures;

void verdict_tell(bool good, const char *what, uint64_t n)
{
    told++;
    failures += !good;
    printf("%s %u - %s (%llu)\n", good ? "ok" : "not ok", told, what,
        (unsigned long long)n);
}

int verdict_status(void)
{
    return failures == 0 ? 0 : 1;
}
