#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>
#include <stddef.h>

/**
 * client_address(remote, forwarded, trusted, out, size):
 * The address of the client itself: ${remote} (REMOTE_ADDR), or, when that is
 * one of the ${trusted} proxies (comma-separated addresses and prefixes), the
 * right-most address in ${forwarded} (X-Forwarded-For; NULL: absent) that is
 * not. RELIABILITY.md 4.3.
 */
void client_address(const char *remote, const char *forwarded,
    const char *trusted, char *out, size_t size);

/**
 * client_is_local(address):
 * Whether ${address} is the machine's own, 127.0.0.0/8 or ::1.
 */
bool client_is_local(const char *address);

#endif
