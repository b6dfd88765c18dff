/* freeport: print a port of 127.0.0.1 that nobody listens at, below those that
 * the kernel gives to whoever connects: one of these may be taken before the
 * server that it is meant for starts, or starts again. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/socket.h>

enum { FIRST = 10000, PORTS = 22000, TRIES = 1000 };

/* A random port that can be listened at; 0: it cannot. */
static int try(int fd)
{
    uint16_t random;
    struct sockaddr_in a = {.sin_family = AF_INET};

    if (getrandom(&random, sizeof(random), 0) != sizeof(random))
        return 0;
    a.sin_port = htons((uint16_t)(FIRST + random % PORTS));
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 ? ntohs(a.sin_port)
                                                           : 0;
}

int main(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), port = 0;

    for (int i = 0; fd != -1 && port == 0 && i < TRIES; i++)
        port = try(fd);
    if (port == 0) {
        perror("freeport");
        return 1;
    }
    printf("%d\n", port);
    return 0;
}
