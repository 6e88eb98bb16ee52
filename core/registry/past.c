#include "core/registry/past.h"

#include "core/ledger/moment.h"

#define AHEAD_MAX_MS INT64_C(86400000)

int past_check(const struct registry *registry, int64_t ms, const char *name,
               struct problem *problem)
{
    char now[MOMENT_TEXT_MAX];
    if (ms - registry->now_ms <= AHEAD_MAX_MS)
        return JALON_OK;
    moment_format(now, registry->now_ms);
    return problem_field(problem, name,
                         "it is in the future (now: %s): check its day, month and year", now);
}
