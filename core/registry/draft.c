#include "core/registry/draft.h"

#include "core/registry/draft_table.h"
#include "core/registry/thing.h"

#include <stdlib.h>

int draft_new(struct draft **ret_draft, struct store *store)
{
    struct draft *draft = calloc(1, sizeof *draft);
    if (!draft)
        return JALON_NO_MEMORY;
    draft->store = store;
    int err = draft_table_init(draft);
    if (err) {
        (void)draft_free(draft); /* half-built */
        return err;
    }
    *ret_draft = draft;
    return JALON_OK;
}

struct draft *draft_free(struct draft *draft)
{
    if (!draft)
        return NULL;
    draft_views_done(draft);
    draft_table_done(draft);
    free(draft);
    return NULL;
}

int draft_want(struct draft *draft, const struct key *key, struct slice field)
{
    uint32_t number;
    struct draft_entry *entry;
    int err = draft_key_number(draft, key, &number);
    if (!err)
        err = draft_table_entry(draft, number, field, &entry);
    if (err || entry->is_read || entry->is_wanted)
        return err;
    struct draft_key *of = &draft->keys[number];
    if (!of->wanted) {
        of->next_wanted = draft->wanted_keys;
        draft->wanted_keys = number + 1;
    }
    entry->is_wanted = true;
    entry->next_wanted = of->wanted;
    of->wanted = entry;
    of->wanted_count++;
    return JALON_OK;
}

struct fetch {
    struct draft *draft;
    struct draft_entry *next; /* they are visited as they were asked for */
};

static int take_wanted(void *context, struct slice field, uint64_t version, struct slice json)
{
    (void)field;
    struct fetch *fetch = context;
    struct draft_entry *entry = fetch->next;
    fetch->next = entry->next_wanted;
    return entry->is_read ? JALON_OK : draft_table_read(fetch->draft, entry, version, json);
}

static int fetch_of_key(struct draft *draft, struct draft_key *key)
{
    struct slice *fields = reallocarray(NULL, key->wanted_count, sizeof *fields);
    if (!fields)
        return JALON_NO_MEMORY;
    struct fetch fetch = {draft, key->wanted};
    size_t count = 0;
    for (struct draft_entry *entry = key->wanted; entry; entry = entry->next_wanted)
        fields[count++] = entry->field;
    int err = store_get_many(draft->store, &key->key, fields, count, take_wanted, &fetch);
    free(fields);
    return err;
}

int draft_fetch_wanted(struct draft *draft)
{
    int err = JALON_OK;
    while (draft->wanted_keys && !err) {
        struct draft_key *key = &draft->keys[draft->wanted_keys - 1];
        err = fetch_of_key(draft, key);
        draft->wanted_keys = key->next_wanted;
        key->wanted = NULL;
        key->wanted_count = 0;
    }
    return err;
}

int draft_fetch(struct draft *draft, const struct key *key, const struct slice *fields,
                size_t count)
{
    int err = JALON_OK;
    for (size_t i = 0; i < count && !err; i++)
        err = draft_want(draft, key, fields[i]);
    return err ? err : draft_fetch_wanted(draft);
}

static int read_entry(struct draft *draft, const struct key *key, struct draft_entry *entry)
{
    struct record record;
    int err = store_get(draft->store, &record, key, entry->field);
    if (err)
        return err;
    err = draft_table_read(draft, entry, record.version, record.json);
    record_done(&record);
    return err;
}

int draft_entry_of(struct draft *draft, const struct key *key, struct slice field,
                   struct draft_entry **ret_entry)
{
    uint32_t number;
    struct draft_entry *entry;
    int err = draft_key_number(draft, key, &number);
    if (!err)
        err = draft_table_entry(draft, number, field, &entry);
    if (!err && !entry->is_read)
        err = read_entry(draft, key, entry);
    if (!err)
        *ret_entry = entry;
    return err;
}

int draft_get(struct draft *draft, const struct key *key, struct slice field,
              struct slice *ret_json)
{
    struct draft_entry *entry;
    int err = draft_entry_of(draft, key, field, &entry);
    if (err)
        return err;
    *ret_json = entry->json;
    return JALON_OK;
}

int draft_get_record(struct draft *draft, const struct key *key, struct slice field,
                     json_t **ret_record)
{
    struct slice json;
    int err = draft_get(draft, key, field, &json);
    if (err)
        return err;
    if (!json.size)
        return JALON_NOT_FOUND;
    json_t *record = json_loadb(json.data, json.size, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(record)) {
        json_decref(record);
        return JALON_DAMAGED;
    }
    *ret_record = record;
    return JALON_OK;
}

static int add_index(struct draft *draft, struct draft_entry *entry,
                     const struct index_entry *index)
{
    struct draft_index addition = {
        .is_sorted = index->is_sorted,
        .score = index->score,
        .is_counted = index->is_counted,
        .is_freed = index->is_freed,
        .is_over = index->is_over,
        .limit = index->limit,
    };
    int err = draft_key_number(draft, index->key, &addition.key);
    if (err)
        return err;
    for (size_t i = 0; i < entry->index_count; i++)
        if (entry->indexes[i].key == addition.key &&
            slice_equal(entry->indexes[i].member, index->member)) {
            entry->indexes[i].is_freed |= index->is_freed; /* for good */
            return JALON_OK;
        }
    if (entry->index_count == entry->index_room)
        return JALON_FULL;
    addition.member = slice_equal(index->member, entry->field)
                          ? entry->field
                          : arena_copy(&draft->arena, index->member);
    if (!addition.member.data)
        return JALON_NO_MEMORY;
    entry->indexes[entry->index_count++] = addition;
    draft->keys[addition.key].count += index->is_counted && !index->is_freed && !index->is_there;
    return JALON_OK;
}

/* A first put takes as many as it names, which are all that most records ever have. */
static int make_room(struct draft *draft, struct draft_entry *entry, size_t count)
{
    if (!count || entry->index_room == DRAFT_INDEXES_MAX)
        return JALON_OK;
    size_t room = entry->indexes || count > DRAFT_INDEXES_MAX ? DRAFT_INDEXES_MAX : count;
    struct draft_index *indexes = arena_take(&draft->arena, room * sizeof *indexes);
    if (!indexes)
        return JALON_NO_MEMORY;
    if (entry->index_count)
        memcpy(indexes, entry->indexes, entry->index_count * sizeof *indexes);
    entry->indexes = indexes;
    entry->index_room = (uint8_t)room;
    return JALON_OK;
}

static int add_indexes(struct draft *draft, struct draft_entry *entry,
                       const struct index_entry *indexes, size_t count)
{
    int err = make_room(draft, entry, count);
    for (size_t i = 0; i < count && !err; i++)
        err = add_index(draft, entry, &indexes[i]);
    return err;
}

int draft_put_text(struct draft *draft, const struct key *key, struct slice field,
                   struct slice json, const struct index_entry *indexes, size_t index_count,
                   struct slice change)
{
    struct draft_entry *entry;
    int err = draft_entry_of(draft, key, field, &entry);
    if (err)
        return err;
    struct slice copy = arena_copy(&draft->arena, json);
    struct slice message = change.size ? arena_copy(&draft->arena, change) : SLICE_NONE;
    if (!copy.data || (change.size && !message.data))
        return JALON_NO_MEMORY;
    err = draft_table_mark(draft, entry);
    if (err)
        return err;
    entry->json = copy;
    entry->view = NULL; /* of what it was before: it may still be borrowed from */
    entry->change = message;
    entry->is_known = false;
    return add_indexes(draft, entry, indexes, index_count);
}

int draft_put(struct draft *draft, const struct key *key, struct slice field, json_t *json,
              const struct index_entry *indexes, size_t index_count, struct slice change)
{
    char *text = json_dumps(json, THING_DUMP_FLAGS);
    json_decref(json);
    if (!text)
        return JALON_NO_MEMORY;
    int err =
        draft_put_text(draft, key, field, slice_of_string(text), indexes, index_count, change);
    free(text);
    return err;
}

int draft_rely(struct draft *draft, const struct key *key, const struct key *on, struct slice field)
{
    uint32_t number;
    struct draft_entry *entry;
    int err = draft_entry_of(draft, on, field, &entry);
    if (!err)
        err = draft_key_number(draft, key, &number);
    if (!err)
        draft->keys[number].basis = entry;
    return err;
}

int draft_keep(struct draft *draft, const struct key *key, struct slice field,
               const struct index_entry *indexes, size_t index_count)
{
    struct draft_entry *entry;
    int err = draft_entry_of(draft, key, field, &entry);
    if (err)
        return err;
    if (entry->is_changed || !entry->version)
        return JALON_OK;
    err = draft_table_mark(draft, entry);
    if (err)
        return err;
    entry->is_known = true;
    return add_indexes(draft, entry, indexes, index_count);
}
