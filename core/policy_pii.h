#ifndef POLICY_PII_H
#define POLICY_PII_H

#include "pii.h"
#include "policy_detector.h"

/**
 * policy_pii_replace(kinds):
 * A detector that puts placeholders in the place of what is of the ${kinds}
 * (PII_BIT of each), which must outlive its use. A finding's what is its enum
 * pii_kind; one that goes on with the one before is replaced by nothing.
 */
struct policy_detector policy_pii_replace(const uint32_t *kinds);

#endif
