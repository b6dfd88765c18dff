#include "batch_play.h"

struct scratch batch_play;

int batch_play_set_up(void **state)
{
    (void)state;
    scratch_open(&batch_play);
    return 0;
}

int batch_play_tear_down(void **state)
{
    (void)state;
    scratch_drop(&batch_play);
    return 0;
}

void batch_play_on_done(void *cookie, struct store_verb *verb)
{
    struct batch_play_answers *a = cookie;
    struct store_stat stat;

    store_stat(a->store, &stat);
    if (a->count < BATCH_PLAY_MOST) {
        a->verb[a->count] = verb;
        a->on_disk[a->count] = stat.log_synced >= stat.log_written;
        a->more[a->count] = verb->next != NULL;
    }
    a->count++;
}

void batch_play_run(
    struct batch_play_answers *a, struct store_verb *const *verbs)
{
    for (size_t i = 0; verbs[i] != NULL; i++)
        verbs[i]->next = verbs[i + 1];
    store_run(a->store, verbs[0], batch_play_on_done, a);
}
