#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "launch_httpd.h"

static const struct launch_httpd servers[] = {
    {"lighttpd",
        {"/usr/sbin/lighttpd", "/usr/local/sbin/lighttpd", "/usr/bin/lighttpd"},
        {"-D", "-f"}, "\"\\$%", SIGINT, false},
    {"apache",
        {"/usr/sbin/apache2", "/usr/sbin/httpd", "/usr/local/sbin/httpd"},
        {"-DFOREGROUND", "-f"}, "\"\\$%|", SIGWINCH, true},
    {"nginx", {"/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx"},
        {"-e", "stderr", "-c"}, "\"\\$%'", SIGQUIT, true},
};

static struct sockaddr_in loopback(int port)
{
    struct sockaddr_in a = {0};

    a.sin_family = AF_INET;
    a.sin_port = htons((uint16_t)port);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return a;
}

int launch_httpd_claim(int port)
{
    struct sockaddr_in a = loopback(port);
    socklen_t size = sizeof(a);
    int fd, one = 1, saved;

    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd == -1)
        goto err0;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, 1) ||
        getsockname(fd, (struct sockaddr *)&a, &size))
        goto err1;
    close(fd);
    return ntohs(a.sin_port);

err1:
    saved = errno;
    close(fd);
    errno = saved;
err0:
    return -1;
}

const struct launch_httpd *launch_httpd_find(const char *name)
{
    for (size_t i = 0; i < sizeof(servers) / sizeof(servers[0]); i++)
        if (strcmp(servers[i].name, name) == 0)
            return &servers[i];
    return NULL;
}

const char *launch_httpd_program(const struct launch_httpd *h)
{
    const size_t most = sizeof(h->places) / sizeof(h->places[0]);

    for (size_t i = 0; i < most && h->places[i] != NULL; i++)
        if (access(h->places[i], X_OK) == 0)
            return h->places[i];
    return NULL;
}

static int status_of(int fd)
{
    char text[64];
    size_t used = 0;
    ssize_t n;
    int status;

    do {
        n = recv(fd, text + used, sizeof(text) - 1 - used, 0);
        if (n > 0)
            used += (size_t)n;
    } while (n > 0 && used < 16);
    text[used] = '\0';
    return (sscanf(text, "HTTP/1.%*1d %3d", &status) == 1 ? status : -1);
}

int launch_httpd_ask(int port, const char *path)
{
    char ask[128];
    struct sockaddr_in a = loopback(port);
    struct timeval second = {1, 0};
    int fd, status = -1, n;

    n = snprintf(
        ask, sizeof(ask), "GET %s HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n", path);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd == -1)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &second, sizeof(second));
    if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0 &&
        send(fd, ask, (size_t)n, MSG_NOSIGNAL) == n)
        status = status_of(fd);
    close(fd);
    return status;
}
