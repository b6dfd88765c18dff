# While a prompt of 20 MB is judged, which takes a second, streams flow: what
# they say comes bit by bit, not at once behind the verdict. A client that leaves
# meanwhile pays nothing, and a worker that stops meanwhile ends in order. Those
# that wait for their turn end as soon as they are left, and are not too many.

. "${srcdir:-.}/tests/functions.sh"
plan 18

# ThreadSanitizer looks at every step of the judge.
size=20000000
! sanitized tsan || size=2000000

start_upstream
start_turnpike --upstream "chat@$UPSTREAM" --set rate.key=0 --workers 1 \
    --set drain.seconds=60
governed ann@example.org long '{"rules":{"denylist":["a forbidden thing"],
    "redact_pii":true}}'
SURFACE=/policy
MODEL='abliterated-model'

# A long request up to its last words.
{
    printf '{"model":"%s","messages":[{"role":"user","content":"' "$MODEL"
    yes 'One of 4 is 12 to the 555 of us @ home and 1.2.3 are not.' |
        tr '\n' ' ' | head -c $size
} >"$T/front"

# begin TAIL: send a long request, all but these last words, on descriptor 3.
begin() {
    TAIL=$1
    exec 3<>"/dev/tcp/127.0.0.1/${BASE##*:}" || bail 'no connection'
    printf '%s\r\n' "POST $SURFACE/v1/chat/completions HTTP/1.1" 'Host: h' \
        "Authorization: Bearer $KEY" 'Connection: close' \
        'Content-Type: application/json' \
        "Content-Length: $(($(stat -c %s "$T/front") + ${#TAIL}))" '' >&3
    cat "$T/front" >&3
}

# reads: how often something of the stream has come.
reads() {
    local before
    before=$(grep -c 'records in' "$T/reads")
    kill -USR1 "$READER"
    until_true more_told "$before"
    awk -F '[+ ]' '/records in/ { n = $1 + $2 } END { print n }' "$T/reads"
}

held() {
    ! settled "$1"
}

more_told() {
    [ "$(grep -c 'records in' "$T/reads")" -gt "$1" ]
}

streamed() { # streamed N: at least so many frames
    [ "$(frames "$T/stream" | wc -l)" -ge "$1" ]
}

# ---- a stream goes on ----

mkfifo "$T/pipe"
: >"$T/reads"
dd bs=64K <"$T/pipe" of="$T/stream" 2>"$T/reads" &
READER=$!
# As it comes from the socket: otherwise each of the chunks would count.
curl -sN --raw --max-time 120 -H "Authorization: Bearer $KEY" \
    -H 'Content-Type: application/json' \
    --data-binary "$(ask_body 'words=2000 gap=4' true ',"max_tokens":5000')" \
    "$BASE$SURFACE/v1/chat/completions" >"$T/pipe" &
STREAM=$!
until_true streamed 10
begin ' a forbidden thing"}]}'
# What is under way has arrived when the stream has gone on for a while.
until_true streamed $(($(frames "$T/stream" | wc -l) + 100))
before=$(reads)
printf %s "$TAIL" >&3
read -r LINE <&3
after=$(reads)
like "$LINE" '^HTTP/1.1 403' 'the end of the long prompt is judged, too'
ok 'the stream came bit by bit meanwhile' [ $((after - before)) -ge 20 ]
diag "it came $((after - before)) times"
begin '\nscript: words=1 usage=1,1"}]}'
printf %s "$TAIL" >&3
read -r LINE <&3
like "$LINE" '^HTTP/1.1 200' 'one that may be asked is answered'
ok 'with the verdict' grep -qF '"decision":"allow"' <&3
ok 'the stream ends' wait "$STREAM"
wait "$READER"
is "$(frames "$T/stream" | tail -n 1)" '[DONE]' 'whole'

# ---- what else may happen ----

jq -c '{messages}' >"$T/dry" < <(cat "$T/front" && echo 'a forbidden thing"}]}')
ask /policy/simulate -H 'Content-Type: application/json' \
    --data-binary @"$T/dry"
is "$STATUS $(body .decision)" '200 refuse' 'so it is in a dry run'

pid=$(workers policy)
begin '"}]}'
printf %s "$TAIL" >&3
until_true held ann@example.org
exec 3>&-
until_true settled ann@example.org
ok 'a client that leaves meanwhile is settled with' settled ann@example.org
chat 'hello'
is "$STATUS" 200 'the worker serves'
is "$(workers policy)" "$pid" 'and is the same one'

# ---- who waits ----

# The longest of all to judge.
{
    head -c 100 "$T/front" | sed 's/"content":".*/"content":"/'
    yes '½' | tr -d '\n' | head -c $size
    printf %s '"}]}'
} >"$T/slow"

# slowly KEY: a long request of its own; without the web server between, which
# sees that a client is gone only when it writes to it.
slowly() {
    "$builddir/tests/fcgi/fcgi_client" "$(socket)" --method POST \
        --uri "$SURFACE/v1/chat/completions" --body-file "$T/slow" \
        --param CONTENT_TYPE=application/json \
        --param "HTTP_AUTHORIZATION=Bearer $1" >"$T/$1" &
}

left_first() {
    settled ben@example.org && held ann@example.org
}

ann=$KEY
governed ben@example.org other '{"rules":{"denylist":["a forbidden thing"]}}'
slowly "$ann"
first=$!
until_true held ann@example.org
slowly "$KEY"
second=$!
until_true held ben@example.org
leave "$second"
ok 'who leaves before its turn is settled with at once' until_true left_first
ok 'the one before it is answered' wait "$first"
KEY=$ann

jq -c '{messages}' <"$T/slow" >"$T/dry"
kill -STOP "$pid"
asked=()
for i in 1 2 3 4 5 6 7 8; do
    curl -s -o /dev/null -w '%{http_code}\n' -H "Authorization: Bearer $KEY" \
        -H 'Content-Type: application/json' --data-binary @"$T/dry" \
        --max-time 900 "$BASE/policy/simulate" >"$T/dry.$i" &
    asked+=("$!")
done
kill -CONT "$pid"
wait "${asked[@]}"
if sanitized tsan; then
    skip 1 'so many shorter ones may wait'
else
    is "$(cat "$T"/dry.? | sort -u | paste -sd ' ')" '200 503' \
        'of too many long ones some are told to come again'
fi
chat 'hello'
is "$STATUS" 200 'the worker serves on'

begin '"}]}'
printf %s "$TAIL" >&3
until_true held ann@example.org
kill -TERM "$pid"
read -r LINE <&3
like "$LINE" '^HTTP/1.1 200' 'who stops meanwhile answers first'
until_true is_gone "$pid"
ok 'and then goes' is_gone "$pid"
ok 'the books are right' ctl audit
ok 'nothing is held' settled ann@example.org
