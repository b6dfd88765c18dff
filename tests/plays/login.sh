# Users sign in with e-mail and password, and call with the token they get until
# its account voids it; whoever fails is told the same whatever was wrong.
# API.md 1.6, RELIABILITY.md 5.3, rows 72 and 73 of 7.2.

. "${srcdir:-.}/tests/functions.sh"
plan 79

start_turnpike --set rate.login=0 --set rate.login_address=0
user ann@example.org 500 'correct horse'
user bob@example.org 500 'battery staple'
ctl account add key@example.org --credits 5 >/dev/null </dev/null
ANN=$(json .id account show ann@example.org)

# ---- who signs in ----

sign_in ann@example.org 'correct horse'
is "$STATUS" 200 'a user signs in'
first=$TOKEN
is "$(body '[.token_type, .expires_in, .user.id, .user.email]')" \
    "[\"bearer\",3600,\"$ANN\",\"ann@example.org\"]" 'and is told who that is'
is "$(body .token)" "$TOKEN" 'the token has two names'
is "$(header cache-control)" no-store 'nobody keeps it'
is "$(header access-control-allow-origin)" '' 'no other page may read it'
is "$(header x-ratelimit-limit-requests)" '' 'this is no call of a window'
claims=$(jq -rRc 'split(".")[1] | gsub("-"; "+") | gsub("_"; "/") |
    @base64d | fromjson | [.sub, .exp - .iat, .ver]' <<<"$TOKEN")
is "$claims" "[\"$ANN\",3600,0]" 'it names the account for an hour'
sign_in ANN@Example.ORG 'correct horse'
is "$STATUS" 200 'an e-mail has no capitals'

# ---- what a token is good for ----

chat_as() { # chat_as TOKEN
    KEY=$1 chat hello
}

chat_as "$TOKEN"
is "$STATUS" 200 'a token calls a model'
is "$(json .credits account show ann@example.org)" 499 'the account pays'
is "$(body .remaining_credits)" 499 'and is told'
is "$(header x-ratelimit-limit-requests)" 30 'in a window of its own'
KEY=$TOKEN ask /v1/models
is "$STATUS" 200 'it lists models'
is "$(header x-ratelimit-remaining-requests)" 28 'which counts'
KEY=$TOKEN ask /v1/messages/count_tokens -H 'Content-Type: application/json' \
    --data-binary '{"model":"abliterated-model","messages":[{"role":"user","content":"a"}]}'
is "$STATUS $(header x-ratelimit-limit-requests)" '200 600' \
    'counting tokens has another window'
KEY=$TOKEN ask /api/auth/me
is "$(body '[.id, .email, .plan, .credits]')" \
    "[\"$ANN\",\"ann@example.org\",\"policy\",499]" 'it shows the account'
is "$(header access-control-allow-origin)" '' 'to no other page'
account_key=$(json .key key create ann@example.org)
KEY=$account_key ask /api/auth/me
is "$(body .email)" ann@example.org 'so does a key of the account'
ctl project create ann@example.org bot >/dev/null </dev/null
KEY=$(json .key key create ann@example.org --project bot)
ask /api/auth/me
is "$(why)" '403 project_forbidden -' 'but not a key of a project'
KEY=none ask /api/auth/me
is "$(why)" '401 invalid_api_key -' 'nor any other'

named() { # named KEY NAME
    KEY=$1 ask /v1/chat/completions -H 'Content-Type: application/json' \
        -H "Idempotency-Key: $2" --data-binary "$(ask_body words=3 false)"
}
named "$TOKEN" first
is "$STATUS" 200 'a call of a user may have a name'
named "$TOKEN" first
is "$(why)" '409 idempotency_replayed Idempotency-Key' 'and is made once'
named "$account_key" first
is "$STATUS" 409 'for keys of the account too'
govern() { # govern [OPTIONS]: a governed call of the user
    KEY=$TOKEN ask /policy/chat/completions \
        -H 'Content-Type: application/json' \
        --data-binary "$(ask_body words=3 false)" "$@"
}
govern
is "$(why)" '400 project_required -' 'a governed call of a user names a project'
like "$(body .error.message)" X-Policy-Project 'where it is told to'
echo '{"policy_id":"open"}' >"$T/open.json"
ctl policy put ann@example.org open "$T/open.json" >/dev/null
ctl project set bot --policy open >/dev/null
govern -H 'X-Policy-Project: bot'
is "$STATUS $(body .policy.policy_id)" '200 open' 'and is governed by its policy'
is "$(header x-ratelimit-limit-requests)" 30 'in the same window'
govern -H 'X-Policy-Project: demo'
is "$(why)" '403 project_forbidden -' 'that of others is not to be had'
logged=$(grep -c "\"user\":\"$ANN\"" "$T/state/run/workers.log")
ok 'the log names the user' [ "$logged" -gt 3 ]
not_ok 'but no token' grep -qF "$TOKEN" "$T/state/run/workers.log"
not_ok 'and no e-mail' grep -qF ann@example.org "$T/state/run/workers.log"

# ---- who does not ----

sign_in ann@example.org 'wrong horse'
wrong="$STATUS $(cat "$T/body")"
is "$(why)" '401 invalid_credentials -' 'a wrong password'
is "$(header x-should-retry)" false 'is not to be tried again'
sign_in nobody@example.org 'wrong horse'
is "$STATUS $(cat "$T/body")" "$wrong" 'who is unknown is told the same'
sign_in key@example.org 'wrong horse'
is "$STATUS $(cat "$T/body")" "$wrong" 'so is who has no password'
sign_in key@example.org a
is "$STATUS $(cat "$T/body")" "$wrong" 'or offers one that nobody has'
ctl account suspend bob@example.org >/dev/null
sign_in bob@example.org 'battery staple'
is "$STATUS $(cat "$T/body")" "$wrong" 'or is suspended'
ctl account resume bob@example.org >/dev/null

# ---- what is no login ----

post() { # post BODY
    KEY=none ask /api/auth/login -H 'Content-Type: application/json' \
        --data-binary "$1"
}

bad() { # bad BODY WANTED WHAT
    post "$1"
    is "$(why)" "$2" "$3"
}

long=$(printf 'a%.0s' {1..1025})
bad '' '400 invalid_request -' 'no body'
bad '{' '400 invalid_request -' 'no JSON'
bad '[]' '400 invalid_request -' 'no object'
bad '{"password":"x"}' '400 invalid_request email' 'no e-mail'
bad '{"email":"a@b"}' '400 invalid_request password' 'no password'
bad '{"email":1,"password":"x"}' '400 invalid_request email' 'a number'
bad '{"email":"a@b","password":null}' '400 invalid_request password' 'null'
bad '{"email":"","password":"x"}' '400 invalid_request email' 'an empty e-mail'
bad '{"email":"a@b","password":"x","ver":1}' '400 invalid_request -' \
    'a member too many'
bad '{"email":"a@b","email":"b@b","password":"x"}' '400 duplicate_key -' \
    'a member twice'
bad '{"email":"a@b","password":"x\u0000y"}' '400 invalid_request -' 'a NUL'
bad "{\"email\":\"a@b\",\"password\":\"$long\"}" \
    '400 invalid_request password' 'a password of 1025 bytes'
bad "{\"email\":\"${long:0:255}\",\"password\":\"x\"}" \
    '400 invalid_request email' 'an e-mail of 255 bytes'
head -c 1048577 /dev/zero | tr '\0' ' ' >"$T/large"
post @"$T/large"
is "$(why)" '413 request_too_large -' 'more than a mebibyte'
KEY=none ask /api/auth/login --data-binary 'email=a&password=b'
is "$(why)" '415 unsupported_media_type -' 'a form'
ask /api/auth/login
is "$(why) $(header allow)" '405 method_not_allowed - POST' 'a GET'
ask /api/auth/login -X OPTIONS -H 'Origin: https://example.org'
is "$STATUS $(header access-control-allow-origin)" '405 ' 'a preflight'
ask /api/auth/register --data-binary '{}'
is "$(why)" '404 not_found -' 'another path'

# ---- tokens end ----

chat_as "$first"
is "$STATUS" 200 'all that leaves a token as it is'
ok 'all logins are ended' ctl account logout ann@example.org
chat_as "$first"
is "$(why)" '401 invalid_api_key -' 'its token is void'
KEY=none chat hello
unknown=$(cat "$T/body")
chat_as "$first"
is "$(cat "$T/body")" "$unknown" 'as if it had never been one'
KEY=$account_key chat hello
is "$STATUS" 200 'keys stay'
sign_in ann@example.org 'correct horse'
is "$STATUS" 200 'the password stays'
old=$TOKEN
chat_as "$old"
is "$STATUS" 200 'and gives a new token'
ok 'the password is changed' \
    ctl account password ann@example.org --password-stdin <<<'correct donkey'
chat_as "$old"
is "$STATUS" 401 'which ends the token'
sign_in ann@example.org 'correct horse'
is "$STATUS" 401 'the old password is none'
sign_in ann@example.org 'correct donkey'
is "$STATUS" 200 'the new one is'
fresh=$(json .password account password ann@example.org)
sign_in ann@example.org "$fresh"
is "$STATUS" 200 'so is one that was made for the user'
not_ok 'one that is too short is refused' \
    ctl account password ann@example.org --password-stdin <<<'short'
ctl account suspend ann@example.org >/dev/null
chat_as "$TOKEN"
is "$(why)" '403 account_suspended -' 'a token of a suspended account is told so'
ctl account resume ann@example.org >/dev/null
chat_as "$TOKEN"
is "$STATUS" 200 'and good again when it is resumed'

# ---- rates ----

user eve@example.org 500 'battery staple'
sign_in eve@example.org 'battery staple'
statuses=''
for _ in {1..31}; do
    chat_as "$TOKEN"
    statuses="$statuses $STATUS"
done
is "$(tr ' ' '\n' <<<"$statuses" | grep -c 200)" 30 'a user makes 30 calls a minute'
is "$(why)" '429 rate_limit_exceeded -' 'the next one is too many'
like "$(header retry-after)" '^([1-9]|[1-5][0-9]|60)$' 'for whole seconds'
is "$(header x-ratelimit-remaining-requests)" 0 'nothing remains'
KEY=$(json .key key create eve@example.org) chat hello
is "$STATUS" 200 'keys of the account have their own minute'

# ---- a secret that is changed ----

sign_in bob@example.org 'battery staple'
before=$TOKEN
stop_turnpike
mv "$T/state/secret/jwt" "$T/state/secret/jwt.previous"
start_turnpike --set rate.login=0
chat_as "$before"
is "$STATUS" 200 'a token of the secret before is good'
sign_in bob@example.org 'battery staple'
chat_as "$TOKEN"
is "$STATUS" 200 'and so is one of the new secret'
stop_turnpike
rm "$T/state/secret/jwt.previous"
start_turnpike --set rate.login=0
chat_as "$before"
is "$STATUS" 401 'until the secret before is taken away'
ok 'the audit finds no breach' ctl audit
