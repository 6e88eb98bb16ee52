/* ship_tally.h - clicks as they are counted: sorted, so that equal ones stand together, and written as the groups
 * of counters and visitors that jalon_ship takes (functions.c). */
#ifndef STORE_SHIP_TALLY_H
#define STORE_SHIP_TALLY_H
#include "core/store/argument_list.h"

struct tally {
    uint64_t link_id, visitor;
    int32_t quarter; /* since 1970, at least 0 */
    uint8_t class;
};

int32_t tally_quarter(int64_t at_ms);
int32_t tally_day(int32_t quarter);
void tally_sort(struct tally *tallies, size_t count);

/* Each appends its groups of sorted tallies, the keys to `keys` and the rest to `arguments`, and returns
 * how many groups they are. Visitors are late on days before `recent_day`. */
size_t tally_add_counters(struct argument_list *keys, struct argument_list *arguments,
                          const struct tally *tallies, size_t count);
size_t tally_add_visitors(struct argument_list *keys, struct argument_list *arguments,
                          const struct tally *tallies, size_t count, int32_t recent_day);
size_t tally_add_late_visitors(struct argument_list *keys, struct argument_list *arguments,
                               const struct tally *tallies, size_t count, int32_t recent_day);
#endif
