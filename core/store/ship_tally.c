/* A run is the tallies of one link and day: it gives one group of day counters, one of quarter counters and, where
 * a person with a known fingerprint clicked, one of visitors or, where reports look at none of the day's own keys any more
 * (store_seal.c), of late visitors; each key is named once. */
#include "core/store/ship_tally.h"

#include "core/store/schema.h"
#include "core/traffic/click_class.h"

#include <stdlib.h>

#define MS_PER_QUARTER 900000
#define QUARTERS_PER_DAY 96
#define VISITORS_MAX 1000 /* in one group: Lua's stack has a bound */

int32_t tally_quarter(int64_t at_ms)
{
    int64_t quarter = at_ms < 0 ? 0 : at_ms / MS_PER_QUARTER;
    return quarter > INT32_MAX ? INT32_MAX : (int32_t)quarter;
}

int32_t tally_day(int32_t quarter)
{
    return quarter / QUARTERS_PER_DAY;
}

static int by_link_and_time(const void *a, const void *b)
{
    const struct tally *left = a, *right = b;
    if (left->link_id != right->link_id)
        return left->link_id < right->link_id ? -1 : 1;
    if (left->quarter != right->quarter)
        return left->quarter < right->quarter ? -1 : 1;
    return left->class - right->class;
}

void tally_sort(struct tally *tallies, size_t count)
{
    qsort(tallies, count, sizeof *tallies, by_link_and_time);
}

static void add_key(struct argument_list *keys, struct key key)
{
    argument_list_add(keys, key_slice(&key));
}

#define NO_QUARTER (-1)

/* "DAY:C" or "DAY:QUARTER:C", and its count. */
static void add_counter(struct argument_list *arguments, int32_t day, int32_t quarter,
                        uint8_t class, size_t count)
{
    struct buffer *field = argument_list_start(arguments);
    buffer_append_u64(field, (uint64_t)day);
    buffer_append_byte(field, ':');
    if (quarter != NO_QUARTER) {
        buffer_append_u64(field, (uint64_t)quarter);
        buffer_append_byte(field, ':');
    }
    buffer_append_byte(field, click_class_letter((enum click_class) class));
    argument_list_end(arguments);
    argument_list_add_u64(arguments, count);
}

static size_t run_length(const struct tally *tallies, size_t count)
{
    size_t length = 1;
    while (length < count && tallies[length].link_id == tallies[0].link_id &&
           tally_day(tallies[length].quarter) == tally_day(tallies[0].quarter))
        length++;
    return length;
}

static void add_days(struct argument_list *keys, struct argument_list *arguments,
                     const struct tally *run, size_t length)
{
    size_t counts[CLICK_CLASS_MAX + 1] = {0}, fields = 0;
    for (size_t i = 0; i < length; i++)
        fields += counts[run[i].class]++ == 0;
    add_key(keys, key_days(run->link_id));
    argument_list_add_u64(arguments, fields);
    for (uint8_t class = 1; class <= CLICK_CLASS_MAX; class ++)
        if (counts[class])
            add_counter(arguments, tally_day(run->quarter), NO_QUARTER, class, counts[class]);
}

static bool is_same_counter(const struct tally *a, const struct tally *b)
{
    return a->quarter == b->quarter && a->class == b->class;
}

static void add_quarters(struct argument_list *keys, struct argument_list *arguments,
                         const struct tally *run, size_t length)
{
    size_t fields = 1;
    int32_t day = tally_day(run->quarter);
    for (size_t i = 1; i < length; i++)
        fields += !is_same_counter(&run[i - 1], &run[i]);
    add_key(keys, key_quarter_hours(run->link_id, day));
    argument_list_add_u64(arguments, fields);
    for (size_t i = 0, next = 0; i < length; i = next) {
        while (next < length && is_same_counter(&run[i], &run[next]))
            next++;
        add_counter(arguments, day, run[i].quarter % QUARTERS_PER_DAY, run[i].class, next - i);
    }
}

size_t tally_add_counters(struct argument_list *keys, struct argument_list *arguments,
                          const struct tally *tallies, size_t count)
{
    size_t groups = 0;
    for (size_t i = 0, length; i < count; i += length, groups += 2) {
        length = run_length(tallies + i, count - i);
        add_days(keys, arguments, tallies + i, length);
        add_quarters(keys, arguments, tallies + i, length);
    }
    return groups;
}

static bool is_visit(const struct tally *tally)
{
    return tally->class == CLICK_HUMAN && tally->visitor;
}

static void add_visitors_key(struct argument_list *keys, struct argument_list *arguments,
                             const struct tally *run, bool is_late)
{
    int32_t day = tally_day(run->quarter);
    add_key(keys, key_visitors(run->link_id, day));
    if (!is_late)
        return;
    add_key(keys, key_sealed_visitors(run->link_id, day));
    argument_list_add_u64(arguments, (uint64_t)day);
}

static size_t add_visitors(struct argument_list *keys, struct argument_list *arguments,
                           const struct tally *run, size_t length, bool is_late)
{
    size_t left = 0, groups = 0, room = 0;
    for (size_t i = 0; i < length; i++)
        left += is_visit(&run[i]);
    for (size_t i = 0; i < length && left; i++) {
        if (!is_visit(&run[i]))
            continue;
        if (room == 0) {
            room = left < VISITORS_MAX ? left : VISITORS_MAX;
            add_visitors_key(keys, arguments, run, is_late);
            argument_list_add_u64(arguments, room);
            groups++;
        }
        char fingerprint[LINK_ID_TEXT + 1];
        link_id_format(fingerprint, run[i].visitor);
        argument_list_add(arguments, slice_of(fingerprint, LINK_ID_TEXT));
        room--;
        left--;
    }
    return groups;
}

static size_t add_all_visitors(struct argument_list *keys, struct argument_list *arguments,
                               const struct tally *tallies, size_t count, int32_t recent_day,
                               bool is_late)
{
    size_t groups = 0;
    for (size_t i = 0, length; i < count; i += length) {
        length = run_length(tallies + i, count - i);
        if ((tally_day(tallies[i].quarter) < recent_day) == is_late)
            groups += add_visitors(keys, arguments, tallies + i, length, is_late);
    }
    return groups;
}

size_t tally_add_visitors(struct argument_list *keys, struct argument_list *arguments,
                          const struct tally *tallies, size_t count, int32_t recent_day)
{
    return add_all_visitors(keys, arguments, tallies, count, recent_day, false);
}

size_t tally_add_late_visitors(struct argument_list *keys, struct argument_list *arguments,
                               const struct tally *tallies, size_t count, int32_t recent_day)
{
    return add_all_visitors(keys, arguments, tallies, count, recent_day, true);
}
