#include <assert.h>
#include <stddef.h>

#include "codec.h"

const struct codec *codec_of(enum dialect dialect)
{
    static const struct codec *const codecs[] = {
        [DIALECT_CHAT] = &codec_chat,
        [DIALECT_RESPONSES] = &codec_responses,
        [DIALECT_MESSAGES] = &codec_messages,
    };

    assert(codecs[dialect] != NULL && codecs[dialect]->dialect == dialect);
    return codecs[dialect];
}
