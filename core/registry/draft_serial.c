/* Whether serials were handed out under a name is remembered like a record of the serials' hash: of version 1 when
 * they were, absent when not. */
#include "core/registry/draft.h"
#include "core/registry/draft_table.h"

#include <stdlib.h>

#define RESERVED SLICE("reserved")

static int ask(struct draft *draft, struct draft_entry **entries, const struct slice *names,
               size_t count)
{
    bool *are_reserved = calloc(count, sizeof *are_reserved);
    if (!are_reserved)
        return JALON_NO_MEMORY;
    int err = store_are_reserved(draft->store, are_reserved, names, count);
    for (size_t i = 0; i < count && !err; i++)
        err = draft_table_read(draft, entries[i], are_reserved[i], RESERVED);
    free(are_reserved);
    return err;
}

/* Of names[i] the entry; ret_missing and ret_entries: those that are to be asked for. */
static int find_missing(struct draft *draft, const struct slice *names, size_t count,
                        struct slice *ret_missing, struct draft_entry **ret_entries,
                        size_t *ret_count)
{
    struct key serials = key_serials();
    uint32_t key;
    int err = draft_key_number(draft, &serials, &key);
    for (size_t i = 0; i < count && !err; i++) {
        struct draft_entry *entry;
        err = draft_table_entry(draft, key, names[i], &entry);
        if (err || entry->is_read)
            continue;
        ret_missing[*ret_count] = names[i];
        ret_entries[(*ret_count)++] = entry;
    }
    return err;
}

int draft_fetch_reserved(struct draft *draft, const struct slice *names, size_t count)
{
    if (!count)
        return JALON_OK;
    struct slice *missing = reallocarray(NULL, count, sizeof *missing);
    struct draft_entry **entries = reallocarray(NULL, count, sizeof(struct draft_entry *));
    size_t missing_count = 0;
    int err = missing && entries
                  ? find_missing(draft, names, count, missing, entries, &missing_count)
                  : JALON_NO_MEMORY;
    if (!err && missing_count)
        err = ask(draft, entries, missing, missing_count);
    free(missing);
    free(entries);
    return err;
}

int draft_is_reserved(struct draft *draft, struct slice name, bool *ret_is_reserved)
{
    struct key serials = key_serials();
    struct draft_entry *entry;
    uint32_t key;
    int err = draft_fetch_reserved(draft, &name, 1);
    if (!err)
        err = draft_key_number(draft, &serials, &key);
    if (!err)
        err = draft_table_entry(draft, key, name, &entry);
    if (!err)
        *ret_is_reserved = entry->version != 0;
    return err;
}
