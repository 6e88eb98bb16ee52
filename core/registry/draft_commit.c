#include "core/registry/draft.h"
#include "core/registry/draft_table.h"

#include <stdlib.h>

#define BATCH 32768 /* puts that the store is given together */

struct put_indexes {
    struct index_entry entries[DRAFT_INDEXES_MAX];
};

struct batch {
    struct put *puts;
    struct put_indexes *indexes;
    int *errors;
};

static int batch_init(struct batch *batch, size_t count)
{
    *batch = (struct batch){
        .puts = reallocarray(NULL, count, sizeof *batch->puts),
        .indexes = reallocarray(NULL, count, sizeof *batch->indexes),
        .errors = reallocarray(NULL, count, sizeof *batch->errors),
    };
    return batch->puts && batch->indexes && batch->errors ? JALON_OK : JALON_NO_MEMORY;
}

static void batch_done(struct batch *batch)
{
    free(batch->puts);
    free(batch->indexes);
    free(batch->errors);
}

static void fill_put(struct draft *draft, struct put *put, struct index_entry *indexes,
                     const struct draft_entry *entry)
{
    for (size_t i = 0; i < entry->index_count; i++)
        indexes[i] = (struct index_entry){
            .key = &draft->keys[entry->indexes[i].key].key,
            .member = entry->indexes[i].member,
            .is_sorted = entry->indexes[i].is_sorted,
            .score = entry->indexes[i].score,
            .is_counted = entry->indexes[i].is_counted,
            .is_freed = entry->indexes[i].is_freed,
            .is_over = entry->indexes[i].is_over,
            .limit = entry->indexes[i].limit,
        };
    *put = (struct put){
        .key = &draft->keys[entry->key].key,
        .field = entry->field,
        .json = entry->json,
        .expected_version = entry->version,
        .is_known = entry->is_known,
        .basis = draft->keys[entry->key].basis ? &draft->keys[entry->key].put_basis : NULL,
        .indexes = indexes,
        .index_count = entry->index_count,
        .change = entry->change,
    };
}

static void fill_bases(struct draft *draft)
{
    for (size_t i = 0; i < draft->key_count; i++) {
        const struct draft_entry *basis = draft->keys[i].basis;
        if (basis)
            draft->keys[i].put_basis = (struct put_basis){
                .key = &draft->keys[basis->key].key,
                .field = basis->field,
                .version = basis->version,
            };
    }
}

/* An error that is no conflict outweighs one that is. */
static int worse(int error, int other)
{
    return other && (!error || error == JALON_CONFLICT) ? other : error;
}

static int commit_batch(struct draft *draft, struct batch *batch, size_t first, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        fill_put(draft, &batch->puts[i], batch->indexes[i].entries, draft->changed[first + i]);
        batch->errors[i] = JALON_OK;
    }
    int err = store_put_many(draft->store, batch->puts, count, batch->errors);
    for (size_t i = 0; i < count; i++)
        err = worse(err, batch->errors[i]);
    return err;
}

int draft_commit(struct draft *draft, draft_progress *progress, void *context)
{
    if (!draft->changed_count)
        return JALON_OK;
    struct batch batch;
    int err = batch_init(&batch, draft->changed_count < BATCH ? draft->changed_count : BATCH);
    if (!err)
        fill_bases(draft);
    for (size_t at = 0; at < draft->changed_count && (!err || err == JALON_CONFLICT); at += BATCH) {
        size_t left = draft->changed_count - at;
        size_t count = left < BATCH ? left : BATCH;
        err = worse(err, commit_batch(draft, &batch, at, count));
        if (progress)
            progress(context, at + count, draft->changed_count);
    }
    batch_done(&batch);
    return err;
}
