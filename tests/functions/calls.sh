# shellcheck shell=bash
# Calls: requests of any kind, and completions whose answer is scripted.
#
#   ask URL-PATH [OPTS]     curl with the key; sets STATUS; the answer is in
#                           $T/body, its head in $T/head
#   surface_of PROGRAM      sets SURFACE, see below
#   chat TEXT               ask for a chat completion, not streamed
#   say SCRIPT [FILTER]     a chat completion with this script, its request
#                           through a jq filter, with $H as further options of
#                           curl
#
# These ask in $DIALECT, which is chat, messages or responses:
#
#   perform SCRIPT STREAM [MEMBERS]
#                           a completion with this script, by $MODEL or the
#                           usual one; STREAM is true or false; MEMBERS are
#                           further ones of the request
#   perform_to FILE SCRIPT STREAM [MEMBERS]
#                           the same in the background; the answer goes to FILE,
#                           its head to FILE.head, its status to FILE.status.
#                           Sets CLIENT, the process that asks
#   straight_to FILE SCRIPT STREAM [MEMBERS]
#                           the same without the web server between, which sees
#                           that a client is gone only when it writes to it; $O
#                           are further options of fcgi_client
#   leave PID               make a client go, without a word
#   user_says TEXT STREAM [FILTER]
#                           what a user says with these words, the request
#                           through a jq filter
#   ask_body SCRIPT STREAM [MEMBERS]
#                           prints the body that perform sends
#   est_in SCRIPT           what is held for the input that asks for it, in
#                           tokens, as core/estimate.h counts
#   crowd ARGS...           many clients with this key; prints what they saw
#
# A word "ab" and the blank before it are estimated as one token; with
# price.tokens_per_credit=1 that is one credit.

# Where completions are asked for: at /v1 of SURFACE, which is a path or nothing.
# The governed surface has them without /v1 as well: V1 may be nothing, too.
SURFACE='' V1=/v1

DIALECT=${DIALECT:-chat}
STATUS=''
H=() O=()

ask() {
    local path=$1
    shift
    STATUS=$(curl -s -o "$T/body" -D "$T/head" -w '%{http_code}' \
        --max-time 60 -H "Authorization: Bearer $KEY" "$@" "$BASE$path") ||
        STATUS="curl $?"
}

surface_of() {
    case $1 in
    compat) SURFACE='' ;;
    *) SURFACE=/$1 ;;
    esac
}

chat() {
    ask "$SURFACE/v1/chat/completions" -H 'Content-Type: application/json' \
        --data-binary "{\"model\":\"abliterated-model\",\"messages\":[{\"role\":\"user\",\"content\":\"$1\"}]}"
}

script_body() { # script_body SCRIPT [FILTER]
    jq -nc --arg s "$1" '{model: "abliterated-model", messages: [{role: "user",
        content: ("one two three\nscript: " + $s)}]} | '"${2:-.}"
}

say() {
    script_body "$@" >"$T/said"
    ask "$SURFACE/v1/chat/completions" -H 'Content-Type: application/json' \
        ${H[@]+"${H[@]}"} --data-binary @"$T/said"
}

dialect_path() {
    case $DIALECT in
    chat) echo "$SURFACE$V1/chat/completions" ;;
    *) echo "$SURFACE$V1/$DIALECT" ;;
    esac
}

ask_body() {
    local input='"messages":[{"role":"user","content":"script: %s"}]'
    [ "$DIALECT" != responses ] || input='"input":"script: %s"'
    printf '{"model":"%s","stream":%s,'"$input"'%s}' \
        "${MODEL:-abliterated-model}" "$2" "$1" "${3:-}"
}

perform() {
    ask "$(dialect_path)" -H 'Content-Type: application/json' \
        --data-binary "$(ask_body "$@")"
}

perform_to() {
    local file=$1
    shift
    curl -sN -o "$file" -D "$file.head" -w '%{http_code}' --max-time 120 \
        -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' \
        --data-binary "$(ask_body "$@")" "$BASE$(dialect_path)" \
        >"$file.status" &
    CLIENT=$!
}

straight_to() {
    local file=$1
    shift
    [ -p "$T/never" ] || mkfifo "$T/never"
    "$builddir/tests/fcgi/fcgi_client" "$(socket)" --method POST \
        --uri "$(dialect_path)" --param CONTENT_TYPE=application/json \
        --param "HTTP_AUTHORIZATION=Bearer $KEY" ${O[@]+"${O[@]}"} \
        --body "$(ask_body "$@")" <>"$T/never" >"$file" &
    CLIENT=$!
}

leave() {
    kill -9 "$1"
    wait "$1" 2>/dev/null
}

user_says() {
    jq -nc --arg text "$1" --arg model "${MODEL:-abliterated-model}" \
        --argjson stream "$2" --arg dialect "$DIALECT" '
        {model: $model, stream: $stream} + if $dialect == "responses"
        then {input: $text} else {messages: [{role: "user",
        content: $text}]} end | if $dialect == "messages"
        then .max_tokens = 200 else . end | '"${3:-.}" >"$T/said"
    ask "$(dialect_path)" -H 'Content-Type: application/json' \
        --data-binary @"$T/said"
}

est_in() {
    jq -nr --arg text "script: $1" '
        ($text | explode | map(
            if . >= 97 and . <= 122 then 1
            elif . >= 65 and . <= 90 then 4
            elif . >= 48 and . <= 57 then 3
            else 2 end) | add) as $quarters |
        4 * 4 + $quarters | . * 23 / 80 | ceil'
}

crowd() {
    "$builddir/tests/plays/crowd" --port "${BASE##*:}" --key "$KEY" \
        --surface "$SURFACE" "$@"
}
