#include "core/store/store_many.h"
#include "core/store/store_scan.h"

#define RECORD_MAX (64U << 20)

int record_split(uint64_t *ret_version, struct slice *ret_json, struct slice text)
{
    uint64_t version;
    struct slice json = text, digits = slice_take(&json, ' ');
    if (digits.size == text.size || slice_to_u64(&version, digits, UINT64_MAX) || version == 0)
        return JALON_DAMAGED;
    *ret_version = version;
    *ret_json = json;
    return JALON_OK;
}

int record_hand_over(const struct reply *reply, struct slice field, record_visit *visit,
                     void *context)
{
    uint64_t version = 0;
    struct slice json = SLICE_NONE;
    int err = reply_kind(reply) == REPLY_NIL ? JALON_OK
                                             : record_split(&version, &json, reply_text(reply));
    return err ? err : visit(context, field, version, json);
}

void record_done(struct record *record)
{
    buffer_done(&record->text);
    *record = (struct record){0};
}

static int copy_record(struct record *ret_record, struct slice text)
{
    struct record record = {0};
    buffer_init(&record.text, RECORD_MAX);
    buffer_append(&record.text, text);
    int err = buffer_error(&record.text);
    if (!err)
        err = record_split(&record.version, &record.json, buffer_slice(&record.text));
    if (err)
        record_done(&record);
    else
        *ret_record = record;
    return err;
}

int store_get(struct store *store, struct record *ret_record, const struct key *key,
              struct slice field)
{
    int err = store_ready(store);
    if (err)
        return err;
    struct argument_list *command = store_command(store, "HGET");
    argument_list_add(command, key_slice(key));
    argument_list_add(command, field);
    struct reply *reply;
    err = store_call(store, &reply);
    if (err)
        return err;
    if (reply_kind(reply) == REPLY_NIL) {
        *ret_record = (struct record){0};
    } else {
        err = store_check(reply, REPLY_TEXT);
        if (!err)
            err = copy_record(ret_record, reply_text(reply));
    }
    (void)reply_free(reply);
    return err;
}

struct record_walk {
    record_visit *visit;
    void *context;
};

static int visit_record(void *context, const struct reply *items, size_t at)
{
    const struct record_walk *walk = context;
    uint64_t version;
    struct slice json;
    int err = record_split(&version, &json, reply_text(reply_at(items, at + 1)));
    return err ? err : walk->visit(walk->context, reply_text(reply_at(items, at)), version, json);
}

int store_each(struct store *store, const struct key *key, record_visit *visit, void *context)
{
    struct record_walk walk = {visit, context};
    struct store_scan scan = {"HLEN", "HGETALL", "HSCAN", 2, visit_record, &walk};
    return store_scan_each(store, key, &scan);
}

static int visit_fields(const struct reply *reply, const struct slice *fields, size_t count,
                        const struct record_walk *walk)
{
    if (reply_count(reply) != count)
        return JALON_BAD_REPLY;
    int err = JALON_OK;
    for (size_t i = 0; !err && i < count; i++)
        err = record_hand_over(reply_at(reply, i), fields[i], walk->visit, walk->context);
    return err;
}

/* The fields in pieces, a command each. */
struct many_fields {
    struct many many;
    const struct key *key;
    const struct slice *fields;
    size_t count;
    struct record_walk walk;
};

static size_t piece_length(const struct many_fields *fields, size_t index)
{
    size_t left = fields->count - index * MANY_FIELDS;
    return left < MANY_FIELDS ? left : MANY_FIELDS;
}

static void ask_piece(const struct many *many, size_t index, struct store *store)
{
    const struct many_fields *fields = (const struct many_fields *)many; /* its first member */
    struct argument_list *command = store_command(store, "HMGET");
    argument_list_add(command, key_slice(fields->key));
    for (size_t i = 0; i < piece_length(fields, index); i++)
        argument_list_add(command, fields->fields[index * MANY_FIELDS + i]);
}

static int visit_piece(const struct many *many, size_t index, const struct reply *reply)
{
    const struct many_fields *fields = (const struct many_fields *)many; /* its first member */
    int err = store_check(reply, REPLY_LIST);
    return err ? err
               : visit_fields(reply, fields->fields + index * MANY_FIELDS,
                              piece_length(fields, index), &fields->walk);
}

int store_get_many(struct store *store, const struct key *key, const struct slice *fields,
                   size_t count, record_visit *visit, void *context)
{
    struct many_fields many = {
        .many = {(count + MANY_FIELDS - 1) / MANY_FIELDS, 1, ask_piece, visit_piece},
        .key = key,
        .fields = fields,
        .count = count,
        .walk = {visit, context},
    };
    return store_many(store, &many.many);
}

static int ask_reserved(struct store *store, bool *ret_are_reserved, const struct slice *names,
                        size_t count)
{
    struct key key = key_serials();
    struct argument_list *command = store_command(store, "HMGET");
    argument_list_add(command, key_slice(&key));
    for (size_t i = 0; i < count; i++)
        argument_list_add(command, names[i]);
    struct reply *reply;
    int err = store_call(store, &reply);
    if (err)
        return err;
    err = store_check(reply, REPLY_LIST);
    if (!err && reply_count(reply) != count)
        err = JALON_BAD_REPLY;
    for (size_t i = 0; !err && i < count; i++)
        ret_are_reserved[i] = reply_kind(reply_at(reply, i)) != REPLY_NIL;
    (void)reply_free(reply);
    return err;
}

int store_are_reserved(struct store *store, bool *ret_are_reserved, const struct slice *names,
                       size_t count)
{
    int err = store_ready(store);
    for (size_t i = 0, length; !err && i < count; i += length) {
        length = count - i < STORE_PIPELINE ? count - i : STORE_PIPELINE;
        err = ask_reserved(store, ret_are_reserved + i, names + i, length);
    }
    return err;
}
