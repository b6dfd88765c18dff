# shellcheck shell=bash
# Accounts, their credits, and who signs in.
#
#   account EMAIL CREDITS [OPTS]
#                           a new account; KEY becomes a key of it
#   paid_once EMAIL LOG...  2 checks: of the calls in these logs of crowd each
#                           that told its price is in the ledger, and none is
#                           there twice. Leaves $T/answered and $T/billed, the
#                           ids of the requests
#   balance FILTER          jq on the credits of the demo account
#   entry FILTER            jq on the newest journal entry of that account
#   settled EMAIL           whether an account has nothing held
#   user EMAIL CREDITS PASSWORD
#                           a new account that can sign in
#   sign_in EMAIL PASSWORD [OPTS]
#                           ask for a token, with options of curl; sets STATUS,
#                           and TOKEN if it is 200

account() {
    local mail=$1 credits=$2
    shift 2
    ctl account add "$mail" --credits "$credits" "$@" >/dev/null </dev/null ||
        bail "no account $mail"
    KEY=$(json .key key create "$mail")
}

paid_once() {
    local email=$1
    shift
    sed -n 's/^\(req_[0-9a-f]*\) 200 .* metered$/\1/p' "$@" |
        sort >"$T/answered"
    json '.[] | select(.type == "settle") | .request_id' ledger "$email" |
        sort >"$T/billed"
    diag "$(cat "$@" | wc -l) calls, $(wc -l <"$T/answered") answered," \
        "$(wc -l <"$T/billed") billed"
    is "$(comm -23 "$T/answered" "$T/billed" | wc -l)" 0 \
        'what was told is in the ledger'
    is "$(uniq -d "$T/billed" | wc -l)" 0 'once'
}

balance() {
    ctl --json credits show demo@localhost | jq -rc "$1"
}

entry() {
    ctl --json ledger demo@localhost | jq -rc ".[-1] | $1"
}

settled() {
    [ "$(json .held account show "$1")" = 0 ]
}

user() {
    ctl account add "$1" --credits "$2" --plan policy --password-stdin \
        <<<"$3" >/dev/null || bail "no user $1"
}

sign_in() {
    jq -nc --arg email "$1" --arg password "$2" '{$email, $password}' \
        >"$T/sign-in"
    shift 2
    KEY=none ask /api/auth/login -H 'Content-Type: application/json' \
        --data-binary @"$T/sign-in" "$@"
    TOKEN=''
    [ "$STATUS" != 200 ] || TOKEN=$(jq -r .access_token "$T/body")
}
