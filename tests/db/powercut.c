/* What must hold: whatever of the unsynced writes a power cut leaves on the
 * disk, the store recovers, an audit finds nothing, and whatever verb was
 * acknowledged as done is there.
 *
 *   powercut DIR ROUNDS SEED [strict]    TAP on standard output
 *
 * DIR must not exist. Workers live one after the other on a store, each killed
 * at some system call; everything they write, sync and acknowledge goes to a
 * journal. A cut takes a beginning of it and makes the disk as it may be then:
 * what was synced is there, of the rest each sector (of a log) or page (of a
 * table) as of some moment since. File
 * systems with a journal put the name of a new file on the disk when the file
 * is synced; with "strict" only a sync of the directory does. */

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "scratch.h"
#include "syscalls.h"

enum {
    BYTES = 1 << 28,
    RECORDS = 1 << 20,
    FILES = 512,
    NAME = 48,
    ACCOUNTS = 2,
    PAIRS = 4,
    CUTS = 4, /* of one store, the first before anybody was killed */
    GROWTH = 1 << 22
};

enum record_kind {
    RECORD_WRITE,
    RECORD_SYNC,
    RECORD_TRUNCATE,
    RECORD_CREATE,
    RECORD_RENAME,
    RECORD_UNLINK,
    RECORD_SYNC_NAMES,
    RECORD_SETTLED,
    RECORD_GRANTED
};

struct record {
    enum record_kind kind;
    uint32_t file; /* or the number of what was acknowledged */
    uint64_t offset;
    size_t n;
    char data[];
};

static struct shared {
    char dir[PATH_MAX]; /* of the store */
    uint32_t count, kill_at, files, round;
    uint32_t pages; /* to be written yet before the kill */
    bool log[FILES];
    ino_t inode[FILES];
    size_t at[RECORDS], used;

    bool strict;
    uint32_t cut; /* what is looked at: records before this one */
    char image[PATH_MAX];
    uint32_t opened, settles, settles_lost, grants, grants_lost;
    uint64_t breaches;
    uint32_t lives, rash; /* wrote before they synced */

    char bytes[BYTES];
} * shared;

/* ---- the journal ---- */

static size_t record_size(size_t n)
{
    return (sizeof(struct record) + n + 15) & ~(size_t)15;
}

static void note(enum record_kind kind, uint32_t file, uint64_t offset,
    const void *data, size_t n)
{
    struct record *r = (struct record *)(shared->bytes + shared->used);

    if (shared->used + record_size(n) > BYTES || shared->count == RECORDS)
        _exit(95);
    *r = (struct record){.kind = kind, .file = file, .offset = offset, .n = n};
    if (n > 0)
        memcpy(r->data, data, n);
    shared->at[shared->count++] = shared->used;
    shared->used += record_size(n);
}

static const struct record *record(uint32_t i)
{
    return (const struct record *)(shared->bytes + shared->at[i]);
}

static bool is_zero(const char *p, size_t n)
{
    return n > 0 && p[0] == 0 && memcmp(p, p + 1, n - 1) == 0;
}

/* A log file is filled with zeros in hundreds of writes, which are not as many
 * moments of interest. Returns whether this one was added to the last. */
static bool note_zeros(
    uint32_t file, uint64_t offset, const void *data, size_t n)
{
    struct record *r;

    if (shared->count == 0 || !shared->log[file] || !is_zero(data, n))
        return false;
    r = (struct record *)(shared->bytes + shared->at[shared->count - 1]);
    if (r->kind != RECORD_WRITE || r->file != file ||
        r->offset + r->n != offset || !is_zero(r->data, r->n))
        return false;
    r->n += n;
    shared->used = shared->at[shared->count - 1] + record_size(r->n);
    if (shared->used > BYTES)
        _exit(95);
    memset(r->data, 0, r->n);
    return true;
}

/* Each call is a moment at which a worker may be killed. */
static int before(enum syscall_kind kind)
{
    if (shared->count >= shared->kill_at && shared->pages == 0)
        kill(getpid(), SIGKILL);
    return kind == SYSCALL_SYNC ? SYSCALL_SKIP : SYSCALL_GO;
}

/* The number of the file, or FILES. An inode may be used again: the newest
 * counts. */
static uint32_t file_of(int fd)
{
    struct stat st;
    uint32_t i = shared->files;

    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return FILES;
    while (i > 0)
        if (shared->inode[--i] == st.st_ino)
            return i;
    return FILES;
}

static const char *name_of(const char *path)
{
    const char *name = strrchr(path, '/');
    size_t n = strlen(shared->dir);

    if (name == NULL || strlen(name) > NAME ||
        strncmp(path, shared->dir, n) != 0 || path + n != name)
        return NULL;
    name++;
    return strncmp(name, "log.", 4) == 0 || strstr(name, "db") != NULL ? name
                                                                       : NULL;
}

static void wrote(int fd, const void *data, size_t n, off_t offset)
{
    uint32_t file = file_of(fd);

    if (file == FILES)
        return;
    if (!note_zeros(file, (uint64_t)offset, data, n))
        note(RECORD_WRITE, file, (uint64_t)offset, data, n);
    if (shared->count >= shared->kill_at && shared->pages > 0 &&
        !shared->log[file])
        shared->pages--;
}

static void truncated(int fd, off_t size)
{
    uint32_t file = file_of(fd);

    if (file < FILES)
        note(RECORD_TRUNCATE, file, (uint64_t)size, NULL, 0);
}

static void synced(int fd)
{
    uint32_t file = file_of(fd);
    struct stat st;

    if (file < FILES)
        note(RECORD_SYNC, file, 0, NULL, 0);
    else if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
        note(RECORD_SYNC_NAMES, 0, 0, NULL, 0);
}

static void created(int fd, const char *path)
{
    const char *name = name_of(path);
    struct stat st;

    if (name == NULL || fstat(fd, &st) < 0)
        return;
    if (shared->files == FILES)
        _exit(94);
    shared->inode[shared->files] = st.st_ino;
    shared->log[shared->files] = strncmp(name, "log.", 4) == 0;
    note(RECORD_CREATE, shared->files++, 0, name, strlen(name) + 1);
}

static void renamed(const char *from, const char *to)
{
    char names[2][NAME] = {{0}};

    if (name_of(from) == NULL || name_of(to) == NULL)
        return;
    snprintf(names[0], NAME, "%s", name_of(from));
    snprintf(names[1], NAME, "%s", name_of(to));
    note(RECORD_RENAME, 0, 0, names, sizeof(names));
}

static void unlinked(const char *path)
{
    const char *name = name_of(path);

    if (name != NULL)
        note(RECORD_UNLINK, 0, 0, name, strlen(name) + 1);
}

static const struct syscalls recorder = {
    .before = before,
    .wrote = wrote,
    .synced = synced,
    .truncated = truncated,
    .created = created,
    .renamed = renamed,
    .unlinked = unlinked,
};

static int before_check(enum syscall_kind kind)
{
    return kind == SYSCALL_SYNC ? SYSCALL_SKIP : SYSCALL_GO;
}

static const struct syscalls no_syncs = {.before = before_check};

/* ---- a worker ---- */

static void id_of(uint32_t n, uint8_t id[STORE_ID])
{
    memset(id, 0, STORE_ID);
    id[0] = (uint8_t)(n * 37);
    memcpy(id + 8, &n, sizeof(n));
    id[15] = 1;
}

static int64_t now(void)
{
    return (int64_t)time(NULL) * 1000000;
}

static void on_done(void *cookie, struct store_verb *verb)
{
    const uint32_t *number = verb->owner;

    (void)cookie;
    if (verb->status != STORE_OK) {
        fprintf(stderr, "# kind %d: status %d\n", (int)verb->kind,
            (int)verb->status);
        _exit(97);
    }
    if (number != NULL)
        note(verb->kind == STORE_SETTLE ? RECORD_SETTLED : RECORD_GRANTED,
            *number, 0, NULL, 0);
}

static void run(struct store *store, void *verb)
{
    store_run(store, verb, on_done, NULL);
}

static struct store *open_store(const char *dir)
{
    struct store_options o = scratch_options(dir);
    struct store *store;
    char error[256];

    o.checkpoint_bytes = 65536;
    o.cache_bytes = 1 << 20;
    if (store_open(&o, &store, error) == 0)
        return store;
    fprintf(stderr, "# %s\n", error);
    _exit(99);
}

static struct store_grant grant_of(uint32_t n, int64_t credits)
{
    struct store_grant g = {.verb.kind = STORE_GRANT,
        .credits = credits,
        .note = "power",
        .now = now()};

    id_of(n % ACCOUNTS, g.account);
    snprintf(g.idempotency_key, sizeof(g.idempotency_key), "%u", (unsigned)n);
    return g;
}

static void set_up(struct store *store)
{
    for (uint32_t i = 0; i < ACCOUNTS; i++) {
        struct store_account_add add = {.verb.kind = STORE_ACCOUNT_ADD};
        struct store_key_add key = {.verb.kind = STORE_KEY_ADD};
        struct store_grant grant = grant_of(i, INT64_C(1) << 40);

        id_of(i, add.account.id);
        snprintf(add.account.email, sizeof(add.account.email), "%u@test",
            (unsigned)i);
        id_of(i, key.key.account);
        snprintf(key.key.id, sizeof(key.key.id), "key_%08u", (unsigned)i);
        memset(key.key.digest, (int)i + 1, sizeof(key.key.digest));
        snprintf(grant.idempotency_key, sizeof(grant.idempotency_key), "first");
        run(store, &add);
        run(store, &key);
        run(store, &grant);
    }
}

static void admit_all(struct store *store, uint32_t first)
{
    struct store_admit a[PAIRS];

    memset(a, 0, sizeof(a));
    for (uint32_t i = 0; i < PAIRS; i++) {
        a[i].verb.kind = STORE_ADMIT;
        a[i].verb.next = i + 1 < PAIRS ? &a[i + 1].verb : NULL;
        id_of(first + i, a[i].request);
        a[i].caller = CALLER_KEY;
        a[i].depth = ADMIT_HOLD;
        memset(a[i].digest, (int)(i % ACCOUNTS) + 1, sizeof(a[i].digest));
        a[i].ask = (struct hold_ask){100, 900, 1, 0, {5000000, 500}};
        a[i].now = now();
        a[i].lease = 1 << 30;
    }
    run(store, a);
}

static struct store_settle settle_of(uint32_t n)
{
    struct store_settle s = {.verb.kind = STORE_SETTLE,
        .usage = {true, 100, n % 5000},
        .now = now()};

    id_of(n, s.request);
    return s;
}

static void settle_all(struct store *store, uint32_t first)
{
    struct store_grant grant = grant_of(first, 100);
    struct store_settle s[PAIRS];
    uint32_t number[PAIRS];

    for (uint32_t i = 0; i < PAIRS; i++) {
        number[i] = first + i;
        s[i] = settle_of(number[i]);
        s[i].verb.owner = &number[i];
        s[i].verb.next = i + 1 < PAIRS ? &s[i + 1].verb : &grant.verb;
    }
    grant.verb.owner = &number[0];
    run(store, s);
}

static int work(void *arg)
{
    struct store *store;

    (void)arg;
    syscalls_hook(&recorder);
    store = open_store(shared->dir);
    set_up(store);
    while (shared->round < UINT32_MAX) {
        shared->round += PAIRS;
        admit_all(store, shared->round);
        settle_all(store, shared->round);
    }
    return 0;
}

/* ---- the image ---- */

struct image_file {
    char name[NAME]; /* empty: not there */
    uint64_t block;  /* bytes that are written back together */
    char *data;
    size_t size;
    uint32_t synced; /* records before this one are on the disk */
    uint32_t made;
};

static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static uint32_t between(uint32_t low, uint32_t high, uint64_t chance)
{
    return low + (uint32_t)(chance % (high - low + 1));
}

/* Up to which record a block was written back when the power went. */
static uint32_t written_back(
    const struct image_file *f, uint64_t salt, uint64_t block)
{
    uint64_t chance = mix(salt ^ mix(block + ((uint64_t)f->name[0] << 56)));

    if (chance % 4 == 0)
        return f->synced;
    if (chance % 4 == 1)
        return shared->cut;
    return between(f->synced, shared->cut, chance >> 8);
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

static void image_write(
    struct image_file *f, uint32_t i, const struct record *r, uint64_t salt)
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

static void image_truncate(
    struct image_file *f, uint32_t i, const struct record *r, uint64_t salt)
{
    if (i >= f->synced && mix(salt + i) % 2 == 0)
        return;
    image_grow(f, r->offset);
    memset(f->data + r->offset, 0, GROWTH - r->offset);
    f->size = r->offset;
}

/* What the syncs before the cut have made sure of. Returns it for the names. */
static uint32_t image_syncs(struct image_file *files)
{
    uint32_t names = 0;

    for (uint32_t i = 0; i < shared->files; i++)
        files[i].block = shared->log[i] ? 512 : 4096;
    for (uint32_t i = 0; i < shared->cut; i++) {
        const struct record *r = record(i);

        if (r->kind == RECORD_CREATE)
            files[r->file].made = i;
        else if (r->kind == RECORD_SYNC)
            files[r->file].synced = i;
        if (r->kind == RECORD_SYNC_NAMES ||
            (r->kind == RECORD_SYNC && !shared->strict &&
                files[r->file].made >= names))
            names = i;
    }
    return names;
}

static void image_rename(
    struct image_file *files, const char *from, const char *to)
{
    for (int i = 0; i < FILES; i++)
        if (to != NULL && strcmp(files[i].name, to) == 0)
            files[i].name[0] = 0;
    for (int i = 0; i < FILES; i++)
        if (strcmp(files[i].name, from) == 0)
            snprintf(files[i].name, NAME, "%s", to != NULL ? to : "");
}

/* File systems keep the order of changes of names: a beginning is there. */
static void image_names(struct image_file *files, uint32_t until)
{
    for (uint32_t i = 0; i < until; i++) {
        const struct record *r = record(i);

        if (r->kind == RECORD_CREATE)
            snprintf(files[r->file].name, NAME, "%s", r->data);
        else if (r->kind == RECORD_RENAME)
            image_rename(files, r->data, r->data + NAME);
        else if (r->kind == RECORD_UNLINK)
            image_rename(files, r->data, NULL);
    }
}

static void image_save(const struct image_file *f)
{
    char path[PATH_MAX + NAME + 2];
    FILE *out;

    snprintf(path, sizeof(path), "%s/%s", shared->image, f->name);
    out = fopen(path, "w");
    if (out == NULL || fwrite(f->data, 1, f->size, out) != f->size ||
        fclose(out) != 0)
        _exit(91);
}

/* Whether the worker born at record ${born} synced every file that there was
 * before it wrote to any: what is in the page cache only must not be taken for
 * durable. */
static bool synced_first(uint32_t born)
{
    static struct image_file files[FILES];
    bool there[FILES] = {false};
    uint32_t i;

    memset(files, 0, sizeof(files));
    image_names(files, born);
    for (i = born; i < shared->count; i++) {
        const struct record *r = record(i);

        if (r->kind == RECORD_SYNC)
            there[r->file] = true;
        else if (r->kind == RECORD_WRITE || r->kind == RECORD_TRUNCATE)
            break;
    }
    for (int f = 0; i < shared->count && f < FILES; f++)
        if (files[f].name[0] != 0 && !there[f])
            return false;
    return true;
}

static int make_image(void *arg)
{
    static struct image_file files[FILES];
    uint64_t salt = mix(*(uint64_t *)arg);
    uint32_t names = image_syncs(files);

    if (mkdir(shared->image, 0700) < 0)
        return 1;
    image_names(files, between(names, shared->cut, mix(salt)));
    for (uint32_t i = 0; i < shared->cut; i++) {
        const struct record *r = record(i);

        if (r->kind == RECORD_WRITE)
            image_write(&files[r->file], i, r, salt + r->file);
        else if (r->kind == RECORD_TRUNCATE)
            image_truncate(&files[r->file], i, r, salt + r->file);
    }
    for (int i = 0; i < FILES; i++)
        if (files[i].name[0] != 0)
            image_save(&files[i]);
    return 0;
}

/* ---- the check ---- */

static void on_checked(void *cookie, struct store_verb *verb)
{
    (void)cookie;
    (void)verb;
}

static bool is_there(struct store *store, const struct record *r)
{
    struct store_settle s = settle_of(r->file);
    struct store_grant g = grant_of(r->file, 100);

    if (r->kind == RECORD_SETTLED) {
        store_run(store, &s.verb, on_checked, NULL);
        return s.verb.status == STORE_OK && s.already &&
               s.charge.credits == (100 + r->file % 5000 + 499) / 500;
    }
    store_run(store, &g.verb, on_checked, NULL);
    return g.verb.status == STORE_OK && g.already;
}

static void check_acknowledged(struct store *store)
{
    for (uint32_t i = 0; i < shared->cut; i++) {
        const struct record *r = record(i);

        if (r->kind == RECORD_SETTLED) {
            shared->settles++;
            shared->settles_lost += !is_there(store, r);
        } else if (r->kind == RECORD_GRANTED) {
            shared->grants++;
            shared->grants_lost += !is_there(store, r);
        }
    }
}

static void check_books(struct store *store)
{
    struct store_reap r = {.verb.kind = STORE_REAP, .most = 500, .now = now()};
    struct store_audit a = {.verb.kind = STORE_AUDIT, .most = 500};

    do {
        store_run(store, &r.verb, on_checked, NULL);
    } while (r.more);
    while (!a.done)
        store_run(store, &a.verb, on_checked, NULL);
    shared->breaches += a.breaches;
    if (a.report.len > 0)
        fprintf(stderr, "%.*s", (int)a.report.len, a.report.data);
    buf_free(&a.report);
    buf_free(&a.cursor);
}

static int check(void *arg)
{
    struct store *store;

    (void)arg;
    syscalls_hook(&no_syncs);
    store = open_store(shared->image);
    shared->opened++;
    check_books(store);
    check_acknowledged(store);
    store_close(store);
    return 0;
}

/* ---- the parent ---- */

static unsigned failures;

static void tell(unsigned number, bool good, const char *what, uint64_t n)
{
    failures += !good;
    printf("%s %u - %s (%llu)\n", good ? "ok" : "not ok", number, what,
        (unsigned long long)n);
}

static void sweep(const char *dir)
{
    scratch_sweep(dir);
    store_discard(dir);
}

/* Live until ${calls} records more, or at times until the middle of the
 * checkpoint after them. Returns whether it was killed there. */
static bool live(uint32_t calls, uint64_t chance)
{
    uint32_t born = shared->count;
    int status;

    shared->kill_at = shared->count + calls;
    shared->pages = chance % 2 == 0 ? 0 : between(1, 40, chance >> 1);
    status = scratch_run(work, NULL);
    shared->lives++;
    shared->rash += !synced_first(born);
    if (status == 1000 + SIGKILL)
        return true;
    printf("# a worker ended with status %d\n", status);
    return false;
}

static bool cut_at(uint32_t cut, uint64_t salt)
{
    bool good;

    shared->cut = cut;
    good = scratch_run(make_image, &salt) == 0 && scratch_run(check, NULL) == 0;
    if (!good)
        printf("# cut at record %u of %u, salt %llu\n", (unsigned)cut,
            (unsigned)shared->count, (unsigned long long)salt);
    sweep(shared->image);
    return good;
}

/* A store, two workers to five, and the cuts. Returns how many went wrong. */
static unsigned play(unsigned cuts, uint64_t salt)
{
    unsigned bad = 0;
    uint32_t first, killed;

    shared->count = shared->files = shared->round = 0;
    shared->used = 0;
    bad += !live(between(150, 3500, mix(salt)), mix(salt + 10));
    first = shared->count;
    for (unsigned i = mix(salt + 1) % 4; i > 0; i--)
        bad += !live(between(5, 200, mix(salt + 20 + i)), mix(salt + 30 + i));
    killed = shared->count;
    bad += !live(between(100, 600, mix(salt + 3)), 0);
    for (unsigned i = 0; i < cuts; i++)
        bad +=
            !cut_at(i == 0 ? between(1, first, mix(salt + 4))
                           : between(killed, shared->count, mix(salt + 5 + i)),
                salt + i);
    sweep(shared->dir);
    return bad;
}

int main(int argc, char **argv)
{
    unsigned rounds, bad = 0;
    uint64_t seed;

    if (argc != 4 && argc != 5) {
        fprintf(stderr, "usage: powercut DIR ROUNDS SEED [strict]\n");
        return 2;
    }
    rounds = (unsigned)strtoul(argv[2], NULL, 10);
    seed = strtoull(argv[3], NULL, 10);
    shared = scratch_shared(sizeof(*shared));
    shared->strict = argc == 5;
    if (mkdir(argv[1], 0700) < 0 || realpath(argv[1], shared->image) == NULL)
        return 1;
    snprintf(shared->dir, PATH_MAX, "%.*s/live", PATH_MAX - 10, shared->image);
    strcat(shared->image, "/cut");
    for (unsigned done = 0; done < rounds; done += CUTS)
        bad += play(rounds - done < CUTS ? rounds - done : CUTS,
            seed * 1000003 + done * UINT64_C(101));
    printf("1..5\n");
    tell(1, bad == 0 && shared->opened == rounds, "stores that came back",
        shared->opened);
    tell(2, shared->settles > 0 && shared->settles_lost == 0,
        "every acknowledged settlement is there", shared->settles);
    tell(3, shared->grants > 0 && shared->grants_lost == 0,
        "every acknowledged grant is there", shared->grants);
    tell(
        4, shared->breaches == 0, "an audit finds no breach", shared->breaches);
    tell(5, shared->lives > 0 && shared->rash == 0,
        "who recovers syncs all files before writing to any", shared->lives);
    printf("# lost: %u settlements, %u grants\n", shared->settles_lost,
        shared->grants_lost);
    return failures == 0 ? 0 : 1;
}
