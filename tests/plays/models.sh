# The list of models suits both families of clients; a model is found by each of
# its names, by callers with a key only.

. "${srcdir:-.}/tests/functions.sh"
plan 27

start_turnpike --set model.one.display_name='Number One' \
    --set model.one.alias=uno --set model.one.context=1000 \
    --set model.two.max_output=99 --set model.two.usd_per_mtok=0.5

models() {
    ask "/v1/models$1"
}

models ''
is "$STATUS" 200 'a list'
is "$(header content-type)" application/json 'of JSON'
is "$(body keys)" '["data","first_id","has_more","last_id","object"]' \
    'with all its members'
is "$(body '[.object, .has_more, .first_id, .last_id]')" \
    '["list",false,"one","two"]' 'which say what there is'
is "$(body '[.data[].id]')" '["one","two"]' 'models are in order'
is "$(body '[.data[] | .object, .type]')" \
    '["model","model","model","model"]' 'each is one, in both languages'
is "$(body '.data[0] | [.created, .owned_by, .created_at] | map(type)')" \
    '["number","string","string"]' 'with what else clients want'
is "$(body '[.data[].display_name]')" '["Number One","two"]' \
    'and a name for people'
is "$(body '[.data[] | .context_length, .max_output_length]')" \
    '[1000,8192,131072,99]' 'the configuration is told'
is "$(body '[.data[].pricing | .prompt, .completion]')" \
    '["0.000005","0.000005","0.0000005","0.0000005"]' 'so are prices'
for header in x-request-id request-id x-ratelimit-limit-requests; do
    like "$(header "$header")" . "the answer has $header"
done
cp "$T/body" "$T/list"
models '?limit=1000'
is "$STATUS $(cmp "$T/list" "$T/body" 2>&1)" '200 ' 'a query changes nothing'

models /one
is "$STATUS $(body .)" "200 $(jq -c '.data[0]' "$T/list")" \
    'one model is as in the list'
models /uno
is "$STATUS $(body .id)" '200 one' 'it is found by its alias'
models '/two?beta=true'
is "$STATUS $(body .id)" '200 two' 'and with a query'
for name in three '' one/two ONE 'abliterated-model'; do
    models "/$name"
    is "$STATUS $(body '.error | [.code, .type] | join(" ")')" \
        '404 not_found invalid_request_error' "there is no /$name"
done
models /three
is "$(body .error.param)" model 'an unknown model is named as such'

for key in '' ak_unknown; do
    KEY=$key models ''
    is "$STATUS $(body .error.code)" '401 invalid_api_key' \
        "the key \"$key\" does not open the list"
    KEY=$key models /one
    is "$STATUS $(body .error.code)" '401 invalid_api_key' \
        'nor a model of it'
done
