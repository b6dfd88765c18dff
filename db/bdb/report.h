#ifndef REPORT_H
#define REPORT_H

/* Where lines for the operator's log go. */
struct report {
    void (*log)(void *cookie, const char *line); /* NULL: nowhere */
    void *cookie;
};

/**
 * report_line(r, fmt, ...):
 * Write one line, formatted as by printf(3), without a newline.
 */
void report_line(const struct report *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
