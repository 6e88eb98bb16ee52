#include "core/report/redemption_log.h"
#include "core/base/array.h"

#include <stdlib.h>

#define HOUR_MS INT64_C(3600000)

/* Whether a valid click of the creator, in the window, came with the order: won or not. */
static bool has_click_of(const struct attribution *attribution, struct slice creator)
{
    for (size_t i = 0; i < attribution->credit_count; i++)
        if (attribution->credits[i].click >= 0 &&
            slice_equal(attribution->credits[i].creator, creator))
            return true;
    for (size_t i = 0; i < attribution->assist_count; i++)
        if (attribution->assists[i].click >= 0 &&
            slice_equal(attribution->assists[i].creator, creator))
            return true;
    return false;
}

int redemption_log_add(struct redemption_log *log, const struct order *order, struct slice creator)
{
    int err = array_reserve((void **)&log->redemptions, &log->capacity, log->count + 1,
                            sizeof *log->redemptions);
    if (err)
        return err;
    log->redemptions[log->count++] = (struct redemption){
        .at_ms = order->view->occurred_ms,
        .has_click = has_click_of(&order->attribution, creator),
    };
    return JALON_OK;
}

size_t redemption_log_without_click(const struct redemption_log *log)
{
    size_t without = 0;
    for (size_t i = 0; i < log->count; i++)
        without += !log->redemptions[i].has_click;
    return without;
}

void redemption_log_done(struct redemption_log *log)
{
    free(log->redemptions);
    *log = (struct redemption_log){0};
}

void hour_format(char ret_text[MOMENT_TEXT_MAX], const struct zone *zone, int64_t ms)
{
    int64_t local_ms = ms + zone_offset_s(zone, ms) * INT64_C(1000);
    int64_t into_hour_ms = local_ms % HOUR_MS;
    zone_moment_format(ret_text, zone, ms - into_hour_ms);
}
