#include "core/registry/draft.h"
#include "core/registry/draft_table.h"

#include <stdlib.h>

struct count_fetch {
    struct key *sets;
    uint32_t *numbers;
    uint64_t *counts;
    size_t count;
};

static void count_fetch_done(struct count_fetch *fetch)
{
    free(fetch->sets);
    free(fetch->numbers);
    free(fetch->counts);
}

static int count_fetch_init(struct count_fetch *fetch, size_t count)
{
    *fetch = (struct count_fetch){
        .sets = reallocarray(NULL, count, sizeof(struct key)),
        .numbers = reallocarray(NULL, count, sizeof(uint32_t)),
        .counts = reallocarray(NULL, count, sizeof(uint64_t)),
    };
    if (fetch->sets && fetch->numbers && fetch->counts)
        return JALON_OK;
    count_fetch_done(fetch);
    return JALON_NO_MEMORY;
}

/* A set that was added to before it was counted has its additions in `count` already. */
static int count_missing(struct draft *draft, struct count_fetch *fetch, const struct key *sets,
                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t number;
        int err = draft_key_number(draft, &sets[i], &number);
        if (err)
            return err;
        if (draft->keys[number].is_counted)
            continue;
        draft->keys[number].is_counted = true;
        fetch->sets[fetch->count] = sets[i];
        fetch->numbers[fetch->count++] = number;
    }
    int err = store_counted(draft->store, fetch->counts, fetch->sets, fetch->count);
    for (size_t i = 0; i < fetch->count && !err; i++)
        draft->keys[fetch->numbers[i]].count += fetch->counts[i];
    return err;
}

int draft_fetch_counts(struct draft *draft, const struct key *sets, size_t count)
{
    if (!count)
        return JALON_OK;
    struct count_fetch fetch;
    int err = count_fetch_init(&fetch, count);
    if (err)
        return err;
    err = count_missing(draft, &fetch, sets, count);
    count_fetch_done(&fetch);
    return err;
}

int draft_count(struct draft *draft, const struct key *set, uint64_t *ret_count)
{
    uint32_t number;
    int err = draft_key_number(draft, set, &number);
    if (!err && !draft->keys[number].is_counted)
        err = draft_fetch_counts(draft, set, 1);
    if (err)
        return err;
    *ret_count = draft->keys[number].count;
    return JALON_OK;
}
