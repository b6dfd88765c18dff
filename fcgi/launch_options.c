#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/conf_value.h"
#include "launch_options.h"

#ifndef PKGDATADIR
#define PKGDATADIR "/usr/local/share/turnpike"
#endif

enum { OPT_PORT = 1, OPT_WORKERS, OPT_STATE, OPT_CONF, OPT_SET, OPT_UPSTREAM };
enum { OPT_HTTPD_CONF = OPT_UPSTREAM + 1, OPT_PROGRAMS, OPT_SERVER, OPT_HELP };

static const struct option options[] = {
    {"port", required_argument, NULL, OPT_PORT},
    {"workers", required_argument, NULL, OPT_WORKERS},
    {"state", required_argument, NULL, OPT_STATE},
    {"conf", required_argument, NULL, OPT_CONF},
    {"set", required_argument, NULL, OPT_SET},
    {"upstream", required_argument, NULL, OPT_UPSTREAM},
    {"httpd-conf", required_argument, NULL, OPT_HTTPD_CONF},
    {"programs", required_argument, NULL, OPT_PROGRAMS},
    {"server", required_argument, NULL, OPT_SERVER},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

int launch_options_path(char out[PATH_MAX], const char *dir, const char *name)
{
    int n = snprintf(out, PATH_MAX, "%s/%s", dir, name);

    return (n < 0 || n >= PATH_MAX ? -1 : 0);
}

static int absolute(char out[PATH_MAX], const char *path)
{
    char here[PATH_MAX];

    if (path[0] == '\0')
        return -1;
    if (path[0] == '/')
        return launch_options_path(out, "", path + 1);
    while (path[0] == '.' && path[1] == '/')
        path += 2;
    if (getcwd(here, sizeof(here)) == NULL)
        return -1;
    return launch_options_path(out, here, path);
}

static int number(const char *text, long least, long most, int *out)
{
    char *end;
    long n;

    errno = 0;
    n = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || n < least || n > most)
        return -1;
    *out = (int)n;
    return 0;
}

/* Takes ${set}, which may be NULL for want of memory. */
static int add(struct launch_options *o, char *set)
{
    char **sets;

    if (set == NULL)
        goto err0;
    sets = realloc(o->sets, (o->n_sets + 1) * sizeof(*sets));
    if (sets == NULL)
        goto err1;
    sets[o->n_sets++] = set;
    o->sets = sets;
    return 0;

err1:
    free(set);
err0:
    return -1;
}

static char *join(const char *name, const char *key, const char *value, int n)
{
    char *set;

    if (asprintf(&set, "upstream.%s.%s=%.*s", name, key, n, value) < 0)
        return NULL;
    return set;
}

/* Whether ${value} is one of the option ${name}. The word u stands for NAME. */
static bool fits(const char *name, const char *value, int n)
{
    struct span unused;
    const struct conf_option *option =
        conf_table_find((struct span){name, strlen(name)}, &unused);

    assert(option != NULL);
    return conf_value_read(option, (struct span){value, (size_t)n}, NULL) == 0;
}

int launch_options_upstream(struct launch_options *o, const char *spec)
{
    const char *at = strchr(spec, '@'), *scheme = strstr(spec, "://");
    const char *wires = "chat", *url = spec;
    int n = (int)strlen(wires);
    char name[32];

    if (at != NULL && (scheme == NULL || at < scheme)) {
        wires = spec;
        n = (int)(at - spec);
        url = at + 1;
    }
    if (!fits("upstream.u.url", url, (int)strlen(url)) ||
        !fits("upstream.u.speaks", wires, n))
        return -1;
    snprintf(name, sizeof(name), "u%u", ++o->n_upstreams);
    if (add(o, join(name, "url", url, (int)strlen(url))) ||
        add(o, join(name, "speaks", wires, n)))
        return -1;
    return 0;
}

/* What ${option} takes. */
static const char *legal(int option)
{
    switch (option) {
    case OPT_PORT:
        return "a number from 0 to 65535";
    case OPT_WORKERS:
        return "a number from 1 to 64";
    case OPT_SERVER:
        return "lighttpd, apache or nginx";
    case OPT_SET:
        return "KEY=VALUE";
    case OPT_UPSTREAM:
        return "[chat+messages+responses@]URL, the URL http:// or https://, "
               "a host and a port, and no path but /v1";
    default:
        return "a path";
    }
}

static int take(struct launch_options *o, int option, const char *value)
{
    switch (option) {
    case OPT_PORT:
        return number(value, 0, 65535, &o->port);
    case OPT_WORKERS:
        return number(value, 1, LAUNCH_WORKERS_MAX, &o->workers);
    case OPT_STATE:
        return absolute(o->dir, value);
    case OPT_CONF:
        return absolute(o->conf, value);
    case OPT_HTTPD_CONF:
        return absolute(o->httpd_conf, value);
    case OPT_PROGRAMS:
        return absolute(o->programs, value);
    case OPT_SERVER:
        return (o->server = launch_httpd_find(value)) == NULL ? -1 : 0;
    case OPT_SET:
        return strchr(value, '=') == NULL ? -1 : add(o, strdup(value));
    case OPT_UPSTREAM:
        return launch_options_upstream(o, value);
    default:
        return -1;
    }
}

static int defaults(struct launch_options *o)
{
    ssize_t n;

    memset(o, 0, sizeof(*o));
    o->port = 8080;
    o->workers = 2;
    o->server = launch_httpd_find("lighttpd");
    n = readlink("/proc/self/exe", o->programs, sizeof(o->programs) - 1);
    if (n <= 0)
        return -1;
    o->programs[n] = '\0';
    *strrchr(o->programs, '/') = '\0';
    if (absolute(o->dir, "state"))
        return -1;
    return launch_options_path(o->httpd_conf, PKGDATADIR, "httpd-conf");
}

static int read_options(
    struct launch_options *o, int argc, char **argv, char error[256])
{
    int option, index = 0;

    opterr = 0;
    while ((option = getopt_long(argc, argv, ":", options, &index)) != -1) {
        const char *word = argv[optind - 1];

        if (option == OPT_HELP)
            return 1;
        if (option == '?' || option == ':') {
            snprintf(error, 256, "%.200s %s", word,
                option == ':' ? "needs a value" : "is not an option");
            return -1;
        }
        if (take(o, option, optarg)) {
            snprintf(error, 256, "--%s \"%.100s\": must be %s",
                options[index].name, optarg, legal(option));
            return -1;
        }
    }
    if (optind == argc)
        return 0;
    snprintf(error, 256, "\"%.200s\" is not an option", argv[optind]);
    return -1;
}

int launch_options_read(
    struct launch_options *o, int argc, char **argv, char error[256])
{
    if (defaults(o)) {
        snprintf(error, 256, "cannot find the directories to work in");
        return -1;
    }
    return read_options(o, argc, argv, error);
}

void launch_options_free(struct launch_options *o)
{
    assert(o != NULL);
    for (size_t i = 0; i < o->n_sets; i++)
        free(o->sets[i]);
    free(o->sets);
    o->sets = NULL;
    o->n_sets = 0;
}
