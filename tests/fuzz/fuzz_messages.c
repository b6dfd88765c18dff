/* Whatever comes as a request or as an answer in this dialect leaves in each
 * other one as what it takes, or is refused with the field named. */

#include "codec.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_doc doc = {0};

    if (json_parse(&doc, (const char *)data, size) == JSON_OK) {
        codec_try_request(DIALECT_MESSAGES, &doc);
        codec_try_answer(DIALECT_MESSAGES, &doc);
    }
    json_free(&doc);
    return 0;
}
