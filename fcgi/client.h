#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>
#include <stddef.h>

/**
 * client_address(remote, forwarded, times, trusted, out, size):
 * The address of the client itself: ${remote} (REMOTE_ADDR), or, when that is
 * one of the ${trusted} proxies (comma-separated addresses and prefixes), the
 * right-most address in ${forwarded} (X-Forwarded-For; NULL: absent) that is
 * not. Where that came more than once, of so many ${times} only one may be the
 * proxy's: some web servers take X_Forwarded_For for the same name. Then the
 * address is empty, which is one for all such clients. RELIABILITY.md 4.1, 4.3.
 */
void client_address(const char *remote, const char *forwarded, size_t times,
    const char *trusted, char *out, size_t size);

/**
 * client_is_local(address):
 * Whether ${address} is the machine's own, 127.0.0.0/8 or ::1.
 */
bool client_is_local(const char *address);

#endif
