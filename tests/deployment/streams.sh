# shellcheck shell=bash
# What a deployment makes of streams: frames come as they are made, clients that
# leave are noticed, and slow ones hurt nobody.

check_frames() {
    local at
    rm -f "$T/stream"
    perform_to "$T/stream" \
        'words=5 barrier=go@1 barrier=go@2 barrier=go@3' true
    for at in 1 2 3; do
        until_true upstream_has '.waiting == 1'
        ok "frame $at is there before the next one is made" \
            until_true has_frames "$T/stream" "$at"
        release go >/dev/null
    done
    wait "$CLIENT"
    ok 'and the stream comes whole' is_whole "$T/stream"
}

check_leaving() {
    rm -f "$T/gone"
    perform_to "$T/gone" 'words=2 barrier=never@1' true
    ok 'a silent stream shows signs of life' \
        until_true grep -q keepalive "$T/gone"
    leave "$CLIENT"
    ok 'its upstream is let go when the client has left' \
        until_true upstream_has '.streams == 0'
    ok 'and nothing stays held' until_true settled demo@localhost
}

check_slow_reader() {
    local reader
    perform_to "$T/huge" "words=20000 text=$(printf 'w%.0s' {1..200}) unpaced \
barrier=go@2 ignore_max" true
    reader=$CLIENT
    until_true grep -q 'data: ' "$T/huge"
    kill -STOP "$reader"
    release go >/dev/null
    crowd --calls 10 --prompt 'script: words=20 gap=5' >"$T/crowd"
    is "$(jq -c '[.whole, .broken]' "$T/crowd")" '[10,0]' \
        'a reader that stops hurts no other'
    kill -CONT "$reader"
    wait "$reader"
    ok 'and gets its whole answer when it goes on' is_whole "$T/huge"
}
