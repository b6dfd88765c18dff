# A worker that looks for work before it sleeps does sleep: when its calls are
# over, and while the upstreams of a few of them are silent.

. "${srcdir:-.}/tests/functions.sh"
plan 6

IDLE_CS=30 # hundredths of a second of CPU in three seconds of silence

cpu() { # of the only worker, in hundredths of a second
    local ticks
    ticks=$(sed 's/.*) //' "/proc/$(workers)/stat" | cut -d ' ' -f 12,13)
    echo $((${ticks/ / + } * 100 / $(getconf CLK_TCK)))
}

beats_are() { # beats_are FILE N: at least so many
    [ "$(grep -c '^: keepalive$' "$1")" -ge "$2" ]
}

one_after_the_other() {
    local i
    for i in {1..30}; do
        perform words=1 false
        [ "$STATUS" = 200 ] || return 1
    done
}

start_upstream
start_turnpike --workers 1 --upstream "chat@$UPSTREAM" --set rate.key=0 \
    --set loop.spin=1000 --set stream.grace=1 --set stream.heartbeat=1
ok 'calls are answered one after the other' one_after_the_other

for i in 1 2 3; do
    perform_to "$T/stream$i" "words=4 barrier=go@2" true
    streams[i]=$CLIENT
done
ok 'three streams are under way' until_true upstream_has '.waiting == 3'
before=$(cpu)
ok 'they are silent' until_true beats_are "$T/stream3" 3
used=$(($(cpu) - before))
is "$((used <= IDLE_CS))" 1 "the worker sleeps meanwhile: $used"
release go >/dev/null
ok 'they go on' wait "${streams[@]}"
is "$(for i in 1 2 3; do frames "$T/stream$i" | tail -n 1; done | paste -s)" \
    "$(printf '[DONE]\t[DONE]\t[DONE]')" 'to their ends'
