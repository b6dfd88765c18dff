# Who asks on although the rate limit refuses is told so at the door, beyond ten
# times the limit: as the store would tell it, but without asking the store, and
# without a line in the log for each. Others notice nothing. RELIABILITY.md 3.3.

. "${srcdir:-.}/tests/functions.sh"
plan 31

# asking N [OPTIONS]: asks so often; prints how often there was what. The answer
# of the last is in $T/body, its head in $T/head.
asking() {
    local n=$1
    shift
    curl -s -o "$T/body" -D "$T/heads" -w '%{http_code}\n' --max-time 60 \
        -H "Authorization: Bearer $KEY" "$@" "$BASE/v1/models?n=[1-$n]" |
        sort | uniq -c | awk '{print $2 "x" $1}' | paste -sd ' '
    awk 'BEGIN {RS = "\r\n\r\n"} NF {last = $0} END {print last}' "$T/heads" \
        >"$T/head"
}
names() { # of the fields of the last answer
    sed -n 's/^\([A-Za-z-]*\):.*/\L\1/p' "$T/head" | sort | paste -sd ' '
}
lines() { # lines FILTER: how many lines of calls jq selects
    jq -r "select(.status != null and ($1)) | .request" "$WORKER_LOG" | wc -l
}
looked_at() { # looked_at LEAST MOST: how many refusals the log lists
    local n
    n=$(lines '.status == 429')
    [ "$n" -ge "$1" ] && [ "$n" -le "$2" ]
}
floods() { # how many calls the log counts and does not list
    jq -s '[.[] | select(.event == "flood") | .text | split(" ")[0] |
        tonumber] | add' "$WORKER_LOG"
}

# ---- a key ----

ctl init >/dev/null
echo 'rate.key = 2' >>"$T/state/turnpike.conf"
start_turnpike --workers 1
account ann@example.org 500
ann=$KEY
is "$(asking 2)" 200x2 'what the limit is'
is "$(asking 1)" 429x1 'what comes beyond it is refused'
by_store=$(names)
is "$(asking 60)" 429x60 'however often'
ok 'ten times the limit of it is looked at' until_true looked_at 21 29
is "$(names)" "$by_store" 'the others are told the same'
is "$(body '.error | [.type, .code]')" \
    '["rate_limit_error","rate_limit_exceeded"]' 'for the same reason'
like "$(header retry-after)" '^([1-9]|[1-5][0-9]|60)$' \
    'with the seconds until there is room'
is "$(header ratelimit)" "\"req\";r=0;t=$(header retry-after)" \
    'which all fields agree on'
is "$(header x-ratelimit-remaining-requests)" 0 'nothing remains'

head -c 3000000 /dev/zero | tr '\0' x >"$T/large"
is "$(curl -s -o "$T/body" -w '%{http_code} %{num_connects} ' \
    -H "x-api-key: $ann" -H 'Content-Type: application/json' \
    --data-binary @"$T/large" "$BASE/v1/messages?n=[1-3]")" \
    '429 1 429 0 429 0 ' 'what they sent is read to its end'
is "$(body '[.type, .error.type]')" '["error","rate_limit_error"]' \
    'each surface says it in its way'
is "$(curl -s -I -o "$T/head" -w '%{http_code} %{size_download}' \
    -H "Authorization: Bearer $ann" "$BASE/v1/models")" '429 0' \
    'there is no body where none is asked for'
is "$(curl -s -o "$T/body" -w '%{http_code}' \
    -H "Authorization: Bearer $ann" "$BASE/v1/nothing")" 404 \
    'nor a secret what is not there'

ask /v1/messages/count_tokens -H 'Content-Type: application/json' \
    --data-binary '{"model":"abliterated-model","messages":[{"role":"user","content":"a"}]}'
is "$STATUS" 200 'another class of requests is another matter'
KEY=ak_wrong
is "$(asking 1)" 401x1 'so is a key that is none'
account bob@example.org 500
bob=$KEY
is "$(asking 2)" 200x2 'and another account'

# ---- the store is not asked ----

mv "$T/state/store/account.db" "$T/aside.db"
mkdir "$T/state/store/account.db"
not_ok 'the store is closed' ctl recover
is "$(asking 1)" 503x1 'who was let in is told so'
KEY=$ann
seen=$(asking 30)
like "$seen" '^429x(2[5-9]|30)( 503x[1-5])?$' 'who was not is not'
rmdir "$T/state/store/account.db"
mv "$T/aside.db" "$T/state/store/account.db"
serves() {
    KEY=$1 ask /v1/models
    [ "$STATUS" != 503 ]
}
ok 'the store is open again' until_true serves "$bob"

# ---- another limit, and other workers ----

sed -i 's/^rate.key = .*/rate.key = 5/' "$T/state/turnpike.conf"
kill -HUP "$LAUNCHER"
ok 'the limit is raised' until_true all_say reloaded
is "$(asking 3)" 200x3 'who was refused is let in at once'
stop_turnpike
seen=${seen#429x} # and one of the other account
is "$(($(lines '.status == 429') + $(floods)))" $((1 + 60 + 3 + 1 + ${seen% *} + 1)) \
    'who was refused is listed in the log, or counted'

# by_each N: asks each of the workers so often, while the others stand still.
by_each() {
    local pid other
    for pid in $(workers); do
        for other in $(workers); do
            [ "$other" = "$pid" ] || kill -STOP "$other"
        done
        asking "$1"
        # shellcheck disable=SC2046 # a list of process ids
        kill -CONT $(workers)
    done | paste -sd ' '
}

start_turnpike --workers 3
account cid@example.org 500
cid=$KEY
is "$(asking 5)" 200x5 'a limit'
is "$(by_each 100)" '429x100 429x100 429x100' 'is one of all workers'
stop_turnpike
ok 'and so is ten times as much' looked_at 53 59
start_turnpike --workers 3
KEY=$cid
is "$(by_each 100)" '429x100 429x100 429x100' 'who comes after them'
stop_turnpike
ok 'does not begin anew' looked_at 3 9

# ---- without the counts ----

start_turnpike --workers 1
account dan@example.org 500
is "$(asking 10)" '200x5 429x5' 'the counts are there'
rm -f "$T/state/throttle"
is "$(asking 100)" 429x100 'without them'
stop_turnpike
ok 'nobody is turned away' looked_at 105 105
