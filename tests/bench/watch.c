#include "watch.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int watch_parse(struct watch *w, char *text)
{
    char *at = strchr(text, '=');

    if (at == NULL)
        return -1;
    *at++ = '\0';
    w->name = text;
    for (w->count = 0; *at != '\0' && w->count < WATCH_PIDS; w->count++) {
        w->pid[w->count] = (pid_t)strtol(at, &at, 10);
        if (w->pid[w->count] <= 0 || (*at != ',' && *at != '\0'))
            return -1;
        at += *at == ',';
    }
    return *at == '\0' && w->count > 0 ? 0 : -1;
}

/* Nanoseconds that one thread has run. */
static uint64_t thread_cpu(pid_t pid, const char *tid)
{
    unsigned long long ns = 0;
    char path[64];
    FILE *f;

    snprintf(
        path, sizeof(path), "/proc/%d/task/%.20s/schedstat", (int)pid, tid);
    if ((f = fopen(path, "re")) == NULL)
        return 0;
    if (fscanf(f, "%llu", &ns) != 1)
        ns = 0;
    fclose(f);
    return ns;
}

static uint64_t process_cpu(pid_t pid)
{
    const struct dirent *entry;
    uint64_t sum = 0;
    char path[64];
    DIR *dir;

    snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    if ((dir = opendir(path)) == NULL)
        return 0;
    while ((entry = readdir(dir)) != NULL)
        if (entry->d_name[0] != '.')
            sum += thread_cpu(pid, entry->d_name);
    closedir(dir);
    return sum;
}

static uint64_t process_private(pid_t pid)
{
    unsigned long long kib = 0;
    char path[64], line[256];
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    if ((f = fopen(path, "re")) == NULL)
        return 0;
    while (fgets(line, sizeof(line), f) != NULL)
        if (sscanf(line, "RssAnon: %llu", &kib) == 1)
            break;
    fclose(f);
    return kib;
}

static uint64_t all(const struct watch *w, uint64_t (*of)(pid_t pid))
{
    uint64_t sum = 0;

    for (int i = 0; i < w->count; i++)
        sum += of(w->pid[i]);
    return sum;
}

void watch_begin(struct watch *w)
{
    w->cpu_before = all(w, process_cpu);
}

void watch_end(struct watch *w)
{
    w->cpu = all(w, process_cpu) - w->cpu_before;
    w->private_kib = all(w, process_private);
}
