/* What must hold: whoever is inside sees what was committed last, and only
 * that, whatever he knows from before. Two processes take turns, drawn at
 * random, on rows of all sizes, some bigger than a desk; of which transactions
 * are given up, processes die behind a commit, and the store is recovered, now
 * and then. A model in shared memory says what every row is. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine.h"
#include "scratch_play.h"

enum {
    WALKED = 1300, /* rows in a table that is walked; more than a desk has */
    ROWS = WALKED + 100,
    WORKERS = 2,
    TURNS = 600,
    OPERATIONS = 60, /* of a turn; now and then one for every row */
    WALK = 150,      /* rows at most */
    BIG = 3000,
    HUGE = 600 << 10
};

struct row {
    uint32_t seed; /* of its bytes; 0: there is none */
    uint32_t len;
};

struct worker {
    struct store *store;
    struct trail t;
    unsigned seed;
    uint32_t rows; /* made so far */
    bool taken;    /* a row was called new that was there */
    bool wrong;
    struct row row[ROWS];
    struct buf value;
};

/* Where a walk is. */
struct walk {
    struct worker *w;
    unsigned next, left;
};

static struct shared {
    uint32_t deaths, recoveries, undone, taken;
    struct row row[ROWS];
    char bytes[HUGE];
} * shared;

static unsigned draw(struct worker *w, unsigned below)
{
    return (unsigned)rand_r(&w->seed) % below;
}

/* ---- rows ---- */

static enum table table_of(unsigned n)
{
    return n < WALKED ? TABLE_EMAIL : TABLE_KEY_NAME;
}

static struct span key_of(unsigned n, char key[8])
{
    snprintf(key, 8, "%05u", n % 100000);
    return (struct span){key, 5};
}

static struct span bytes_of(struct row row)
{
    for (uint32_t i = 0; i < row.len; i++)
        shared->bytes[i] = (char)(row.seed * 31 + i);
    return (struct span){shared->bytes, row.len};
}

static bool is_row(struct row row, struct span value)
{
    return row.seed != 0 && value.n == row.len &&
           memcmp(bytes_of(row).p, value.p, value.n) == 0;
}

static struct row make_row(struct worker *w, unsigned n)
{
    const unsigned size = draw(w, 200);
    struct row row = {.seed = ++w->rows};

    if (size == 0 && n >= WALKED)
        row.len = HUGE;
    else
        row.len = draw(w, size < 20 ? BIG : 60);
    return row;
}

/* ---- operations ---- */

static void look(struct worker *w, unsigned n)
{
    char key[8];
    enum trail_result got =
        trail_get(&w->t, table_of(n), key_of(n, key), &w->value);
    const struct span value = {w->value.data, w->value.len};

    if (w->row[n].seed == 0 ? got != TRAIL_NONE
                            : got != TRAIL_FOUND || !is_row(w->row[n], value))
        w->wrong = true;
}

static void put(struct worker *w, unsigned n)
{
    const struct row row = make_row(w, n);
    char key[8];

    trail_put(&w->t, table_of(n), key_of(n, key), bytes_of(row));
    w->row[n] = row;
}

static void put_new(struct worker *w, unsigned n)
{
    const struct row row = make_row(w, n);
    char key[8];

    /* What becomes of that must be the same, known or not; but seldom. */
    if (w->row[n].seed != 0 && draw(w, 50) != 0)
        return;
    w->taken = w->row[n].seed != 0;
    trail_put_new(&w->t, table_of(n), key_of(n, key), bytes_of(row));
    w->row[n] = row;
}

static void take_away(struct worker *w, unsigned n)
{
    char key[8];

    trail_delete(&w->t, table_of(n), key_of(n, key));
    w->row[n].seed = 0;
}

static bool step(void *cookie, struct span key, struct span value)
{
    struct walk *walk = cookie;
    char wanted[8];

    while (walk->next < WALKED && walk->w->row[walk->next].seed == 0)
        walk->next++;
    if (walk->next == WALKED || key.n != 5 ||
        memcmp(key_of(walk->next, wanted).p, key.p, key.n) != 0 ||
        !is_row(walk->w->row[walk->next], value)) {
        walk->w->wrong = true;
        return false;
    }
    walk->next++;
    return --walk->left > 0;
}

static void walk(struct worker *w, unsigned n)
{
    const unsigned from = n < WALKED ? n : 0;
    struct walk walk = {w, from, 1 + draw(w, WALK)};
    char key[8];

    trail_walk(&w->t, TABLE_EMAIL, key_of(from, key), step, &walk);
    while (walk.next < WALKED && w->row[walk.next].seed == 0)
        walk.next++;
    if (walk.left > 0 && walk.next < WALKED)
        w->wrong = true; /* it ended too early */
}

static void operate(struct worker *w)
{
    static void (*const operation[])(struct worker * w, unsigned n) = {
        look, look, look, put, put, put_new, put_new, take_away};
    /* Some rows are used much more than others. */
    const unsigned n = draw(w, draw(w, 3) == 0 ? ROWS : 20) * 7 % ROWS;

    if (draw(w, 30) == 0)
        walk(w, n);
    else
        operation[draw(w, 8)](w, n);
}

/* ---- turns ---- */

/* Returns whether it is committed. */
static bool transact(struct worker *w)
{
    const unsigned most = draw(w, 20) == 0 ? ROWS : OPERATIONS;
    bool given_up;

    memcpy(w->row, shared->row, sizeof(w->row));
    w->taken = false;
    engine_trail(w->store, &w->t);
    trail_begin(&w->t);
    for (unsigned i = draw(w, most); i > 0 && !w->taken && !w->wrong; i--)
        operate(w);
    given_up = !w->taken && draw(w, 8) == 0;
    if (given_up)
        trail_fail(&w->t, "enough");
    shared->undone += given_up;
    shared->taken += w->taken;
    if (trail_end(&w->t) != (given_up || w->taken ? -1 : 0))
        w->wrong = true;
    return !given_up && !w->taken;
}

static bool turn(struct worker *w)
{
    struct store_verb checkpoint = {.kind = STORE_CHECKPOINT};

    if (draw(w, 15) == 0 && scratch_do(w->store, &checkpoint) != STORE_OK)
        return false;
    if (draw(w, 40) == 0)
        env_distrust(w->store->env);
    if (env_enter(w->store->env) < 0)
        return false;
    if (transact(w))
        memcpy(shared->row, w->row, sizeof(w->row));
    if (draw(w, 40) == 0)
        raise(SIGKILL);
    env_leave(w->store->env);
    return !w->wrong;
}

static int fd; /* of the worker */

static int work(void *arg)
{
    struct worker *w = calloc(1, sizeof(*w));
    bool good = true;

    (void)arg;
    SCRATCH_CHECK(w != NULL);
    w->store = scratch_store(scratch.dir);
    while (good && read(fd, &w->seed, sizeof(w->seed)) == sizeof(w->seed)) {
        w->rows = w->seed;
        good = turn(w) && write(fd, &good, 1) == 1;
    }
    shared->recoveries += (uint32_t)env_recoveries(w->store->env);
    SCRATCH_CHECK(good);
    store_close(w->store);
    buf_free(&w->value);
    free(w);
    return 0;
}

/* ---- the test ---- */

struct hand {
    pid_t pid;
    int fd;
};

static void engage(struct hand *h)
{
    int ends[2];

    assert_int_equal(
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    fd = ends[1];
    h->pid = scratch_child(work, NULL);
    h->fd = ends[0];
    close(ends[1]);
}

static int dismiss(struct hand *h)
{
    shutdown(h->fd, SHUT_WR);
    close(h->fd);
    return scratch_wait(h->pid);
}

/* Whoever dies in his turn was told to. */
static void let(struct hand *h, unsigned seed)
{
    bool good;

    assert_int_equal(write(h->fd, &seed, sizeof(seed)), sizeof(seed));
    if (read(h->fd, &good, 1) == 1)
        return;
    assert_int_equal(dismiss(h), 1000 + SIGKILL);
    shared->deaths++;
    engage(h);
}

static void test_all_see_what_was_committed_last(void **state)
{
    struct hand hand[WORKERS];
    unsigned seed = 20;

    (void)state;
    shared = scratch_shared(sizeof(*shared));
    for (int i = 0; i < WORKERS; i++)
        engage(&hand[i]);
    for (unsigned n = 1; n <= TURNS; n++)
        let(&hand[rand_r(&seed) % WORKERS], n << 12);
    for (int i = 0; i < WORKERS; i++)
        assert_int_equal(dismiss(&hand[i]), 0);
    assert_true(shared->deaths > 0 && shared->recoveries > 0);
    assert_true(shared->undone > 0 && shared->taken > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_all_see_what_was_committed_last),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
