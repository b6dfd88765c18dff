#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "launch_template.h"

static bool fits(const char *path, const char *unfit)
{
    for (; *path != '\0'; path++)
        if (strchr(unfit, *path) != NULL || (unsigned char)*path < ' ')
            return false;
    return true;
}

/* Write what ${at}, which points to a '@', stands for; returns how many bytes
 * of the template that was. */
static size_t put_name(
    FILE *out, const char *at, const struct launch_template *names)
{
    const struct {
        const char *name, *value;
    } table[] = {{"@SOCKETS@", names->sockets}, {"@RUN@", names->run},
        {"@HTDOCS@", names->htdocs}, {"@USER@", names->user},
        {"@GROUP@", names->group}};

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
    FILE *out, const char *line, const struct launch_template *names)
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

int launch_template_fill(const struct launch_template *names,
    const char *template, const char *path, const char *unfit, char error[256])
{
    char line[1024];
    FILE *in, *out;
    int failed;

    if (!fits(names->sockets, unfit) || !fits(names->run, unfit) ||
        !fits(names->htdocs, unfit)) {
        snprintf(error, 256,
            "a directory's name contains a character that its configuration "
            "cannot hold");
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
