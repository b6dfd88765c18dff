#include "upstream_plain.h"

/* Connections are made by libcurl, and then are ours. */

static int set_target(CURL *curl, const struct upstream_call *call)
{
    curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(curl, CURLOPT_PRIVATE, call);
    if (upstream_socket_set(call->pool, curl, "http", call->connect_ms) != 0 ||
        curl_easy_setopt(curl, CURLOPT_URL, call->origin) != CURLE_OK)
        return -1;
    return 0;
}

int upstream_connect(struct upstream_call *call)
{
    CURL *curl = curl_easy_init();

    if (curl == NULL)
        goto err0;
    if (set_target(curl, call) != 0)
        goto err1;
    if (curl_multi_add_handle(call->pool->multi, curl) != CURLM_OK)
        goto err1;
    call->connecting = curl;
    return 0;

err1:
    curl_easy_cleanup(curl);
err0:
    return -1;
}

void upstream_connect_stop(struct upstream_call *call)
{
    if (call->connecting == NULL)
        return;
    curl_multi_remove_handle(call->pool->multi, call->connecting);
    curl_easy_cleanup(call->connecting);
    call->connecting = NULL;
}

/* libcurl closes what it has made for this; a duplicate stays open. */
static int take_socket(struct upstream_call *call)
{
    curl_socket_t fd = CURL_SOCKET_BAD;

    if (curl_easy_getinfo(call->connecting, CURLINFO_ACTIVESOCKET, &fd) !=
            CURLE_OK ||
        fd == CURL_SOCKET_BAD)
        return -1;
    return upstream_socket_dup(call->pool, fd);
}

void upstream_connect_ended(struct upstream_call *call, CURLcode code)
{
    int fd = code == CURLE_OK ? take_socket(call) : -1;

    upstream_connect_stop(call);
    upstream_plain_connected(call, fd);
}
