# No token that was not signed here, byte for byte, lets anybody in: each of the
# attacks of tests/core/jwt_attacks.c that a header can carry is answered with
# 401, and as an unknown key is. RELIABILITY.md 5.2, row S6 of 7.1.

. "${srcdir:-.}/tests/functions.sh"
plan 13

start_turnpike --set rate.jwt=0
user ann@example.org 500 'correct horse'
subject=$(json .id account show ann@example.org)

# try PATH TOKEN: ask with this token; the answer without its request id goes to
# TOLD.
try() {
    local path=$1
    KEY=$2
    case $path in
    /v1/messages)
        ask "$path" -H 'Content-Type: application/json' --data-binary \
            '{"model":"abliterated-model","max_tokens":9,"messages":[{"role":"user","content":"a"}]}'
        ;;
    /v1/chat/completions) chat hello ;;
    *) ask "$path" ;;
    esac
    TOLD="$STATUS $(jq -c 'del(.request_id)' "$T/body" 2>&1)"
}

"$builddir/tests/plays/forge" "$T/state" "$subject" >"$T/forged" ||
    bail 'the forge does not work'
genuine=$(head -n 1 "$T/forged" | cut -f 2)
ok 'there are more than 60 attacks' [ "$(wc -l <"$T/forged")" -gt 61 ]

for path in /v1/chat/completions /v1/messages /api/auth/me; do
    try "$path" "$genuine"
    is "$STATUS" 200 "$path takes a good token"
    try "$path" ak_00000000000000000000000000000000000000
    unknown=$TOLD
    like "$unknown" '^401 .*invalid_api_key' 'and no unknown key'
    wrong='' told=''
    while IFS=$'\t' read -r name token; do
        try "$path" "$token"
        [ "$STATUS" = 401 ] || wrong="$wrong, $name: $STATUS"
        [ "$TOLD" = "$unknown" ] || told="$told, $name: $TOLD"
    done < <(tail -n +2 "$T/forged")
    is "$wrong" '' 'no attack gets in'
    is "$told" '' 'all are told the same'
done
