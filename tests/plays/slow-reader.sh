# A reader that stops is waited for: nobody else notices, no memory grows, its
# upstream is held back, and when it goes on it gets its whole answer.

. "${srcdir:-.}/tests/functions.sh"

[ "$(ulimit -Hn)" -ge 8192 ] || skip_all 'too few descriptors'
[ -z "${TURNPIKE_VALGRIND:-}" ] || skip_all 'valgrind has memory of its own'
! sanitized tsan || skip_all 'ThreadSanitizer is too slow for that many streams'
plan 14

# AddressSanitizer keeps what was freed; that is not what is looked at here.
ASAN_OPTIONS=$ASAN_OPTIONS:quarantine_size_mb=1
ASAN_OPTIONS=$ASAN_OPTIONS:thread_local_quarantine_size_kb=64

calls=1000 words=200 huge_words=250000
text=$(printf 'w%.0s' {1..200})
start_upstream
start_turnpike --workers 1 --upstream "chat@$UPSTREAM" --set rate.key=0 \
    --set models.max_output=10000000 --set stream.stall_seconds=600
worker=$(workers)
httpd=$(pgrep -f "lighttpd .*$T/state")

rss() { # resident KiB of process $1
    sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status"
}

perform_to "$T/huge" \
    "words=$huge_words text=$text unpaced barrier=go@2 ignore_max" true
reader=$CLIENT
on_exit "kill -9 $reader 2>/dev/null"
ok 'a huge answer has begun' until_true upstream_has '.waiting == 1'
ok 'its reader has its head' until_true grep -q 'data: ' "$T/huge"
kill -STOP "$reader"

crowd --calls "$calls" --stopped 1 --prompt "script: words=$words gap=50" \
    --max-tokens "$words" >"$T/crowd" &
others=$!
ok 'a thousand others stream' until_true upstream_has ".streams == $calls + 1"
worker_before=$(rss "$worker") httpd_before=$(rss "$httpd")
release go >/dev/null
wait "$others"
worker_after=$(rss "$worker") httpd_after=$(rss "$httpd")

is "$(jq -c '[.whole, .broken, .status]' "$T/crowd")" \
    "[$calls,0,{\"200\":$calls}]" 'the answers of all others are whole'
frames=$(told '[.[] | select(.frames_sent < 10000) | .frames_sent] | add')
is "$(jq .frames "$T/crowd")" "$frames" 'and have every frame'
diag "longest gap $(jq .longest_gap_ms "$T/crowd") ms," \
    "frames 50 ms apart"

diag "worker $worker_before -> $worker_after KiB," \
    "lighttpd $httpd_before -> $httpd_after KiB"
ok 'the worker keeps nothing for it' \
    test $((worker_after - worker_before)) -lt 8192
ok 'nor does lighttpd' test $((httpd_after - httpd_before)) -lt 8192
held_back=$(told 'map(select(.ended == "open"))[0].bytes_sent')
diag "the upstream has sent $held_back bytes"
ok 'the upstream is held back' test "$held_back" -lt 40000000
is "$(cat "$T/huge.status")" '' 'the reader is still in the middle'

kill -CONT "$reader"
ok 'it goes on and comes to the end' wait "$reader"
diag "$(stat -c %s "$T/huge") bytes"
ok 'of the whole answer' test "$(stat -c %s "$T/huge")" -gt 80000000
is "$(grep -c '^data: ' "$T/huge")" \
    "$(told 'map(select(.frames_sent > 10000))[0].frames_sent')" \
    'with every frame'
is "$(tail -n 2 "$T/huge" | head -n 1)" 'data: [DONE]' 'and its end'
ok 'the audit finds no breach' ctl audit
