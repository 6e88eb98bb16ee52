/* Whether serials were handed out under a name is remembered like a record of the serials' hash: of version 1 when
 * they were, absent when not. */
#include "core/registry/draft.h"
#include "core/registry/draft_table.h"

#include <stdlib.h>

#define RESERVED SLICE("reserved")

static int ask(struct draft *draft, uint32_t key, const struct slice *names, size_t count)
{
    bool *are_reserved = calloc(count, sizeof *are_reserved);
    if (!are_reserved)
        return JALON_NO_MEMORY;
    int err = store_are_reserved(draft->store, are_reserved, names, count);
    for (size_t i = 0; i < count && !err; i++)
        if (!draft_table_find(draft, key, names[i])) /* given twice */
            err = draft_table_add(draft, key, names[i], are_reserved[i], RESERVED);
    free(are_reserved);
    return err;
}

int draft_fetch_reserved(struct draft *draft, const struct slice *names, size_t count)
{
    struct key serials = key_serials();
    uint32_t key;
    int err = draft_key_number(draft, &serials, &key);
    if (err || !count)
        return err;
    struct slice *missing = reallocarray(NULL, count, sizeof *missing);
    if (!missing)
        return JALON_NO_MEMORY;
    size_t missing_count = 0;
    for (size_t i = 0; i < count; i++)
        if (!draft_table_find(draft, key, names[i]))
            missing[missing_count++] = names[i];
    if (missing_count)
        err = ask(draft, key, missing, missing_count);
    free(missing);
    return err;
}

int draft_is_reserved(struct draft *draft, struct slice name, bool *ret_is_reserved)
{
    int err = draft_fetch_reserved(draft, &name, 1);
    struct key serials = key_serials();
    uint32_t key;
    if (!err)
        err = draft_key_number(draft, &serials, &key);
    if (err)
        return err;
    *ret_is_reserved = draft_table_find(draft, key, name)->version != 0;
    return JALON_OK;
}
