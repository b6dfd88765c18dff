# What callers and models say to each other, and the keys that they use, are
# nowhere but in memory.

. "${srcdir:-.}/tests/functions.sh"
plan 21

mark=$$x$RANDOM$RANDOM
prompt=prompt$mark answer=answer$mark fault=fault$mark wrong=ak_wrong$mark
export TURNPIKE_UPSTREAM_KEY=upstream$mark

start_upstream
start_turnpike --upstream "chat@$UPSTREAM" --set rate.key=0
account ann@example.org 50000

found() { # where one of the words is found
    local word
    for word in "$prompt" "$answer" "$fault" "$wrong" "$KEY" "upstream$mark"; do
        grep -rlaF -e "$word" "$T/state" /dev/shm 2>/dev/null
    done
}

in_environment() { # in_environment WORD: of the web server or a worker
    local pid
    for pid in $(pgrep -f -- "$T/state"); do
        grep -qaF -e "$1" "/proc/$pid/environ" "/proc/$pid/cmdline" \
            2>/dev/null && return 0
    done
    return 1
}

# A prompt of half a megabyte is more than anybody keeps in a small buffer.
filler=$(printf "$prompt %.0s" {1..20000})
{
    printf '{"model":"abliterated-model","stream":true,"messages":['
    printf '{"role":"user","content":"%s\\nscript: %s"}]}' "$filler" \
        "words=40 text=$answer barrier=middle@20"
} >"$T/long"
curl -sN -o "$T/stream" -H "Authorization: Bearer $KEY" \
    -H 'Content-Type: application/json' --data-binary "@$T/long" \
    "$BASE/v1/chat/completions" &
client=$!
ok 'a stream is in the middle' until_true upstream_has '.waiting == 1'
ok 'its client reads the words' until_true grep -q "$answer" "$T/stream"
is "$(found)" '' 'no word is on a disk meanwhile'
ok 'where a word that belongs there is found' \
    grep -rqaF ann@example.org "$T/state/store"
release middle >/dev/null
wait "$client"
ok 'the stream comes to its end' grep -qF '[DONE]' "$T/stream"
is "$(told ".[-1].headers.authorization")" "Bearer upstream$mark" \
    'the upstream has its key'

perform "words=5 text=$answer" false
is "$STATUS" 200 'an answer that is not streamed'
perform "status=400 message=$fault" false
is "$STATUS" 400 'a refusal by the upstream'
perform "words=20 text=$answer cut_after=5" true
is "$STATUS" 200 'a stream that is cut'
perform "words=20 text=$answer garbage_after=3" true
is "$STATUS" 200 'a stream with garbage'
ask /v1/chat/completions -H 'Content-Type: application/json' \
    --data-binary "{\"model\":\"$prompt\",\"$prompt\":tru"
is "$STATUS" 400 'a body that is broken'
ask "/v1/chat/$prompt?$prompt=1" -d "$prompt"
is "$STATUS" 404 'a path that is not there'
good=$KEY KEY=$wrong
ask /v1/models
is "$STATUS" 401 'a wrong key'
KEY=$good

is "$(found)" '' 'no word is on a disk while all runs'
not_ok 'nor the key in an environment' in_environment "$KEY"
not_ok 'nor the prompt' in_environment "$prompt"
not_ok 'nor the answer' in_environment "$answer"
is "$(for pid in $(workers all); do
    sed -n 's/^Max core file size *\([0-9a-z]*\) *\([0-9a-z]*\).*/\1 \2/p' \
        "/proc/$pid/limits"
done | sort -u)" '0 0' 'workers leave no cores'
if [ "$(id -u)" -eq 0 ]; then
    skip 1 'the superuser may read any process'
else
    not_ok 'nor can others of their user look into them' \
        cat "/proc/$(workers | head -n 1)/environ"
fi
stop_turnpike
is "$(found)" '' 'no word is on a disk afterwards'
start_turnpike --upstream "chat@$UPSTREAM"
ok 'the audit finds no breach' ctl audit
