#include "core/store/put_call.h"

#include "core/store/functions.h"
#include "core/store/store_handle.h"

#define CALL_PUTS 128   /* Redis answers nobody else meanwhile: two milliseconds */
#define KEYS_COMPARED 4 /* index keys of a put that the next one may share */

static void add_signed(struct argument_list *command, int64_t value)
{
    struct buffer *text = argument_list_start(command);
    if (value < 0)
        buffer_append_byte(text, '-');
    buffer_append_u64(text, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
    argument_list_end(command);
}

static void add_counted(struct argument_list *command, const struct index_entry *index)
{
    argument_list_add(command, SLICE("c"));
    argument_list_add(command, index->member);
    argument_list_add_u64(command, index->is_freed);
    argument_list_add_u64(command, index->limit);
    argument_list_add_u64(command, index->is_over);
}

static void add_index(struct argument_list *command, const struct index_entry *index)
{
    if (index->is_counted) {
        add_counted(command, index);
        return;
    }
    argument_list_add(command, index->is_sorted ? SLICE("z") : SLICE("s"));
    argument_list_add(command, index->member);
    if (index->is_sorted)
        add_signed(command, index->score);
}

static void write_one(struct argument_list *command, const struct put *put, const char *function,
                      uint64_t version)
{
    argument_list_clear(command);
    argument_list_add_string(command, "FCALL");
    argument_list_add_string(command, function);
    argument_list_add_u64(command, put->index_count + 1);
    argument_list_add(command, key_slice(&put->key));
    for (size_t i = 0; i < put->index_count; i++)
        argument_list_add(command, key_slice(&put->indexes[i].key));
    argument_list_add(command, put->field);
    argument_list_add(command, put->json);
    argument_list_add_u64(command, version);
    argument_list_add(command, put->change);
    for (size_t i = 0; i < put->index_count; i++)
        add_index(command, &put->indexes[i]);
}

size_t put_call_length(const struct put *puts, size_t count)
{
    size_t length = 1;
    if (puts[0].is_known)
        return length;
    while (length < count && length < CALL_PUTS && !puts[length].is_known &&
           slice_equal(key_slice(&puts[length].key), key_slice(&puts[0].key)))
        length++;
    return length;
}

/* Neighbours often share an index, which is named once then. */
static bool is_of_last(const struct put *puts, size_t at, size_t index)
{
    return at > 0 && index < KEYS_COMPARED && index < puts[at - 1].index_count &&
           slice_equal(key_slice(&puts[at].indexes[index].key),
                       key_slice(&puts[at - 1].indexes[index].key));
}

static size_t count_keys(const struct put *puts, size_t count)
{
    size_t keys = 1;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < puts[i].index_count; j++)
            keys += !is_of_last(puts, i, j);
    return keys;
}

static void add_keys(struct argument_list *command, const struct put *puts, size_t count)
{
    argument_list_add_u64(command, count_keys(puts, count));
    argument_list_add(command, key_slice(&puts[0].key));
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < puts[i].index_count; j++)
            if (!is_of_last(puts, i, j))
                argument_list_add(command, key_slice(&puts[i].indexes[j].key));
}

static void write_many(struct argument_list *command, const struct put *puts, size_t count)
{
    argument_list_clear(command);
    argument_list_add_string(command, "FCALL");
    argument_list_add_string(command, FUNCTION_PUT_MANY);
    add_keys(command, puts, count);
    argument_list_add_u64(command, count);
    for (size_t i = 0; i < count; i++)
        argument_list_add(command, puts[i].field);
    size_t keys = 1, numbers[KEYS_COMPARED] = {0};
    for (size_t i = 0; i < count; i++) {
        argument_list_add(command, puts[i].json);
        argument_list_add_u64(command, puts[i].expected_version);
        argument_list_add(command, puts[i].change);
        argument_list_add_u64(command, puts[i].index_count);
        for (size_t j = 0; j < puts[i].index_count; j++) {
            size_t number = is_of_last(puts, i, j) ? numbers[j] : ++keys;
            if (j < KEYS_COMPARED)
                numbers[j] = number;
            argument_list_add_u64(command, number);
            add_index(command, &puts[i].indexes[j]);
        }
    }
}

/* What is known may be in no log but the store's, whoever wrote it died before it was in a redo log, or has another one;
 * and the store may have lost it since it was read. */
void put_call_write(struct argument_list *command, const struct put *puts, size_t count)
{
    if (count > 1)
        write_many(command, puts, count);
    else
        write_one(command, puts, puts->is_known ? FUNCTION_RESTORE : FUNCTION_PUT,
                  puts->expected_version);
}

void put_call_write_effect(struct argument_list *command, const struct put *put)
{
    write_one(command, put, FUNCTION_RESTORE, put->expected_version + !put->is_known);
}

static int answer_of_one(bool is_known, const struct reply *reply)
{
    int err = store_check(reply, is_known ? REPLY_INTEGER : REPLY_LIST);
    if (err)
        return err;
    if (is_known)
        return reply_integer(reply) == 2 ? JALON_CONFLICT : JALON_OK;
    if (reply_count(reply) != 2)
        return JALON_BAD_REPLY;
    return reply_integer(reply_at(reply, 0)) == 1 ? JALON_OK : JALON_CONFLICT;
}

static int answer_of_many(const struct reply *answer)
{
    switch (reply_integer(answer)) {
    case 1:
        return JALON_OK;
    case 0:
        return JALON_CONFLICT;
    default:
        return JALON_DAMAGED;
    }
}

void put_call_answer(int *ret_outcomes, size_t count, bool is_known, const struct reply *reply)
{
    if (count == 1) {
        *ret_outcomes = answer_of_one(is_known, reply);
        return;
    }
    int err = store_check(reply, REPLY_LIST);
    if (!err && reply_count(reply) != count)
        err = JALON_BAD_REPLY;
    for (size_t i = 0; i < count; i++)
        ret_outcomes[i] = err ? err : answer_of_many(reply_at(reply, i));
}
