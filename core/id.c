#include "id.h"

void id_lead(uint8_t id[ID_SIZE], int64_t now)
{
    uint64_t seconds = (uint64_t)now / 1000000;

    for (int i = 0; i < ID_LEAD; i++)
        id[i] = (uint8_t)(seconds >> (8 * (ID_LEAD - 1 - i)));
}
