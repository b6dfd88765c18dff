#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conn_private.h"

/* All connections of one loop. */

/* What a web server has connected for comes at once. */
enum { REQUEST_MS = 1000 };

void conn_link(struct conn **list, struct conn *c)
{
    c->link = list;
    c->next = *list;
    if (c->next != NULL)
        c->next->link = &c->next;
    *list = c;
}

void conn_unlink(struct conn *c)
{
    *c->link = c->next;
    if (c->next != NULL)
        c->next->link = c->link;
}

static void callback_bury(void *cookie)
{
    struct conn_set *set = cookie;
    struct conn *c;

    while ((c = set->dead) != NULL) {
        conn_unlink(c);
        conn_free(c);
    }
    if (set->draining && set->count == 0 && set->owner->emptied != NULL)
        set->owner->emptied(set->cookie);
}

struct conn_set *conn_set_create(struct loop *loop,
    const struct conn_owner *owner, void *cookie,
    const struct conn_limits *limits)
{
    struct conn_set *set = malloc(sizeof(*set));

    if (set == NULL)
        goto err0;
    *set = (struct conn_set){
        .loop = loop, .owner = owner, .cookie = cookie, .limits = *limits};
    set->bury = (struct loop_task){.run = callback_bury, .cookie = set};
    if ((set->parser = request_parser_create()) == NULL)
        goto err1;
    return set;

err1:
    free(set);
err0:
    return NULL;
}

void conn_set_free(struct conn_set *set)
{
    if (set == NULL)
        return;
    while (set->open != NULL)
        conn_drop(set->open);
    callback_bury(set);
    loop_later_cancel(set->loop, &set->bury);
    request_parser_free(set->parser);
    free(set);
}

void conn_set_limits(struct conn_set *set, const struct conn_limits *limits)
{
    set->limits = *limits;
}

/* Whether the web server has nothing to lose when ${c} is closed. One that was
 * accepted and not yet used is about to bring a request, and one that was kept
 * may have just been given the next. */
static bool is_idle(const struct conn *c)
{
    char byte;

    return c->used && recv(c->watch.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;
}

void conn_set_drain(struct conn_set *set)
{
    struct conn *c, *next;

    set->draining = true;
    for (c = set->open; c != NULL; c = next) {
        next = c->next;
        if (c->state != CONN_SPOOLING || spool_under_way(&c->spool))
            continue;
        if (is_idle(c))
            conn_drop(c);
        else
            loop_timer_set(set->loop, &c->timer, REQUEST_MS);
    }
}

size_t conn_set_count(const struct conn_set *set)
{
    return set->count;
}

int conn_adopt(struct conn_set *set, int fd)
{
    struct conn *c;

    if (set->draining || set->count >= set->limits.most)
        goto err0;
    if ((c = conn_create(set, fd)) == NULL)
        goto err0;
    if (loop_watch(set->loop, &c->watch, EPOLLIN | EPOLLRDHUP) == -1)
        goto err1;
    loop_timer_set(set->loop, &c->timer, set->limits.idle_ms);
    conn_link(&set->open, c);
    set->count++;
    conn_input(c); /* a web server writes as soon as it has connected */
    return 0;

err1:
    conn_free(c);
err0:
    close(fd);
    return -1;
}
