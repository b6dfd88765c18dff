#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "powercut.h"

enum { GROWTH = 1 << 22 };

struct image_file {
    char name[POWERCUT_NAME]; /* empty: not there */
    uint64_t block;           /* bytes that are written back together */
    char *data;
    size_t size;
    uint32_t synced; /* records before this one are on the disk */
    uint32_t made;
};

/* Up to which record a block was written back when the power went. */
static uint32_t written_back(
    const struct image_file *f, uint64_t salt, uint64_t block)
{
    uint64_t chance =
        powercut_mix(salt ^ powercut_mix(block + ((uint64_t)f->name[0] << 56)));

    if (chance % 4 == 0)
        return f->synced;
    if (chance % 4 == 1)
        return powercut->cut;
    return powercut_between(f->synced, powercut->cut, chance >> 8);
}

static void image_grow(struct image_file *f, size_t size)
{
    if (size > GROWTH)
        _exit(93);
    if (f->data == NULL)
        f->data = calloc(1, GROWTH);
    if (f->data == NULL)
        _exit(92);
    if (size > f->size)
        f->size = size;
}

static void image_write(struct image_file *f, uint32_t i,
    const struct powercut_record *r, uint64_t salt)
{
    size_t n;

    for (size_t done = 0; done < r->n; done += n) {
        uint64_t at = r->offset + done;

        n = f->block - at % f->block;
        if (n > r->n - done)
            n = r->n - done;
        if (i >= f->synced && i >= written_back(f, salt, at / f->block))
            continue;
        image_grow(f, at + n);
        memcpy(f->data + at, r->data + done, n);
    }
}

static void image_truncate(struct image_file *f, uint32_t i,
    const struct powercut_record *r, uint64_t salt)
{
    if (i >= f->synced && powercut_mix(salt + i) % 2 == 0)
        return;
    image_grow(f, r->offset);
    memset(f->data + r->offset, 0, GROWTH - r->offset);
    f->size = r->offset;
}

/* What the syncs before the cut have made sure of. Returns it for the names. */
static uint32_t image_syncs(struct image_file *files)
{
    uint32_t names = 0;

    for (uint32_t i = 0; i < powercut->files; i++)
        files[i].block = powercut->log[i] ? 512 : 4096;
    for (uint32_t i = 0; i < powercut->cut; i++) {
        const struct powercut_record *r = powercut_record(i);

        if (r->kind == POWERCUT_CREATE)
            files[r->file].made = i;
        else if (r->kind == POWERCUT_SYNC)
            files[r->file].synced = i;
        if (r->kind == POWERCUT_SYNC_NAMES ||
            (r->kind == POWERCUT_SYNC && !powercut->strict &&
                files[r->file].made >= names))
            names = i;
    }
    return names;
}

static void image_rename(
    struct image_file *files, const char *from, const char *to)
{
    for (int i = 0; i < POWERCUT_FILES; i++)
        if (to != NULL && strcmp(files[i].name, to) == 0)
            files[i].name[0] = 0;
    for (int i = 0; i < POWERCUT_FILES; i++)
        if (strcmp(files[i].name, from) == 0)
            snprintf(files[i].name, POWERCUT_NAME, "%s", to != NULL ? to : "");
}

/* File systems keep the order of changes of names: a beginning is there. */
static void image_names(struct image_file *files, uint32_t until)
{
    for (uint32_t i = 0; i < until; i++) {
        const struct powercut_record *r = powercut_record(i);

        if (r->kind == POWERCUT_CREATE)
            snprintf(files[r->file].name, POWERCUT_NAME, "%s", r->data);
        else if (r->kind == POWERCUT_RENAME)
            image_rename(files, r->data, r->data + POWERCUT_NAME);
        else if (r->kind == POWERCUT_UNLINK)
            image_rename(files, r->data, NULL);
    }
}

static void image_save(const struct image_file *f)
{
    char path[PATH_MAX + POWERCUT_NAME + 2];
    FILE *out;

    snprintf(path, sizeof(path), "%s/%s", powercut->image, f->name);
    out = fopen(path, "w");
    if (out == NULL || fwrite(f->data, 1, f->size, out) != f->size ||
        fclose(out) != 0)
        _exit(91);
}

bool powercut_synced_first(uint32_t born)
{
    static struct image_file files[POWERCUT_FILES];
    bool there[POWERCUT_FILES] = {false};
    uint32_t i;

    memset(files, 0, sizeof(files));
    image_names(files, born);
    for (i = born; i < powercut->count; i++) {
        const struct powercut_record *r = powercut_record(i);

        if (r->kind == POWERCUT_SYNC)
            there[r->file] = true;
        else if (r->kind == POWERCUT_WRITE || r->kind == POWERCUT_TRUNCATE)
            break;
    }
    for (int f = 0; i < powercut->count && f < POWERCUT_FILES; f++)
        if (files[f].name[0] != 0 && !there[f])
            return false;
    return true;
}

int powercut_image(void *arg)
{
    static struct image_file files[POWERCUT_FILES];
    uint64_t salt = powercut_mix(*(uint64_t *)arg);
    uint32_t names = image_syncs(files);

    if (mkdir(powercut->image, 0700) < 0)
        return 1;
    image_names(
        files, powercut_between(names, powercut->cut, powercut_mix(salt)));
    for (uint32_t i = 0; i < powercut->cut; i++) {
        const struct powercut_record *r = powercut_record(i);

        if (r->kind == POWERCUT_WRITE)
            image_write(&files[r->file], i, r, salt + r->file);
        else if (r->kind == POWERCUT_TRUNCATE)
            image_truncate(&files[r->file], i, r, salt + r->file);
    }
    for (int i = 0; i < POWERCUT_FILES; i++)
        if (files[i].name[0] != 0)
            image_save(&files[i]);
    return 0;
}
