#include "weights.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef PKGDATADIR
#define PKGDATADIR "/usr/local/share/turnpike"
#endif

static const char name[] = "moderation.weights";

static int map(struct weights *w, int fd)
{
    struct stat st;

    if (fstat(fd, &st))
        return -1;
    w->n = (size_t)st.st_size;
    w->at = mmap(NULL, w->n > 0 ? w->n : 1, PROT_READ, MAP_SHARED, fd, 0);
    if (w->at == MAP_FAILED) {
        w->at = NULL;
        return -1;
    }
    return 0;
}

static int open_at(struct weights *w, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC), result, saved;

    if (fd < 0)
        return -1;
    result = map(w, fd);
    saved = errno;
    close(fd);
    errno = saved;
    return result;
}

/* The file beside the running program. */
static int beside(char path[PATH_MAX])
{
    ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
    char *slash;

    if (n <= 0)
        return -1;
    path[n] = '\0';
    slash = strrchr(path, '/');
    if (!slash || (size_t)(slash + 1 - path) + sizeof(name) > PATH_MAX)
        return -1;
    memcpy(slash + 1, name, sizeof(name));
    return 0;
}

int weights_open(struct weights *w, char error[256])
{
    static const char installed[] = PKGDATADIR "/moderation.weights";
    char path[PATH_MAX];

    memset(w, 0, sizeof(*w));
    if (beside(path) || open_at(w, path)) {
        snprintf(path, sizeof(path), "%s", installed);
        if (open_at(w, path) && errno == ENOENT)
            return moderation_model_open(&w->model, weights_inside());
        if (w->at == NULL) {
            snprintf(error, 256, "%.200s: %s", installed, strerror(errno));
            return -1;
        }
    }
    if (moderation_model_open(&w->model, (struct span){w->at, w->n}) == 0)
        return 0;
    snprintf(error, 256, "%.200s is not a file of weights", path);
    weights_close(w);
    return -1;
}

void weights_close(struct weights *w)
{
    if (w->at)
        munmap(w->at, w->n > 0 ? w->n : 1);
    *w = (struct weights){0};
}
