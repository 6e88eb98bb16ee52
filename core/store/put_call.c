#include "core/store/put_call.h"

#include "core/store/functions.h"
#include "core/store/store_handle.h"

#define CALL_PUTS 128 /* Redis answers nobody else meanwhile: two milliseconds */

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
                      uint64_t version, const struct put_basis *basis)
{
    argument_list_clear(command);
    argument_list_add_string(command, "FCALL");
    argument_list_add_string(command, function);
    argument_list_add_u64(command, (basis ? 2 : 1) + put->index_count);
    argument_list_add(command, key_slice(put->key));
    if (basis)
        argument_list_add(command, key_slice(basis->key));
    for (size_t i = 0; i < put->index_count; i++)
        argument_list_add(command, key_slice(put->indexes[i].key));
    argument_list_add(command, put->field);
    argument_list_add(command, put->json);
    argument_list_add_u64(command, version);
    argument_list_add(command, put->change);
    if (basis) {
        argument_list_add(command, SLICE("b"));
        argument_list_add(command, basis->field);
        argument_list_add_u64(command, basis->version);
    }
    for (size_t i = 0; i < put->index_count; i++)
        add_index(command, &put->indexes[i]);
}

static bool is_limited(const struct put *put)
{
    for (size_t i = 0; i < put->index_count; i++)
        if (put->indexes[i].is_counted && put->indexes[i].limit)
            return true;
    return false;
}

/* What is known, or judged by a limit that the put before it may reach, goes alone. */
static bool goes_with_others(const struct put *put)
{
    return !put->is_known && !is_limited(put);
}

static bool is_same_key(const struct key *key, const struct key *other)
{
    return key == other || slice_equal(key_slice(key), key_slice(other));
}

size_t put_call_length(const struct put *puts, size_t count)
{
    size_t length = 1;
    if (!goes_with_others(puts))
        return length;
    while (length < count && length < CALL_PUTS && goes_with_others(&puts[length]) &&
           puts[length].basis == puts[0].basis && is_same_key(puts[length].key, puts[0].key))
        length++;
    return length;
}

static bool has_index(const struct put *put, size_t number)
{
    return number < put->index_count;
}

static bool is_same_index(const struct index_entry *entry, const struct index_entry *other)
{
    return entry->is_sorted == other->is_sorted && entry->is_counted == other->is_counted &&
           is_same_key(entry->key, other->key);
}

/* Puts from `first` up to `end` whose index `number` is the same one: it is named once for them. */
struct group {
    size_t number, first, end;
};

static bool next_group(struct group *group, const struct put *puts, size_t count, size_t numbers)
{
    for (; group->number < numbers; group->number++, group->end = 0) {
        size_t at = group->end, number = group->number;
        while (at < count && !has_index(&puts[at], number))
            at++;
        if (at == count)
            continue;
        group->first = at++;
        while (at < count && has_index(&puts[at], number) &&
               is_same_index(&puts[at].indexes[number], &puts[group->first].indexes[number]))
            at++;
        group->end = at;
        return true;
    }
    return false;
}

static size_t most_indexes(const struct put *puts, size_t count)
{
    size_t most = 0;
    for (size_t i = 0; i < count; i++)
        if (puts[i].index_count > most)
            most = puts[i].index_count;
    return most;
}

static void add_keys(struct argument_list *command, const struct put *puts, size_t count)
{
    size_t numbers = most_indexes(puts, count), keys = puts->basis ? 2 : 1;
    for (struct group group = {0}; next_group(&group, puts, count, numbers);)
        keys++;
    argument_list_add_u64(command, keys);
    argument_list_add(command, key_slice(puts->key));
    if (puts->basis)
        argument_list_add(command, key_slice(puts->basis->key));
    for (struct group group = {0}; next_group(&group, puts, count, numbers);)
        argument_list_add(command, key_slice(puts[group.first].indexes[group.number].key));
}

static void add_record(struct argument_list *command, const struct put *put)
{
    struct buffer *text = argument_list_start(command);
    buffer_append_u64(text, put->expected_version + 1);
    buffer_append_byte(text, ' ');
    buffer_append(text, put->json);
    argument_list_end(command);
}

static void add_group(struct argument_list *command, const struct put *puts,
                      const struct group *group)
{
    const struct index_entry *index = &puts[group->first].indexes[group->number];
    size_t members = group->end - group->first;
    argument_list_add(command,
                      index->is_sorted || index->is_counted ? SLICE("ZADD") : SLICE("SADD"));
    argument_list_add_u64(command, index->is_counted  ? 1 + 2 * members
                                   : index->is_sorted ? 2 * members
                                                      : members);
    if (index->is_counted)
        argument_list_add(command, SLICE("GT"));
    for (size_t i = group->first; i < group->end; i++) {
        index = &puts[i].indexes[group->number];
        if (index->is_counted)
            argument_list_add_u64(command, index->is_freed);
        else if (index->is_sorted)
            add_signed(command, index->score);
        argument_list_add(command, index->member);
    }
}

static void add_basis_group(struct argument_list *command, const struct put_basis *basis)
{
    argument_list_add_string(command, "BASIS");
    argument_list_add_u64(command, 2);
    argument_list_add(command, basis->field);
    argument_list_add_u64(command, basis->version);
}

static void write_all(struct argument_list *command, const struct put *puts, size_t count)
{
    argument_list_clear(command);
    argument_list_add_string(command, "FCALL");
    argument_list_add_string(command, FUNCTION_PUT_ALL);
    add_keys(command, puts, count);
    argument_list_add_u64(command, count);
    for (size_t i = 0; i < count; i++)
        argument_list_add(command, puts[i].field);
    for (size_t i = 0; i < count; i++)
        argument_list_add_u64(command, puts[i].expected_version);
    for (size_t i = 0; i < count; i++)
        add_record(command, &puts[i]);
    if (puts->basis)
        add_basis_group(command, puts->basis);
    size_t numbers = most_indexes(puts, count);
    for (struct group group = {0}; next_group(&group, puts, count, numbers);)
        add_group(command, puts, &group);
    for (size_t i = 0; i < count; i++)
        if (puts[i].change.size)
            argument_list_add(command, puts[i].change);
}

/* What is known may be in no log but the store's, whoever wrote it died before it was in a redo log, or has another one;
 * and the store may have lost it since it was read. */
void put_call_write(struct argument_list *command, const struct put *puts, size_t count)
{
    if (count > 1)
        write_all(command, puts, count);
    else
        write_one(command, puts, puts->is_known ? FUNCTION_RESTORE : FUNCTION_PUT,
                  puts->expected_version, puts->is_known ? NULL : puts->basis);
}

void put_call_write_effect(struct argument_list *command, const struct put *put)
{
    write_one(command, put, FUNCTION_RESTORE, put->expected_version + !put->is_known, NULL);
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

void put_call_answer(int *ret_outcomes, size_t count, bool is_known, const struct reply *reply)
{
    if (count == 1) {
        *ret_outcomes = answer_of_one(is_known, reply);
        return;
    }
    int err = store_check(reply, REPLY_INTEGER);
    if (!err && reply_integer(reply) != 1)
        err = JALON_CONFLICT;
    for (size_t i = 0; i < count; i++)
        ret_outcomes[i] = err;
}
