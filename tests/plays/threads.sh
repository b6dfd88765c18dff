# All threads of a worker are busy at once, while its configuration is read again
# and while others take its place: large prompts are judged and large policies
# compiled beside streams, conversations go on, users sign in, an upstream is
# looked up by its name.
# Every call is answered and the books are right. A worker that is built with
# ThreadSanitizer has nothing to say.

. "${srcdir:-.}/tests/functions.sh"
plan 10

ROUNDS=6

# libcurl knows localhost, and looks other names up on a thread of its own.
name=$(uname -n)
getent hosts "$name" | grep -q '^127\.0\.0\.1 ' || name=localhost

start_upstream
start_turnpike --upstream "chat@http://$name:${UPSTREAM##*:}" \
    --set rate.key=0 --set rate.login=0 --set rate.login_address=0 --workers 1
user ann@example.org 1000000 'correct horse'
governed bob@example.org bob '{"rules":{"denylist":["a forbidden thing"],
    "redact_pii":true}}'
cp "$T/state/turnpike.conf" "$T/first.conf"

# asked FILE PATH BODY-FILE: a call, of which FILE keeps the status.
asked() {
    curl -s -o "$1.body" -w '%{http_code}\n' --max-time 120 \
        -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' \
        --data-binary "@$3" "$BASE$2" >>"$1"
}

# long WORDS: a request that is judged beside the loop.
long() {
    printf '{"model":"abliterated-model","max_tokens":9,"messages":[{"role":'
    printf '"user","content":"%s %s"}]}' \
        "$(yes 'mail me at bob@example.org' | head -n 8000 | tr '\n' ' ')" "$1"
}

# talk TURNS: a conversation that is judged in the loop, from where it was left.
talk() {
    jq -nc --argjson turns "$1" '{model: "abliterated-model", max_tokens: 9,
        messages: [range($turns) |
            {role: "user", content: ("Which bread is it? " * 150)},
            {role: "assistant", content: "This one."}][:-1]}'
}

# ruled FROM: a request whose own policy is compiled beside the loop.
ruled() {
    jq -nc --argjson from "$1" '{model: "abliterated-model", max_tokens: 9,
        messages: [{role: "user", content: "hello"}],
        policy: {rules: {denylist: [range($from; $from + 2000) |
            "forbidden thing number \(. * 7919)"]}}}'
}

long 'a forbidden thing' >"$T/long.denied"
long 'hello' >"$T/long.allowed"

judge_long() {
    local i
    for ((i = 0; i < ROUNDS; i++)); do
        asked "$T/allowed" /policy/chat/completions "$T/long.allowed"
        asked "$T/denied" /policy/chat/completions "$T/long.denied"
    done
}

# Clients that leave before, while or after it is judged.
leave_long() {
    local i path=/policy/v1/chat/completions
    for ((i = 0; i < ROUNDS; i++)); do
        "$builddir/tests/fcgi/fcgi_client" "$T/state/sockets/policy.sock" \
            --method POST --uri "$path" --body-file "$T/long.allowed" \
            --param CONTENT_TYPE=application/json \
            --param "HTTP_AUTHORIZATION=Bearer $KEY" >"$T/left" &
        CLIENT=$!
        [ $((i % 2)) -eq 0 ] || asked "$T/beside" /health/ready /dev/null
        leave "$CLIENT" 2>"$T/gone"
    done
}

talk_on() {
    local i
    for ((i = 0; i < ROUNDS; i++)); do
        talk $((i + 2)) >"$T/talk"
        asked "$T/talked" /policy/chat/completions "$T/talk"
    done
}

compile() {
    local i
    for ((i = 0; i < ROUNDS; i++)); do
        ruled "$((i * 2000))" >"$T/ruled"
        asked "$T/compiled" /policy/chat/completions "$T/ruled"
    done
}

sign_in_often() {
    local i all=$T T=$T/users
    mkdir "$T"
    for ((i = 0; i < ROUNDS; i++)); do
        sign_in ann@example.org 'correct horse'
        echo "$STATUS" >>"$all/signed"
    done
}

look() {
    local i
    for ((i = 0; i < 10 * ROUNDS; i++)); do
        asked "$T/health" /health/ready /dev/null
    done
}

change() {
    local i
    for ((i = 0; i < ROUNDS; i++)); do
        cp "$T/first.conf" "$T/state/turnpike.conf"
        echo "price.tokens_per_credit = $((100 + i))" >>"$T/state/turnpike.conf"
        kill -HUP "$LAUNCHER"
        until_true all_say reloaded "$((i + 1))"
    done
}

statuses() {
    sort "$T/$1" | uniq -c | awk '{ print $1 " x " $2 }' | paste -sd ' '
}

# all_at_once WHAT...: beside many streams.
all_at_once() {
    local what doing=()
    for what; do
        "$what" &
        doing+=($!)
    done
    SURFACE=/policy crowd --calls $((100 * ROUNDS)) --at-once 20 \
        --prompt 'script: words=8 gap=2' >"$T/crowd"
    wait "${doing[@]}"
}

all_at_once judge_long leave_long talk_on compile sign_in_often look change
is "$(jq -c '[.whole, .broken]' "$T/crowd")" "[$((100 * ROUNDS)),0]" \
    'all streams are whole'
is "$(statuses allowed)" "$ROUNDS x 200" 'large prompts are answered'
is "$(statuses denied)" "$ROUNDS x 403" 'or refused'
is "$(statuses talked)" "$ROUNDS x 200" 'as are conversations that go on'
is "$(statuses compiled)" "$ROUNDS x 200" 'so are those with large policies'
is "$(statuses signed)" "$ROUNDS x 200" 'users sign in'
is "$(statuses health)" "$((10 * ROUNDS)) x 200" 'and the house is ready'

# ---- a worker leaves meanwhile ----

replace() {
    local i pid
    for ((i = 0; i < ROUNDS; i++)); do
        until_true workers policy
        pid=$(workers policy)
        kill -TERM "$pid"
        until_true is_gone "$pid"
    done
}

rm -r "$T/users"
all_at_once judge_long leave_long talk_on compile sign_in_often replace
is "$(jq -c '[.whole, .broken]' "$T/crowd")" "[$((100 * ROUNDS)),0]" \
    'they are while workers leave'
ok 'nothing is held in the end' until_true settled bob@example.org
stop_turnpike
ok 'the audit finds no breach' ctl audit
