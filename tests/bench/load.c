/* load: what many clients see of a chat completions server on 127.0.0.1.
 *
 *   load --port N [--key K] [--surface PREFIX] [--body BYTES]
 *        [--watch NAME=PID[,PID]...]...
 *        --connections C [--seconds S] [--warmup S]   a closed loop
 *             [--again]        with the same prompt each time, as the turns of
 * a conversation begin; else each is another
 *        --streams S --frames N --gap US [--ramp MS]  streams, each asked once
 *             [--deaf N]       so many of them stop reading at the first frame
 *
 * Prints one JSON line. CPU times are those of the watched processes: in a
 * closed loop from the end of the warm-up to the end, over streams while all
 * of them are open (with --gap 0, from beginning to end). A frame is late by
 * what lies between the time it says it was due and its arrival; the stand-in
 * upstream's own lateness is in that.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "caller.h"
#include "watch.h"

struct load {
    struct crew crew;
    const char *key, *surface;
    int body, connections, streams, frames, gap, ramp;
    double seconds, warmup;
    bool again;
    struct caller *callers;
    int started;
    struct loop_timer timer;
    struct watch watch[WATCH_MAX];
    int watches;
    uint64_t from, to; /* of the window, microseconds */
    bool opened, closed;
};

static void build_ask(struct load *load)
{
    struct buf body = {0}, *ask = &load->crew.ask;
    size_t number;

    buf_puts(&body, "{\"model\":\"abliterated-model\",");
    if (load->crew.streams)
        buf_printf(&body, "\"user\":\"frames=%d gap=%d\",\"stream\":true,",
            load->frames, load->gap);
    buf_puts(&body, "\"messages\":[{\"role\":\"user\",\"content\":\"");
    number = body.len;
    buf_printf(&body, "%0*d ", NUMBER_DIGITS, 0);
    while (body.len + 4 < (size_t)load->body)
        buf_puts(&body, "some words of a prompt ");
    buf_puts(&body, "\"}]}");
    buf_printf(ask,
        "POST %s/v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        "Authorization: Bearer %s\r\nContent-Type: application/json\r\n"
        "User-Agent: bench\r\nAccept: */*\r\nContent-Length: %zu\r\n\r\n",
        load->surface, load->key, body.len);
    load->crew.number = load->again ? 0 : ask->len + number;
    buf_put(ask, body.data, body.len);
    buf_free(&body);
}

static void open_window(struct load *load)
{
    load->opened = true;
    load->crew.measuring = true;
    load->from = tally_clock();
    for (int i = 0; i < load->watches; i++)
        watch_begin(&load->watch[i]);
}

static void close_window(struct load *load)
{
    load->closed = true;
    load->crew.measuring = false;
    load->to = tally_clock();
    for (int i = 0; i < load->watches; i++)
        watch_end(&load->watch[i]);
}

/* Streams: the window opens with the last first frame and closes with the
 * first end. */
static void callback_changed(struct crew *crew)
{
    struct load *load = crew->cookie;
    bool all_begun = crew->begun == load->streams;

    if (!crew->streams)
        return;
    if (load->gap > 0 && all_begun && !load->opened)
        open_window(load);
    if (load->gap > 0 && crew->done > 0 && load->opened && !load->closed)
        close_window(load);
    if (load->started == load->streams && crew->open == 0)
        loop_stop(crew->loop);
}

static void start_caller(struct load *load)
{
    if (caller_start(&load->callers[load->started++], &load->crew)) {
        perror("load");
        exit(1);
    }
}

/* Streams begin evenly over the ramp. */
static void callback_ramp(void *cookie)
{
    struct load *load = cookie;
    uint64_t passed = (tally_clock() - load->from) / 1000 + 1;
    uint64_t due = load->ramp == 0 ? (uint64_t)load->streams
                                   : (uint64_t)load->streams * passed /
                                         (uint64_t)load->ramp;

    while (load->started < load->streams && (uint64_t)load->started < due)
        start_caller(load);
    if (load->started < load->streams)
        loop_timer_set(load->crew.loop, &load->timer, 1);
}

static void callback_phase(void *cookie)
{
    struct load *load = cookie;

    if (!load->opened) {
        open_window(load);
        loop_timer_set(
            load->crew.loop, &load->timer, (uint64_t)(load->seconds * 1000));
        return;
    }
    close_window(load);
    loop_stop(load->crew.loop);
}

static void run(struct load *load)
{
    if (load->crew.streams) {
        load->from = tally_clock();
        load->timer.fired = callback_ramp;
        if (load->gap == 0)
            open_window(load);
        callback_ramp(load);
    } else {
        while (load->started < load->connections)
            start_caller(load);
        load->timer.fired = callback_phase;
        loop_timer_set(
            load->crew.loop, &load->timer, (uint64_t)(load->warmup * 1000));
    }
    loop_run(load->crew.loop);
    if (load->opened && !load->closed)
        close_window(load);
}

static void report(const struct load *load)
{
    const struct crew *crew = &load->crew;
    double seconds = (double)(load->to - load->from) / 1e6;
    uint64_t units = crew->streams ? crew->frames : crew->done;

    if (seconds <= 0)
        seconds = 1;
    printf("{\"done\":%llu,\"errors\":%llu,\"first_error\":%d,"
           "\"seconds\":%.3f,\"rate\":%.1f,\"p50\":%llu,\"p99\":%llu,"
           "\"frames\":%llu,\"late50\":%llu,\"late99\":%llu,\"late_most\":%llu",
        (unsigned long long)crew->done, (unsigned long long)crew->errors,
        crew->first_error, seconds, (double)units / seconds,
        (unsigned long long)tally_at(&crew->took, 0.5),
        (unsigned long long)tally_at(&crew->took, 0.99),
        (unsigned long long)crew->all_frames,
        (unsigned long long)tally_at(&crew->late, 0.5),
        (unsigned long long)tally_at(&crew->late, 0.99),
        (unsigned long long)crew->late.most);
    for (int i = 0; i < load->watches; i++)
        printf(",\"cpu.%s\":%.2f,\"private.%s\":%llu", load->watch[i].name,
            (double)load->watch[i].cpu / 1000 / (double)(units ? units : 1),
            load->watch[i].name,
            (unsigned long long)load->watch[i].private_kib);
    printf("}\n");
}

static const struct option options[] = {{"port", 1, NULL, 'p'},
    {"key", 1, NULL, 'k'}, {"body", 1, NULL, 'b'}, {"watch", 1, NULL, 'w'},
    {"connections", 1, NULL, 'c'}, {"seconds", 1, NULL, 's'},
    {"warmup", 1, NULL, 'u'}, {"streams", 1, NULL, 'S'},
    {"frames", 1, NULL, 'f'}, {"gap", 1, NULL, 'g'}, {"ramp", 1, NULL, 'r'},
    {"deaf", 1, NULL, 'd'}, {"again", 0, NULL, 'a'}, {"surface", 1, NULL, 'o'},
    {0}};

static int read_options(struct load *load, int argc, char **argv)
{
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'p')
            load->crew.port = (uint16_t)atoi(optarg);
        else if (option == 'k')
            load->key = optarg;
        else if (option == 'o')
            load->surface = optarg;
        else if (option == 'b')
            load->body = atoi(optarg);
        else if (option == 'c')
            load->connections = atoi(optarg);
        else if (option == 's')
            load->seconds = atof(optarg);
        else if (option == 'u')
            load->warmup = atof(optarg);
        else if (option == 'S')
            load->streams = atoi(optarg);
        else if (option == 'f')
            load->frames = atoi(optarg);
        else if (option == 'g')
            load->gap = atoi(optarg);
        else if (option == 'r')
            load->ramp = atoi(optarg);
        else if (option == 'd')
            load->crew.deaf = atoi(optarg);
        else if (option == 'a')
            load->again = true;
        else if (option != 'w' || load->watches == WATCH_MAX ||
                 watch_parse(&load->watch[load->watches++], optarg))
            return -1;
    }
    return load->crew.port != 0 && (load->connections > 0 || load->streams > 0)
               ? 0
               : -1;
}

int main(int argc, char **argv)
{
    static struct load load = {.key = "",
        .surface = "",
        .body = 1500,
        .seconds = 3,
        .warmup = 0.5,
        .frames = 100};
    int callers;
    struct rlimit files;

    if (read_options(&load, argc, argv)) {
        fprintf(stderr, "load: bad options; the head of load.c has them\n");
        return 2;
    }
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    callers = load.streams > 0 ? load.streams : load.connections;
    load.crew.streams = load.streams > 0;
    load.crew.changed = callback_changed;
    load.crew.cookie = load.timer.cookie = &load;
    load.crew.loop = loop_create();
    load.callers = calloc((size_t)callers, sizeof(*load.callers));
    if (load.crew.loop == NULL || load.callers == NULL)
        return 1;
    build_ask(&load);
    run(&load);
    report(&load);
    for (int i = 0; i < callers; i++)
        caller_free(&load.callers[i]);
    free(load.callers);
    buf_free(&load.crew.ask);
    loop_free(load.crew.loop);
    return 0;
}
