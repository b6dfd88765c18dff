#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "launch_httpd.h"

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

const char *launch_httpd_program(void)
{
    static const char *const places[] = {
        "/usr/sbin/lighttpd", "/usr/local/sbin/lighttpd", "/usr/bin/lighttpd"};

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        if (access(places[i], X_OK) == 0)
            return places[i];
    return NULL;
}

/* Inside a string of lighttpd's configuration these would end it or be
 * taken for something else. */
static bool quotable(const char *path)
{
    for (; *path != '\0'; path++)
        if (strchr("\"\\$%", *path) != NULL || (unsigned char)*path < ' ')
            return false;
    return true;
}

/* Write what ${at}, which points to a '@', stands for; returns how many bytes
 * of the template that was. */
static size_t put_name(
    FILE *out, const char *at, const struct launch_httpd_names *names)
{
    const struct {
        const char *name, *value;
    } table[] = {{"@SOCKET@", names->socket}, {"@RUN@", names->run},
        {"@HTDOCS@", names->htdocs}};

    if (strncmp(at, "@PORT@", 6) == 0) {
        fprintf(out, "%d", names->port);
        return 6;
    }
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        size_t n = strlen(table[i].name);

        if (strncmp(at, table[i].name, n) == 0) {
            fputs(table[i].value, out);
            return n;
        }
    }
    fputc('@', out);
    return 1;
}

static void put_line(
    FILE *out, const char *line, const struct launch_httpd_names *names)
{
    while (*line != '\0') {
        size_t plain = strcspn(line, "@");

        fwrite(line, 1, plain, out);
        line += plain;
        if (*line == '@')
            line += put_name(out, line, names);
    }
}

static FILE *create_private(const char *path)
{
    FILE *f;
    int fd;

    if (unlink(path) && errno != ENOENT)
        return NULL;
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd == -1)
        return NULL;
    if ((f = fdopen(fd, "w")) == NULL)
        close(fd);
    return f;
}

int launch_httpd_configure(const char *template, const char *path,
    const struct launch_httpd_names *names, char error[256])
{
    char line[1024];
    FILE *in, *out;
    int failed;

    if (!quotable(names->socket) || !quotable(names->run) ||
        !quotable(names->htdocs)) {
        snprintf(error, 256,
            "a directory's name contains a character that lighttpd's "
            "configuration cannot hold");
        goto err0;
    }
    if ((in = fopen(template, "re")) == NULL) {
        snprintf(error, 256, "%.200s: %s", template, strerror(errno));
        goto err0;
    }
    if ((out = create_private(path)) == NULL) {
        snprintf(error, 256, "%.200s: %s", path, strerror(errno));
        goto err1;
    }
    while (fgets(line, sizeof(line), in) != NULL)
        put_line(out, line, names);
    failed = ferror(in) | ferror(out);
    if (fclose(out) || failed) {
        snprintf(error, 256, "%.200s: cannot be written", path);
        goto err1;
    }
    fclose(in);
    return 0;

err1:
    fclose(in);
err0:
    return -1;
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

int launch_httpd_ready(int port)
{
    static const char ask[] = "GET /health/ready HTTP/1.0\r\n"
                              "Host: 127.0.0.1\r\n\r\n";
    struct sockaddr_in a = loopback(port);
    struct timeval second = {1, 0};
    int fd, status = -1;

    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd == -1)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &second, sizeof(second));
    if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0 &&
        send(fd, ask, sizeof(ask) - 1, MSG_NOSIGNAL) ==
            (ssize_t)sizeof(ask) - 1)
        status = status_of(fd);
    close(fd);
    return status;
}
