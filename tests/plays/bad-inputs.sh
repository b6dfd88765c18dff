# Every bad input of bad-inputs.tsv has its answer, in the shape of the surface,
# and costs nothing; what is only nearly bad is served.
#
# The columns of the table, apart by tabulators:
#   row      of RELIABILITY.md 7.2
#   name     what is sent
#   method, path
#   headers  apart by "|" beside the key and the type; "!NAME": not that one
#   body     -: none; +MEMBERS: a good request with further members; ~JSON: with
#            these messages; @NAME ARGUMENTS: made below; else as it stands
#   status
#   code     of the error; ok: an answer; *: whatever; httpd: the web server's
#            own; anthropic: not_found in the shape of messages
#   param    of the error, - for null
# {KEY} and the like are filled in.

. "${srcdir:-.}/tests/functions.sh"
table=$srcdir/tests/plays/bad-inputs.tsv
plan $(($(grep -vc '^#' "$table") + 50))

start_upstream
start_turnpike --upstream "$UPSTREAM" --set rate.key=0 \
    --set model.abliterated-model.alias=abliteration-model \
    --set model.unpriced.tokens_per_credit=0

revoked=$(ctl --json key create demo@localhost)
ctl key revoke "$(jq -r .id <<<"$revoked")" >"$T/revoked"
revoked=$(jq -r .key <<<"$revoked")
long=$(printf '%0513d' 0)
short=${KEY%?} upper=${KEY^^}
path2049=/$(printf '%02048d' 0) path8193=/$(printf '%08192d' 0)

fill() { # fill TEXT: with everything in place of its name; sets FILLED
    FILLED=${1//'{KEY}'/$KEY}
    FILLED=${FILLED//'{KEY_SHORT}'/$short}
    FILLED=${FILLED//'{KEY_UPPER}'/$upper}
    FILLED=${FILLED//'{REVOKED}'/$revoked}
    FILLED=${FILLED//'{LONG}'/$long}
    FILLED=${FILLED//'{CTRL}'/$'\001'}
    FILLED=${FILLED//'{PATH2049}'/$path2049}
    FILLED=${FILLED//'{PATH8193}'/$path8193}
}

# ---- bodies ----

model='"model":"abliterated-model"'
messages='"messages":[{"role":"user","content":"hi"}]'

repeat() { # repeat N TEXT
    [ "$1" -gt 0 ] && yes "$2" | head -n "$1" | tr -d '\n'
}

body_empty() {
    :
}

body_b() { # with \xHH and the like
    printf %b "$*"
}

body_spaces() { # bytes
    head -c "$1" /dev/zero | tr '\0' ' '
}

body_deep() { # containers within each other
    printf '{%s,%s,"x":' "$model" "$messages"
    repeat $(($1 - 1)) '['
    repeat $(($1 - 1)) ']'
    printf '}'
}

body_values() {
    printf '{%s,%s,"x":[0' "$model" "$messages"
    repeat "$1" ,0
    printf ']}'
}

body_digits() {
    printf '{%s,%s,"x":1%s}' "$model" "$messages" "$(repeat $(($1 - 1)) 0)"
}

body_key() { # bytes of a key
    printf '{%s,%s,"%s":1}' "$model" "$messages" "$(repeat "$1" k)"
}

body_model() { # bytes of its name
    printf '{"model":"%s",%s}' "$(repeat "$1" m)" "$messages"
}

body_messages() {
    printf '{%s,"messages":[{"role":"user","content":""}' "$model"
    repeat $(($1 - 1)) ',{"role":"user","content":""}'
    printf ']}'
}

body_image() { # bytes; a multiple of 3
    printf '{%s,"messages":[{"role":"user","content":[{"type":"text","text":"see"},{"type":"image_url","image_url":{"url":"data:image/png;base64,' \
        "$model"
    head -c "$(($1 / 3 * 4))" /dev/zero | tr '\0' A
    printf '"}}]}]}'
}

body_schema() { # bytes of a description in it
    printf '{%s,%s,"tools":[{"type":"function","function":{"name":"f","description":"%s"}}]}' \
        "$model" "$messages" "$(repeat "$1" d)"
}

make_body() {
    case $1 in
    @*)
        set -- "${1#@}"
        # shellcheck disable=SC2086 # a name and its arguments
        case $1 in
        'b '*) body_b "${1#b }" ;;
        *) body_$1 ;;
        esac
        ;;
    '+') printf '{%s,%s}' "$model" "$messages" ;;
    '+'*) printf '{%s,%s,%s}' "$model" "$messages" "${1#+}" ;;
    '~'*) printf '{%s,"messages":%s}' "$model" "${1#'~'}" ;;
    *) printf %s "$1" ;;
    esac >"$T/sent"
}

# ---- one row ----

# The options of curl for these headers, in OPTIONS.
read_headers() {
    local header list=()
    OPTIONS=()
    [ "$1" = - ] || IFS='|' read -r -a list <<<"$1"
    case "|$1" in
    *'|!Authorization'* | *'|Authorization'*) ;;
    *) OPTIONS+=(-H "Authorization: Bearer $KEY") ;;
    esac
    case "|$1" in
    *'|!Content-Type'*) OPTIONS+=(-H 'Content-Type:') ;;
    *'|Content-Type'*) ;;
    *) OPTIONS+=(-H 'Content-Type: application/json') ;;
    esac
    for header in ${list[@]+"${list[@]}"}; do
        case $header in
        !*) ;;
        *) OPTIONS+=(-H "$header") ;;
        esac
    done
}

# What was told, in the words of the table.
told='if .error == null then "ok -"
    elif (.error | keys) == ["code", "message", "param", "type"]
        and (.error.message | length) > 0
    then "\(.error.code) \(.error.param // "-")"
    elif .type == "error" and (.error | keys) == ["code", "message", "type"]
    then "anthropic -" else "misshapen -" end'

# What is wrong with the head of the answer, if anything.
judge_head() {
    local id
    id=$(header x-request-id)
    [ "$1" = httpd ] && return
    [ -n "$id" ] || [ "$1" = '*' ] || echo ' no id'
    [ "$id" = "$(header request-id)" ] || echo ' two ids'
    case $STATUS in
    401)
        [ "$(header x-should-retry)" = false ] || echo ' retry'
        [ "$(header www-authenticate)" = Bearer ] || echo ' no scheme'
        ;;
    405) [ -n "$(header allow)" ] || echo ' no Allow' ;;
    esac
}

charge='.estimated_credits_used // 0'
charged=0 served=0

play_row() { # row name method path headers body status code param
    local answer data=() wanted="$7 $8 $9"
    fill "$4"
    local path=$FILLED
    fill "$5"
    read_headers "$FILLED"
    fill "$6"
    if [ "$6" != - ]; then
        make_body "$FILLED"
        data=(--data-binary @"$T/sent")
    fi
    STATUS=$(curl -s -o "$T/body" -D "$T/head" -w '%{http_code}' --max-time 60 \
        --path-as-is --globoff -X "$3" -H 'Expect:' "${OPTIONS[@]}" \
        ${data[@]+"${data[@]}"} "$BASE$path") || STATUS="curl $?"
    answer=$(jq -r "$told" "$T/body" 2>"$T/jq.err") || answer='no JSON'
    case $8:$answer in
    *:misshapen* | *:'no JSON') ;;
    '*:'* | httpd:*) answer="$8 $9" ;;
    esac
    if [ "$STATUS" = 200 ]; then
        charged=$((charged + $(body "$charge")))
        served=$((served + 1))
    fi
    is "$STATUS $answer$(judge_head "$8")" "$wanted" "$1 $2"
}

before=$(balance .credits)
while IFS=$'\t' read -r -a row; do
    [[ ${row[0]} == '#'* ]] || play_row "${row[@]}"
done <"$table"
is "$(balance '[.credits, .held]')" "[$((before - charged)),0]" \
    'all of it has cost what was told, and nothing is held'
is "$(curl -s "$UPSTREAM/v1/log" | jq length)" "$served" \
    'the upstream has heard of the good ones only'

# ---- callers who have little, and time ----

# poor NAME CREDITS: the key of a new account.
poor() {
    ctl account add "$1@example.org" ${2:+--credits "$2"} >"$T/out"
    ctl --json key create "$1@example.org" | jq -r .key
}

# said: what the last answer told.
said() {
    echo "$STATUS $(jq -r "$told" "$T/body" 2>&1)"
}

none=$(poor none) one=$(poor one 1) new=$(poor new 10)
KEY=$none say words=1
is "$(said)" '402 insufficient_credits -' '61 a balance of nothing'
KEY=$none say words=1 '.stream = true'
is "$(said)" '402 insufficient_credits -' '61 neither for a stream'
KEY=$none say words=1 'del(.model)'
is "$(said)" '400 invalid_request model' '61 what is wrong comes first'
KEY=$one say words=1 '.messages[0].content += "x " * 3000'
is "$(said)" '402 insufficient_credits -' '62 one credit, a prompt of two'
KEY=$one say words=1 '.max_tokens = 8000'
is "$(said)" '200 ok -' '62 one credit, huge max_tokens'
ok '62 which are lowered' test "$(seen .body.max_tokens)" -lt 500
is "$(body .remaining_credits)" 0 '62 and that was the credit'
is "$(ctl --json credits show one@example.org |
    jq -c '[.credits, .held]')" '[0,0]' '62 nothing is held'
demo=$KEY
stop_turnpike
start_turnpike --upstream "$UPSTREAM" --set body.seconds=1 --set rate.key=2
is "$KEY" "$demo" 'another house on the same state'
body_b "{$model,$messages,\"x\":\"$(repeat 30000 x)\"}" >"$T/said"
ask /v1/chat/completions -H 'Content-Type: application/json' \
    --limit-rate 8k --data-binary @"$T/said"
is "$(said)" '408 request_timeout -' '23 a body that takes its time'
for i in 1 2; do
    KEY=$new say words=1
    is "$(said)" '200 ok -' "60 call $i of two"
done
KEY=$new say words=1
is "$(said)" '429 rate_limit_exceeded -' '60 the third'
like "$(header retry-after)" '^([1-9]|[1-5][0-9]|6[01])$' '60 is told when'
is "$(balance .held)" 0 'nothing is held'
stop_turnpike
start_turnpike --upstream "$UPSTREAM" --set rate.key=0

# ---- what a web server would not pass on ----

make_body +
size=$(wc -c <"$T/sent")

# knock OPTIONS: a request to the worker itself; sets STATUS, exit status in
# CLOSED.
knock() {
    CLOSED=0
    "$builddir/tests/fcgi/fcgi_client" "$(socket)" \
        --method POST --uri /v1/chat/completions \
        --param CONTENT_TYPE=application/json "$@" \
        >"$T/out" 2>"$T/err" || CLOSED=$?
    STATUS=$(sed -n 's/^Status: \([0-9]*\).*/\1/p' "$T/out")
    sed '1,/^\r$/d' "$T/out" >"$T/body"
}

key=(--param "HTTP_AUTHORIZATION=Bearer $KEY")
good=("${key[@]}" --body-file "$T/sent")
knock "${good[@]}"
is "$(said)" '200 ok -' 'a good request passes'
knock "${good[@]}" "${key[@]}"
is "$(said)" '400 invalid_request -' '4 two Authorization variables'
knock --body-file "$T/sent" --param "HTTP_X_API_KEY=$KEY" \
    --param "HTTP_X_API_KEY=$KEY"
is "$(said)" '400 invalid_request -' '4 two x-api-key variables'
knock "${good[@]}" --param "CONTENT_LENGTH=$size"
is "$(said)" '400 invalid_request -' '22 two lengths'
for length in 9999 $((size + 1)) $((size - 1)) 0 -1 "+$size" 5,5 0x10 '5 ' \
    ' 5' none 1e3 18446744073709551616 99999999999999999999; do
    knock "${good[@]}" --content-length "$length"
    is "$(said)" '400 invalid_request -' "21 22 length \"$length\""
done
knock "${good[@]}" --content-length ''
is "$(said)" '200 ok -' '22 no length: what came counts'
knock "${good[@]}" --content-length 99999999999
is "$(said)" '413 request_too_large -' '19 a length over the cap'

many=()
for i in {1..200}; do
    many+=(--param "HTTP_X_$i=y")
done
knock "${good[@]}" "${many[@]}"
is "$(said)" '431 headers_too_large -' '98 more than 200 variables'
knock "${good[@]}" --param "HTTP_X=$(printf '%065536d' 0)"
is "$(said)" '431 headers_too_large -' '98 more than 64 KiB of them'
knock "${good[@]}" --param "HTTP_X=$(printf '%030000d' 0)"
is "$(said)" '200 ok -' '98 30 KiB are legal'

for role in 2 3 9; do
    knock "${good[@]}" --role $role
    is "$STATUS $(cat "$T/err")" ' fcgi_client: status 3' \
        "99 role $role is refused"
done
knock --values
is "$CLOSED $(cut -d= -f1 "$T/out" | sort | tr '\n' ' ')" \
    '0 FCGI_MAX_CONNS FCGI_MAX_REQS FCGI_MPXS_CONNS ' '99 values are told'
knock --garbage 0201000000000000
is "$CLOSED$(cat "$T/out")" 3 '99 another version is closed'

# What curl -d says unless it is told otherwise.
ask /v1/chat/completions -d '{}'
like "$(body .error.message)" 'Content-Type' '15 the type is named, not the body'
ask /v1/chat/completions -d '{}' \
    -H 'Content-Type: application/json; charset=latin1'
like "$(body .error.message)" 'charset' '16 so is its charset'
ask /v1/chat/completions -d '{}' -H 'Content-Type: application/json' \
    -H 'Content-Encoding: gzip'
like "$(body .error.message)" 'Content-Encoding' '17 so is the coding'

ask /v1/models
is "$STATUS" 200 'and the house still stands'
is "$(balance .held)" 0 'with nothing held'
