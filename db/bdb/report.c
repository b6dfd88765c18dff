#include <stdarg.h>
#include <stdio.h>

#include "report.h"

void report_line(const struct report *r, const char *fmt, ...)
{
    char line[512];
    va_list ap;

    if (r->log == NULL)
        return;
    va_start(ap, fmt);
    vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    r->log(r->cookie, line);
}
