/* conversion.h - the life of a conversion and what it is worth, as pure functions.
 *
 *   PENDING ──▶ APPROVED            conversion_may_become()
 *      │           │ └──▶ REFUNDED  by itself, when the refunds reach the amount
 *      └────┬──────┘
 *           ▼
 *       CANCELLED                   nothing leaves CANCELLED or REFUNDED */
#ifndef LEDGER_CONVERSION_H
#define LEDGER_CONVERSION_H
#include "core/base/slice.h"

#define CONVERSION_STATUSES(X)                                                                     \
    X(PENDING, "pending")                                                                          \
    X(APPROVED, "approved")                                                                        \
    X(REFUNDED, "refunded")                                                                        \
    X(CANCELLED, "cancelled")

enum conversion_status {
#define CONVERSION_STATUS_NAME(upper, text) CONVERSION_##upper,
    CONVERSION_STATUSES(CONVERSION_STATUS_NAME)
#undef CONVERSION_STATUS_NAME
};

CHECKED int conversion_status_of(enum conversion_status *ret_status, struct slice name);
const char *conversion_status_name(enum conversion_status status);

/* Pending and approved ones count; cancelled and wholly refunded ones count nothing. */
bool conversion_counts(enum conversion_status status);
/* Whether a PATCH may bring `from` to `to`; the same again may, and is a no-op. */
bool conversion_may_become(enum conversion_status from, enum conversion_status to);
/* Revenue in minor units: the amount net of refunds, never below 0; 0 when it does not count. */
int64_t conversion_revenue(enum conversion_status status, int64_t amount_minor,
                           int64_t refunded_minor);
#endif
