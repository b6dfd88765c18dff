# shellcheck shell=bash
# Accounts, their credits, and who signs in.
#
#   account EMAIL CREDITS [OPTS]
#                           a new account; KEY becomes a key of it
#   govern EMAIL            a policy that allows everything, and a project that
#                           goes by it; KEY becomes a key of that. The account
#                           has to be of the plan "policy"
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

govern() {
    echo '{"rules":{}}' | ctl policy put "$1" allow - >/dev/null &&
        ctl project create "$1" governed --policy allow >/dev/null </dev/null ||
        bail "no project of $1"
    KEY=$(json .key key create "$1" --project governed)
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
