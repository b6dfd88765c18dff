# Whoever leaves, and whenever, pays for what was received on his behalf, read
# or not, and for nothing else: RELIABILITY.md 2.5, each cell by its formula.
# The upstream waits when the client leaves, so that nothing is on its way.

. "${srcdir:-.}/tests/functions.sh"

# Frames that the upstream sends before the first word and behind the last.
SPEAKS=${SPEAKS:-chat}
case $SPEAKS in
chat) lead=1 tail=2 cells=58 ;;
messages) lead=3 tail=2 cells=54 ;;
responses) lead=4 tail=4 cells=54 ;;
esac
plan $cells

# The same upstream twice: u2 is given little time.
start_upstream
start_turnpike --upstream "$SPEAKS@$UPSTREAM" \
    --upstream "$SPEAKS@$UPSTREAM" --workers 1 \
    --set model.abliterated-model.upstreams=u1 \
    --set model.hasty.upstreams=u2 --set upstream.u2.first_byte_ms=500 \
    --set upstream.u2.idle_ms=500 --set rate.key=0 \
    --set price.tokens_per_credit=1 --set stream.heartbeat=1
account ann@example.org 1000000

entries() {
    json length ledger ann@example.org
}

# bill NAME CHARGE FLAGS: what the journal has for the cell; CHARGE is IN+OUT,
# or 0 where there is no entry.
bill() {
    local got=0 now
    ok "$1: nothing stays held" until_true settled ann@example.org
    now=$(entries)
    [ "$now" = "$billed" ] ||
        got=$(json '.[-1] | "\(.prompt_tokens)+\(.completion_tokens) \(.flags |
            sort | join(" "))", if -.amount == .prompt_tokens +
            .completion_tokens then empty else "but \(.amount)" end' \
            ledger ann@example.org)
    is "${got% }" "$2${3:+ $3}" "$1: the bill"
    is "$((now - billed))" "$([ "$2" = 0 ] && echo 0 || echo 1)" \
        "$1: once, if at all"
    billed=$now
    rows+=("$(printf '%-46s %8s  %s' "$1" "$2" "${3:-}")")
}

let_go() {
    ok "$1: the upstream is let go" until_true upstream_has '.streams == 0'
}

# cell NAME SCRIPT: another client is about to ask.
cell() {
    name=$1 script=$2 asked=$(told length)
    rm -f "$T/client"
}

waits() {
    until_true upstream_has '.waiting == 1' && until_true all_taken
}

leave_when() { # leave_when CMD...: the client goes when the command succeeds
    until_true "$@" || diag "not: $*"
    leave "$CLIENT"
}

counted() { # what the upstream says it was: IN+OUT
    told '.[-1] | "\(.prompt_tokens)+\(.completion_tokens)"'
}

# input SCRIPT: tokens that are billed for the input of a call that was cut
# short: our estimate, or what the upstream said at the beginning.
input() {
    if [ "$SPEAKS" = messages ]; then
        told '.[-1].prompt_tokens'
    else
        est_in "$1"
    fi
}

billed=$(entries) rows=()

# ---- streamed ----

cell 'stream, before the first byte' 'first=600000'
straight_to "$T/client" "$script" true
leave_when upstream_has '.streams == 1'
let_go "$name"
bill "$name" 0

cell 'stream, behind its head' 'words=9 barrier=a@0'
straight_to "$T/client" "$script" true
leave_when grep -q 'event-stream' "$T/client"
let_go "$name"
bill "$name" "$(est_in "$script")+0" 'client_gone estimated'

cell 'stream, in the middle' 'words=4000 text=ab barrier=a@'$((lead + 10))
straight_to "$T/client" "$script" true
leave_when has_words "$T/client" 10
let_go "$name"
bill "$name" "$(input "$script")+10" 'client_gone estimated'

cell 'stream, after usage was sent' 'words=10 text=ab barrier=a@'$((lead + 10 + tail))
straight_to "$T/client" "$script" true
leave_when waits
let_go "$name"
# In Responses usage comes with the last frame: there is nothing to leave.
bill "$name" "$(counted)" "$([ "$SPEAKS" = responses ] || echo client_gone)"

cell 'stream, upstream error' 'words=4000 text=ab error_after='$((lead + 10))
perform "$script" true
is "$(grep -cE 'DONE|message_stop|completed' "$T/body") $(frames |
    tail -n 1 | jq -r '(.response // .).error.code')" \
    '0 upstream_error' "$name: it is told"
bill "$name" "$(input "$script")+10" 'estimated upstream_cut'

# What the others are sent says more of its end than [DONE] does.
if [ "$SPEAKS" = chat ]; then
    cell 'stream, upstream never says why it stops' \
        'words=10 text=ab usage=none finish=none'
    perform "$script" true
    if [ "$DIALECT" = chat ]; then
        is "$(frames | tail -n 1)" '[DONE]' "$name: it passes as it came"
        bill "$name" "$(input "$script")+10" estimated
    else
        is "$(frames | tail -n 1 | jq -r '(.response // .).error.code')" \
            upstream_incomplete "$name: it is told"
        bill "$name" "$(input "$script")+10" 'estimated upstream_cut'
    fi
fi

cell 'stream, upstream silent' 'words=4000 text=ab stall_after='$((lead + 10))
perform_to "$T/client" "$script" true
leave_when has_words "$T/client" 10
let_go "$name"
bill "$name" "$(input "$script")+10" 'client_gone estimated'

cell 'stream, slow reader' 'words=300 text=ab barrier=a@'$((lead + 300))
O=(--stop-reading-after 500)
straight_to "$T/client" "$script" true
leave_when waits
O=()
let_go "$name"
ok "$name: the client has not read it" \
    test "$(grep -c content "$T/client")" -lt 300
bill "$name" "$(input "$script")+300" 'client_gone estimated'

# ---- not streamed ----

cell 'whole, before the first byte' 'words=10 barrier=a@0'
straight_to "$T/client" "$script" false
leave_when waits
release a >/dev/null
bill "$name" "$(counted)"

cell 'whole, in the middle' 'words=10 slow=1'
straight_to "$T/client" "$script" false
sending() {
    [ "$(told ".[$asked].bytes_sent // 0")" -gt 200 ]
}
leave_when sending
bill "$name" "$(counted)"

cell 'whole, after usage was sent' 'words=10 bigbody=1'
O=(--close-after 10)
straight_to "$T/client" "$script" false
wait "$CLIENT"
is $? 3 "$name: the client leaves"
O=()
bill "$name" "$(counted)"

cell 'whole, upstream error' 'status=500 barrier=a@0'
straight_to "$T/client" "$script" false
leave_when waits
release a >/dev/null
bill "$name" 0

cell 'whole, upstream silent before its head' 'first=600000'
MODEL=hasty straight_to "$T/client" "$script" false
leave_when upstream_has '.streams == 1'
let_go "$name"
bill "$name" 0

cell 'whole, upstream silent in its body' 'words=10 stall_after=100'
MODEL=hasty straight_to "$T/client" "$script" false
leave_when upstream_has '.streams == 1'
let_go "$name"
bill "$name" 0

cell 'whole, slow reader' 'words=10 bigbody=1'
O=(--stop-reading-after 500)
straight_to "$T/client" "$script" false
leave_when grep -q '"id"' "$T/client"
O=()
bill "$name" "$(counted)"

printf '# %s\n' "${rows[@]}"
ok 'the audit finds no breach' ctl audit
