# shellcheck shell=bash
# The governed surface: policies, projects and what is judged.
#
#   governed EMAIL ID JSON [OPTS]
#                           a new account with a policy and a project, both
#                           called ID; OPTS are those of project create. KEY
#                           becomes a key of the project
#   put_policy EMAIL ID JSON
#                           one more version of the policy
#   deny EMAIL TERM ACTION...
#                           one more version of each policy that is called like
#                           one of these actions and denies the term by it
#   canned_house EMAIL ID JSON
#                           the house with a canned upstream that speaks each
#                           dialect, and an account as above; a token is a credit
#   judged FILTER           jq on the newest event of a call; of several
#                           projects, if there was one call since it was asked
#   verdict_is TEXT DESC    a check: the answer's policy says decision, effective
#                           decision and the terms denied, as in
#                           "refuse refuse competitor-x"

put_policy() {
    printf '%s\n' "$3" >"$T/policy.json"
    ctl policy put "$1" "$2" "$T/policy.json" >"$T/ctl.out" 2>&1 </dev/null ||
        bail "no policy $2: $(cat "$T/ctl.out")"
}

governed() {
    local email=$1 id=$2
    ctl account add "$email" --plan policy --credits 1000000 >"$T/ctl.out" \
        </dev/null || bail "no account $email"
    put_policy "$email" "$id" "$3"
    shift 3
    ctl project create "$email" "$id" --policy "$id" "$@" >"$T/ctl.out" \
        </dev/null || bail "no project $id"
    KEY=$(json .key key create "$email" --project "$id")
}

deny() {
    local email=$1 term=$2 action
    shift 2
    for action; do
        put_policy "$email" "$action" "{\"rules\":{\"denylist\":[\"$term\"],
            \"enforcement_action\":\"$action\"}}"
    done
}

canned_house() {
    start_canned
    start_turnpike --upstream "chat+messages+responses@$CANNED" \
        --set rate.key=0 --set price.tokens_per_credit=1
    governed "$@"
}

judged() {
    [ -f "$T/events" ] || echo '[]' >"$T/events"
    ctl --json events </dev/null | jq -c --slurpfile old "$T/events" '
        map(.event | select(.event_type == "enforcement")) |
        [map(select(.event_id | IN($old[0][].event_id) | not)), .] |
        if .[0] == [] then $old[0] else .[1] - .[0] + .[0] end' \
        >"$T/events.new" && mv "$T/events.new" "$T/events"
    jq -rc ".[-1] | $1" "$T/events"
}

# Streams tell it with their last frame.
verdict_is() {
    local policy
    if grep -q '^data: ' "$T/body"; then
        policy=$(frames | grep -vF '[DONE]' | tail -n 1 | jq -c .policy)
    else
        policy=$(jq -c .policy "$T/body")
    fi
    is "$(jq -r '"\(.decision) \(.effective_decision)" +
        ([.denylist_hits[] | " " + .] | join(""))' <<<"$policy")" "$1" "$2"
}
