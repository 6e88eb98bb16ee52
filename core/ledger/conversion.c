#include "core/ledger/conversion.h"

static const char *const names[] = {
#define CONVERSION_STATUS_TEXT(upper, text) text,
    CONVERSION_STATUSES(CONVERSION_STATUS_TEXT)
#undef CONVERSION_STATUS_TEXT
};

int conversion_status_of(enum conversion_status *ret_status, struct slice name)
{
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (!slice_is(name, names[i]))
            continue;
        *ret_status = (enum conversion_status)i;
        return JALON_OK;
    }
    return JALON_NOT_FOUND;
}

const char *conversion_status_name(enum conversion_status status)
{
    return names[status];
}

bool conversion_counts(enum conversion_status status)
{
    return status == CONVERSION_PENDING || status == CONVERSION_APPROVED;
}

bool conversion_may_become(enum conversion_status from, enum conversion_status to)
{
    if (from == to)
        return true;
    if (!conversion_counts(from))
        return false;
    return to == CONVERSION_CANCELLED || (from == CONVERSION_PENDING && to == CONVERSION_APPROVED);
}

int64_t conversion_revenue(enum conversion_status status, int64_t amount_minor,
                           int64_t refunded_minor)
{
    if (!conversion_counts(status) || refunded_minor >= amount_minor)
        return 0;
    return amount_minor - refunded_minor;
}
