#include "corpus.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char suffix[] = ".tsv.gz";
static const char validation[] = "validation";

/* The order of the labels in a line. */
static const enum moderation_category columns[MODERATION_LINEAR] = {
    MODERATION_SEXUAL,
    MODERATION_HATE,
    MODERATION_HATE_THREATENING,
    MODERATION_HARASSMENT,
    MODERATION_HARASSMENT_THREATENING,
    MODERATION_SELF_HARM,
    MODERATION_SELF_HARM_INTENT,
    MODERATION_SELF_HARM_INSTRUCTIONS,
    MODERATION_VIOLENCE,
    MODERATION_VIOLENCE_GRAPHIC,
    MODERATION_ILLICIT,
    MODERATION_ILLICIT_VIOLENT,
};

/* ---- lines ---- */

static struct span unescape(char *p)
{
    char *to = p, *from = p;

    for (; *from; from++) {
        if (*from == '\\' && from[1]) {
            from++;
            *to++ = *from == 't' ? '\t' : *from == 'n' ? '\n' : *from;
        } else {
            *to++ = *from;
        }
    }
    return (struct span){p, (size_t)(to - p)};
}

static int take_label(struct corpus_row *row, size_t category, char c)
{
    float weight = 1;

    switch (c) {
    case 'p':
        weight = 0.4f;
        /* fall through */
    case '1':
        row->label[category] = CORPUS_YES;
        break;
    case 'n':
        weight = 0.5f;
        /* fall through */
    case '0':
        row->label[category] = CORPUS_NO;
        break;
    case '?':
        row->label[category] = CORPUS_UNKNOWN;
        break;
    default:
        return -1;
    }
    row->weight[category] = weight;
    return 0;
}

static int take_labels(struct corpus_row *row, const char *p, const char *tab)
{
    if (tab - p != MODERATION_LINEAR)
        return -1;
    for (size_t i = 0; i < MODERATION_LINEAR; i++)
        if (take_label(row, columns[i], p[i]))
            return -1;
    return 0;
}

/* Label, type, text: all that is known of a safe text is that it is in no
 * category. */
static int take_verdict(struct corpus_row *row, const char *p, const char **tab)
{
    bool safe = strncmp(p, "safe\t", 5) == 0;

    if (!safe && strncmp(p, "unsafe\t", 7) != 0)
        return -1;
    for (size_t i = 0; i < MODERATION_CATEGORIES; i++) {
        row->label[i] = safe ? CORPUS_NO : CORPUS_UNKNOWN;
        row->weight[i] = 1;
    }
    *tab = strchr(*tab + 1, '\t');
    return *tab ? 0 : -1;
}

static int take_line(struct corpus *c, char *line, bool verdicts)
{
    struct corpus_row *row = &c->rows[c->count];
    const char *tab = strchr(line, '\t');
    char *text;

    memset(row, 0, sizeof(*row));
    if (!tab || (verdicts ? take_verdict(row, line, &tab)
                          : take_labels(row, line, tab)))
        return -1;
    text = strdup(tab + 1);
    if (!text)
        return -1;
    row->text = unescape(text);
    row->source = (uint32_t)c->n_sources;
    c->count++;
    return 0;
}

static int grow(struct corpus *c)
{
    struct corpus_row *rows;

    if (c->count & (c->count - 1))
        return 0;
    rows = realloc(c->rows, (c->count ? 2 * c->count : 1) * sizeof(*rows));
    if (!rows)
        return -1;
    c->rows = rows;
    return 0;
}

static int take_lines(struct corpus *c, FILE *in, bool verdicts)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    int result = 0;

    while (!result && (n = getline(&line, &cap, in)) > 0) {
        if (line[n - 1] == '\n')
            line[n - 1] = '\0';
        result = grow(c) || take_line(c, line, verdicts) ? -1 : 0;
    }
    free(line);
    return result;
}

/* ---- files ---- */

static FILE *gunzip(const char *path, pid_t *child)
{
    int ends[2];

    if (pipe(ends))
        return NULL;
    *child = fork();
    if (*child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execlp("gzip", "gzip", "-dc", "--", path, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    if (*child < 0) {
        close(ends[0]);
        return NULL;
    }
    return fdopen(ends[0], "r");
}

static int take_file(struct corpus *c, const char *dir, const char *name)
{
    struct corpus_source *s = &c->sources[c->n_sources];
    bool verdicts = strncmp(name, validation, strlen(validation)) == 0;
    char path[4096];
    int status = -1, result = -1;
    pid_t child;
    FILE *in;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    in = gunzip(path, &child);
    if (!in)
        goto err0;
    s->first = c->count;
    result = take_lines(c, in, verdicts);
    fclose(in);
    if (waitpid(child, &status, 0) != child || status != 0)
        result = -1;
    if (result) {
        fprintf(stderr, "%s: row %zu\n", path, c->count - s->first + 1);
        return -1;
    }
    s->count = c->count - s->first;
    snprintf(s->name, sizeof(s->name), "%.*s",
        (int)(strlen(name) - strlen(suffix)), name);
    c->n_sources++;
    return 0;

err0:
    perror(path);
    return -1;
}

/* A large source is not to drown the others. */
static void weigh(struct corpus *c)
{
    for (size_t i = 0; i < c->count; i++) {
        float n = (float)c->sources[c->rows[i].source].count;

        for (size_t k = 0; k < MODERATION_CATEGORIES && n > 3000; k++)
            c->rows[i].weight[k] *= sqrtf(3000 / n);
    }
}

static bool is_wanted(const char *name, const char *prefix)
{
    size_t n = strlen(name), tail = strlen(suffix);

    if (n <= tail || n - tail >= sizeof(((struct corpus_source *)0)->name) ||
        strcmp(name + n - tail, suffix) != 0)
        return false;
    if (prefix)
        return strncmp(name, prefix, strlen(prefix)) == 0;
    return strncmp(name, validation, strlen(validation)) != 0;
}

int corpus_read(struct corpus *c, const char *dir, const char *prefix)
{
    struct dirent **names;
    int n = scandir(dir, &names, NULL, alphasort), result = 0;

    memset(c, 0, sizeof(*c));
    if (n < 0) {
        perror(dir);
        return -1;
    }
    c->sources = calloc((size_t)n, sizeof(*c->sources));
    if (!c->sources)
        result = -1;
    for (int i = 0; i < n; i++) {
        if (!result && is_wanted(names[i]->d_name, prefix))
            result = take_file(c, dir, names[i]->d_name);
        free(names[i]);
    }
    free(names);
    weigh(c);
    return result;
}

void corpus_free(struct corpus *c)
{
    for (size_t i = 0; i < c->count; i++)
        free((char *)c->rows[i].text.p);
    free(c->rows);
    free(c->sources);
}
