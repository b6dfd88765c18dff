# The web tools of a governed call reach the domains that its project allows and
# no others, on three dialects; a project may forbid them. What is not allowed
# is a bad request, before all that the store finds behind it.

. "${srcdir:-.}/tests/functions.sh"
plan 61

start_upstream
start_both "$UPSTREAM" --set rate.key=0
MODEL=native

email=ann@example.org
governed $email bot '{"rules":{}}'
ctl project create $email open --policy bot >"$T/out" </dev/null
unbound=$(json .key key create $email)
bound=$KEY

# rule JSON: what the project says of web tools from now on.
rule() {
    printf '%s\n' "$1" >"$T/tools.json"
    ctl project set bot --web-tools "$T/tools.json" >"$T/out" 2>&1 </dev/null
}
# searches LISTS [FILTER]: asks with a web tool that has these lists, as members
# allowed_domains and blocked_domains.
searches() {
    local tool
    case $DIALECT in
    chat) tool='.web_search_options = {search_context_size: "low"} +
        if $l == {} then {} else {filters: $l} end' ;;
    messages) tool='.tools = [{type: "web_search_2025_03_05",
        name: "web_search", max_uses: 3} + $l]' ;;
    responses) tool='.tools = [{type: "web_search"} +
        if $l == {} then {} else {filters: $l} end]' ;;
    esac
    user_says 'script: words=2 text=well' false \
        "($1) as \$l | $tool | ${2:-.}"
}
# lists: those that the upstream has seen.
lists() {
    told '.[-1].body | (.tools[0]? // .web_search_options) |
        (.filters? // .) | {allowed_domains, blocked_domains} |
        with_entries(select(.value)) | tostring'
}
calls() {
    told length
}

SURFACE=/policy
for DIALECT in chat messages responses; do
    case $DIALECT in
    chat) place=web_search_options ;;
    *) place='tools[0]' ;;
    esac

    rule '{"enabled":true}'
    searches '{allowed_domains: ["any.test"]}'
    is "$STATUS $(lists)" '200 {"allowed_domains":["any.test"]}' \
        "$DIALECT: without domains of the project those of the caller count"
    rule '{"allowed_domains":["example.com","docs.test"],
        "blocked_domains":["secret.example.com"]}'
    searches '{}'
    is "$STATUS $(lists)" '200 {"allowed_domains":["example.com","docs.test"],"blocked_domains":["secret.example.com"]}' \
        'else those of the project'
    is "$(told '.[-1].body | (.tools[0]? // .web_search_options) |
        .max_uses // .search_context_size // .type')" \
        "$(case $DIALECT in chat) echo low ;; messages) echo 3 ;;
        responses) echo web_search ;; esac)" 'beside what else the tool says'
    searches '{allowed_domains: ["api.example.com"]}'
    is "$STATUS $(lists)" '200 {"allowed_domains":["api.example.com"]}' \
        'of which the caller may ask for a part'
    calls=$(calls)
    searches '{allowed_domains: ["docs.test", "other.test"]}'
    is "$STATUS $(body '.error | .type + (.param // "")')" \
        "400 invalid_request_error$([ $DIALECT = messages ] || echo "$place")" \
        'and for nothing else'
    like "$(body .error.message)" 'does not allow the domain other\.test' \
        'as is told by name'
    searches '{allowed_domains: ["https://example.com"]}'
    is "$STATUS" 400 'a domain has no scheme'
    rule '{"blocked_domains":["bad.test"]}'
    searches '{allowed_domains: ["a.bad.test"]}'
    is "$STATUS $(calls)" "400 $calls" \
        'what is blocked may not be asked for, and no model is'
    searches '{blocked_domains: ["worse.test"]}'
    is "$STATUS $(lists)" '200 {"blocked_domains":["worse.test","bad.test"]}' \
        'block lists are united'
    rule '{"enabled":false}'
    searches '{}'
    is "$STATUS" 400 'where they are not enabled there are none'
    like "$(body .error.message)" 'The project does not allow web tools' \
        'which is told'
    searches '{}' '.model = "translated"'
    is "$STATUS" 400 'whatever the upstream speaks'
    user_says 'script: words=2 text=well' false
    is "$STATUS" 200 'calls without web tools are none of it'
    user_says 'script: words=2 text=well' false '.tools = [{type: "function",
        name: "web_search", input_schema: {}, function: {name: "web_search"}} |
        if $dialect == "messages" then del(.type, .function) else . end]'
    is "$STATUS" 200 'nor are tools of the caller'
    SURFACE=''
    searches '{}'
    is "$STATUS" 200 'nor is /v1'
    SURFACE=/policy
done

# Another project, and none.
DIALECT=messages
KEY=$unbound
searches '{}' '.policy_project_id = "open"'
is "$STATUS $(lists)" '200 {}' 'each project has rules of its own'
searches '{}' '.policy_id = "bot"'
is "$STATUS" 200 'and where there is none there are no rules'
searches '{}' '.policy_project_id = "bot"'
is "$STATUS" 400 'which count also for who names the project'
KEY=$bound
searches '{}' '.policy = {rules: {}}'
is "$STATUS" 400 'a policy that comes along changes nothing'

# A policy that rewrites does so with what was confined.
rule '{"allowed_domains":["example.com"]}'
searches '{}' '.policy = {rules: {denylist: ["script"],
    enforcement_action: "rewrite"}}'
is "$STATUS $(lists) $(told '.[-1].body.messages[0].content')" \
    '200 {"allowed_domains":["example.com"]} [removed]: words=2 text=well' \
    'nor does one that rewrites'

# The order of what is told.
rule '{"enabled":false}'
ctl project set bot --budget requests=1 >"$T/out" </dev/null
user_says 'script: words=2 text=well' false
user_says 'script: words=2 text=well' false
is "$STATUS" 429 'a quota is used up'
searches '{}'
is "$STATUS $(header retry-after)" '400 ' 'a bad request is told before that'
ctl project set bot --budget none >"$T/out" </dev/null
ctl account add poor@example.org --plan policy --credits 0 >"$T/out" </dev/null
put_policy poor@example.org p '{"rules":{}}'
ctl project create poor@example.org p --policy p --web-tools "$T/tools.json" \
    >"$T/out" </dev/null
KEY=$(json .key key create poor@example.org --project p)
user_says hello false
is "$STATUS" 402 'and so it is'
searches '{}'
is "$STATUS" 400 'before a lack of credits'
KEY=nokey
searches '{}'
is "$STATUS" 401 'but behind a wrong key'
KEY=$bound

# The operator.
not_ok 'what is misspelt is not taken' rule '{"allow_domains":["a.test"]}'
not_ok 'nor is what is no domain' rule '{"blocked_domains":["https://a.test"]}'
like "$(cat "$T/out")" 'blocked_domains\[0\] must be a domain' 'which is told'
ok 'all of it can be taken back' ctl project set bot --web-tools none
searches '{}'
is "$STATUS $(lists)" '200 {}' 'at once'
is "$(json .held account show $email) $(json .breaches audit)" '0 0' \
    'nothing is held, and the audit finds no breach'
