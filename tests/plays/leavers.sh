# What becomes of the upstream when a client leaves its stream is the operator's
# choice: it is cancelled and estimated, read on for its exact bill, though by
# no more than eight at once, or cancelled for free.

. "${srcdir:-.}/tests/functions.sh"
plan 44

start_upstream
start_turnpike --workers 1 --set rate.key=0 --set price.tokens_per_credit=1 \
    --upstream "$UPSTREAM" --upstream "$UPSTREAM" --upstream "$UPSTREAM" \
    --set upstream.u2.on_disconnect=drain --set upstream.u3.on_disconnect=free \
    --set model.estimate.upstreams=u1 --set model.drain.upstreams=u2 \
    --set model.free.upstreams=u3

streams_are() {
    upstream_has ".streams == $1"
}

bills() { # of this account, each IN+OUT FLAGS
    json '.[1:][] | "\(.prompt_tokens)+\(.completion_tokens) \(.flags | sort |
        join(" "))", if -.amount == .prompt_tokens + .completion_tokens
        then empty else "but \(.amount)" end' ledger "$1" | sort
}

bills_are() { # bills_are EMAIL COUNT
    [ "$(bills "$1" | wc -l)" -eq "$2" ]
}

# begin MODEL NAME SCRIPT: a stream by this name that has said ten words.
begin() {
    rm -f "$T/$2"
    MODEL=$1 straight_to "$T/$2" "$3" true
    until_true has_words "$T/$2" 10 || diag "$2 does not begin"
}

script='words=40 text=ab barrier=a@11'
exact=4+40 estimated=$(est_in "$script")+10

# ---- one of each ----

account estimate@example.org 1000
begin estimate client "$script"
leave "$CLIENT"
ok 'by default the upstream is let go' until_true streams_are 0
ok 'and all is settled' until_true settled estimate@example.org
is "$(bills estimate@example.org)" "$estimated client_gone estimated" \
    'what came is estimated'

account free@example.org 1000
begin free client "$script"
leave "$CLIENT"
ok 'for free the upstream is let go' until_true streams_are 0
ok 'and all is settled' until_true settled free@example.org
is "$(bills free@example.org)" '' 'nothing is billed'
is "$(json .credits credits show free@example.org)" 1000 'nothing is paid'
MODEL=free perform 'words=40 text=ab' true
is "$(bills free@example.org)" '3+40 ' 'who stays pays'

account drain@example.org 1000
begin drain client "$script"
held=$(json .held credits show drain@example.org)
leave "$CLIENT"
begin estimate other "$script"
leave "$CLIENT"
ok 'a later leaver is gone' until_true bills_are drain@example.org 1
ok 'the upstream that is drained is not' streams_are 1
is "$(json .held credits show drain@example.org)" "$held" \
    'its credits are held'
release a >/dev/null
ok 'it comes to its end' until_true bills_are drain@example.org 2
is "$(told '.[-2] | [.ended, .completion_tokens]')" '["complete",40]' \
    'all of it'
is "$(bills drain@example.org)" \
    "$(printf '%s\n' "$estimated client_gone estimated" "$exact client_gone" |
        sort)" 'the bill is exact'
is "$(json .held credits show drain@example.org)" 0 'nothing is held'

# ---- ends of a drain ----

account error@example.org 1000
faulty='words=40 text=ab barrier=a@11 error_after=21'
begin drain client "$faulty"
leave "$CLIENT"
begin estimate other "$script"
leave "$CLIENT"
ok 'a later leaver is gone' until_true bills_are error@example.org 1
release a >/dev/null
ok 'an upstream that fails ends the drain' until_true bills_are \
    error@example.org 2
is "$(bills error@example.org)" "$(printf '%s\n' \
    "$estimated client_gone estimated" \
    "$(est_in "$faulty")+20 client_gone estimated" | sort)" \
    'what came until then is estimated'

deaf='words=4000 text=ab ignore_max barrier=a@11 barrier=b@1500'
account poor@example.org 1000
begin drain client "$deaf"
leave "$CLIENT"
release a >/dev/null
ok 'want of credits ends a drain' until_true settled poor@example.org
is "$(json '"\(.credits) \(.held)"' credits show poor@example.org)" '0 0' \
    'all of them are used'
is "$(json '.[1:] | map([.amount, .uncollected, (.flags | sort)])' \
    ledger poor@example.org)" '[[-1000,0,["client_gone","estimated"]]]' \
    'and no more'
ok 'the upstream is let go' until_true streams_are 0

account early@example.org 1000
MODEL=drain straight_to "$T/client" 'first=600000' true
until_true streams_are 1
leave "$CLIENT"
ok 'before its head an upstream is let go' until_true streams_are 0
ok 'and all is settled' until_true settled early@example.org
is "$(bills early@example.org)" '' 'for nothing'

account whole@example.org 1000
MODEL=free straight_to "$T/client" 'words=40 text=ab barrier=a@0' false
until_true upstream_has '.waiting == 1'
leave "$CLIENT"
release a >/dev/null
ok 'an answer that is not streamed comes to its end' until_true bills_are \
    whole@example.org 1
is "$(bills whole@example.org)" '4+40 ' 'and is paid whatever was chosen'

# ---- no more than eight ----

account crowd@example.org 10000
for round in 1 2; do
    clients=()
    for i in {1..9}; do
        begin drain "client$i" "$script"
        clients+=("$CLIENT")
    done
    ok "round $round: nine are under way" upstream_has '.waiting == 9'
    for client in "${clients[@]}"; do
        leave "$client"
    done
    ok "round $round: one is let go" until_true streams_are 8
    ok "round $round: and billed" until_true bills_are crowd@example.org \
        $((9 * round - 8))
    is "$(bills crowd@example.org | grep -c estimated)" "$round" \
        "round $round: by an estimate"
    ok "round $round: eight wait" upstream_has '.waiting == 8'
    release a >/dev/null
    ok "round $round: and come to their ends" until_true bills_are \
        crowd@example.org $((9 * round))
    is "$(bills crowd@example.org | uniq -c | tr -s ' ')" "$(printf '%s\n' \
        " $round $estimated client_gone estimated" \
        " $((8 * round)) $exact client_gone" | sort -k 2)" \
        "round $round: the bills are right"
done
is "$(told '[.[-18:][] | .ended] | group_by(.) | map([.[0], length])')" \
    '[["client_gone",2],["complete",16]]' 'the upstream says the same'
for mail in estimate free drain error poor early whole crowd; do
    json .held credits show $mail@example.org
done | sort -u >"$T/held"
is "$(cat "$T/held")" 0 'nobody holds anything'
ok 'the audit finds no breach' ctl audit
